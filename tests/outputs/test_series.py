"""`/series` and its stream: what was measured, all of it, once, also after the daemon was killed."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from progressd import engine as module
from progressd.batches import Batch
from progressd.core.steps import MOST, fit
from progressd.engine import Engine, Limits
from progressd.outputs.samples import MOST as IN_A_FRAME
from progressd.records import Metric, StoredRecord
from progressd.stores.sqlite import SqliteStore
from tests.daemon import Daemon, eventually, running
from tests.events import reading
from tests.outputs.kept import is_told
from tests.working import Clock, working


def metric(value: float, ago: float = 0.0, **more: object) -> dict[str, object]:
    return {"type": "metric", "task": "train", "name": "loss", "value": value, "time": time.time() - ago, **more}


def values(daemon: Daemon, query: str = "", station: str = "train") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = daemon.get(f"/series/{quote(station, safe='')}{query}")["series"]
    return found


def error(daemon: Daemon, path: str) -> tuple[int, str]:
    try:
        with urlopen(daemon.url + path, timeout=30) as answer:
            return answer.status, ""
    except HTTPError as problem:
        with problem:
            return problem.code, problem.read().decode()


def test_a_programs_metrics_are_a_series_of_its_task(daemon: Daemon) -> None:
    daemon.post(*(metric(float(n), unit="nats", dimensions={"gpu": str(n % 2)}) for n in range(10)))

    first, second = eventually(lambda: values(daemon))
    assert (first["name"], first["unit"], first["dimensions"]) == ("loss", "nats", {"gpu": "0"})
    assert second["dimensions"] == {"gpu": "1"}
    assert sum(first["columns"]["count"]) == sum(second["columns"]["count"]) == 5
    (station,) = daemon.get("/series")["stations"]
    assert [(each["count"], each["close"]) for each in station["series"]] == [(5, 8.0), (5, 9.0)]
    assert station["status"] is None
    assert "train" in daemon.tasks()


def test_the_answer_says_which_step_it_used(daemon: Daemon) -> None:
    daemon.post(*(metric(1.0, float(ago)) for ago in range(0, 10_000, 100)))
    eventually(lambda: daemon.get("/series")["stations"])

    answer = daemon.get("/series/train?from=-20000&step=600")
    assert answer["step"] == 600
    assert all(start % 600 == 0 for start in answer["series"][0]["columns"]["start"])
    assert sum(answer["series"][0]["columns"]["count"]) == 100
    fine = daemon.get("/series/train?from=-20000&step=1")
    assert (fine["to"] - fine["from"]) / fine["step"] <= MOST + 1
    assert sum(fine["series"][0]["columns"]["count"]) == 100
    part = daemon.get("/series/train?from=-1050&to=-950&step=1")
    assert sum(part["series"][0]["columns"]["count"]) == 1


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("from=x", "`from`"),
        ("to=nan", "`to`"),
        ("from=inf", "`from`"),
        ("step=1e999", "`step`"),
        ("step=-1", "below 0"),
        ("from=1760000000000", "in seconds"),
        ("from=5&to=5", "not after"),
        ("from=10&to=5", "not after"),
    ],
)
def test_a_number_that_is_none_is_told(query: str, why: str, daemon: Daemon) -> None:
    daemon.post(metric(1.0))
    eventually(lambda: daemon.get("/series")["stations"])

    status, text = error(daemon, f"/series/train?{query}")
    assert status == 400
    assert why in text


def test_what_is_not_there_is_404_and_any_name_can_be_asked_for(daemon: Daemon) -> None:
    name = "päth/with spaces?&#/é"
    daemon.post(metric(1.0, task=name), metric(2.0))

    assert eventually(lambda: values(daemon, station=name))[0]["columns"]["close"] == [1.0]
    assert error(daemon, "/series/nowhere")[0] == 404
    assert error(daemon, "/series/train?name=gain")[0] == 404
    assert len(values(daemon, "?name=loss")) == 1


def test_kill_9_loses_no_measurement_and_counts_none_twice(tmp_path: Path) -> None:
    total = 0
    for number in range(4):
        with running(tmp_path) as daemon:
            if total:
                assert sum(values(daemon)[0]["columns"]["count"]) == total
            for _ in range(5):
                daemon.post(*(metric(1.0) for _ in range(20)))
                total += 20
            # Sometimes at once, sometimes after the store was told.
            if number % 2:
                eventually(lambda: is_told(tmp_path, "measured"))
            daemon.stop(signal.SIGKILL)
    with running(tmp_path) as daemon:
        assert sum(values(daemon)[0]["columns"]["count"]) == total


async def test_what_is_measured_while_the_store_fails_is_there_once_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    monkeypatch.setattr(module, "KEEP", 0.01)
    clock = Clock()
    store = SqliteStore(tmp_path / "x.db", clock)
    many: list[StoredRecord] = [Metric(task="a", name=f"n{n}", value=1.0) for n in range(500)]
    async with working(store, clock) as engine:
        await engine.commit(Batch("test", many))
        database = store._file._db
        database.execute(f"PRAGMA max_page_count={database.execute('PRAGMA page_count').fetchone()[0]}")
        while engine.alarm is None:
            await engine.commit(Batch("test", many))
        await engine.commit(Batch("test", many))
        expected = total(engine)
        database.execute("PRAGMA max_page_count=1000000")
        while engine.alarm is not None:
            await asyncio.sleep(0)
        await engine.keep()
        assert total(engine) == expected
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        assert total(engine) == expected
        found = engine.series.book.of("a")
        asked = fit(clock.time - 60, clock.time + 60, None, clock.time)
        assert sum(bucket.count for each in await engine.series.read(found, asked) for bucket in each) == expected


def total(engine: Engine) -> int:
    return sum(series.whole.count for series in engine.series.book.series.values() if series.whole is not None)


async def test_a_compaction_and_a_store_that_refuses_series_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    monkeypatch.setattr(module, "KEEP", 0.01)
    clock = Clock()
    store = SqliteStore(tmp_path / "x.db", clock)
    async with working(store, clock, Limits(1.0, 10)) as engine:
        # Only series fail: the alarm has the whole store compacted, and what waited is told again.
        await execute(store, "ALTER TABLE buckets RENAME TO elsewhere")
        await engine.commit(Batch("test", [Metric(task="a", name="x", value=1.0)]))
        while engine.alarm is None:
            await asyncio.sleep(0)
        await execute(store, "ALTER TABLE elsewhere RENAME TO buckets")
        while engine.alarm is not None:
            await asyncio.sleep(0)
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        assert total(engine) == 1
        assert "a" in engine.tree.tasks


async def execute(store: SqliteStore, statement: str) -> None:
    """Do it in the store's thread: within a transaction of that, which fails, it would be undone."""
    await store._in_thread(lambda: store._file._db.execute(statement).fetchall())


def test_the_stream_of_all_stations_says_what_did_not_fit(daemon: Daemon) -> None:
    daemon.post(*(metric(1.0, task=f"station-{n}") for n in range(IN_A_FRAME + 50)))
    eventually(lambda: len(daemon.get("/series")["stations"]) == IN_A_FRAME + 50)

    with reading(daemon.url, "/events?series=*") as reader:
        first = reader.until("samples").content
        assert (len(first["series"]), first["left_out"]) == (IN_A_FRAME, 50)
        daemon.post(metric(2.0, task="station-7"))
        second = reader.until("samples").content
        assert [each["station"] for each in second["series"]] == ["station-7"]
        assert second["left_out"] == 0


def test_several_stations_and_those_that_come_later(daemon: Daemon) -> None:
    with reading(daemon.url, "/events?series=a&series=b") as reader:
        for station in "cba":
            daemon.post(metric(1.0, task=station))
        heard: set[str] = set()
        while heard != {"a", "b"}:
            heard |= {each["station"] for each in reader.until("samples").content["series"]}


def test_measurements_that_no_series_takes_are_counted_and_shown(daemon: Daemon) -> None:
    daemon.post(metric(1.0, -200_000.0), metric(1.0, name="n" * 4096))

    dropped = eventually(lambda: len(found := daemon.get("/losses")["dropped"]) == 2 and found)
    assert dropped == {"series: measured in the future": 1, "series: named by more than 4096 characters": 1}
    assert daemon.get("/health")["dropped"] == 2


def test_what_a_task_measured_outlives_it_and_the_task_does_not_come_back(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post(metric(0.5), {"type": "update", "task": "train.epoch", "progress": 0.6, "in": 3600})
        assert daemon.status("/status/train", method="DELETE") == 200
        daemon.stop(signal.SIGKILL)
    with running(tmp_path) as daemon:
        assert daemon.tasks() == {}
        assert [sum(each["columns"]["count"]) for each in values(daemon)] == [1]
