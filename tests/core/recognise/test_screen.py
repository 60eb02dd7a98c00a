"""The screen: what stands where after control characters, which lines are final, and what a terminal answers."""

import pytest

from progressd.core.recognise import Line, Recogniser
from progressd.core.recognise.screen import Screen


def lines(*pieces: bytes, columns: int = 80) -> list[str]:
    return [line.text for line in raw_lines(*pieces, columns=columns)]


def raw_lines(*pieces: bytes, columns: int = 80) -> list[Line]:
    recogniser = Recogniser(columns, 24)
    found = [line for number, piece in enumerate(pieces) for line in recogniser.feed(piece, float(number)).lines]
    return found + recogniser.close(9.0).lines


@pytest.mark.parametrize(
    ("stream", "shown"),
    [
        (b"one\ntwo\r\n", ["one", "two"]),
        (b"a long text\rshort\n", ["shortg text"]),
        (b"a long text\r\x1b[Kshort\n", ["short"]),
        (b"12%\b\b\b34%\n", ["34%"]),
        (b"a\tb\n", ["a       b"]),
        (b"one\ntwo\n\x1b[2Anew\n\n", ["one", "two", "new"]),
        (b"one\ntwo\x1b[1;1Hnew\x1b[2;1H\n", ["one", "new", "two"]),
        (b"\x1b[31mred\x1b[0m and \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", ["red and link"]),
        ("½ \u2588\u2588 done\n".encode(), ["½ ██ done"]),
        (b"torn \xe2\x96\n", ["torn \ufffd"]),
        (b"here\x1b[?1049hthere\nand there\n\x1b[?1049l again\n", ["here again"]),
        (b"\x1b7log\x1b8\x1b[Cx\n", ["lxg"]),
        (b"without an end", ["without an end"]),
        (b"5 rows back\x1b[9A and on\n", ["5 rows back and on"]),
    ],
)  # fmt: skip
def test_lines_are_what_a_terminal_shows_in_the_end(stream: bytes, shown: list[str]) -> None:
    assert lines(stream) == shown
    assert lines(*(stream[n : n + 1] for n in range(len(stream)))) == shown


def test_a_line_knows_where_and_when_it_ended() -> None:
    assert raw_lines("10%\r½%\r\n".encode(), b"next\n") == [
        Line("½%%", 9, 0.0, 0, "½%%"),
        Line("next", 14, 1.0, 0, "next"),
    ]


@pytest.mark.parametrize(
    ("stream", "painted"),
    [
        (b"\x1b[31mred\x1b[0m and \x1b[1mbold\n", ["\x1b[31mred\x1b[m and \x1b[1mbold\x1b[m"]),
        (b"\x1b[32mok\nstill\x1b[m no\n", ["\x1b[32mok\x1b[m", "\x1b[32mstill\x1b[m no"]),
        (b"\x1b[31m50%\r\x1b[32m100%\x1b[m\n", ["\x1b[32m100%\x1b[m"]),
        (b"plain \x1b[>4;1m\x1b[?4mtext\n", ["plain text"]),
        (b"\x1b[31mall of it\r\x1b[Knew\x1b[m\n", ["\x1b[31mnew\x1b[m"]),
    ],
)  # fmt: skip
def test_the_log_gets_the_colours_with_which_a_line_was_left(stream: bytes, painted: list[str]) -> None:
    assert [line.painted for line in raw_lines(stream)] == painted


def test_lines_come_at_once_until_a_program_moves_up() -> None:
    recogniser = Recogniser(80, 24)

    assert [line.text for line in recogniser.feed(b"plain\n", 0.0).lines] == ["plain"]
    recogniser.feed(b"a 10%\nb 20%\n\x1b[2A", 1.0)
    assert recogniser.feed(b"a 20%\nb 40%\n", 2.0).lines == []
    assert [line.text for line in recogniser.close(3.0).lines] == ["a 20%", "b 40%"]


def test_what_is_too_long_is_cut_and_counted() -> None:
    (line,) = raw_lines(b"x" * 5000 + b"\n")

    assert (len(line.text), line.cut) == (4096, 904)


def test_a_text_wider_than_the_terminal_takes_several_of_its_rows() -> None:
    assert lines(b"x" * 25 + b"\n" + b"\x1b[3A" + b"y\n", columns=10) == ["x" * 25, "y" + "x" * 24]


def test_a_scroll_region_keeps_the_row_below_it() -> None:
    screen = Screen(80, 5)
    screen.feed(b"\x1b[1;4r\x1b[5;1Hbar\x1b[4;1Hone\ntwo\nthree\n\x1b[5;1H", 0.0)

    assert screen.row.text == "bar"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (b"ab\x1b[6n", b"\x1b[1;3R"),
        (b"\x1b[c", b"\x1b[?1;2c"),
        (b"\x1b[>q", b"\x1bP>|progressd\x1b\\"),
        (b"\x1bP+q544e\x1b\\", b"\x1bP0+r\x1b\\"),
        (b"\x1b[18t", b"\x1b[8;24;80t"),
        (b"\x1b[?2026$p", b"\x1b[?2026;0$y"),
        (b"\x1b]11;?\x07", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
        (b"\x1b[31m\x1b[2 q\x1b[4t", b""),
    ],
)
def test_what_a_terminal_is_asked_is_answered(asked: bytes, answer: bytes) -> None:
    assert Recogniser(80, 24).feed(asked, 0.0).answer == answer


@pytest.mark.parametrize("swallower", [b"\x1b]0;title", b"\x1bPq" + b"~" * 9000, b"\x1b[12;", b"\x1b"])
def test_what_looks_like_a_control_string_does_not_swallow_the_next_line(swallower: bytes) -> None:
    assert lines(swallower + b"\nnext\n")[-1] == "next"
