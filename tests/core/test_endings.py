"""Ends of tasks with a metric: each run told once, with what it took."""

from progressd.core.endings import Ending
from progressd.core.kept import kept
from progressd.core.tree import Tree
from progressd.records import Start, Stop, StoredRecord, TaskMetric, Update

STARTUP = TaskMetric(namespace="OS", name="Startup", dimensions={"Region": "eu"})


def told(*records: StoredRecord, tree: Tree | None = None) -> list[Ending]:
    tree = tree if tree is not None else Tree()
    tree.apply(records, 50.0)
    return tree.endings.take()


def test_an_end_is_told_with_its_metric_its_status_and_how_long_it_worked() -> None:
    found = told(
        Start(task="a", time=10.0, metric=STARTUP),
        Update(task="a", time=12.0, status="paused"),
        Update(task="a", time=15.0, status="running"),
        Stop(task="a", time=20.0, status="failed"),
    )

    assert found == [Ending("a", STARTUP, "failed", 7.0, 20.0)]


def test_every_way_to_end_is_told_and_a_task_without_a_metric_never() -> None:
    found = told(
        Start(task="a", metric=STARTUP),
        Stop(task="a"),
        Update(task="b", metric=STARTUP, status="canceled"),
        Stop(task="never begun", status="failed"),
        Start(task="c"),
        Stop(task="c"),
        Start(task="running", metric=STARTUP),
    )

    assert [(ending.task, ending.status) for ending in found] == [("a", "finished"), ("b", "canceled")]


def test_a_run_is_told_once_however_often_its_end_is_said_and_each_further_run_again() -> None:
    tree = Tree()
    first = told(
        Start(task="a", time=1.0, metric=STARTUP),
        Stop(task="a", time=2.0, status="failed"),
        Stop(task="a", time=3.0),
        Update(task="a", time=4.0, status="running"),
        Stop(task="a", time=5.0),
        tree=tree,
    )
    second = told(Start(task="a", time=6.0), Stop(task="a", time=9.0), tree=tree)

    assert [(ending.status, ending.elapsed) for ending in first] == [("failed", 1.0)]
    assert [(ending.status, ending.elapsed) for ending in second] == [("finished", 3.0)]


def test_an_end_that_overtook_its_beginning_is_told_once_the_metric_is_known() -> None:
    tree = Tree()
    assert told(Stop(task="a", time=9.0, source="x", seq=2), tree=tree) == []

    found = told(Start(task="a", time=4.0, metric=STARTUP, source="x", seq=1), tree=tree)

    assert [(ending.status, ending.elapsed) for ending in found] == [("finished", 5.0)]


def test_a_metric_may_be_named_before_the_task_begins_and_be_changed_until_its_end() -> None:
    other = TaskMetric(namespace="OS", name="Boot")
    found = told(
        Update(task="a", status="waiting", metric=STARTUP),
        Start(task="a", time=3.0),
        Update(task="a", time=4.0, metric=other, done=1.0),
        Stop(task="a", time=5.0),
    )

    assert [(ending.metric, ending.elapsed) for ending in found] == [(other, 2.0)]


def test_a_compaction_keeps_the_metric_and_what_was_told() -> None:
    tree, again = Tree(), Tree()
    told(Start(task="over", time=1.0, metric=STARTUP), Stop(task="over", time=2.0), tree=tree)
    told(Start(task="open", time=1.0, metric=STARTUP), tree=tree)
    again.apply(kept(tree), 60.0)

    assert again.endings.take() == []
    found = told(Stop(task="over", time=3.0, status="failed"), Stop(task="open", time=4.0), tree=again)
    assert found == [Ending("open", STARTUP, "finished", 3.0, 4.0)]
