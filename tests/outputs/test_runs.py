"""Earlier runs of a job over HTTP: which there were, and how far each of their parts was when."""

from pathlib import Path
from typing import Any

import pytest

from tests.daemon import Daemon, eventually, running
from tests.jobs import BEGUN, DAY, night


def told(daemon: Daemon, key: str) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = daemon.get(f"/runs/{key}")["runs"]
    return runs


def test_earlier_runs_are_told_newest_first_however_they_ended(daemon: Daemon) -> None:
    daemon.post({"type": "update", "task": "nightly-9", "status": "waiting"})
    for number, status in enumerate(("finished", "failed", "canceled")):
        daemon.post(*night(number, status, key=f"nightly-{number}"))
    eventually(lambda: len(told(daemon, "nightly-9")) == 3)

    assert told(daemon, "nightly-9") == [
        {"key": f"nightly-{number}", "started": BEGUN + number * DAY, "seconds": 40.0, "status": status}
        for number, status in ((2, "canceled"), (1, "failed"), (0, "finished"))
    ]


def test_a_run_is_told_with_the_course_of_its_parts(daemon: Daemon) -> None:
    daemon.post(*night(0))
    eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
    daemon.post(*night(1)[:2])

    [run] = daemon.get(f"/runs/nightly.build?started={BEGUN}")["runs"]

    assert run["started"] == BEGUN
    assert run["parts"] == [
        {"key": "", "points": [[0.0, 0.0], [40.0, 1.0]], "branch": True},
        {"key": "build", "points": [[0.0, 0.0], [10.0, 1.0]]},
        {"key": "test", "points": [[10.0, 0.0], [40.0, 1.0]]},
    ]


def test_a_run_is_none_of_its_own_earlier_ones(daemon: Daemon) -> None:
    daemon.post(*night(0))
    eventually(lambda: daemon.get("/health")["jobs_known"] == 1)

    assert told(daemon, "nightly") == []


@pytest.mark.parametrize("path", ["/runs/nobody", "/runs/nightly?started=1", "/runs/nightly?started=soon"])
def test_what_never_was_is_not_found(daemon: Daemon, path: str) -> None:
    daemon.post(*night(0))

    assert daemon.status(path) == 404


def test_a_run_that_is_over_still_has_those_of_its_kind_before_it(daemon: Daemon) -> None:
    daemon.post(*night(1, key="nightly-1"))
    eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
    daemon.post(*night(2, key="nightly-2"), *night(3, key="nightly-3")[:1])
    eventually(lambda: len(told(daemon, "nightly-3")) == 2)

    assert [run["key"] for run in told(daemon, "nightly-2")] == ["nightly-1"]


def test_an_estimator_without_a_memory_tells_of_no_runs(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", "--estimator", "rate") as daemon:
        daemon.post(*night(0))

        assert told(daemon, "nightly") == []
