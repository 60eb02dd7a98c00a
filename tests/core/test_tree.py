"""The tree: what holds for any records whatever."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs

from progressd.core.branch import ancestors, walk
from progressd.core.estimate import Weighted, total_estimate
from progressd.core.kept import kept
from progressd.core.purge import expired
from progressd.core.task import INDEX, Task
from progressd.core.tree import Tree
from progressd.core.view import View, columns, view
from progressd.records import STATUSES, Forget, Log, Marker, Metric, Start, Stop, StoredRecord, TaskMetric, Update
from tests.core.trees import fractions, tree_of


def test_progress_insights_readme_counts_hold() -> None:
    """Seven tasks below a root: the numbers that its README gives, to two decimals."""
    keys = ("r.a", "r.b", "r.b.1", "r.b.2", "r.c", "r.c.1", "r.c.2")
    tree = tree_of(*(Update(task=key, status="waiting") for key in ("r", *keys)))
    root = tree.tasks["r"]
    assert root.sums is not None

    tree.apply([Start(task="r"), Start(task="r.b"), Start(task="r.b.1"), Start(task="r.c")], 2.0)
    assert round(root.sums.counts[INDEX["running"]] / sum(root.sums.counts), 2) == 0.43

    tree.apply([Stop(task="r.b.1")], 3.0)
    assert round(root.sums.counts[INDEX["finished"]] / sum(root.sums.counts), 2) == 0.14
    assert tree.tasks["r.b"].status == "running"


def test_estimates_add_up_in_series_and_the_longest_counts_side_by_side() -> None:
    tree = tree_of(
        Update(task="p", parallel=True),
        Update(task="p.a", estimate=10.0),
        Update(task="p.s.x", estimate=20.0),
        Update(task="p.s.y", estimate=30.0),
    )

    assert total_estimate(tree.tasks["p"]) == 50.0


def test_a_million_random_updates_leave_no_drift() -> None:
    """Sums kept by a million differences equal sums made anew, to 1e-12 and below."""
    dice = random.Random(1)
    tree = Tree()
    leaves = [f"r.{dice.randrange(10)}.{dice.randrange(10)}.{number}" for number in range(1000)]
    tree.apply([Start(task=leaf, weight=10 ** dice.uniform(-3, 3)) for leaf in leaves], 0.0)
    for _ in range(200):
        updates: list[StoredRecord] = [Update(task=dice.choice(leaves), progress=dice.random()) for _ in range(4990)]
        updates += [Update(task=dice.choice(leaves), weight=10 ** dice.uniform(-3, 3)) for _ in range(10)]
        tree.apply(updates, 1.0)

    for task in tree.tasks.values():
        if task.children:
            assert task.fraction == pytest.approx(oracle(task), abs=1e-12)
    tree.apply([Stop(task=leaf) for leaf in leaves], 2.0)
    assert tree.tasks["r"].fraction == 1.0


def oracle(task: Task) -> float:
    """The plain mean, by the definition."""
    assert task.children
    weights = {child: weight_of(child) for child in task.children.values()}
    return sum(weight * (child.fraction or 0.0) for child, weight in weights.items()) / sum(weights.values())


def weight_of(task: Task) -> float:
    """Return its weight among its siblings: one that is only implied has none while nothing below it has."""
    alone = task.said or task.sums is None
    return task.weight if alone or any(weight_of(child) for child in (task.children or {}).values()) else 0.0


keys = st.lists(st.sampled_from("abc_"), min_size=1, max_size=4).map(".".join) | st.sampled_from(
    [".", "..", "a..b", "_"]
)
moments = st.none() | st.floats(0, 1e6)
amounts = st.none() | st.floats(0, 1e300)
numbered = st.one_of(st.just((None, None)), st.tuples(st.sampled_from("xy"), st.integers(0, 20)))


def records(kind: type, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[StoredRecord]:
    made = st.fixed_dictionaries({"task": st.none() | keys, "time": moments, **fields})
    return st.builds(lambda m, n: kind(**m, source=n[0], seq=n[1]), made, numbered)


course = {
    "parent": st.none() | keys,
    "total": amounts,
    "done": amounts,
    "weight": st.none() | st.sampled_from([0.0, 1e-9, 1.0, 3.0, 1e18]),
    "estimate": st.none() | st.floats(0, 1e6),
    "parallel": st.none() | st.booleans(),
    "message": st.none() | st.text(max_size=3),
    "metric": st.none() | st.just(TaskMetric(namespace="n", name="m")),
}
any_record = st.one_of(
    records(Start, **course),
    records(Update, **course, progress=st.none() | st.floats(-1, 2), status=st.none() | st.sampled_from(STATUSES)),
    records(Stop, status=st.sampled_from(STATUSES[3:])),
    records(Marker, text=st.text(max_size=3)),
    records(Log, text=st.text(max_size=3)),
    records(Metric, name=st.sampled_from("mn"), value=st.floats(allow_nan=False, allow_infinity=False)),
    records(Forget),
)
histories = st.lists(any_record, max_size=40)


@given(histories, st.lists(st.floats(-10, 1e6), min_size=1, max_size=5))
def test_any_records_in_any_order_leave_a_sound_tree(history: list[StoredRecord], times: list[float]) -> None:
    tree = Tree()
    for number, record in enumerate(history):
        tree.apply([record], times[number % len(times)])

    check_sound(tree, times[-1])


def check_sound(tree: Tree, now: float) -> None:
    reached = [task for root in tree.roots for task in walk(root)]
    assert sorted(task.key for task in reached) == sorted(tree.tasks)
    for task in reached:
        check_task(task, now)


def check_task(task: Task, now: float) -> None:
    assert task.fraction is None or 0.0 <= task.fraction <= 1.0
    assert task.depth == len(list(ancestors(task))) < 64
    assert task.elapsed(now) >= 0
    left = view(task, Weighted(), now).seconds_left
    assert left is None or left >= 0
    below = list(walk(task))[1:]
    if task.children and task.sums is not None:
        assert task.sums.counts == [sum(each.status == status for each in below) for status in STATUSES]
        if task.posted is None and task.sums.weight and not task.is_namespace:
            assert task.fraction == pytest.approx(oracle(task), abs=1e-12)


@given(histories, st.data())
def test_how_records_are_cut_into_batches_does_not_matter(history: list[StoredRecord], data: st.DataObject) -> None:
    whole, cut = Tree(), Tree()
    whole.apply(history, 5.0)
    position = 0
    while position < len(history):
        size = data.draw(st.integers(1, 5))
        cut.apply(history[position : position + size], 5.0)
        position += size

    assert told(whole) == told(cut)
    assert whole.endings.take() == cut.endings.take()


@example([Update(task="_", progress=0, status="finished"), Start(task="x", parent="_")])
@given(histories)
def test_a_compacted_log_makes_the_same_tree(history: list[StoredRecord]) -> None:
    tree, again = Tree(), Tree()
    tree.apply(history, 5.0)
    again.apply(kept(tree), 9.0)

    assert told(again) == told(tree)
    check_sound(again, 9.0)


def told(tree: Tree) -> list[object]:
    """All that readers see, in the order in which they see it."""
    return [view(task, Weighted(), 7.0) for root in tree.roots for task in walk(root)]


@given(histories)
def test_columns_say_what_views_say(history: list[StoredRecord]) -> None:
    tree = tree_of(*history)
    table = columns(tree, Weighted(), 7.0)
    defaults = {field.name: field.default for field in structs.fields(View)}
    rows = [
        View(**{name: table[name][row] if name in table else default for name, default in defaults.items()})
        for row in range(len(tree))
    ]

    keys = [*(row.key for row in rows), None]  # -1 is no parent
    found = [structs.replace(row, parent=keys[int(row.parent or 0)]) for row in rows]
    assert found == told(tree)


@given(histories, st.integers(1, 10))
def test_a_reader_who_follows_sees_what_there_is(history: list[StoredRecord], step: int) -> None:
    """A snapshot at any revision, and what changed since, are the tree; nothing is missed."""
    tree = Tree()
    known: dict[str, object] = {}
    since = 0
    for position in range(0, len(history), step):
        tree.apply(history[position : position + step], 5.0)
        if position % 3 == 0:
            since = follow(tree, known, since)
    follow(tree, known, since)

    assert known == {key: view(task, Weighted(), 5.0) for key, task in tree.tasks.items()}


def follow(tree: Tree, known: dict[str, object], since: int) -> int:
    for key in tree.changes.removed(since):
        known.pop(key, None)
    for task in tree.changes.tasks(since, tree.tasks.values()):
        assert task.parent is None or task.parent.key in known
        known[task.key] = view(task, Weighted(), 5.0)
    return tree.revision


def test_only_what_is_over_is_forgotten_the_oldest_first() -> None:
    tree = Tree()
    tree.apply([Start(task="old"), Stop(task="old"), Start(task="busy")], 0.0)
    tree.apply([Start(task="new.a"), Stop(task="new.a")], 100.0)

    assert expired(tree, 150.0, age=1000.0, most=100) == []
    assert expired(tree, 150.0, age=60.0, most=100) == ["old"]
    assert expired(tree, 150.0, age=1000.0, most=3) == ["old"]
    assert expired(tree, 150.0, age=1000.0, most=0) == ["old", "new"]


def test_deleting_a_subtree_corrects_its_parents() -> None:
    tree = tree_of(Update(task="p.a", progress=0.0), Update(task="p.b", progress=1.0), Start(task="p.a.x"))

    tree.apply([Forget(task="p.a")], 2.0)

    assert fractions(tree) == {"p": 1.0, "p.b": 1.0}
    assert tree.tasks["p"].sums is not None
    assert sum(tree.tasks["p"].sums.counts) == 1
    assert tree.changes.removed(1) == ["p.a", "p.a.x"]


def test_a_key_of_ten_thousand_segments_makes_few_tasks() -> None:
    tree = tree_of(Start(task=".".join("a" * 500)))

    assert len(tree) <= 64
