"""joblib: each call is a task, and nothing else about it changes."""

from pathlib import Path

from tests.client.hooks.tools import tasks_of
from tests.client.packages import needs_package, told

pytestmark = needs_package("joblib")

CALLS = """
from functools import partial
from joblib import Parallel, delayed
import progressd_client as p
def double(x):
    return 2 * x
def halve(x):
    return 1 / x
threads = Parallel(n_jobs=2, backend="threading")
with p.task("plain"):
    assert threads(delayed(double)(x) for x in range(6)) == [0, 2, 4, 6, 8, 10]
with p.task("named"):
    assert threads(delayed(partial(double))(x) for x, _ in zip(enumerate("abc"), range(9))) != []
with p.task("filtered"):
    assert Parallel(n_jobs=1)(delayed(double)(x) for x in range(6) if x % 2) == [2, 6, 10]
with p.task("list"):
    assert threads([delayed(double)(x) for x in range(3)]) == [0, 2, 4]
with p.task("processes"):
    assert Parallel(n_jobs=2)(delayed(abs)(x) for x in range(2)) == [0, 1]
with p.task("broken"):
    try:
        threads(delayed(halve)(x) for x in (1, 0))
    except ZeroDivisionError:
        pass
with p.task("source"):
    try:
        threads(delayed(double)(x) for x in (1 // y for y in (1, 0)))
    except ZeroDivisionError:
        pass
with p.task("nothing"):
    assert threads([]) == threads(delayed(double)(x) for x in ()) == []
"""


def test_each_call_is_a_task(tmp_path: Path) -> None:
    tasks = told(tasks_of(CALLS, tmp_path))

    source = tasks.pop("source.double")
    assert {key: view for key, view in tasks.items() if "." in key} == {
        "plain.double": ("finished", 6, 6),
        "named.double": ("finished", 3, 3),
        "filtered.double": ("finished", 3, 3),
        "list.double": ("finished", 3, 3),
        "processes.abs": ("finished", 2, 2),
        "broken.halve": ("failed", *tasks["broken.halve"][1:]),
    }
    assert source[0] == "failed"


def test_results_that_are_given_one_by_one_end_it_when_they_are_over_or_left(tmp_path: Path) -> None:
    script = """
import inspect, progressd_client as p
from joblib import Parallel, delayed
lazy = Parallel(n_jobs=2, backend="threading", return_as="generator")
with p.task("all"):
    results = lazy(delayed(abs)(x) for x in range(4))
assert inspect.isgenerator(results) and list(results) == [0, 1, 2, 3]
with p.task("left"):
    results = lazy(delayed(abs)(x) for x in range(400))
assert next(results) == 0
del results
with p.task("never"):
    results = lazy(delayed(abs)(x) for x in range(400))
del results
"""
    tasks = told(tasks_of(script, tmp_path))

    assert tasks["all.abs"] == ("finished", 4, 4)
    assert [tasks[key][::2] for key in ("left.abs", "never.abs")] == [("canceled", 400)] * 2


def test_how_many_jobs_there_are_is_known_only_where_it_is_certain(tmp_path: Path) -> None:
    script = """
from progressd_client.hooks.joblib import Parallel, count
import joblib
assert Parallel is joblib.Parallel
xs, f = [1, 2, 3], abs
assert count(f(x) for x in xs) == count(f(x) for i, x in enumerate(xs)) == count(xs) == 3
assert count(f(x) for x, y in zip(xs, range(2))) == 2
assert count(f(x) for x in xs if x) is None
assert count(f(x if x else 0) for x in xs) is None
assert count(f(x) for x in xs for y in xs) is None
assert count(f(x) for x in iter(lambda: 0, 1)) is None
assert count(f(x) for x in (y for y in xs)) is None
assert count(iter(xs)) is None
def rest():
    yield from xs
assert count(rest()) is None
"""
    assert tasks_of(script, tmp_path, prelude="") == {}
