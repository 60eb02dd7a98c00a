"""Markers of a task: which of them were said before, and which are told to readers."""

from progressd.core.changes import MARKS
from progressd.core.tree import Tree
from progressd.records import Forget, Marker, Start, Update


def test_a_repeated_marker_is_known_also_behind_one_of_an_earlier_time() -> None:
    tree = Tree()
    said = [Marker(task="a", text="A", time=10.0), Marker(task="a", text="B", time=5.0)]
    tree.apply([*said, *said], 20.0)

    assert [mark.text for mark in tree.tasks["a"].marks or ()] == ["A", "B"]
    assert tree.repeated == 2


def test_the_markers_of_a_task_that_is_gone_are_told_to_nobody_though_another_has_its_key() -> None:
    tree = Tree()
    tree.apply([Marker(task="a", text="old", time=1.0), Marker(task="b", text="other", time=2.0)], 10.0)
    tree.apply([Forget(task="a")], 20.0)
    tree.apply([Marker(task="a", text="new", time=1.0)], 30.0)

    assert [(key, mark.text) for key, mark in tree.changes.marks(0)] == [("b", "other"), ("a", "new")]


def test_so_it_is_when_ever_so_many_with_markers_have_gone() -> None:
    tree = Tree()
    for number in range(MARKS + 2):
        tree.apply([Marker(task=f"t{number}", text="old", time=1.0)], 10.0)
        tree.apply([Forget(task=f"t{number}")], 20.0)
    tree.apply([Marker(task="t0", text="new", time=1.0), Marker(task=f"t{MARKS}", text="new", time=1.0)], 30.0)

    assert [(key, mark.text) for key, mark in tree.changes.marks(0)] == [("t0", "new"), (f"t{MARKS}", "new")]


def test_a_task_that_moves_keeps_its_markers() -> None:
    tree = Tree()
    tree.apply([Marker(task="a", text="here", time=1.0), Start(task="top")], 10.0)
    tree.apply([Update(task="a", parent="top")], 20.0)

    assert [(key, mark.text) for key, mark in tree.changes.marks(0)] == [("a", "here")]
