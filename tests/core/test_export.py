"""What is exported is read by other viewers, and by us: the same spans come back."""

import json
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from progressd.core.branch import walk
from progressd.core.export import ctxt, trace
from progressd.core.formats import Formats
from progressd.core.spans import Spans
from progressd.core.task import Task
from progressd.core.tree import Tree
from progressd.records import AnyRecord, Marker, Start, Stop, Update
from tests.contexts import HABITS, Call, Writer, program
from tests.core.trees import tree_of

NOW = 1_800_000_000.0


def read(*blocks: bytes) -> Tree:
    tree, formats = Tree(), Formats()
    for number, block in enumerate(blocks):
        decoded = formats.decode(f"{number}.ctxt", 0, block, 0.0)
        assert not decoded.bad
        tree.apply(decoded.records, NOW)
    return tree


def facts(tree: Tree, now: float = NOW) -> Spans:
    spans = Spans([task for root in tree.roots for task in walk(root)], now)
    for _ in spans.collect():
        pass
    return spans


def exported(tree: Tree, now: float = NOW) -> list[str]:
    return b"".join(ctxt(facts(tree, now))).decode().splitlines()


def calls(task: Task) -> list[Call]:
    """The spans below a task, as they were meant."""
    return [
        Call(
            child.name, child.started or 0, child.stopped or 0, child.status,
            [(mark.time, mark.text) for mark in child.marks or ()], calls(child),
        )
        for child in (task.children or {}).values()
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_what_is_exported_and_read_again_is_the_same(tmp_path: Path, seed: int) -> None:
    dice, meant, writers = Random(seed), {}, []
    for number in range(4):
        writer = Writer(tmp_path / f"{number % 2}.ctxt", pid=number // 2, thread=f"pool {number}")
        writers.append(writer)
        meant[f"web01.{number // 2}.pool_{number}"] = program(writer, dice)
    writers[0].say("BMARK", "between them")
    tree = read(*(path.read_bytes() for path in sorted(tmp_path.iterdir())))
    for key, expected in meant.items():
        assert calls(tree.tasks[key]) == expected
    lines = exported(tree)
    again = read(("\n".join(lines) + "\n").encode())
    for key, expected in meant.items():
        assert calls(again.tasks[key.replace("_", "-")]) == expected
    assert [mark.text for mark in again.tasks["web01.0.pool-0"].marks or ()] == ["between them"]
    assert exported(again) == lines


def test_the_file_is_as_strict_as_the_viewer_wants_it(tmp_path: Path) -> None:
    for number, fraction in enumerate(HABITS.values()):
        program(Writer(tmp_path / f"{number}.ctxt", pid=number, fraction=fraction), Random(number))
    lines = exported(read(*(path.read_bytes() for path in sorted(tmp_path.iterdir()))))
    assert all(len(line.split(" ", 6)) == 7 for line in lines)
    times = [line.split(" ")[0] for line in lines]
    assert all(len(time.partition(".")[2]) == 6 for time in times)
    assert all(float(one) <= float(two) for one, two in pairwise(times))
    assert float(times[0]) < float(times[-1])


def test_siblings_that_overlap_lie_in_lanes_of_their_own_and_lanes_are_used_again() -> None:
    lines = exported(
        tree_of(
            Start(task="build.a", time=1.0), Start(task="build.b", time=2.0), Stop(task="build.a", time=4.0),
            Stop(task="build.b", time=5.0), Start(task="build.c", time=6.0), Start(task="build.d", time=7.0),
            Stop(task="build.d", time=8.0), Stop(task="build.c", time=9.0),
        )
    )  # fmt: skip
    assert [line.split(" ", 3)[3] for line in lines if " START " in line] == [
        "build START build build", "build START build.a a", "build-2 START build.b b", "build START build.c c",
        "build-2 START build.d d",
    ]  # fmt: skip


def test_a_child_that_outlives_its_parent_keeps_its_time() -> None:
    records: list[AnyRecord] = [Start(task="a", time=1.0), Start(task="a.b", time=2.0), Stop(task="a", time=3.0)]
    lines = exported(tree_of(*records, Stop(task="a.b", time=4.0)))
    assert [line.split(" ")[0::3][:1] + line.split(" ")[3:5] for line in lines] == [
        ["1.000000", "a", "START"], ["2.000000", "a-2", "START"], ["3.000000", "a", "ENDOK"],
        ["4.000000", "a-2", "ENDOK"],
    ]  # fmt: skip


def test_what_still_runs_ends_now_and_says_so_and_what_waits_is_left_out() -> None:
    lines = exported(tree_of(Start(task="a", time=1.0), Update(task="b", status="waiting")), now=5.0)
    assert lines == ["1.000000 - 0 a START a a", "5.000000 - 0 a ENDOK a still running at the time of this export"]


def test_words_and_texts_stay_in_their_fields() -> None:
    start = Start(task="a b", time=1.0, name="two\nlines", host="my host", pid=7, thread="a thread")
    lines = exported(tree_of(start, Stop(task="a b", time=2.0, status="canceled", message="by\r\nhand")))
    assert lines == [
        "1.000000 my-host 7 a-thread START a-b two lines",
        "2.000000 my-host 7 a-thread ENDER a-b canceled: by  hand",
    ]


def test_a_lane_is_not_named_as_a_thread_that_there_is() -> None:
    records = [Start(task=key, time=1.0, host="h", pid=1, thread=thread) for key, thread in (("a", "t-2"), ("b", "t"))]
    lines = exported(tree_of(*records, Start(task="c", time=1.0, host="h", pid=1, thread="t")))
    assert {line.split(" ")[3] for line in lines} == {"t", "t-2", "t-2'"}


def test_a_single_moment_is_a_range_of_time_all_the_same() -> None:
    assert exported(tree_of(Marker(task="a", time=1.0, text="go")), now=1.0)[-1] == (
        "1.000001 - 0 a BMARK - end of the export"
    )
    assert exported(Tree()) == []


def test_locks_come_back_as_locks() -> None:
    block = (
        b"1.0 h 1 t START f work\n2.0 h 1 t LOCKW 7f db\n3.0 h 1 t LOCKA 7f db\n4.0 h 1 t ENDOK f \n"
        b"4.5 h 1 t START f more\n5.0 h 1 t LOCKR 7f db\n6.0 h 1 t ENDOK f \n"
    )
    lines = exported(read(block))
    assert [line.split(" ")[4] for line in lines] == ["START", "LOCKW", "LOCKA", "ENDOK", "START", "LOCKR", "ENDOK"]
    assert exported(read(("\n".join(lines) + "\n").encode())) == lines


def test_a_trace_has_complete_events_that_nest_and_names_for_its_threads() -> None:
    tree = tree_of(
        Start(task="a", time=1.0, host="h", pid=7, thread="t"), Start(task="a.b", time=2.0),
        Marker(task="a.b", time=2.5, text="!"),
        Stop(task="a.b", time=3.0, status="failed", message="boom"), Stop(task="a", time=4.0),
    )  # fmt: skip
    events = json.loads(b"".join(trace(facts(tree))))["traceEvents"]
    assert {(event["name"], event["args"]["name"]) for event in events if event["ph"] == "M"} == {
        ("process_name", "h 7"), ("thread_name", "t"),
    }  # fmt: skip
    spans = [(event["name"], event["ts"], event["dur"], event["cat"]) for event in events if event["ph"] == "X"]
    assert spans == [("a", 1_000_000, 3_000_000, "finished"), ("b", 2_000_000, 1_000_000, "failed")]
    assert [(event["name"], event["ts"]) for event in events if event["ph"] == "i"] == [("!", 2_500_000)]
    assert len({(event["pid"], event["tid"]) for event in events}) == 1


def test_no_tasks_are_a_trace_all_the_same() -> None:
    assert json.loads(b"".join(trace(facts(Tree()))))["traceEvents"] == []
