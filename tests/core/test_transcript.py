"""The book of logs: numbers, what readers find in memory, what the store is told, what is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progressd.core import transcript as module
from progressd.core.transcript import NOTE, RING, KeptLog, TranscriptBook, Unwritten
from progressd.core.tree import Tree
from progressd.records import Forget, Log, Metric, Start, StoredRecord


def write(book: TranscriptBook, *texts: str, task: str = "build") -> None:
    tell(book, *(Log(task=task, text=text) for text in texts))


def tell(book: TranscriptBook, *records: StoredRecord) -> None:
    book.take([(record, 1.7e9) for record in records])


def texts(unwritten: Unwritten) -> dict[str, tuple[int, list[str]]]:
    return {log.task: (log.first, [line.text for line in log.lines]) for log in unwritten.logs}


def held(book: TranscriptBook) -> int:
    return sum(len(log.lines) for log in book.logs.values())


def test_lines_are_numbered_for_ever() -> None:
    book = TranscriptBook()
    write(book, "a", "b\nc")
    assert texts(book.take_unsaved()) == {"build": (0, ["a", "b", "c"])}
    book.saved({})
    write(book, "d")
    tell(book, Metric(task="build", name="x", value=1.0), Log(text="whose?"))

    assert texts(book.take_unsaved()) == {"build": (3, ["d"]), "(no task)": (0, ["whose?"])}
    assert book.logs["build"].next == 4
    assert book.revision == 4


@given(st.lists(st.sampled_from(["write", "forget", "saved", "fails"]), max_size=40))
def test_what_the_store_could_not_keep_it_is_told_again_and_nothing_twice(steps: list[str]) -> None:
    book, expected = TranscriptBook(), list[str]()
    store: dict[int, str] = {}

    def flush(*, works: bool) -> None:
        unwritten = book.take_unsaved()
        # Something always comes while the store is at work.
        write(book, "meanwhile")
        expected.append("meanwhile")
        if not works:
            book.give_back()
            return
        if unwritten.forgotten:
            store.clear()
        for log in unwritten.logs:
            for number, line in enumerate(log.lines, log.first):
                assert number not in store
                store[number] = line.text
        book.saved({})

    for number, step in enumerate(steps):
        match step:
            case "write":
                write(book, str(number))
                expected.append(str(number))
            case "forget":
                tell(book, Forget(task="build"))
                expected.clear()
            case _:
                flush(works=step == "saved")
    flush(works=True)
    flush(works=True)

    assert [store[number] for number in range(len(expected) - 1)] == expected[:-1]
    assert book.waiting == module.LINE + len("meanwhile")
    (log,) = book.logs.values()
    assert book._held == sum(module.LINE + len(line.text) for line in log.lines[:-1])


def test_what_is_forgotten_while_the_store_keeps_it_is_forgotten_there_too() -> None:
    book = TranscriptBook()
    write(book, "old")
    book.take_unsaved()
    tell(book, Forget(task="build"))
    write(book, "new")
    book.saved({})

    unwritten = book.take_unsaved()
    assert unwritten.forgotten == ["build"]
    assert texts(unwritten) == {"build": (0, ["new"])}


def test_the_newest_lines_stay_in_memory_and_those_of_the_longest_silent_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = TranscriptBook()
    write(book, *map(str, range(RING + 500)))
    assert held(book) == RING + 500
    book.take_unsaved()
    book.saved({})
    assert held(book) == RING
    assert book.logs["build"].after(0).first == 500

    monkeypatch.setattr(module, "RINGS", 100 * (module.LINE + 1))
    for task in "abc":
        write(book, *"x" * 60, task=task)
        book.take_unsaved()
        book.saved({})
    assert {task: len(log.lines) for task, log in book.logs.items()} == {"build": 0, "a": 0, "b": 0, "c": 60}
    assert book.logs["a"].next == 60
    assert book.waiting == 0


def test_lines_beyond_what_may_wait_are_counted_and_a_line_stands_in_their_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "UNSAVED", 3 * (module.LINE + 1))
    book = TranscriptBook()
    write(book, *"abcdef")
    assert book.take_lost() == {"not stored in time": 3}
    assert texts(book.take_unsaved()) == {"build": (0, ["a", "b", "c"])}
    write(book, "g", task="other")
    assert book.take_lost() == {"not stored in time": 1}
    # As soon as there is room, whether another line comes or not.
    book.saved({})
    monkeypatch.setattr(module, "UNSAVED", 10_000)
    write(book, "h")

    assert not book.take_lost()
    assert book.logs["build"].lines[3].stream == NOTE
    found = texts(book.take_unsaved())
    first, (note, line) = found["build"]
    assert (first, line) == (3, "h")
    assert "3 lines are missing" in note
    assert "1 lines are missing" in found["other"][1][0]


def test_too_many_logs_cost_the_longest_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOGS", 3)
    book = TranscriptBook()
    book.restore([KeptLog("old", 10, 15)])
    for task in "abc":
        write(book, "x", task=task)
    write(book, "y", task="a")

    assert list(book.logs) == ["b", "c", "a"]
    assert book.take_unsaved().forgotten == ["old"]
    assert book.take_lost() == {"of the longest silent, beyond 3 logs": 5}


def test_what_a_store_kept_goes_on_where_it_was() -> None:
    book = TranscriptBook()
    book.restore([KeptLog("build", 3, 7)])
    write(book, "x")

    assert texts(book.take_unsaved()) == {"build": (7, ["x"])}
    book.saved({"build": 5})
    assert book.logs["build"].gone == 5


def test_lines_are_passed_on_and_what_is_forgotten_with_all_below_it() -> None:
    tree = Tree()
    line = Log(task="a.b", text="one\ntwo\rTWO")
    passed = tree.take([Start(task="a.c"), line, line, Log(task="a", text="x"), Forget(task="a")], 5.0)

    assert [(type(record).__name__, record.task) for record, _ in passed] == [
        *[("Log", "a.b")] * 2,
        ("Log", "a"),
        *(("Forget", key) for key in ("a", "a.c", "a.b")),
    ]


def test_the_log_of_a_parent_that_nobody_spoke_of_goes_with_the_last_child() -> None:
    tree = Tree()
    passed = tree.take([Start(task="a.b"), Log(task="a", text="x"), Forget(task="a.b")], 5.0)

    assert [record.task for record, _ in passed] == ["a", "a.b", "a"]
    assert not tree.tasks


def test_lines_are_counted_and_shown_as_a_terminal_leaves_them() -> None:
    tree = Tree()
    tree.apply([Log(task="a", text="one\ntwo\rTWO")], 5.0)

    assert (tree.tasks["a"].lines, tree.tasks["a"].last_line) == (2, "TWO")
