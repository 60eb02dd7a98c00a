"""The engine: everything through the store, nothing lost in silence."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from progressd import engine as module
from progressd.batches import Batch, Position, StoreError
from progressd.core.decode import BadLine
from progressd.core.endings import Ending
from progressd.core.series import Unsaved
from progressd.core.transcript import NOTHING, Unwritten
from progressd.engine import Engine, Limits
from progressd.queue import AT_ONCE, QUEUE, RECORD
from progressd.records import Start, Stop, TaskMetric, Update
from progressd.stores.memory import MemoryStore
from progressd.stores.sqlite import SqliteStore
from tests.working import Clock, working


async def test_what_was_committed_is_in_the_tree_after_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        await engine.commit(Batch("test", [Start(task="a", total=4.0), Update(task="a", done=1.0)]))
        await engine.changed(0)
        heard = engine.tree.tasks["a"].heard
    clock.time += 500
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        assert engine.tree.tasks["a"].fraction == 0.25
        assert engine.tree.tasks["a"].heard == heard


async def test_an_end_is_told_to_listeners_once_and_not_again_after_a_restart(tmp_path: Path) -> None:
    clock, metric = Clock(), TaskMetric(namespace="OS", name="Startup")
    heard: list[Ending] = []
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        engine.listeners.append(heard.extend)
        await engine.commit(Batch("test", [Start(task="a", metric=metric), Stop(task="a"), Start(task="b")]))
        await engine.changed(0)
    assert [ending.task for ending in heard] == ["a"]

    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        engine.listeners.append(heard.extend)
        await engine.commit(Batch("test", [Stop(task="a", status="failed"), Update(task="b", metric=metric)]))
        await engine.commit(Batch("test", [Stop(task="b", status="failed")]))
        while "b" not in [ending.task for ending in heard]:
            await engine.changed(engine.tree.revision)
        assert engine.losses.counts.arrived == 2
    assert [(ending.task, ending.status) for ending in heard] == [("a", "finished"), ("b", "failed")]


async def test_a_stream_waits_and_a_datagram_is_dropped_and_counted_when_too_much_is_queued() -> None:
    clock = Clock()
    engine = Engine(MemoryStore(), clock, Limits(1.0, 1))
    full = Batch("test", [Update(task="a")] * (QUEUE // RECORD))
    await engine.submit(full)

    assert not engine.offer(Batch("test", [Update(task="b")] * 3))
    assert engine.losses.counts.dropped == 3
    waiting = asyncio.ensure_future(engine.submit(Batch("test", [Update(task="c")])))
    await asyncio.sleep(0)
    assert not waiting.done()
    running = asyncio.ensure_future(engine.run())
    async with asyncio.timeout(30):
        await waiting
        await engine.drain()
        while "c" not in engine.tree.tasks:
            await engine.changed(engine.tree.revision)
    running.cancel()
    await asyncio.wait([running])


async def test_a_flood_is_stored_and_applied_in_portions_that_let_others_have_a_turn() -> None:
    async with working(MemoryStore(), Clock()) as engine:
        flood = [Batch("test", [Update(task="a", done=float(done))] * 1000) for done in range(1, 51)]
        for batch in flood:
            engine.offer(batch)
        seen: set[float | None] = set()
        while engine.queued or not seen:
            await asyncio.sleep(0)
            if "a" in engine.tree.tasks:
                seen.add(engine.tree.tasks["a"].done)
        await engine.drain()

    assert len(seen) > 50 * 1000 * RECORD / AT_ONCE / 2


async def test_a_store_that_fails_is_an_alarm_and_gets_everything_once_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    clock = Clock()
    store = SqliteStore(tmp_path / "x.db", clock)
    async with working(store, clock) as engine:
        await engine.commit(Batch("test", [Start(task="before")]))
        database = store._file._db
        database.execute(f"PRAGMA max_page_count={database.execute('PRAGMA page_count').fetchone()[0]}")
        await engine.commit(Batch("test", [Start(task="meanwhile", message="x" * 100_000)]))
        assert engine.alarm is not None
        assert "memory only" in engine.alarm
        assert "meanwhile" in engine.tree.tasks
        database.execute("PRAGMA max_page_count=1000000")
        while engine.alarm is not None:
            await asyncio.sleep(0)
        await engine.commit(Batch("test", [Start(task="after")]))
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        assert set(engine.tree.tasks) == {"before", "meanwhile", "after"}


async def test_what_is_acknowledged_while_the_store_recovers_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    clock = Clock()
    store = SqliteStore(tmp_path / "x.db", clock)
    kept: list[str] = []
    async with working(store, clock) as engine:
        await engine.commit(Batch("test", [Start(task=f"many.{number}") for number in range(5_000)]))
        database = store._file._db
        database.execute(f"PRAGMA max_page_count={database.execute('PRAGMA page_count').fetchone()[0]}")
        assert not await engine.commit(Batch("test", [Start(task="meanwhile", message="x" * 100_000)]))
        database.execute("PRAGMA max_page_count=1000000")
        while engine.alarm is not None:
            name = f"during.{len(kept)}"
            await engine.commit(Batch("test", [Start(task=name)]))
            kept.append(name)
        assert await engine.commit(Batch("test", [Start(task="after")]))
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        assert {"meanwhile", "after", *kept} <= set(engine.tree.tasks)


class Hesitant(MemoryStore):
    """May be full, may be slow in handing back; remembers which tasks it would have after a restart."""

    def __init__(self) -> None:
        super().__init__()
        self.full, self.kept = False, set[str | None]()
        self.places: Sequence[Position] = ()
        self.ready, self.compacted = asyncio.Event(), asyncio.Event()
        self.ready.set()

    async def append(self, batches: Sequence[Batch]) -> None:
        if self.full:
            raise StoreError("the disk is full")
        self.kept |= {record.task for batch in batches for record in batch.records}
        await super().append(batches)

    async def read(self) -> AsyncIterator[Sequence[Batch]]:
        async for batches in super().read():
            await self.ready.wait()
            yield batches

    async def compact(
        self, batch: Batch, positions: Sequence[Position], unsaved: Unsaved, unwritten: Unwritten = NOTHING
    ) -> Mapping[str, int]:
        gone = await super().compact(batch, positions, unsaved, unwritten)
        self.places = positions
        self.compacted.set()
        return gone


async def test_what_the_store_could_not_take_is_stored_though_it_recovers_before_that_is_in_the_tree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    store = Hesitant()
    async with working(store, Clock()) as engine:
        store.ready.clear()
        await engine.commit(Batch("test", [Start(task="unread")]))
        store.full = True
        place = Position("log", device=1, inode=2, offset=3, head=b"", mark=b"")
        waiting = asyncio.ensure_future(engine.commit(Batch("test", [Start(task="meanwhile")], position=place)))
        while engine.alarm is None:
            await asyncio.sleep(0)
        store.full = False
        await store.compacted.wait()
        # Where a line of a file ends is not stored without the line.
        assert not store.places
        store.ready.set()
        assert await waiting
        await engine.commit(Batch("test", [Start(task="after")]))
        await engine.drain()
        assert set(engine.tree.tasks) == store.kept == {"unread", "meanwhile", "after"}


async def test_a_store_that_is_deleted_under_it_is_an_alarm_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    clock = Clock()
    path = tmp_path / "state" / "x.db"
    async with working(SqliteStore(path, clock), clock) as engine:
        await engine.commit(Batch("test", [Start(task="before")]))
        shutil.rmtree(path.parent)
        assert not await engine.commit(Batch("test", [Start(task="after")]))
        assert "removed" in str(engine.alarm)
        while engine.alarm is not None:
            await asyncio.sleep(0)
    async with working(SqliteStore(path, clock), clock) as engine:
        assert set(engine.tree.tasks) == {"before", "after"}


async def test_what_is_over_for_long_is_forgotten_here_and_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    clock = Clock()
    async with working(SqliteStore(tmp_path / "x.db", clock), clock, Limits(3600.0, 1000)) as engine:
        await engine.commit(Batch("test", [Start(task="old"), Stop(task="old"), Start(task="busy")]))
        clock.time += 7200
        while "old" in engine.tree.tasks or "busy" not in engine.tree.tasks:
            await asyncio.sleep(0)
        await engine.drain()
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        assert set(engine.tree.tasks) == {"busy"}


async def test_a_flood_of_ended_tasks_is_forgotten_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 1e6)
    clock = Clock()
    async with working(MemoryStore(), clock, Limits(3600.0, 1000)) as engine:
        await engine.commit(Batch("test", [Start(task="host")]))
        for number in range(0, 5_000, 10):
            keys = [f"host.{each}" for each in range(number, number + 10)]
            spans = [record for key in keys for record in (Start(task=key, weight=0.0), Stop(task=key))]
            await engine.commit(Batch("test", spans))
            await asyncio.sleep(0)
            assert len(engine.tree) < 2_000
        while len(engine.tree) > 1_250:
            await engine.changed(engine.tree.revision)
        assert "host.0" not in engine.tree.tasks
        assert "host.4999" in engine.tree.tasks


async def test_a_rejected_line_is_counted_and_kept_to_be_shown() -> None:
    engine = Engine(MemoryStore(), Clock(), Limits(1.0, 1))

    engine.losses.reject("file:x line 3", BadLine(2, b"\xff" * 500, "not UTF-8"))
    engine.losses.reject("http line 1", BadLine(0, b'{"type":"new"}', "unknown", unknown=True))

    assert (engine.losses.counts.bad, engine.losses.counts.unknown) == (1, 1)
    assert engine.losses.rejected[0].where == "file:x line 3"
    assert len(engine.losses.rejected[0].text) <= 480


async def test_what_moves_by_itself_is_after_a_restart_where_it_would_have_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP", 0.0)
    clock = Clock()
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        await engine.commit(Batch("test", [Update(task="p.a", progress=0.6, within=100.0)]))
        clock.time += 50
        while engine.tree.tasks["p.a"].fraction != 0.3:
            await engine.changed(engine.tree.revision)
        await engine.commit(Batch("test", [Update(task="p", progress=0.9)]))
        clock.time += 10
        while engine.tree.tasks["p.a"].fraction != 0.36:
            await engine.changed(engine.tree.revision)
        assert engine.tree.tasks["p"].fraction == 0.9
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        while engine.tree.tasks["p.a"].fraction != 0.36:
            await engine.changed(engine.tree.revision)
        assert engine.tree.tasks["p"].fraction == 0.9
        clock.time += 500
        while engine.tree.tasks["p.a"].fraction != 0.6:
            await engine.changed(engine.tree.revision)
