"""When jobs ran, over HTTP: what is not in the tree any more, as fine as a picture of it can show."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.daemon import Daemon, eventually, running
from tests.jobs import BEGUN, DAY, night


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Nights of a job, of which the tree has but the last; and a job that ran once and is gone."""
    with running(tmp_path_factory.mktemp("spans"), "--store", "memory:") as daemon:
        for number in range(5):
            daemon.post(*night(number, "failed" if number == 2 else "finished"))
        daemon.post(*night(0, key="once"))
        eventually(lambda: daemon.get("/health")["jobs_known"] == 2)
        assert daemon.status("/status/once", method="DELETE") == 200
        eventually(lambda: len(daemon.get("/spans")["jobs"]) == 2)
        yield daemon


DAYS = f"from={BEGUN}&to={BEGUN + 6 * DAY}"


def spans(daemon: Daemon, query: str = "") -> dict[str, list[list[Any]]]:
    return {job["job"]: job["tracks"] for job in daemon.get(f"/spans{query}")["jobs"]}


def test_earlier_runs_are_told_and_the_one_in_the_tree_is_not(daemon: Daemon) -> None:
    [track] = spans(daemon, f"?task=nightly&{DAYS}")["nightly"]

    assert sorted(track) == [
        [
            BEGUN + number * DAY,
            BEGUN + number * DAY + 40,
            "nightly",
            1,
            int(number == 2),
            0,
            "nightly",
            BEGUN + number * DAY,
        ]
        for number in range(4)
    ]


def test_a_run_that_is_wide_enough_has_its_parts(daemon: Daemon) -> None:
    start = BEGUN + 2 * DAY

    [root, parts] = spans(daemon, f"?task=nightly&from={start}&to={start + 40}")["nightly"]

    assert [span[2:5] for span in root] == [["nightly", 1, 1]]
    assert [(span[0] - start, span[1] - start, *span[2:5]) for span in parts] == [
        (0.0, 10.0, "build", 1, 0),
        (10.0, 40.0, "test", 1, 1),
    ]


def test_all_jobs_are_told_if_none_is_asked_for_the_last_one_first(daemon: Daemon) -> None:
    whole = daemon.get("/spans")

    assert [(job["job"], job["runs"]) for job in whole["jobs"]] == [("nightly", 4), ("once", 1)]
    assert (whole["first"], whole["start"], whole["left_out"]) == (BEGUN, BEGUN, 0)


def test_fewer_pixels_tell_less(daemon: Daemon) -> None:
    [track] = spans(daemon, f"?task=nightly&width=2&{DAYS}")["nightly"]

    assert [(span[3], span[4]) for span in track] == [(3, 0), (1, 1)]


def test_where_nothing_ran_there_is_nothing_but_the_first_run_is_told(daemon: Daemon) -> None:
    told = daemon.get(f"/spans?from={BEGUN + 60}&to={BEGUN + 120}")

    assert (told["jobs"], told["first"]) == ([], BEGUN)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("task=nobody", 404),
        ("from=soon", 400),
        ("from=5&to=4", 400),
        ("width=0", 400),
        ("width=1e9", 400),
        ("to=1e15", 400),
    ],
)
def test_what_cannot_be_answered_is_told(daemon: Daemon, query: str, status: int) -> None:
    assert daemon.status(f"/spans?{quote(query, safe='=&')}") == status


def nights(daemon: Daemon) -> list[float]:
    """Return when the job's earlier runs began, in days after the first."""
    tracks = spans(daemon, f"?{DAYS}").get("nightly", [[]])
    return [(span[0] - BEGUN) / DAY for span in tracks[0]]


def test_they_outlive_the_daemon(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post(*night(0), *night(1))
        eventually(lambda: nights(daemon) == [0.0])
    with running(tmp_path) as daemon:
        daemon.post(*night(2))
        eventually(lambda: nights(daemon) == [0.0, 1.0])


def test_an_estimator_without_a_memory_knows_of_no_days(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", "--estimator", "rate") as daemon:
        daemon.post(*night(0), *night(1))

        assert daemon.get("/spans")["jobs"] == []
