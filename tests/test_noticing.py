"""What is unusual about a run is told as a marker: in the stream, kept, once; and to Prometheus."""

import asyncio
from pathlib import Path

from progressd.batches import Batch
from progressd.noticing import Noticing
from progressd.records import Start
from progressd.stores.sqlite import SqliteStore
from tests.core.estimate.acting import in_series, learned
from tests.daemon import Daemon, eventually, running
from tests.jobs import shards
from tests.working import Clock, working


def notices(daemon: Daemon) -> list[tuple[str, str, str]]:
    markers = daemon.get("/tasks")["markers"]
    return [(marker["task"], marker["kind"], marker["text"]) for marker in markers if marker.get("kind")]


def test_a_job_that_did_nothing_is_told_through_the_daemon_and_not_again_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post(*shards(1, 2, 3))
        eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
        daemon.post({"type": "start", "task": "shard-9"})
        daemon.post({"type": "stop", "task": "shard-9"})
        ((task, kind, text),) = eventually(lambda: notices(daemon))
        metrics = daemon.text("/metrics")

    assert (task, kind) == ("shard-9", "fast")
    assert text == "suspiciously fast (earlier runs took 5 min)"
    assert 'progressd_root_unusual{kind="fast",task="shard-9"} 1.0' in metrics
    with running(tmp_path) as daemon:
        eventually(lambda: daemon.get("/health")["jobs_known"] >= 1)
        daemon.post({"type": "start", "task": "another"})
        eventually(lambda: "another" in daemon.tasks())

        assert [task for task, _, _ in notices(daemon)] == ["shard-9"]


async def test_a_job_that_hangs_is_told_to_be_late_by_the_daemons_clock(tmp_path: Path) -> None:
    clock, remembers = Clock(), asyncio.Event()
    remembers.set()
    clock.time += 10 * 86_400.0
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        noticing = Noticing(engine, learned(*(in_series([60.0, 40.0], night) for night in range(3))), remembers)
        looking = asyncio.ensure_future(noticing.run())
        await engine.commit(Batch("test", [Start(task="job")]))
        while not any(run.expected for run in noticing.watch.followed.values()):
            await asyncio.sleep(0.01)
        clock.time += 500.0
        while not (marks := engine.tree.tasks["job"].marks):
            await engine.changed(engine.tree.revision)
        looking.cancel()

    assert [mark.kind for mark in marks] == ["late"]
    assert marks[0].text.startswith("later than expected (")
