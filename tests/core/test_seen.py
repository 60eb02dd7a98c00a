"""Which numbered records were applied is remembered across a compaction, and which were not."""

from progressd.core.kept import kept
from progressd.core.tree import Tree
from progressd.records import Start, Update


def test_the_first_number_may_come_after_the_second_and_a_compaction_between() -> None:
    tree, again = Tree(), Tree()
    tree.apply([Update(task="a", done=1.0, source="s", seq=1)], 5.0)
    again.apply(kept(tree), 9.0)
    again.apply([Start(task="a", total=4.0, source="s", seq=0), Update(task="a", done=3.0, source="s", seq=1)], 9.0)

    assert (again.repeated, again.tasks["a"].fraction) == (1, 0.25)
