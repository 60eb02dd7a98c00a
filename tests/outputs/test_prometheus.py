"""GET /metrics, read by Prometheus' own parsers."""

from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from progressd.core.endings import Ending
from progressd.outputs.metrics.totals import SERIES, TEXT, Totals, labels
from progressd.outputs.prometheus import NAMED, ROOTS
from progressd.records import TaskMetric
from tests.daemon import PATIENCE, Daemon, eventually, running

NASTY = 'a"b\\c\nd é'


def scrape(daemon: Daemon) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return all values by name and labels."""
    families = parse_text(daemon.text("/metrics"))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(found: dict[Any, float], name: str, /, **labels: str) -> float | None:
    return found.get((f"progressd_{name}", frozenset(labels.items())))


def scrape_until(daemon: Daemon, name: str, at_least: float = 0.01, **labels: str) -> Any:
    """Return all values once one of them is large enough: what was posted is in the tree a moment later."""

    def check() -> Any:
        found = scrape(daemon)
        return found if (value(found, name, **labels) or 0) >= at_least else None

    return eventually(check)


def run(task: str, seconds: float, status: str, **metric: Any) -> list[dict[str, Any]]:
    metric = {"namespace": "OS", "name": "Startup", **metric}
    return [
        {"type": "start", "task": task, "time": 1000, "metric": metric},
        {"type": "stop", "task": task, "time": 1000 + seconds, "status": status},
    ]


def test_ends_are_counted_and_summed_by_name_status_and_dimensions(tmp_path: Path) -> None:
    dimensions = {"Region": NASTY, "my-tier": "web", "my.tier": "db", "status": "x"}
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(*run("a", 2, "finished"), *run("b", 3, "finished"), *run("c", 4, "failed"))
        daemon.post(*run("d", 5, "canceled", dimensions=dimensions), {"type": "start", "task": "e"})
        found = scrape_until(daemon, "tasks", status="canceled")

    named = {"namespace": "OS", "name": "Startup"}
    assert value(found, "task_seconds_count", **named, status="finished") == 2
    assert value(found, "task_seconds_sum", **named, status="finished") == 5
    assert value(found, "task_seconds_sum", **named, status="failed") == 4
    said = {"Region": NASTY, "my_tier": "web", "my_tier_": "db", "status": "x"}
    dimensioned = {f"dimension_{name}": value for name, value in said.items()}
    assert value(found, "task_seconds_sum", **named, status="canceled", **dimensioned) == 5
    assert len([name for name, _ in found if name == "progressd_task_seconds_count"]) == 3


def test_it_tells_the_daemons_health(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post({"type": "start", "task": "a.b"}, {"type": "update", "task": "c", "status": "waiting"})
        daemon.status("/records", data=b"nonsense\n", headers={"Content-Type": "application/x-ndjson"})
        found = scrape_until(daemon, "receipt_to_tree_seconds_count")

    assert value(found, "records_total") == 2
    assert value(found, "left_out_total", why="bad") == 1
    assert value(found, "left_out_total", why="dropped") == 0
    assert (value(found, "tasks", status="running"), value(found, "tasks", status="waiting")) == (2, 1)
    assert (value(found, "roots"), value(found, "readers"), value(found, "store_alarm")) == (2, 0, 0)
    assert (value(found, "ready"), value(found, "queue_bytes")) == (1, 0)
    assert (value(found, "receipt_to_tree_seconds_sum") or 0) > 0
    assert found["process_open_fds", frozenset()] > 0


def test_a_restart_begins_counting_anew_and_the_past_is_not_counted_again(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post(*run("a", 2, "finished"))
        daemon.stop()
    with running(tmp_path) as daemon:
        found = scrape(daemon)

    assert value(found, "tasks", status="finished") == 1
    assert value(found, "receipt_to_tree_seconds_count") == 0
    assert not [name for name, _ in found if name.startswith("progressd_task_seconds")]


def test_roots_are_told_one_by_one_as_far_as_they_are_known(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(
            {"type": "update", "task": "half.x", "progress": 0.5},
            {"type": "update", "task": "wait", "status": "waiting", "estimate": 60},
            {"type": "start", "task": NASTY},
            {"type": "start", "task": "k" * (NAMED + 1)},
        )
        found = scrape_until(daemon, "roots", 4)

    assert value(found, "root_fraction", task="half") == 0.5
    assert value(found, "root_seconds_left", task="wait") == 60
    assert value(found, "root_fraction", task=NASTY) is None
    assert value(found, "root_status", task=NASTY, status="running") == 1
    assert len([name for name, _ in found if name == "progressd_root_status"]) == 3


def test_of_many_roots_those_that_changed_last_are_told(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(*({"type": "start", "task": f"t{number}"} for number in range(ROOTS + 50)))
        scrape_until(daemon, "roots", ROOTS + 50)
        daemon.post({"type": "update", "task": "t0", "progress": 0.3})
        found = scrape_until(daemon, "root_fraction", task="t0")

    assert len([name for name, _ in found if name == "progressd_root_status"]) == ROOTS


def test_who_prefers_openmetrics_gets_it(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(*run("a", 2, "finished", dimensions={"d": NASTY}))
        scrape_until(daemon, "tasks", status="finished")
        accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
        with urlopen(Request(daemon.url + "/metrics", headers=accept), timeout=PATIENCE) as answer:
            kind, body = answer.headers["Content-Type"], answer.read().decode()

    assert kind.startswith("application/openmetrics-text")
    assert body.endswith("# EOF\n")
    told = {family.name: family.samples for family in parse_openmetrics(body)}
    assert [sample.labels["dimension_d"] for sample in told["progressd_task_seconds"]] == [NASTY, NASTY]


def test_it_needs_the_token_as_all_else(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", env={"PROGRESSD_TOKEN": "sesame"}) as daemon:
        assert daemon.status("/metrics") == 401
        assert daemon.status("/metrics", headers={"Authorization": "Bearer sesame"}) == 200


def ending(name: str, **dimensions: str) -> Ending:
    return Ending("a", TaskMetric(namespace="n", name=name, dimensions=dimensions), "failed", 2.0, 1.0)


def test_names_without_end_are_counted_under_one_and_told_as_such() -> None:
    totals = Totals()
    totals.take([ending(f"x{number}") for number in range(SERIES + 5)])
    totals.take([ending("x0"), ending(f"x{SERIES}")])

    found = {said["name"]: (count, seconds) for said, count, seconds in totals}
    assert len(found) == SERIES + 1
    assert (found["x0"], found["other"], totals.lost) == ((2, 4.0), (6, 12.0), 6)


def test_long_names_leave_no_room_for_more_than_fit_an_answer() -> None:
    totals = Totals()
    totals.take([ending(f"x{number}", **{f"d{at}": "é" * 256 for at in range(10)}) for number in range(SERIES)])

    assert sum(len(f"{said}".encode()) for said, _, _ in totals) < 1.2 * TEXT
    assert totals.lost > 0


def test_no_dimension_takes_the_place_of_another_label() -> None:
    said = labels(TaskMetric(namespace="n", name="m", dimensions={"a b": "1", "a.b": "2", "name": "3"}), "failed")

    assert sorted(value for _, value in said) == ["1", "2", "3", "failed", "m", "n"]
    assert len(dict(said)) == 6
