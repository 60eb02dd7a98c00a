"""What a terminal leaves of a text; what looks like an error; which lines hold a text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from progressd.core.terminal import LONGEST, first_error, lines_with, plain, shown

RED, OFF = "\x1b[31m", "\x1b[0m"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", ["plain"]),
        ("", [""]),
        ("ends with a newline\n", ["ends with a newline"]),
        ("two\n\nlines", ["two", "", "lines"]),
        ("DOS\r\nlines\r\n", ["DOS", "lines"]),
        (" 10%|#   |\r 50%|##  |\r100%|####|", ["100%|####|"]),
        ("what is longer\rstays", ["staysis longer"]),
        ("what is longer\r\x1b[Kgoes", ["goes"]),
        ("what is longer\r\x1b[2Kgoes", ["goes"]),
        ("abcdef\rabc\x1b[1Kx", ["   xef"]),
        (f"{RED}10%{OFF}\r{RED}20%{OFF}", [f"{RED}{RED}20%{OFF}"]),
        (f"{RED}colours stay{OFF}", [f"{RED}colours stay{OFF}"]),
        ("only the last line\r\nis folded\rhere", ["only the last line", "hereolded"]),
        ("\r\r\r", [""]),
    ],
)
def test_only_what_a_terminal_would_show_last_stays(text: str, left: list[str]) -> None:
    assert shown(text) == left


def test_a_line_that_is_too_long_is_cut_and_says_so() -> None:
    (line,) = shown("x" * (LONGEST + 5))
    assert line == "x" * LONGEST + "… (5 characters more)"
    assert [len(each) for each in shown("x" * LONGEST + "\nshort")] == [LONGEST, 5]


# The hard ones: they would take hours if each part were written into a new text.
@example("x" * 500_000 + "\ra" * 250_000)
@example("yyy\x1b[1K" * 90_000 + "\rx")
@example("a\x1b[m" * 110_000 + "\rx")
@example("\x1b[" + "0" * 1_000_000 + "\r")
@example("\x1b]" * 500_000 + "\r")
@given(st.text(st.sampled_from("ab\r\n\x1b[]K;0m\x07 \\"), max_size=60))
def test_any_text_becomes_lines(text: str) -> None:
    lines = shown(text)

    assert lines
    assert not any("\n" in line or "\r" in line for line in lines)
    assert "\x1b" not in plain("\n".join(lines))
    assert plain("\n".join(lines)).count("\n") == len(lines) - 1


def test_plain_text_has_nothing_that_a_terminal_obeys() -> None:
    text = f"{RED}red{OFF} \x1b]8;;http://x\x07link\x1b]8;;\x1b\\ \x1b]0;title\n\x9b31m\x07bell\ttab\b"

    assert plain(text) == "red link \n31mbell\ttab"


@pytest.mark.parametrize(
    "line",
    [
        "ERROR: cannot open x",
        "main.c:3:5: error: expected ';'",
        "error[E0308]: mismatched types",
        "Traceback (most recent call last):",
        "ValueError: no",
        'Exception in thread "main" java.lang.NullPointerException: x',
        "make: *** [Makefile:3: all] Error 1",
        "--- FAIL: TestX (0.00s)",
        "FAILED tests/test_x.py::test_y",
        "10 failed, 3 passed",
        "panic: runtime error",
        f"{RED}fatal{OFF}: not a git repository",
        "level=critical msg=x",
    ],
)
def test_what_looks_like_an_error(line: str) -> None:
    assert first_error(f"fine\n{line}\nlast") == 1


@pytest.mark.parametrize(
    "line",
    [
        "0 errors, 0 failed",
        "no errors found",
        "finished without error",
        "Compiling src/error.c",
        "[3/9] CXX errors/error_handler.o",
        "ok=3 changed=1 failed=0",
        "errors: 0",
        "--fail-fast is set",
        "terrorize",
    ],
)
def test_what_only_speaks_of_errors(line: str) -> None:
    assert first_error(f"fine\n{line}\nlast") is None


@given(
    st.lists(st.text(st.sampled_from("aAbBß \x1b[0m"), max_size=8), min_size=1), st.text("aAbß", min_size=1, max_size=2)
)
def test_a_search_finds_the_lines_that_hold_a_text(lines: list[str], wanted: str) -> None:
    def holds(line: str) -> bool:
        line = plain(line) if "\x1b" in line else line
        return wanted in line if wanted != wanted.lower() else wanted in line.lower()

    assert lines_with("\n".join(lines), wanted) == [number for number, line in enumerate(lines) if holds(line)]
