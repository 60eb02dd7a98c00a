"""What the daemon learns of jobs, over restarts; and the replay that shows how good it is at it."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from progressd.batches import Batch
from progressd.core.decode import decode_block
from progressd.core.estimate import History, Learned
from progressd.core.tree import Tree
from progressd.learning import Learning
from progressd.records import StoredRecord
from progressd.stores.memory import MemoryStore
from progressd.stores.sqlite import SqliteStore
from tests import jobs
from tests.daemon import Daemon, eventually, running
from tests.working import Clock, working

BEGUN = 1_700_000_000.0
STAGES = 4


def run_of(number: int, until: int = STAGES) -> Iterator[dict[str, Any]]:
    """A job of four stages, each longer than the one before: what went well so far tells too little of the rest."""
    now = BEGUN + 86_400.0 * number
    yield {"type": "start", "task": "job", "time": now}
    for stage in range(until):
        yield {"type": "start", "task": f"job.s{stage}", "total": 10, "time": now}
        for done in range(1, 11):
            now += 2.0**stage
            yield {"type": "update", "task": f"job.s{stage}", "done": done, "time": now}
        yield {"type": "stop", "task": f"job.s{stage}", "time": now}
    if until == STAGES:
        yield {"type": "stop", "task": "job", "time": now}


def basis(daemon: Daemon) -> str:
    return str(daemon.tasks().get("job", {}).get("basis"))


def test_a_job_is_known_again_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post(*run_of(0))
        eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
        daemon.post(*run_of(1, until=1))
        assert basis(daemon) == "from 1 earlier run"
    with running(tmp_path) as daemon:
        eventually(lambda: basis(daemon) == "from 1 earlier run")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_ends_just_before_the_daemon_does_is_known_again_with_when_it_was(
    tmp_path: Path, number: int
) -> None:
    with running(tmp_path) as daemon:
        daemon.post(*run_of(0))
        eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
        # The daemon has just looked, and looks once a second.
        daemon.post(*jobs.night(0))
        daemon.stop(number)
    with running(tmp_path) as daemon:
        eventually(lambda: daemon.get("/health")["jobs_known"] == 2)
        daemon.post(*jobs.night(1))
        [run] = daemon.get("/runs/nightly")["runs"]
        assert (run["started"], run["seconds"]) == (jobs.BEGUN, 40.0)
        assert [job["job"] for job in daemon.get("/spans")["jobs"]] == ["nightly"]


def test_what_was_learned_last_is_stored_before_the_daemon_ends(tmp_path: Path) -> None:
    async def stored() -> set[str]:
        store = SqliteStore(tmp_path / "x.db", time.time)
        history = History()
        for known in await store.history():
            assert history.decode(known)
        await store.close()
        return set(history.jobs)

    with running(tmp_path, "--store", f"sqlite:{tmp_path}/x.db") as daemon:
        daemon.post(*run_of(0))
        eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
        # The daemon has just looked, and looks once a second.
        daemon.post(*jobs.night(0))
        daemon.stop()
    assert asyncio.run(stored()) == {"job", "nightly"}


def test_a_job_that_starts_again_at_once_is_compared_with_the_run_that_has_just_ended(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post(*run_of(0))
        eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
        # All in one batch: nobody can have looked at the second run before the third began.
        daemon.post(*run_of(1), *run_of(2, until=1))
        assert basis(daemon) == "from 2 earlier runs"


class Slow(MemoryStore):
    """Has known a job, and takes its time to say so."""

    def __init__(self, runs: bytes) -> None:
        super().__init__()
        self._runs = runs
        self.asked, self.free = asyncio.Event(), asyncio.Event()

    async def history(self) -> Sequence[bytes]:
        self.asked.set()
        await self.free.wait()
        return [self._runs]


def night(number: int) -> Sequence[StoredRecord]:
    return decode_block("".join(json.dumps(record) + "\n" for record in jobs.night(number)).encode()).records


async def test_a_run_that_ends_and_starts_anew_before_the_past_is_known_is_learned_as_well() -> None:
    before, tree = Learned(), Tree()
    tree.apply(night(0), 1.7e9)
    before.look(tree.tasks.values(), 1.7e9)
    store, learned = Slow(before.history.encode("nightly")), Learned()
    async with working(store, Clock()) as engine:
        learning = Learning(engine, learned)
        running = asyncio.ensure_future(learning.run())
        await store.asked.wait()
        for number in (1, 2):
            await engine.commit(Batch("test", night(number)))
        store.free.set()
        await learning.restored.wait()
        running.cancel()
        await asyncio.wait([running])

    nights = [jobs.BEGUN + number * jobs.DAY for number in range(3)]
    assert [run.started for run in learned.history.of_kind("nightly")] == nights[::-1]
    assert [spell.start for spell in learned.history.days.of("nightly")] == nights


def test_what_only_groups_is_no_job_that_is_learned_or_late(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        for known, (name, began) in enumerate((("a", 0.0), ("b", 4000.0)), 1):
            start = {"type": "start", "task": f"_ci.{name}", "time": BEGUN + began}
            daemon.post(start, {"type": "stop", "task": f"_ci.{name}", "time": BEGUN + began + 60.0})
            eventually(lambda known=known: daemon.get("/health")["jobs_known"] == known)
        assert daemon.get("/tasks")["markers"] == []
        assert daemon.get("/runs/_ci")["runs"] == []


def replay(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "progressd", "estimate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"{number}.jsonl" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_text("".join(json.dumps(record) + "\n" for record in run_of(number)))
    return [str(path) for path in paths]


def test_a_replay_tells_what_was_predicted_and_what_came(files: list[str]) -> None:
    first, second, third = files
    known = replay("--replay", third, "--earlier", first, "--earlier", second, "--estimator", "learned")

    assert known.returncode == 0, known.stderr
    assert known.stdout.startswith("job: 150.0 s")
    assert known.stdout.count("from 2 earlier runs") == 10
    assert mean_error(known.stdout) < 2.0
    assert mean_error(replay("--replay", third, "--estimator", "weighted").stdout) > 20.0


def mean_error(report: str) -> float:
    return float(report.partition("mean error ")[2].partition("%")[0])


def test_a_replay_of_nothing_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"type":"start","task":"a"}\n')
    answer = replay("--replay", str(path))

    assert answer.returncode == 2
    assert "no record with a `time`" in answer.stderr
