"""dask: computations of its local schedulers, and what a cluster is at."""

from pathlib import Path

from tests.client.hooks.tools import tasks_of
from tests.client.packages import needs_package, told


@needs_package("dask")
def test_each_computation_is_a_task(tmp_path: Path) -> None:
    script = """
import dask, progressd_client as p
from dask import delayed
def one(x):
    return p.current() and p.current().name
def bad(x):
    raise ValueError("no")
with p.task("threads"):
    dask.compute(*[delayed(one)(x) for x in range(5)], scheduler="threads")
with p.task("here"):
    assert delayed(one)(1).compute(scheduler="sync") == "compute"
    assert p.current().name == "here"
with p.task("broken"):
    try:
        delayed(bad)(1).compute(scheduler="threads")
    except ValueError:
        pass
"""
    tasks = tasks_of(script, tmp_path)

    assert {key: view for key, view in told(tasks).items() if "." in key} == {
        "threads.compute": ("finished", 5, 5),
        "here.compute": ("finished", 1, 1),
        "broken.compute": ("failed", None, 1),
    }
    assert tasks["broken.compute"]["message"] == "ValueError: no"


@needs_package("dask")
def test_it_can_be_asked_for_and_be_given_a_name(tmp_path: Path) -> None:
    script = """
from dask import delayed
from progressd_client.hooks.dask import Progress
with Progress("totals"):
    delayed(sum)([delayed(abs)(x) for x in range(3)]).compute(scheduler="threads")
delayed(abs)(1).compute(scheduler="threads")
"""
    assert told(tasks_of(script, tmp_path, prelude="")) == {"totals": ("finished", 4, 4)}


@needs_package("distributed")
def test_each_group_of_a_clusters_tasks_is_a_task(tmp_path: Path) -> None:
    script = """
from distributed import Client, LocalCluster
def double(x):
    return 2 * x
def bad(x):
    raise ValueError("no")
options = dict(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
with LocalCluster(**options) as cluster, Client(cluster) as client:
    doubled = client.map(double, range(8))
    assert client.submit(sum, doubled).result() == 56
    assert isinstance(client.submit(bad, 1).exception(), ValueError)
"""
    assert told(tasks_of(script, tmp_path)) == {
        "double": ("finished", 8, 8),
        "sum": ("finished", 1, 1),
        "bad": ("failed", 1, 1),
    }
