"""Bytes of output to the lines that are kept of them."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from progressd.run.reading import LONGEST, Reading


def lines(*chunks: bytes) -> list[str]:
    reading = Reading()
    found = [line for chunk in chunks for line in reading.feed(chunk)]
    return [*found, *reading.close()]


def test_a_line_that_was_written_over_counts_once() -> None:
    assert lines(b"10%\r50%\r100%\nnext\r\nlast") == ["100%", "next", "last"]


def test_titles_and_links_are_left_out_and_colours_are_not() -> None:
    assert lines(b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b(B\x1b7end") == [
        "\x1b[1;31mred\x1b[m link end"
    ]


def test_a_colour_that_is_left_on_colours_the_next_line_as_well() -> None:
    assert lines(b"\x1b[31mone\ntwo\x1b[m three\n") == ["\x1b[31mone\x1b[m", "\x1b[31mtwo\x1b[m three"]


def test_characters_that_were_cut_are_put_together_and_broken_ones_shown() -> None:
    assert lines(b"gr", "ü".encode()[:1], "ü".encode()[1:], b"n\n\xff\xfe\n") == ["grün", "��"]


def test_of_an_endless_line_the_beginning_is_kept_and_the_rest_counted() -> None:
    [line] = lines(*[b"x" * 1000] * 1000)

    assert line == "x" * LONGEST + f" [{1_000_000 - LONGEST:,} bytes more]"


def test_of_an_endless_bar_the_newest_form_is_kept() -> None:
    assert lines(*[b"%d of 9999\r" % number for number in range(10_000)]) == ["9999 of 9999"]


def test_a_gap_is_said_in_its_place() -> None:
    reading = Reading()
    found = [*reading.feed(b"one\nto"), *reading.gap(1234), *reading.feed(b"rn\nnext\n"), *reading.close()]

    assert found == [
        "one",
        "to",
        "[1,234 bytes of output are left out here: there was too much at a time]",
        "…rn",
        "next",
    ]


@given(st.lists(st.binary(max_size=60)))
def test_lines_do_not_depend_on_how_the_bytes_were_cut(chunks: Sequence[bytes]) -> None:
    assert lines(*chunks) == lines(b"".join(chunks))
