"""What is remembered of runs and of tasks, and what is let go."""

from typing import Any

import pytest

from progressd.core.estimate import History, Learned, history
from progressd.core.estimate.runs import PIECES, Run
from progressd.core.estimate.summary import summary
from progressd.core.task import Task
from progressd.core.tree import Tree
from progressd.records import Forget, Start, Stop, Update
from tests.core.estimate.acting import JOB, in_series, learned


def test_a_job_that_makes_room_for_another_is_told_to_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    [first] = learned(in_series([10.0] * 5)).history.runs_for(JOB)
    monkeypatch.setattr(history, "PIECES", 7)
    known = History()
    known.learn(first)
    tree, estimator = Tree(), Learned(known)
    tree.apply([Start(task="new", time=2e9), Stop(task="new.a", time=2e9), Stop(task="new.b", time=2e9)], 2e9)
    tree.apply([Start(task="new.c", time=2e9), Stop(task="new.c", time=2e9 + 5), Stop(task="new", time=2e9 + 5)], 2e9)

    assert estimator.look(tree.tasks.values(), 2e9 + 6) == {JOB, "new"}
    assert known.encode(JOB) == b""


def run(started: float, seconds: float = 10.0, misses: tuple[float, ...] = ()) -> Run:
    return Run("k", started, seconds, finished=True, whole=True, branches=[], pieces=[], misses=misses)


def test_of_a_key_the_newest_runs_are_remembered_in_whatever_order_they_are_learned() -> None:
    known = History()
    for day in (3, *range(20, 0, -1), 12):
        known.learn(run(float(day)))

    assert [each.started for each in known.of_job("k")] == list(range(20, 20 - history.RUNS, -1))


def test_what_was_learned_before_the_past_was_known_stays_but_the_same_run_is_told_best_by_the_past() -> None:
    past, known = History(), History()
    for each in (run(1.0, misses=(0.5,)), run(2.0), run(3.0)):
        past.learn(each)
    for each in (run(1.0), run(2.0, 99.0), run(4.0)):
        known.learn(each)
    assert known.decode(past.encode("k"))

    told = [(each.started, each.seconds, len(each.misses)) for each in known.of_job("k")]
    assert told == [(4.0, 10.0, 0), (3.0, 10.0, 0), (2.0, 99.0, 0), (1.0, 10.0, 1)]


def test_a_run_that_failed_while_something_waited_is_listed_and_foretells_nothing() -> None:
    tree, estimator = Tree(), Learned()
    tree.apply([Start(task="r", time=0.0), Update(task="r.b", status="waiting")], 0.0)
    tree.apply([Stop(task="r", status="failed", time=50.0)], 50.0)
    estimator.look(tree.tasks.values(), 51.0)
    tree.apply([Start(task="r", time=100.0)], 100.0)

    assert [run.seconds for run in estimator.earlier(tree.tasks["r"])] == [50.0]
    assert estimator.estimate(tree.tasks["r"], 110.0).seconds_left is None


def test_what_is_known_of_tasks_goes_with_them() -> None:
    tree, estimator = Tree(), Learned()
    tree.apply([Start(task="r.a", total=10.0, done=3.0, time=0.0)], 0.0)
    estimator.look(tree.tasks.values(), 1.0)
    estimator.estimate(tree.tasks["r.a"], 1.0)
    tree.apply([Forget(task="r")], 2.0)
    estimator.sweep(tree.tasks)

    assert estimator._profiles.get("r.a") is None
    assert estimator._forecasts == {}


def test_a_part_that_was_forgotten_is_no_longer_waited_for() -> None:
    tree, estimator = Tree(), Learned()
    tree.apply([Start(task="r", time=0.0), Update(task="r.old", status="waiting")], 0.0)
    estimator.estimate(tree.tasks["r"], 10.0)
    tree.apply([Forget(task="r.old"), Update(task="r.new", status="waiting")], 10.0)
    estimator.estimate(tree.tasks["r"], 10.0)

    assert [part.key for part in estimator._forecasts[tree.tasks["r"]].plan.parts.values()] == ["new"]


def test_every_call_of_a_program_is_no_part_to_be_remembered() -> None:
    tree, estimator = Tree(), Learned()
    for began in (0.0, 10_000.0):
        keys = ["r"]
        for depth in range(11):
            keys += [f"{key}.{side}" for key in keys[-(2**depth) :] for side in "ab"]
        tree.apply([Start(task=key, time=began + at) for at, key in enumerate(keys)], began)
        estimator.look(tree.tasks.values(), began)
        if not began:
            tree.apply([Stop(task=key, time=5000.0) for key in reversed(keys)], 5000.0)
            estimator.look(tree.tasks.values(), 5000.0)

    [run] = estimator.history.runs_for("r")
    assert len(run.pieces) + len(run.branches) <= PIECES
    assert estimator.estimate(tree.tasks["r"], 12_000.0).basis == "from 1 earlier run"


def test_what_is_said_after_its_end_does_not_have_a_run_summed_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    summed: list[float | None] = []

    def summing(root: Task, *more: Any) -> Run | None:
        summed.append(root.stopped)
        return summary(root, *more)

    monkeypatch.setattr("progressd.core.estimate.learned.summary", summing)
    tree, estimator = Tree(), Learned()
    tree.apply([Start(task="r", time=0.0), Stop(task="r", time=50.0)], 50.0)
    for after in (Update(task="r", message="kept"), Update(task="r", message="sent"), Stop(task="r", time=60.0)):
        estimator.look([tree.tasks["r"]], 60.0)
        tree.apply([after], 60.0)
    estimator.look([tree.tasks["r"]], 61.0)

    assert summed == [50.0, 60.0]
    assert [run.seconds for run in estimator.history.runs_for("r")] == [60.0]
