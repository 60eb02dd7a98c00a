"""Ends of earlier runs that come late: the present run goes on."""

from hypothesis import given
from hypothesis import strategies as st

from progressd.core.kept import kept
from progressd.core.tree import Tree
from progressd.records import Start, Stop, StoredRecord, Update


@given(st.lists(st.floats(0.1, 1e6), min_size=2, max_size=5), st.booleans(), st.data())
def test_ends_of_earlier_runs_never_end_the_newest(gaps: list[float], through_kept: bool, data: st.DataObject) -> None:
    tree, at, owed = Tree(), 1.0, list[Stop | Update]()
    for gap in gaps:
        tree.apply([Start(task="a", time=at)], at)
        at += gap
        for end in data.draw(st.permutations(owed)):
            if data.draw(st.booleans()):
                tree.apply([end], at)
        owed += [Stop(task="a", time=at, cpu=7.0, message="over"), Update(task="a", time=at, status="failed")]
        at += 0.001
    if through_kept:
        again = Tree()
        again.apply(kept(tree), at)
        tree = again
    tree.apply(owed[:-2], at)

    task = tree.tasks["a"]
    assert (task.status, task.cpu, task.message) == ("running", None, None)
    tree.apply(owed[-2:-1], at)
    assert (task.status, task.cpu, task.message) == ("finished", 7.0, "over")


def test_a_clock_that_was_set_back_hides_no_end() -> None:
    """Also where the start was said again, and where the task came into being before by its children."""
    for before in ([], [Start(task="a", time=9.0)], [Start(task="a.b", time=5.0)]):
        tree = Tree()
        records: list[StoredRecord] = [*before, Start(task="a", time=9.0), Stop(task="a", time=8.5)]
        tree.apply(records, 10.0)

        assert tree.tasks["a"].status == "finished"


def test_a_task_that_only_its_children_implied_ends_by_its_own_word_and_begins_anew() -> None:
    """Also where its end was stamped with the time of its last child's, or just before."""
    for at in (20.0, 19.9):
        tree = Tree()
        tree.apply([Start(task="a.b", time=10.0), Stop(task="a.b", time=20.0)], 20.0)
        tree.apply([Stop(task="a", time=at, status="failed")], 20.0)
        task = tree.tasks["a"]
        assert (task.said, task.status, task.stopped) == (True, "failed", 20.0)

        tree.apply([Start(task="a", time=30.0)], 30.0)
        assert (task.status, task.started, task.children) == ("running", 30.0, {})
