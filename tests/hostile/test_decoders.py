"""Whatever bytes come: each decoder gives records or says why not, and takes the good line beside the bad one."""

import os
import tempfile
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from progressd.core.decode import Decoded, decode_block, decode_stored, unknown_fields
from progressd.core.formats import Formats
from progressd.core.lines import LIMIT, LineSplitter
from progressd.core.sca import decode_message, decode_status
from progressd.inputs.growing_file import GrowingFile
from tests.hostile.nasty import GOOD, LINES, records

Tasks = list[str | None]


def taken(decoded: Decoded) -> Tasks:
    read_back, lost = decode_stored(decoded.lines)
    assert (len(read_back), lost) == (len(decoded.records), 0), "what was taken can be read back"
    return [record.task for record in decoded.records]


def block(content: bytes) -> Tasks:
    return taken(decode_block(content))


def stored(content: bytes) -> Tasks:
    return [record.task for record in decode_stored(content)[0]]


def noticed(content: bytes) -> Tasks:
    unknown_fields(content)
    return block(content)


def cut(content: bytes) -> Tasks:
    """As from a socket: cut anywhere."""
    lines, tasks = LineSplitter(), Tasks()
    for start in range(0, len(content), 65_537):
        tasks += block(lines.feed(content[start : start + 65_537]))
    assert lines.pending <= LIMIT
    return tasks


def tailed(content: bytes) -> Tasks:
    """As from a file that is watched, which may hold more than records."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        status = os.stat(file.name)  # noqa: PTH116 - as the tail does
        growing, formats, tasks = GrowingFile((status.st_dev, status.st_ino)), Formats(), Tasks()
        growing.open(file.name)
        try:
            more = True
            while more:
                tasks += taken(formats.decode(file.name, len(tasks), growing.read(), 0.0))
                more = growing.more
        finally:
            growing.close()
    return tasks


def messages(content: bytes) -> Tasks:
    """As from a broker, a message each."""
    return [task for line in content.split(b"\n") for task in taken(decode_message("of the message", line))]


def statuses(content: bytes) -> Tasks:
    """As from SCA's clients, who name the task in the URL."""
    return [task for line in content.split(b"\n") for task in taken(decode_status("good", line))]


DECODERS: dict[str, Callable[[bytes], Tasks]] = {
    "block": block,
    "stored": stored,
    "noticed": noticed,
    "cut": cut,
    "tailed": tailed,
    "messages": messages,
    "statuses": statuses,
}
"""All that make records of lines from outside. A new door adds its own. (llpp's datagrams: `inputs/test_udp.py`.)"""

every_decoder = pytest.mark.parametrize("decode", DECODERS.values(), ids=list(DECODERS))


@every_decoder
@pytest.mark.parametrize("name", LINES)
def test_a_bad_line_costs_that_line_only(name: str, decode: Callable[[bytes], Tasks]) -> None:
    tasks = decode(GOOD + b"\n" + LINES[name] + b"\n" + GOOD + b"\n")

    assert tasks.count("good") - (name == "what only the daemon writes" and decode is stored) in (2, 3)
    assert (tasks[0], tasks[-1]) == ("good", "good")


@every_decoder
@settings(max_examples=100)
@given(noise=st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([*LINES.values()]).map(lambda b: b[:200]))))
def test_no_noise_stops_it(noise: list[bytes], decode: Callable[[bytes], Tasks]) -> None:
    tasks = decode(b"\n".join([*noise, GOOD, b""]))

    assert tasks[-1] == "good"


@every_decoder
@settings(max_examples=100)
@given(line=records, at=st.floats(0, 1), garbage=st.binary(max_size=5), kept=st.integers(0, 3))
def test_a_record_with_a_hole_stops_nothing(
    line: bytes, at: float, garbage: bytes, kept: int, decode: Callable[[bytes], Tasks]
) -> None:
    place = int(at * len(line))
    torn = line[:place] + garbage + line[place + kept :]

    assert decode(torn + b"\n" + GOOD + b"\n")[-1] == "good"


@every_decoder
@settings(max_examples=50)
@given(lines=st.lists(records, min_size=1))
def test_what_is_well_formed_is_taken(lines: list[bytes], decode: Callable[[bytes], Tasks]) -> None:
    assert len(decode(b"\n".join([*lines, b""]))) == len(lines)


@pytest.mark.parametrize("decode", [cut, tailed])
def test_a_line_without_end_takes_no_more_memory_than_a_line_may(decode: Callable[[bytes], Tasks]) -> None:
    endless = b"x" * (32 << 20)
    tracemalloc.start()
    try:
        assert decode(endless) == []
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
