"""The recogniser as a whole: what it tells depends on the bytes alone, and no bytes harm it."""

import subprocess
import sys
import tracemalloc
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from progressd.core.recognise import Finding, Line, Recogniser
from tests.core.recognise.printing import WORDS

TQDM = "\rfiles:  {0:3}%|{1:10}| {0}/100 [00:01<00:05, 16.7it/s]"
SCRAPS = [
    *(TQDM.format(done, "█" * (done // 10)).encode() for done in (0, 10, 40, 100)),
    b"\r\n", b"\n", b"\r", b"\x08" * 9, b"\x1b[2K", b"\x1b[1A", b"\x1b[31mred\x1b[0m", b"\x1b[6n", b"\x1b[", b"\x1b]",
    b"\x1b]9;4;1;40\x07", b"\x1b]8;;http://x\x1b\\", b"\x1bP+q544e\x1b\\", b"\x1b7\x1b[5;1H", b"\x1b8", b"\x1b[2;4r",
    b"\x1b[?1049h", b"\x1b[?1049l", "━━━╸━━━ 40% 0:00:02".encode(), "进度: 40 %".encode(), b"\xe2\x96", b"\xff\xfe",
    b"[1/4] Fetching\n", b"[2/4] Building\n", b"Epoch 1/3\n", b"Epoch 2/3\n", b"1..4\nok 1\n", b"ok 2 - b\n",
    b'{"done": 3, "total": 9}\n', b"8\n", b"17\n", b"::group::a\n", b"::endgroup::\n", b"cpu 40%\n", b"\x00", b"\t",
]  # fmt: skip


def play(pieces: list[bytes], at: float | None = None) -> tuple[list[Finding], list[Line], bytes, dict[str, Finding]]:
    """Return what is told in the end, the lines, the answers, and the last that was told of each key."""
    recogniser = Recogniser(80, 24)
    lines: list[Line] = []
    answers = b""
    last: dict[str, Finding] = {}
    for number, piece in enumerate(pieces):
        found = recogniser.feed(piece, number if at is None else at)
        lines += found.lines
        answers += found.answer
        last |= {finding.key: finding for finding in found.tasks}
    found = recogniser.close(len(pieces) if at is None else at)
    return recogniser.tasks(), lines + found.lines, answers, last | {f.key: f for f in found.tasks}


def cut(stream: bytes, at: list[int]) -> list[bytes]:
    return [stream[a:b] for a, b in zip([0, *at], [*at, len(stream)], strict=True)]


@given(st.lists(st.sampled_from(SCRAPS) | st.binary(max_size=12), max_size=40), st.data())
def test_what_is_told_does_not_depend_on_how_the_stream_is_cut(scraps: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(scraps)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))

    assert play([stream], at=0.0)[:3] == play(cut(stream, cuts), at=0.0)[:3]


@given(st.lists(st.sampled_from(SCRAPS) | st.binary(max_size=40), max_size=60))
def test_any_bytes_give_findings_that_make_sense(scraps: list[bytes]) -> None:
    for finding in play(scraps)[3].values():
        assert finding.key
        assert 0.0 <= finding.confidence <= 1.0
        assert finding.fraction is None or 0.0 <= finding.fraction <= 1.0
        assert (finding.kind == "determinate") == (finding.fraction is not None)


def test_the_name_of_the_next_field_is_no_unit() -> None:
    found = play([f"frame= {frame} fps= 25 q=28.0 size= 512kB\r".encode() for frame in range(100, 500, 50)])[3]

    assert [(finding.done, finding.unit) for finding in found.values()] == [(450, None)]


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map("".join), max_size=9), st.sampled_from("\n\r"))
@settings(max_examples=1500)
def test_any_text_that_looks_like_progress_gives_findings_that_make_sense(texts: list[str], end: str) -> None:
    for finding in play([(text + end).encode() for text in texts])[3].values():
        for number in (finding.fraction, finding.done, finding.total, finding.eta, finding.rate):
            assert number is None or (isfinite(number) and number >= 0)
        assert finding.fraction is None or finding.fraction <= 1


@given(st.binary(max_size=400))
def test_every_byte_is_in_one_line_and_in_order(stream: bytes) -> None:
    text = stream.replace(b"\x1b", b"?").replace(b"\x0b", b"?").replace(b"\x0c", b"?")

    lines = play([text])[1]

    ends = [line.offset for line in lines]
    assert ends == sorted(ends)
    assert len(lines) - text.count(b"\n") in (0, 1)


@pytest.mark.parametrize(
    "piece",
    [b"x" * 65536, b"\x1b[" * 30000, b"\x1b]" + b"x" * 65536, b"1,1" * 20000, b"9" * 65536, b"# " * 30000,
     b"12:" * 20000,
     b"\xe2\x96\x88" * 20000, b"12% " * 16000, b"a=1 " * 16000, b"((((" * 16000, b"\r1/2" * 16000],
    ids=lambda piece: repr(piece[:4]),
)  # fmt: skip
def test_a_flood_without_newlines_takes_no_memory(piece: bytes) -> None:
    recogniser = Recogniser(80, 24)
    recogniser.feed(piece, 0.0)
    tracemalloc.start()
    for _ in range(5):
        recogniser.feed(piece, 0.0)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held < 200_000
    assert recogniser.close(0.0).lines[-1:] or not piece.strip(b"\x1b[]x")


def test_many_tasks_are_told_as_a_few_and_one_for_all() -> None:
    recogniser = Recogniser(80, 24)
    names = [f"package-{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(60)]
    for begin in range(0, 60, 10):
        for done in (0, 4, 9):
            rows = "".join(f"\r\x1b[2K{name} {'█' * done:10} {done}0%\n" for name in names[begin : begin + 10])
            recogniser.feed(rows.encode() + b"\x1b[10A", float(done))
        recogniser.feed(b"".join(f"\r\x1b[2K{n} {'█' * 10} 100%\n".encode() for n in names[begin : begin + 10]), 9.0)

    told = recogniser.tasks()

    assert len(told) <= 9
    (rest,) = [finding for finding in told if finding.label == "all"]
    assert (rest.done, rest.total) == (60, 60)


def test_importing_it_brings_in_nothing_but_the_standard_library() -> None:
    code = "import sys, progressd.core.recognise; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"msgspec", "aiohttp", "asyncio", "watchfiles"} & set(loaded)
