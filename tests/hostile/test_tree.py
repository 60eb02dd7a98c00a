"""Any records in any order: the tree stays a tree, its fractions fractions, and all that is made of it can be read."""

import json
from collections.abc import Callable
from math import isfinite

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.json import encode

from progressd.core.branch import MAX_DEPTH, ancestors, walk
from progressd.core.ctxt import parse
from progressd.core.decode import decode_block, decode_stored
from progressd.core.endings import Ending
from progressd.core.estimate import ESTIMATORS, Estimator, Weighted
from progressd.core.export import FORMATS
from progressd.core.forest import MOVED
from progressd.core.kept import kept
from progressd.core.purge import expired
from progressd.core.spans import Spans
from progressd.core.tree import Tree
from progressd.core.view import columns, view
from progressd.outputs.frames import change
from progressd.outputs.status import render as status
from progressd.outputs.text import render
from progressd.records import Start
from tests.hostile.nasty import LINES, moments, records


def grown(*lines: bytes, now: float = 1.0, tree: Tree | None = None) -> Tree:
    tree = tree or Tree()
    tree.apply(decode_block(b"\n".join([*lines, b""])).records, now)
    return tree


def check(tree: Tree, estimator: Estimator, now: float) -> None:
    """Everything that anybody ever shows of a task is a number that can be shown."""
    for task in tree.tasks.values():
        assert task.fraction is None or 0.0 <= task.fraction <= 1.0
        assert task.depth < MAX_DEPTH
        assert task not in ancestors(task)
        seen = view(task, estimator, now)
        for number in (seen.seconds_left, seen.rate, seen.started, seen.stopped, seen.paused, task.elapsed(now)):
            assert number is None or (isfinite(number) and number >= 0.0)
        assert seen.shares is None or all(-1e-9 <= share <= 1 + 1e-9 for share in seen.shares)
        assert seen.counts is None or min(seen.counts) >= 0


def outputs(tree: Tree, estimator: Estimator, now: float) -> None:
    """What is sent is JSON as the page reads it, which knows no NaN."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(encode(change(tree, estimator, 0, now)), parse_constant=refuse)
    json.loads(encode(columns(tree, estimator, now)), parse_constant=refuse)
    assert "\x1b" not in "".join(render(tree, estimator, now))
    json.loads(encode([status(root, 9) for root in tree.roots]), parse_constant=refuse)
    exported(tree, now, refuse)
    assert set(expired(tree, now, 10.0, 3)) <= set(tree.tasks)


def exported(tree: Tree, now: float, refuse: Callable[[str], None]) -> None:
    """What other viewers get holds in each line what they can read, and our own reader reads it."""
    facts = Spans([task for root in tree.roots for task in walk(root)], now)
    list(facts.collect())
    assert all(parse(line[:-1]) is not None for line in FORMATS["ctxt"].write(facts))
    json.loads(b"".join(FORMATS["trace"].write(facts)), parse_constant=refuse)


@settings(max_examples=150)
@given(st.lists(st.tuples(records, moments), max_size=25))
def test_no_record_does_harm(said: list[tuple[bytes, float]]) -> None:
    tree = Tree()
    estimators = [make() for make in ESTIMATORS.values()]
    for line, now in said:
        grown(line, now=now, tree=tree)
        for estimator in estimators:
            check(tree, estimator, now)
    for estimator in estimators:
        outputs(tree, estimator, 1e9)


histories = st.lists(st.tuples(records, st.sampled_from([0.0, 0.3, 1.0, 9.0])), max_size=15)


def play(tree: Tree, history: list[tuple[bytes, float]], now: float) -> tuple[float, list[Ending]]:
    """Say this, with a pause before each; return the time at its end, and which ends were told."""
    ends = []
    for line, pause in history:
        now += pause
        grown(line, now=now, tree=tree)
        ends += tree.endings.take()
    return now, ends


def told(tree: Tree, now: float) -> list[object]:
    """All that is known of each task."""
    tree.apply((), now)
    tasks = [task for root in tree.roots for task in walk(root)]
    return [(view(task, Weighted(), now), task.data, task.metric, task.told, status(task, 1)) for task in tasks]


@settings(max_examples=100)
@given(histories, histories)
def test_what_is_kept_of_it_is_the_same_tree_and_goes_on_the_same(
    before: list[tuple[bytes, float]], after: list[tuple[bytes, float]]
) -> None:
    tree, again = Tree(), Tree()
    now, _ = play(tree, before, 1e9)
    tree.apply((), now)

    back, lost = decode_stored(b"".join(encode(record) + b"\n" for record in kept(tree)))
    again.apply(back, now)

    assert (lost, again.endings.take()) == (0, [])
    assert told(again, now) == told(tree, now)
    (end, ends), (_, ends_again) = play(tree, after, now), play(again, after, now)
    assert ends_again == ends
    assert told(again, end) == told(tree, end)


def test_all_nasty_lines_together_do_no_harm() -> None:
    tree = grown(*LINES.values(), now=1e9)
    for make in ESTIMATORS.values():
        check(tree, make(), 1e9)
        outputs(tree, make(), 1e9)
    assert len(tree) < 5 * MAX_DEPTH


def test_one_record_brings_no_more_tasks_than_a_tree_is_deep() -> None:
    for key in (".".join("a" * 512), "." * 1024, ".".join(["k"] * 10_000)):
        assert (
            len(grown(json.dumps({"type": "start", "task": key, "parent": key[::-1] + ".x"}).encode())) <= 2 * MAX_DEPTH
        )


def test_rings_of_any_length_are_refused() -> None:
    for length in (1, 2, 3, 50, 500):
        ring = [json.dumps({"type": "start", "task": f"k{n}", "parent": f"k{(n + 1) % length}"}) for n in range(length)]
        tree = grown(*map(str.encode, ring))
        assert tree.refused >= 1
        check(tree, next(iter(ESTIMATORS.values()))(), 1.0)


def test_how_much_can_be_moved_within_a_second_is_bounded() -> None:
    """Small moves go on, and so does everything in the next second."""
    tree = Tree()
    tree.apply([Start(task=f"big.{number}") for number in range(20_000)], 1.0)
    tree.apply([Start(task="big", parent=f"p{number}") for number in range(1_000)], 2.0)
    assert tree.refused == 1_000 - MOVED // 20_000

    parent = tree.tasks["big"].parent
    tree.apply([Start(task="big.7", parent="leaf"), Start(task="big", parent="elsewhere")], 2.9)
    assert tree.tasks["big"].parent is parent
    assert tree.tasks["big.7"].parent is tree.tasks["leaf"]
    tree.apply([Start(task="big", parent="elsewhere")], 3.0)
    assert tree.tasks["big"].parent is tree.tasks["elsewhere"]
    check(tree, next(iter(ESTIMATORS.values()))(), 3.0)
