"""What moves by itself is where its records and the time put it, whoever looked when."""

from hypothesis import given
from hypothesis import strategies as st

from progressd.core.branch import walk
from progressd.core.estimate import Weighted
from progressd.core.kept import kept
from progressd.core.tree import Tree
from progressd.core.view import view
from progressd.records import STATUSES, Forget, Start, Stop, StoredRecord, Update

keys = st.sampled_from(["a", "a.b", "a.b.c", "a.d", "a.d.e", "f"])
shares = st.sampled_from([0.0, 0.25, 0.6, 1.0])
spans = st.sampled_from([0.5, 3.0, 10.0, 25.0])
moving = st.builds(
    Update,
    task=keys,
    progress=shares,
    within=spans,
    time=st.none() | st.floats(0, 50),
)
speaking = st.builds(
    Update,
    task=keys,
    progress=st.none() | shares,
    done=st.none() | st.floats(0, 9),
    status=st.none() | st.sampled_from(STATUSES),
    weight=st.none() | st.sampled_from([0.0, 1.0, 3.0]),
    parent=st.none() | keys,
)
counting = st.builds(Update, task=keys, done=st.floats(0, 9), total=st.none() | st.just(10.0))
others = st.one_of(st.builds(Stop, task=keys), st.builds(Start, task=keys), st.builds(Forget, task=keys))
steps = st.tuples(
    st.sampled_from([0.0, 0.0, 0.3, 1.0, 2.7, 9.0]), st.one_of(moving, moving, speaking, counting, others)
)
histories = st.lists(steps, max_size=25)


def told(tree: Tree, now: float) -> list[object]:
    """All that readers see at a time, and that a heading holds."""
    tree.apply((), now)
    tasks = [task for root in tree.roots for task in walk(root)]
    return [(view(task, Weighted(), now), task.heading if task.posted is not None else None) for task in tasks]


def played(history: list[tuple[float, StoredRecord]]) -> tuple[Tree, float]:
    """Take records one after the other, and look at nothing in between."""
    tree, now = Tree(), 100.25
    for pause, record in history:
        now += pause
        tree.take([record], now)
    return tree, now


@given(histories, st.data())
def test_how_records_are_cut_and_who_looked_when_does_not_matter(
    history: list[tuple[float, StoredRecord]], data: st.DataObject
) -> None:
    plain, end = played(history)
    cut, now = Tree(), 100.25
    batch: list[StoredRecord] = []
    for pause, record in history:
        if pause:
            cut.take(batch, now)
            batch = []
            for share in sorted(data.draw(st.lists(st.floats(0, 1), max_size=3))):
                cut.apply((), now + share * pause)
            now += pause
        batch.append(record)
    cut.take(batch, now)

    assert told(cut, end + 2.0) == told(plain, end + 2.0)


@given(histories, histories)
def test_a_compacted_log_goes_on_as_if_it_had_not_been(
    before: list[tuple[float, StoredRecord]], after: list[tuple[float, StoredRecord]]
) -> None:
    tree, now = played(before)
    again = Tree()
    tree.apply((), now)
    again.apply(kept(tree), now)
    for pause, record in after:
        now += pause
        for each in (tree, again):
            each.take([record], now)

    assert told(again, now + 2.0) == told(tree, now + 2.0)


@given(histories)
def test_what_moves_never_leaves_the_way_and_is_let_go_where_it_ends(history: list[tuple[float, StoredRecord]]) -> None:
    tree, now = played(history)
    for _ in range(3):
        now += 13.0
        told(tree, now)  # settles
        for task in tree.tasks.values():
            assert task.fraction is None or 0.0 <= task.fraction <= 1.0

    assert not tree.headings


def test_nothing_that_was_forgotten_comes_back() -> None:
    tree = Tree()
    tree.apply([Update(task="a.b", progress=1.0, within=10.0)], 0.0)
    tree.apply([Forget(task="a")], 1.0)
    seen = tree.revision
    tree.apply((), 5.0)

    assert not tree.headings
    assert tree.changes.tasks(seen, tree.tasks.values()) == []


def test_a_clock_that_goes_back_takes_back_no_more_than_the_time() -> None:
    tree = Tree()
    tree.apply([Update(task="a", progress=1.0, within=10.0)], 100.0)
    for now, place in ((105.0, 0.5), (103.0, 0.3), (90.0, 0.0), (107.0, 0.7)):
        tree.apply((), now)
        assert tree.tasks["a"].fraction == place


def test_data_has_room_for_so_many_fields_and_the_others_are_counted() -> None:
    tree = Tree()
    tree.apply([Update(task="a", data={f"x{number}": 1 for number in range(60)})], 0.0)
    tree.apply([Update(task="a", data={f"y{number}": 1 for number in range(10)} | {"x0": 2})], 0.0)

    data = tree.tasks["a"].data
    assert len(data) == 64
    assert (data["x0"], "y3" in data, "y4" in data) == (2, True, False)
    assert tree.forgotten == 6


def test_data_has_room_for_so_many_bytes_and_what_would_be_more_is_counted() -> None:
    tree = Tree()
    tree.apply([Update(task="a", data={str(number): "x" * 100_000}) for number in range(9)], 0.0)
    tree.apply([Update(task="a", data={"0": None, "small": 1}), Update(task="b", data="x" * 300_000)], 0.0)

    assert set(tree.tasks["a"].data) == {"1", "small"}
    assert tree.tasks["b"].data is None
    assert tree.forgotten == 8
