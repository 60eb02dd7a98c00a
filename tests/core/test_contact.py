"""Since when there has been no contact with whoever began a task, and what ends that."""

from progressd.core.estimate.unusual import FAST, LATE
from progressd.core.tree import Tree
from progressd.records import NOTICES, Lost, Marker, Start


def test_what_the_daemon_itself_notices_is_no_word_of_a_lost_task() -> None:
    tree = Tree()
    tree.apply([Start(task="a")], 1.0)
    tree.apply([Lost(task="a")], 2.0)
    for kind in (LATE, FAST):
        tree.apply([Marker(task="a", text="later than expected", kind=kind)], 3.0)
        assert tree.tasks["a"].lost_since == 2.0

    tree.apply([Marker(task="a", text="checkpoint", kind="saved")], 4.0)
    assert tree.tasks["a"].lost_since is None
    assert {LATE, FAST} == NOTICES
