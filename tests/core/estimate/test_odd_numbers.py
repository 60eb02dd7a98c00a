"""Numbers that no work has: every estimator goes on, and says a number or nothing."""

from math import isfinite

from hypothesis import given, settings
from hypothesis import strategies as st

from progressd.core.estimate import ESTIMATORS, Learned
from progressd.core.tree import Tree
from progressd.records import STATUSES, AnyRecord, Start, Stop, Update

KEYS = st.sampled_from(["r", "r.a", "r.b", "r.a.x", "_n", "_n.c"])
AMOUNTS = st.sampled_from([0.0, 1e-320, 1e-310, 1e-9, 0.5, 1.0, 3.0, 1e9, 1e300, 1.7e308])
KNOWN = {
    "total": st.none() | AMOUNTS,
    "done": st.none() | AMOUNTS,
    "weight": st.sampled_from([None, 0.0, 1e-9, 1.0, 1e18]),
    "estimate": st.sampled_from([None, 0.0, 1e-320, 1.0, 1e12]),
}
SAID = (
    st.builds(Start, task=KEYS, **KNOWN)
    | st.builds(Update, task=KEYS, **KNOWN, progress=st.sampled_from([None, 0.0, 1e-310, 0.3, 1.0]))
    | st.builds(Update, task=KEYS, status=st.sampled_from(STATUSES))
    | st.builds(Stop, task=KEYS, status=st.sampled_from(STATUSES[3:]))
)
PAUSES = st.sampled_from([0.0, 1e-9, 1.0, 5.0, 1e6])


@settings(max_examples=150)
@given(st.lists(st.tuples(PAUSES, SAID), max_size=40))
def test_whatever_is_said_there_is_a_number_or_none(history: list[tuple[float, AnyRecord]]) -> None:
    tree, now = Tree(), 0.0
    estimators = [make() for make in ESTIMATORS.values()]
    for pause, record in history:
        now += pause
        tree.apply([record], now)
        for estimator in estimators:
            if isinstance(estimator, Learned):
                estimator.look(tree.tasks.values(), now)
            for task in tree.tasks.values():
                said = estimator.estimate(task, now)
                assert all(isfinite(each) for each in (said.seconds_left, said.low, said.high) if each is not None)


def test_promises_of_next_to_nothing_do_not_end_what_is_learned() -> None:
    tree, estimator = Tree(), Learned()
    for began in (0.0, 1000.0):
        tree.apply([Start(task="r", time=began)], began)
        if began:
            tree.apply([Start(task=f"r.{part}", estimate=1e-320, time=began) for part in "ab"], began)
            tree.apply([Stop(task=f"r.{part}", time=began + 3.0) for part in "ab"], began + 3.0)
            tree.apply([Update(task="r.c", status="waiting", estimate=10.0)], began + 3.0)
        else:
            tree.apply([Stop(task="r", time=100.0)], 100.0)
        estimator.look(tree.tasks.values(), began + 4.0)

    left = estimator.estimate(tree.tasks["r"], 1005.0).seconds_left
    assert left is None or isfinite(left)
