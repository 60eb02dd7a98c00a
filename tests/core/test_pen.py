"""Which pen a terminal has after selections, and what a row remembers of pens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progressd.core.pen import after
from progressd.core.recognise.rows import STROKES, Row


@pytest.mark.parametrize(
    ("selections", "pen"),
    [
        (["1;31"], "1;31"),
        (["31", "1"], "1;31"),
        (["31", "32"], "32"),
        (["1;31", "0"], ""),
        (["1;31", ""], ""),
        (["1;2;31", "22"], "31"),
        (["4;31;42", "39"], "4;42"),
        (["38;5;208", "48;2;1;2;3"], "38;5;208;48;2;1;2;3"),
        (["38:5:208"], "38:5:208"),
        (["91", "0;102"], "102"),
        (["01;031"], "1;31"),
        (["31", "x;999;38", "5"], "5;31"),
        (["31", "²"], "31"),
        (["38;2;1", "31"], "31"),
        (["38;5", "1"], "1"),
        (["58;5;1;32"], "32"),
        (["58;2;31;1;4"], ""),
        (["38"], ""),
        (["31", ";".join("1" * 50)], "31"),
    ],
)
def test_a_pen_is_what_was_selected_last(selections: list[str], pen: str) -> None:
    now = ""
    for selected in selections:
        now = after(now, selected)

    assert now == pen


@given(st.lists(st.text("0123456789;:²", max_size=12)))
def test_however_much_is_selected_a_pen_stays_short_and_one_zero_ends_it(selections: list[str]) -> None:
    pen = ""
    for selected in selections:
        pen = after(pen, selected)
        assert len(pen) < 120

    assert after(pen, "0") == ""


writes = st.tuples(st.integers(0, 12), st.text("ab", min_size=1, max_size=6), st.sampled_from(["", "31", "1"]))


@given(st.lists(writes, max_size=8))
def test_what_is_painted_are_the_pens_cell_by_cell(written: list[tuple[int, str, str]]) -> None:
    row, cells = Row(), [" "] * 20
    pens = [""] * 20
    for column, text, pen in written:
        row.write(column, text, pen)
        cells[column : column + len(text)] = text
        pens[column : column + len(text)] = [pen] * len(text)
    seen, now = [], ""
    for part in row.painted().split("\x1b["):
        selected, _, text = part.rpartition("m")
        now = after(now, selected)
        seen += [(cell, now) for cell in text]

    expected = list(zip(cells, pens, strict=True))[: len(row.text)]
    assert [each for each in seen if each[0] != " "] == [each for each in expected if each[0] != " "]


def test_a_row_in_all_colours_again_and_again_takes_no_more_room_than_a_row() -> None:
    row = Row()
    for number in range(10_000):
        row.write(number % 4000, "x", f"38;5;{number % 256}")

    assert len(row.strokes) <= STROKES
