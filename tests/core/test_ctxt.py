"""`.ctxt` lines, with every quirk of those who write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progressd.core import ctxt as module
from progressd.core.ctxt import Ctxt, UnfitError, parse
from progressd.core.task import Task
from progressd.core.tree import Tree
from progressd.records import Start, Stop

THREAD = "web01.4242.MainThread"


class Log:
    """A tree that reads `.ctxt` lines of one file."""

    def __init__(self) -> None:
        self.tree, self.ctxt, self.unfit = Tree(), Ctxt(), list[str]()
        self.file: object = "a.ctxt"

    def read(self, *lines: str, of: str = "web01 4242 MainThread") -> "Log":
        for line in lines:
            at, _, rest = line.partition(" ")
            try:
                told = self.ctxt.take(f"{at} {of} {rest}".encode(), self.file)
                assert told is not None
                self.tree.apply(told.records, 0.0)
            except UnfitError as error:
                self.unfit.append(str(error))
        return self

    def task(self, key: str) -> Task:
        return self.tree.tasks[f"{THREAD}.{key}"]

    def spans(self) -> dict[str, tuple[str, str]]:
        """Name and status of all spans, by key below the thread."""
        prefix = THREAD + "."
        return {
            key.removeprefix(prefix): (task.name, task.status)
            for key, task in self.tree.tasks.items()
            if key.startswith(prefix)
        }


def test_a_line_has_seven_fields_and_the_last_may_be_empty_missing_or_hold_spaces() -> None:
    assert parse(b"1.5 h 1 t START f a b c") == (1_500_000, b"h", b"1", b"t", b"START", b"f", b"a b c")
    for line in (b"1.5 h 1 t ENDOK f ", b"1.5 h 1 t ENDOK f"):
        assert parse(line) == (1_500_000, b"h", b"1", b"t", b"ENDOK", b"f", b"")
    assert parse(b"1.5 h 1 t CLEAR") == (1_500_000, b"h", b"1", b"t", b"CLEAR", b"", b"")


def test_the_type_is_found_behind_a_thread_whose_name_has_spaces() -> None:
    assert parse(b"1.0 h 1 My own Thread START f START it") == (
        1_000_000, b"h", b"1", b"My own Thread", b"START", b"f", b"START it",
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "# 1.0 h 1 t START f x", "2026-01-02 03:04:05 INFO t START f x", "1.0 h x t START f x", "1.0 h 1 t BEGIN f x",
        "1.0 h 1 START", "-1.0 h 1 t START f x", "1e9 h 1 t START f x", "9999999999999 h 1 t START f x",
        "1..2 h 1 t START f x", "1.0  1 t START f x", "² h 1 t START f x", "999999999999.0 h 1 t START f x",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_none(line: str) -> None:
    assert parse(line.encode()) is None


@given(st.binary(max_size=80) | st.text("0123456789. hSTARTENDOK-", max_size=80).map(str.encode))
def test_any_bytes_are_a_line_or_none(line: bytes) -> None:
    ctxt, tree = Ctxt(), Tree()
    try:
        told = ctxt.take(line, "a")
        tree.apply(told.records if told else (), 0.0)
    except UnfitError:
        pass


def test_a_line_of_a_mebibyte_is_read_in_one_go() -> None:
    for line in (b"1.0 h 1 " + b"START" * 200_000, b"1.0 h 1 " + b"t " * 500_000, b"1.0 " + b" " * 1_000_000):
        assert parse(line) is None


def test_spans_nest_and_their_ends_belong_to_the_innermost_whatever_they_are_called() -> None:
    log = Log().read(
        "10 START main outer", "11 START load inner", "12 ENDOK x Logging in", "13 ENDER x no such file", "14 START f "
    )
    assert log.spans() == {
        "10000000": ("outer", "failed"), "11000000": ("inner", "finished"), "14000000": ("f", "running"),
    }  # fmt: skip
    outer, inner = log.task("10000000"), log.task("11000000")
    assert (inner.parent, inner.started, inner.stopped, inner.message) == (outer, 11.0, 12.0, "Logging in")
    assert (outer.message, outer.data) == ("no such file", {"location": "main"})
    assert (outer.host, outer.pid, outer.thread, outer.weight) == ("web01", 4242, "MainThread", 0.0)
    assert log.tree.tasks[THREAD].status == "running"


def test_threads_do_not_mix_and_dots_imply_nothing() -> None:
    log = Log().read("1 START - a").read("1 START - b", of="web.example.org 4242 pool.1").read("2 ENDOK - ")
    assert log.spans() == {"1000000": ("a", "finished")}
    other = log.tree.tasks["web_example_org.4242.pool_1.1000000"]
    assert (other.status, other.host, other.thread) == ("running", "web.example.org", "pool.1")


def test_an_end_without_a_beginning_is_told_and_changes_nothing() -> None:
    log = Log().read("1 ENDOK - x", "2 START - a", "3 LOCKR 7 db")
    assert log.spans() == {"2000000": ("a", "running")}
    assert log.unfit == ["an end without a beginning", "a lock is given back that was not taken"]


def test_a_bookmark_marks_the_innermost_span_or_the_thread() -> None:
    log = Log().read("1 BMARK - begin", "2 START - a", "3 BMARK - half way", "4 BMARK here ")
    assert [mark.text for mark in log.tree.tasks[THREAD].marks or ()] == ["begin"]
    assert [(mark.time, mark.text) for mark in log.task("2000000").marks or ()] == [(3.0, "half way"), (4.0, "here")]


def test_clear_fails_what_is_open_the_innermost_first() -> None:
    log = Log().read("1 START - a", "2 START - b", "3 LOCKW 7 db", "4 CLEAR - ", "5 START - c")
    assert [status for _, status in log.spans().values()] == ["failed", "failed", "failed", "running"]
    told = log.read("6 START - d").ctxt.take(b"7 web01 4242 MainThread CLEAR - ", "a.ctxt")
    assert told is not None
    assert [record.task for record in told.records] == [f"{THREAD}.6000000", f"{THREAD}.5000000"]


def test_a_lock_is_waited_for_held_and_given_back_across_spans() -> None:
    log = Log().read("1 START - a", "2 LOCKW 7f00 db")
    lock = log.task("2000000")
    assert (lock.name, lock.status, lock.parent) == ("db", "waiting", log.task("1000000"))
    log.read("3 LOCKA 7f00 db", "4 ENDOK - ")
    assert (lock.status, lock.started, lock.data) == ("running", 3.0, {"lock": "7f00", "asked": 2.0})
    log.read("5 LOCKR 7f00 db", "6 LOCKA 8 other", "7 LOCKW 9 never", "8 LOCKW 9 never")
    assert (lock.status, lock.stopped) == ("finished", 5.0)
    assert [status for _, status in log.spans().values()][2:] == ["running", "canceled", "waiting"]


def test_time_that_runs_back_within_a_second_stands_still() -> None:
    log = Log().read("1.900 START - a", "1.12 START - b", "1.13 ENDOK - ", "2.1 ENDOK - ")
    assert list(log.spans()) == ["1900000", "1900000-2"]
    assert [(each.started, each.stopped) for each in (log.task("1900000"), log.task("1900000-2"))] == [
        (1.9, 2.1), (1.9, 1.9),
    ]  # fmt: skip


def test_a_file_that_is_read_again_changes_nothing() -> None:
    lines = ("1.1 START - a", "1.1 START - b", "1.1 ENDOK - ", "1.2 BMARK - x", "1.3 ENDER - no", "1.4 START - c")
    log = Log().read(*lines)
    before = [(t.key, t.status, t.started, t.stopped, t.parent and t.parent.key) for t in log.tree.tasks.values()]
    log.file = "its copy"
    log.read(*lines)
    assert before == [
        (t.key, t.status, t.started, t.stopped, t.parent and t.parent.key) for t in log.tree.tasks.values()
    ]
    assert [mark.text for mark in log.task("1100000").marks or ()] == ["x"]
    log.read("2 ENDOK - ", "3 START - d")
    assert log.task("1400000").status == "finished"
    assert log.task("3000000").parent is log.tree.tasks[THREAD]


def test_what_is_open_is_taken_up_from_the_tree() -> None:
    log = Log().read("1 START - a", "1 START - b", "2 START - c", "3 LOCKW 7 db", "3.5 START - d")
    log.ctxt = Ctxt()
    log.ctxt.restore(log.tree.tasks.values())
    log.read("3.5 START - e", "4 LOCKA 7 db", "5 ENDOK - ", "6 ENDER - no", "7 ENDOK - ")
    assert log.spans() == {
        "1000000": ("a", "running"), "1000000-2": ("b", "running"), "2000000": ("c", "finished"),
        "3000000": ("db", "running"), "3500000": ("d", "failed"), "3500000-2": ("e", "finished"),
    }  # fmt: skip


def test_a_thousand_levels_deep_nothing_breaks() -> None:
    log = Log().read(*(f"{number} START - x" for number in range(1_000)))
    assert max(task.depth for task in log.tree.tasks.values()) == 63
    assert log.tree.refused == 0
    log.read(*("2000 ENDOK - " for _ in range(1_000)))
    assert {status for _, status in log.spans().values()} == {"finished"}


def test_spans_that_never_end_are_bounded_and_their_ends_still_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OPEN", 3)
    log = Log().read(*(f"{number} START - {number}" for number in range(1, 6)), "9 ENDOK - ", "9 ENDOK - ")
    assert log.unfit == ["a span more, while 3 are open"] * 2
    assert [status for _, status in log.spans().values()] == ["running"] * 3
    log.read("9 ENDOK - ", "9 START - again")
    assert [status for _, status in log.spans().values()] == ["running", "running", "finished", "running"]


def test_threads_without_an_open_span_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_THREADS", 10)
    ctxt = Ctxt()
    ctxt._room = 10
    ctxt.take(b"1 h 0 t START - open", "a")
    for pid in range(1, 1_000):
        ctxt.take(b"1 h %d t BMARK - x" % pid, "a")
    assert len(ctxt._threads) <= 11
    told = ctxt.take(b"2 h 0 t ENDOK - ", "a")
    assert told is not None
    assert isinstance(told.records[0], Stop)


def test_a_name_that_is_too_long_stands_in_the_message_as_a_whole() -> None:
    told = Ctxt().take(b"1 h 1 t START - " + b"x" * 9_000, "a")
    assert told is not None
    start = told.records[0]
    assert isinstance(start, Start)
    assert len(start.name or "") <= 4_096
    assert start.message == "x" * 9_000
