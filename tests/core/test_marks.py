"""Markers of a task: which of them were said before."""

from progressd.core.tree import Tree
from progressd.records import Marker


def test_a_repeated_marker_is_known_also_behind_one_of_an_earlier_time() -> None:
    tree = Tree()
    said = [Marker(task="a", text="A", time=10.0), Marker(task="a", text="B", time=5.0)]
    tree.apply([*said, *said], 20.0)

    assert [mark.text for mark in tree.tasks["a"].marks or ()] == ["A", "B"]
    assert tree.repeated == 2
