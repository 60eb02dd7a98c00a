"""What is forgotten beyond the number of tasks, while the root still runs."""

from progressd.core.ctxt import Ctxt
from progressd.core.purge import expired
from progressd.core.tree import Tree
from progressd.records import Forget, Marker, Start, Stop


def test_what_ended_without_weight_goes_first_the_oldest_end_first() -> None:
    tree = Tree()
    tree.apply([Start(task="over"), Stop(task="over"), Start(task="busy"), Start(task="busy.step")], 0.0)
    for number, stop in enumerate((30.0, 10.0, 20.0)):
        key = f"busy.{number}"
        tree.apply([Start(task=key, weight=0.0), Start(task=f"{key}.x"), Stop(task=f"{key}.x")], 1.0)
        tree.apply([Stop(task=key, time=stop)], 2.0)
    tree.apply([Start(task="busy.open", weight=0.0), Stop(task="busy.step"), Stop(task="over")], 3.0)

    assert expired(tree, 3.0, age=100.0, most=len(tree)) == []
    assert expired(tree, 3.0, age=100.0, most=len(tree) - 3) == ["busy.1", "busy.2"]
    assert expired(tree, 3.0, age=100.0, most=0) == ["busy.1", "busy.2", "busy.0", "over"]


def test_what_only_a_marker_told_of_is_forgotten_in_its_time() -> None:
    tree = Tree()
    tree.apply([Marker(task="marked", text="go"), Start(task="begun")], 0.0)

    assert expired(tree, 50.0, age=100.0, most=9) == []
    assert expired(tree, 150.0, age=100.0, most=9) == ["marked"]


def test_forgetting_what_has_no_weight_changes_no_progress() -> None:
    tree = Tree()
    tree.apply([Start(task="p.a"), Stop(task="p.a"), Start(task="p.b"), Start(task="p.log", weight=0.0)], 0.0)
    tree.apply([Stop(task="p.log")], 1.0)
    before = tree.tasks["p"].fraction
    for key in expired(tree, 1.0, age=100.0, most=0):
        tree.apply([Forget(task=key, over=True)], 2.0)

    assert "p.log" not in tree.tasks
    assert tree.tasks["p"].fraction == before == 0.5


def test_any_number_of_spans_takes_the_room_of_a_few() -> None:
    tree, ctxt, most = Tree(), Ctxt(), 0
    for number in range(50_000):
        for line in (b"%d h 1 t START f x" % number, b"%d h 1 t ENDOK f " % number if number else b""):
            told = ctxt.take(line, "a")
            tree.take(told.records if told else (), 0.0)
        if len(tree) > 200:
            tree.take([Forget(task=key, over=True) for key in expired(tree, 0.0, 100.0, 100)], 0.0)
        most = max(most, len(tree))
    tree.publish()

    assert most <= 201
    assert tree.tasks["h.1.t.0"].status == "running"
