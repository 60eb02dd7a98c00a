"""What is made of one output: its lines all, its progress as far as there is time."""

import os
import subprocess
import sys
import termios
from collections.abc import Iterable

from progressd.core.recognise import Allowance, passed_over
from progressd.run.looking import BURST, SECOND, SOON, Looking
from progressd.run.wiring import Output
from tests.samples.score import HERE, reads

BAR = "\rfiles: {0:3}%|{1:10}| {0}/100 [00:01<00:05, 16.7it/s]"


def looking() -> Looking:
    return Looking(Output(-1, -1, "stdout", is_terminal=False))


def texts(lines: Iterable[tuple[str, float]]) -> list[str]:
    return [text for text, _ in lines]


def test_what_is_short_and_plain_is_read_without_loading_the_recogniser() -> None:
    code = """
import sys
from progressd.run.looking import Looking
from progressd.run.wiring import Output
look = Looking(Output(-1, -1, "stdout", is_terminal=False))
print([*look.feed(b"one\\r\\ntwo", 1.0), *look.wake(1.1), *look.close(1.2)], "progressd.core.recognise" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[('one', 1.0), ('two', 1.2)] False\n"


def test_what_goes_on_is_looked_at_after_a_moment() -> None:
    look = looking()
    assert texts(look.feed(b"one\n", 1.0)) == texts(look.wake(1.0 + SOON / 2)) == []
    assert [*look.wake(1.0 + 2 * SOON)] == [("one", 1.0)]


def test_what_goes_on_is_looked_at_however_late_that_is_done() -> None:
    for end in (1.0 + 2 * SOON, 1.0 + SOON / 2):
        look = looking()
        lines = [line for number in range(1, 9) for line in texts(look.feed(b"[%d/8] Building\n" % number, 1.0))]
        lines += texts(look.close(end))
        assert lines == [f"[{number}/8] Building" for number in range(1, 9)]
        assert [found.total for found in look.take()[0]] == ([8] if end > 1.0 + SOON else [])

    look = looking()
    assert texts(look.feed(b"one\n", 1.0)) == []
    assert texts(look.feed(b"two\n", 1.0 + 2 * SOON)) == ["one", "two"]


def test_progress_is_looked_at_at_once_and_the_newest_is_told() -> None:
    look = looking()
    assert texts(look.feed("".join(BAR.format(n, "█" * (n // 10)) for n in (0, 10, 30)).encode(), 1.0)) == []
    ([found], answers) = look.take()
    assert (found.label, found.done, answers, look.at) == ("files", 30, b"", 1.0)
    assert look.take() == ([], b"")


def test_of_what_is_told_at_once_the_outer_comes_before_the_inner() -> None:
    look, begin = looking(), 0
    recording = (HERE / "keras_fit.raw").read_bytes()
    for at, end in reads(HERE / "keras_fit.tim"):
        texts(look.feed(recording[begin:end], at))
        begin = end

    outer, inner = look.take()[0]
    assert (outer.key, inner.key, inner.parent) == ("epoch", "progress", "epoch")


def test_the_windows_size_is_known_though_its_other_end_is_gone() -> None:
    master, slave = os.openpty()
    try:
        termios.tcsetwinsize(slave, (33, 99))
        look = Looking(Output(master, -1, "", is_terminal=True))
        look.source = -1  # as where all was copied before anything was looked at
        assert texts(look.feed(b"\x1b[18t", 1.0)) == []
        assert look.take()[1] == b"\x1b[8;33;99t"
    finally:
        os.close(master)
        os.close(slave)


def test_what_comes_too_fast_is_read_all_the_same_and_its_end_is_looked_at() -> None:
    look = looking()
    lines = [f"[{number}/99999] Compiling this part" for number in range(1, 10_000)]
    flood = "".join(line + "\n" for line in lines).encode()

    seen = [line for begin in range(0, len(flood), 65536) for line in texts(look.feed(flood[begin : begin + 65536], 1))]

    assert seen == lines
    assert look.take()[0][0].total == 99_999
    assert len(lines) / 2 < look.passed_over < len(lines)


def test_a_flood_without_newlines_is_passed_over_and_that_is_said() -> None:
    look = looking()
    seen = [line for _ in range(20) for line in texts(look.feed(b"%" * 65536, 1.0))]

    assert any("bytes of output are left out here" in line for line in seen)
    assert max(map(len, [*seen, *texts(look.close(2.0))])) < 5_000


def test_a_gap_is_said_in_its_place() -> None:
    look = looking()
    seen = [*look.feed(b"100%\nto", 1.0), *look.gap(1234, 2.0), *look.feed(b"rn\nnext\n", 3.0), *look.close(4.0)]

    assert texts(seen) == [
        "100%", "to", "[1,234 bytes of output are left out here: there was too much at a time]", "…rn", "next",
    ]  # fmt: skip


def test_what_comes_after_the_end_is_only_read() -> None:
    look = looking()
    seen = [*look.feed(b"1%", 1.0), *look.close(2.0), *look.feed(b"late\n99%", 3.0), *look.close(4.0)]

    assert texts(seen) == ["1%", "late", "99%"]


def test_what_a_terminal_would_answer_is_that_of_the_commands_window() -> None:
    master, slave = os.openpty()
    try:
        termios.tcsetwinsize(slave, (33, 99))
        look = Looking(Output(master, -1, "", is_terminal=True))
        assert texts(look.feed(b"\x1b[18t", 1.0)) == []
        assert look.take()[1] == b"\x1b[8;33;99t"
        termios.tcsetwinsize(slave, (10, 40))
        assert texts(look.feed(b"\x1b[18t", 2.0)) == []
        assert look.take()[1] == b"\x1b[8;10;40t"
    finally:
        os.close(master)
        os.close(slave)


def test_an_allowance_grows_with_the_time_up_to_its_burst() -> None:
    allowance = Allowance(BURST, SECOND)
    assert allowance.take(2 * BURST, 5.0) == BURST
    assert allowance.take(1, 5.0) == 0
    assert allowance.take(2 * SECOND, 6.0) == SECOND
    assert allowance.take(2 * BURST, 1e9) == BURST
    assert allowance.take(1, 0.0) == 0


def test_what_is_passed_over_lies_between_whole_lines() -> None:
    lines = b"first\n" + b"middle\n" * 100 + b"last"
    begin, end = passed_over(lines, 20)
    assert (lines[:begin], lines[end:]) == (b"first\n", b"middle\n" * 3 + b"last")
    assert passed_over(lines, len(lines)) == (0, 0)
    bars = b"\r".join(b"%d%%" % number for number in range(100))
    begin, end = passed_over(bars, 9)
    assert (bars[:begin], bars[end:]) == (b"0%\r", b"97%\r98%\r99%")
