"""CloudWatch, as moto's server plays it: real requests over real HTTP."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from progressd.core.endings import Ending
from progressd.outputs.metrics import cloudwatch as module
from progressd.outputs.metrics.cloudwatch import CloudWatch
from progressd.outputs.metrics.outlet import Outlet
from progressd.records import Status, TaskMetric
from tests.daemon import refused

NOW = float(int(time.time()))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def ending(name: str = "Startup", status: Status = "finished", at: float = NOW, **dimensions: str) -> Ending:
    return Ending("a", TaskMetric(namespace=name.partition(":")[0], name=name, dimensions=dimensions), status, 2.5, at)


def outlet(endpoint: str) -> Outlet:
    url = f"cloudwatch://eu-west-1?endpoint={endpoint}"
    return Outlet(url, CloudWatch(url, lambda: NOW))


def known(endpoint: str, namespace: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, str]]:
    """Return the sum and the unit of each metric, by its name and its dimensions."""
    client: Any = boto3.client("cloudwatch", region_name="eu-west-1", endpoint_url=endpoint)
    span = {"StartTime": datetime.fromtimestamp(NOW - 600, UTC), "EndTime": datetime.fromtimestamp(NOW + 600, UTC)}
    found = {}
    for page in client.get_paginator("list_metrics").paginate(Namespace=namespace):
        for metric in page["Metrics"]:
            points = client.get_metric_statistics(**metric, **span, Period=1200, Statistics=["Sum"])["Datapoints"]
            dimensions = tuple((each["Name"], each["Value"]) for each in metric["Dimensions"])
            # A list holds also those with more dimensions than were asked for; of each, its own sum is wanted.
            found[metric["MetricName"], dimensions] = (sum(point["Sum"] for point in points), points[0]["Unit"])
    return found


async def send(outlet: Outlet, *endings: Ending) -> None:
    """Send as a daemon does that ends."""
    outlet.take(endings)
    outlet.close()
    async with asyncio.timeout(30):
        await outlet.run()


async def test_an_end_is_told_as_progress_insight_told_it(endpoint: str) -> None:
    place = outlet(endpoint)
    await send(place, ending("form:plain"), ending("form:failed", "failed"))

    assert known(endpoint, "form") == {
        ("form:plain", ()): (2.5, "Seconds"),
        ("form:plain/Succeeded", ()): (1.0, "Count"),
        ("form:failed", ()): (2.5, "Seconds"),
        ("form:failed/Failed", ()): (1.0, "Count"),
    }
    assert place.lost == 0


async def test_dimensions_are_told_not_at_all_each_alone_and_all_together(endpoint: str) -> None:
    await send(outlet(endpoint), ending("dimensions:x", "canceled", Region="eu", Tier="web"))

    names = ("dimensions:x", "dimensions:x/Canceled")
    both = (("Region", "eu"), ("Tier", "web"))
    assert set(known(endpoint, "dimensions")) == {
        (name, dimensions) for name in names for dimensions in ((), both[:1], both[1:], both)
    }


async def test_many_ends_make_several_requests(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DATA", 10)
    ends = [ending("many:x") for _ in range(12)]
    place = outlet(endpoint)

    assert (await place.sink.send(ends)).taken == 5
    await send(place, *ends)
    assert known(endpoint, "many")["many:x/Succeeded", ()] == (5 + 12, "Count")


async def test_a_request_stays_below_a_megabyte(endpoint: str) -> None:
    wide: dict[str, Any] = {f"{number}".rjust(256, "n"): "v" * 256 for number in range(10)}
    sent = await outlet(endpoint).sink.send([ending("wide:x", **wide) for _ in range(100)])

    assert 1 <= sent.taken < 20  # of 24 data each, with 5 kB of dimensions in the widest


async def test_ends_of_several_namespaces_all_arrive(endpoint: str) -> None:
    await send(outlet(endpoint), ending("one:x"), ending("two:x"), ending("one:x"))

    assert known(endpoint, "one")["one:x/Succeeded", ()][0] == 2
    assert known(endpoint, "two")["two:x/Succeeded", ()][0] == 1


async def test_names_that_it_would_refuse_are_made_fit(endpoint: str) -> None:
    metric = TaskMetric(namespace=":é/x\n", name="Größe", dimensions={":Stück": " ", "é": "a", "è": "b"})
    place = outlet(endpoint)
    await send(place, Ending("a", metric, "finished", 1.0, NOW))

    assert place.lost == 0
    assert ("Gr__e/Succeeded", (("_St_ck", "_"), ("_", "b"))) in known(endpoint, "__/x_")


async def test_what_is_too_old_for_it_is_lost_alone_and_counted(endpoint: str) -> None:
    place = outlet(endpoint)
    await send(place, *(ending("old:x", at=at) for at in (NOW - 15 * 86400, NOW, NOW + 3 * 3600, 253402300800.0)))

    assert place.lost == 3
    assert known(endpoint, "old")["old:x/Succeeded", ()][0] == 1


async def test_what_it_refuses_for_good_is_lost_and_does_not_hold_up_the_rest(endpoint: str) -> None:
    place = outlet(endpoint)
    bad = Ending("a", TaskMetric(namespace="bad", name="x"), "finished", float("nan"), NOW)
    await send(place, bad, ending("refused:y"))

    assert place.lost == 1
    assert known(endpoint, "refused")["refused:y/Succeeded", ()][0] == 1


async def test_what_waits_when_the_daemon_ends_and_cannot_be_sent_is_counted() -> None:
    place = outlet("http://127.0.0.1:9")
    await send(place, ending("away:x"), ending("away:x"))

    assert place.lost == 2


def test_without_boto3_the_daemon_says_what_to_install(tmp_path: Path) -> None:
    assert find_spec("boto3")
    (tmp_path / "boto3.py").write_text("raise ModuleNotFoundError('boto3')")

    said = refused(tmp_path, "--metrics", "cloudwatch://eu-west-1", env={"PYTHONPATH": str(tmp_path)})

    assert "pip install 'progressd[cloudwatch]'" in said
