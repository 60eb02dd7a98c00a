"""Lines packed into chunks are the same lines again."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from progressd.core.chunk import CHUNK, DAMAGED, Chunk, Line, packed

TIMES = st.floats(0, 4e9).map(lambda time: round(time, 6))
LINES = st.builds(
    Line, TIMES, st.none() | st.sampled_from(["stdout", "stderr"]), st.text().map(lambda t: t.replace("\n", ""))
)


def opened(chunks: list[Chunk]) -> list[Line]:
    return [line for chunk in chunks for line in chunk.lines()]


@given(st.lists(LINES, min_size=1))
def test_what_is_packed_comes_back(lines: list[Line]) -> None:
    (chunk,) = packed(7, lines)

    assert chunk.lines() == lines
    assert chunk.text() == "\n".join(line.text for line in lines)
    assert (chunk.first, chunk.count) == (7, len(lines))
    assert (chunk.begun, chunk.ended) == (min(line.time for line in lines), max(line.time for line in lines))


def test_chunks_follow_one_another_and_all_but_the_last_are_full() -> None:
    lines = [Line(1.7e9 + number, "stdout", f"line {number} " + "x" * 90) for number in range(3000)]
    chunks = list(packed(10, lines))

    assert opened(chunks) == lines
    assert all(chunk.raw >= CHUNK for chunk in chunks[:-1])
    assert [chunk.first for chunk in chunks[1:]] == [chunk.first + chunk.count for chunk in chunks[:-1]]


def test_the_first_line_that_looks_like_an_error_is_known() -> None:
    (chunk,) = packed(5, [Line(1.0, None, text) for text in ("fine", "ERROR", "ERROR again")])

    assert chunk.error == 1


def test_a_damaged_chunk_has_as_many_lines_and_says_what_happened() -> None:
    (chunk,) = packed(0, [Line(5.0, "stderr", "one"), Line(6.0, "stderr", "two")])

    assert [line.text for line in replace(chunk, texts=b"x").lines()] == [DAMAGED, DAMAGED]
    assert [line.text for line in replace(chunk, rest=chunk.rest[:-3]).lines()] == ["one", "two"]
    (other,) = packed(0, [Line(5.0, None, "only one")])
    assert [line.text for line in replace(chunk, texts=other.texts).lines()] == [DAMAGED, DAMAGED]
    assert len(replace(chunk, rest=other.rest).lines()) == 2
