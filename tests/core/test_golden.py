"""The tree: progress by the rules, in golden values."""

import pytest

from progressd.records import StoredRecord, Update
from tests.core.trees import fractions, tree_of

GOLDEN: dict[str, tuple[list[StoredRecord], dict[str, float | None]]] = {
    "the example of SCA's README": (
        [
            Update(task="_p.job.stage", weight=10.0),
            Update(task="_p.job.stage.abc", progress=0.2),
            Update(task="_p.job.qrprocess", weight=100.0),
            Update(task="_p.job.output", weight=2.0),
        ],
        {"_p.job.stage": 0.2, "_p.job": 10 * 0.2 / 112, "_p": None},
    ),
    "the test of SCA's author": (
        [
            Update(task="r.1", progress=0.5),
            Update(task="r.2.c", progress=1.0),
            Update(task="r.2.a", progress=0.1),
            Update(task="r.2.b.i"),
            Update(task="r.2.b.ii"),
            Update(task="r.3.b", progress=0.2),
            Update(task="r.4"),
            Update(task="r.5", progress=0.9, weight=100.0),
        ],
        {"r.2.b": 0.0, "r.2": 1.1 / 3, "r.3": 0.2, "r.4": None, "r": (0.5 + 1.1 / 3 + 0.2 + 90) / 104},
    ),
    "an only child without weight": ([Update(task="p.a", weight=0.0, progress=1.0)], {"p": None}),
    "a finished child without weight": (
        [Update(task="t.prep", weight=0.0, progress=1.0), Update(task="t.service", progress=0.4)],
        {"t": 0.4},
    ),
    "a value posted on a parent": ([Update(task="p.a", progress=0.5), Update(task="p", progress=0.99)], {"p": 0.99}),
    "a child's update after it": (
        [Update(task="p.a", progress=0.5), Update(task="p", progress=0.99), Update(task="p.a", progress=0.6)],
        {"p": 0.6},
    ),
    "a changed weight": (
        [Update(task="p.a", progress=1.0), Update(task="p.b", progress=0.0), Update(task="p.a", weight=9.0)],
        {"p": 0.9},
    ),
    "a value posted where no child weighs": (
        [Update(task="p.a", weight=0.0), Update(task="p", progress=0.3), Update(task="p.a", done=1.0)],
        {"p": 0.3},
    ),
    "a first child": ([Update(task="p", progress=0.8), Update(task="p.a")], {"p": 0.0}),
}


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize("name", GOLDEN)
def test_golden_values_hold(name: str, one_by_one: bool) -> None:
    records, expected = GOLDEN[name]
    found = fractions(tree_of(*records, one_by_one=one_by_one))

    for key, fraction in expected.items():
        assert found[key] == (None if fraction is None else pytest.approx(fraction, abs=1e-12))
