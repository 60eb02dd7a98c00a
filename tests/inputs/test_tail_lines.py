"""Lines that are too long, too odd, or not quite there."""

import mmap
import resource
from pathlib import Path

import pytest

from tests.inputs.tailing import Tail, line

MIB = 1 << 20


@pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 100 * MIB])
def test_a_line_may_have_a_mebibyte_and_no_more(path: Path, tail: Tail, size: int) -> None:
    path.write_bytes(line("x" * (size - len(line("")) + 1)) + line("next"))
    texts = tail.look()
    assert texts[-1] == "next"
    assert len(texts) == (2 if size <= MIB else 1)
    assert tail.why() == ([] if size <= MIB else ["longer than 1 MiB"])


def test_a_line_of_ten_gibibytes_costs_neither_memory_nor_what_follows(path: Path, tail: Tail) -> None:
    with path.open("wb") as file:
        file.write(b'{"type":')
        file.truncate(10 << 30)
        file.seek(10 << 30)
        file.write(b"\n" + line("next"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert tail.look() == ["next"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 << 10
    assert tail.why() == ["longer than 1 MiB"]
    assert tail.ledger.rejected[0][0] == f"file:{path} at byte 0"


@pytest.mark.parametrize(
    ("noise", "rejected"),
    [
        (b"\xff\xfe\x80\n", 1),
        ("{}\n".encode("utf-16"), 1),
        (b"\xef\xbb\xbf", 0),
        (b"\r\n", 0),
        (b"\r", 0),
        (b"\0" * 100, 0),
        (b"\0" * 3_000_000, 0),
        (bytes(range(128, 256)) + b"\n", 1),
        (b"text with \0 in it\n", 1),
        (line(0)[:9] + b"\0" * 500, 1),
    ],
)
def test_noise_costs_only_itself(path: Path, tail: Tail, noise: bytes, rejected: int) -> None:
    path.write_bytes(line("before") + noise + line("after"))
    assert tail.look() == ["before", "after"]
    assert min(1, len(tail.ledger.rejected)) == rejected


def test_it_is_said_where_a_bad_line_is(path: Path, tail: Tail) -> None:
    path.write_bytes(line(1) + b"\0" * 20 + b"\1ad\n" + line(2) + b"\1orse\n")
    tail.look()
    first = len(line(1)) + 20
    assert [where for where, _ in tail.ledger.rejected] == [
        f"file:{path} at byte {first}",
        f"file:{path} at byte {first + 4 + len(line(2))}",
    ]


def test_lines_written_through_a_mapping_are_seen(path: Path, tail: Tail) -> None:
    path.write_bytes(bytes(8_192))
    tail.look()
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 8_192) as mapping:
        for number in range(3):
            tail.look(10)
            mapping.write(line(number))
            assert tail.look(1) == [str(number)]
