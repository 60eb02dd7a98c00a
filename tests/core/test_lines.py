"""Lines and records from any bytes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from progressd.core.decode import decode_block, unknown_fields
from progressd.core.lines import LIMIT, LineSplitter
from progressd.records import Update

DEEP = b'{"type":"update","data":' + b"[" * 100_000
GOOD = b'{"type":"update","task":"a","done":1}'


def feed(pieces: list[bytes], limit: int = LIMIT) -> tuple[bytes, LineSplitter]:
    splitter = LineSplitter(limit)
    return b"".join(splitter.feed(piece) for piece in pieces), splitter


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b"0123456789", b"\xff"]), max_size=60), st.data())
def test_lines_do_not_depend_on_how_the_stream_is_cut(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    whole, one = feed([stream], limit=8)
    cut, many = feed(pieces, limit=8)

    assert cut == whole
    assert many.overlong + (many.pending > 0) == one.overlong + (one.pending > 0)
    kept = [line for line in stream.split(b"\n")[:-1] if len(line) <= 8]
    assert whole == b"".join(line + b"\n" for line in kept)


def test_a_line_of_the_limit_passes_and_one_byte_more_does_not() -> None:
    for size, passes in ((LIMIT - 1, True), (LIMIT, True), (LIMIT + 1, False)):
        block, splitter = feed([b"x" * size, b"\n", GOOD + b"\n"])
        assert (len(block) > LIMIT // 2) == passes
        assert splitter.overlong == (not passes)
        assert block.endswith(GOOD + b"\n")


def test_a_line_without_end_takes_no_memory() -> None:
    splitter = LineSplitter()
    for _ in range(10_000):
        splitter.feed(b"x" * 65536)
        assert splitter.pending <= LIMIT

    assert splitter.feed(b"\n" + GOOD + b"\n") == GOOD + b"\n"
    assert splitter.overlong == 1


@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([GOOD, b"[" * 5000, b'{"type":"later"}', b"\x00" * 9]), max_size=9
    )
)
def test_any_bytes_do_no_worse_than_a_bad_line(lines: list[bytes]) -> None:
    block = b"".join(line + b"\n" for line in lines)

    decoded = decode_block(block)

    good = sum(line.strip(b"\x00 \t\r") == GOOD for line in block.split(b"\n"))
    assert len(decoded.records) >= good
    assert len(decoded.records) + len(decoded.bad) <= block.count(b"\n")
    assert decode_block(decoded.lines).records == decoded.records


def test_what_editors_and_crashes_leave_around_a_line_is_passed_over() -> None:
    decoded = decode_block(b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n\x00\x00\x00" + GOOD + b"\n")

    assert len(decoded.records) == 2
    assert not decoded.bad


def test_a_bad_line_says_what_is_wrong_with_it() -> None:
    block = b"\n".join(
        [GOOD, b"plain text", b"\xff\xfe", b'{"type":"update","done":-1}', b'{"type":"later"}', DEEP, GOOD, b""]
    )

    decoded = decode_block(block)

    assert len(decoded.records) == 2
    assert [bad.index for bad in decoded.bad] == [1, 2, 3, 4, 5]
    assert "$.done" in decoded.bad[2].why
    assert decoded.bad[3].unknown
    assert decoded.bad[4].why == "nested too deeply"


def test_a_usual_mistake_is_told_with_its_cure() -> None:
    bad = decode_block(b'{"type":"start","time":1700000000000}\n{"type":"update","status":"done"}\n').bad

    assert "not milliseconds" in bad[0].why
    assert "waiting, running, paused, finished, failed, canceled" in bad[1].why


def test_fields_are_known_by_the_names_that_they_have_in_a_line() -> None:
    lines = b'{"type":"update","progress":0.6,"in":3600}\n{"type":"update","progress":0.6,"within":3600}\n'

    assert decode_block(lines).records[0] == Update(progress=0.6, within=3600.0)
    assert [(bad.index, bad.why) for bad in unknown_fields(lines)] == [(1, "unknown field within")]


def test_the_dimensions_of_a_measurement_are_bounded_in_number_and_length() -> None:
    def taken(dimensions: dict[str, str]) -> bool:
        record = {"type": "metric", "task": "a", "name": "m", "value": 1, "dimensions": dimensions}
        return bool(decode_block(json.dumps(record).encode() + b"\n").records)

    assert taken({str(number): "x" * 256 for number in range(30)})
    assert taken({"empty": ""})
    assert not taken({str(number): "x" for number in range(31)})
    assert not taken({"a": "x" * 257})
    assert not taken({"x" * 257: "a"})
