"""`/logs`: every line, once, numbered, also after the daemon was killed; parts, search, times, text."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from progressd import engine as module
from progressd.batches import Batch
from progressd.engine import Engine
from progressd.records import Forget, Log, StoredRecord
from progressd.stores.sqlite import SqliteStore
from tests.daemon import PATIENCE, Daemon, eventually, running
from tests.outputs.kept import is_told
from tests.working import Clock, working

BEGAN = 1.7e9
RED, OFF = "\x1b[31m", "\x1b[0m"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Has a log of 25,000 lines, the first 20,000 of which are not in memory any more."""
    with running(tmp_path_factory.mktemp("logs")) as daemon:
        for first in range(0, 25_000, 5_000):
            daemon.post(*(log(f"line {n}", BEGAN + n) for n in range(first, first + 5_000)))
        eventually(lambda: is_told(daemon.home, "written"))
        daemon.post(log(f"all of this goes\r\x1b[K{RED}Error{OFF}: two\nlines", BEGAN + 25_000, stream="stderr"))
        yield daemon
        assert "Traceback" not in daemon.log.read_text()


def log(text: str, time: float, task: str = "site.build", **more: object) -> dict[str, object]:
    return {"type": "log", "task": task, "text": text, "time": time, **more}


def read(daemon: Daemon, query: str = "", task: str = "site.build") -> dict[str, Any]:
    answer: dict[str, Any] = daemon.get(f"/logs/{quote(task, safe='')}{query}")
    return answer


def error(daemon: Daemon, path: str) -> tuple[int, str]:
    try:
        with urlopen(daemon.url + path, timeout=PATIENCE) as answer:
            return answer.status, ""
    except HTTPError as problem:
        with problem:
            return problem.code, problem.read().decode()


def test_usually_it_is_the_last_thousand_lines(daemon: Daemon) -> None:
    answer = read(daemon)

    assert (answer["first"], answer["next"], answer["total"], answer["gone"]) == (24_002, 25_002, 25_002, 0)
    assert answer["lines"][0] == [BEGAN + 24_002, None, "line 24002"]
    assert answer["lines"][-1] == [BEGAN + 25_000, "stderr", "lines"]
    assert daemon.tasks()["site.build"]["lines"] == 25_002


@pytest.mark.parametrize(
    ("query", "first", "end"),
    [
        ("from=0&to=3", 0, 3),
        ("from=12345&to=12350", 12345, 12350),
        ("from=-2", 25_000, 25_002),
        ("to=-25000", 0, 2),
        ("to=5000", 4_000, 5_000),
        ("from=23990&to=24010", 23_990, 24_010),
        ("from=100", 100, 10_100),
        ("from=99999999", 25_002, 25_002),
        ("from=7&to=5", 7, 7),
        ("to=-99999999", 0, 0),
        (f"since={BEGAN + 500}&until={BEGAN + 510}", 500, 510),
        (f"since={BEGAN + 24_999}", 24_999, 25_002),
        (f"until={BEGAN + 10}", 0, 10),
        (f"since={BEGAN + 99_999}", 25_002, 25_002),
        (f"until={BEGAN - 1}", 0, 0),
    ],
)
def test_a_part_by_numbers_or_times(query: str, first: int, end: int, daemon: Daemon) -> None:
    answer = read(daemon, f"?{query}")

    assert (answer["first"], answer["next"], len(answer["lines"])) == (first, end, end - first)
    for number, (_, _, text) in zip(range(first, min(end, 25_000)), answer["lines"], strict=False):
        assert text == f"line {number}"


def test_the_whole_log_page_by_page(daemon: Daemon) -> None:
    texts, following = [], 0
    while following < (page := read(daemon, f"?from={following}"))["total"]:
        texts += [text for _, _, text in page["lines"]]
        following = page["next"]

    assert texts == [*(f"line {n}" for n in range(25_000)), f"{RED}Error{OFF}: two", "lines"]


def test_a_search_counts_all_and_returns_the_first_thousand(daemon: Daemon) -> None:
    answer = read(daemon, "?search=LINE")
    assert (answer["hits"], answer["lines"]) == (0, [])
    answer = read(daemon, "?search=line")
    assert (answer["hits"], len(answer["lines"])) == (25_001, 1_000)
    answer = read(daemon, "?search=line%2012&from=100&to=12500")
    assert answer["hits"] == 10 + 100 + 500
    assert answer["lines"][0] == [120, BEGAN + 120, None, "line 120"]
    assert read(daemon, "?search=error")["lines"] == [[25_000, BEGAN + 25_000, "stderr", f"{RED}Error{OFF}: two"]]


def test_where_to_begin_to_read_is_guessed_anew_for_each_run(daemon: Daemon) -> None:
    assert read(daemon, "?from=-1")["first_error"] == 25_000

    daemon.post(*(log(text, BEGAN, "again") for text in ("fine", "ERROR", "fine")))
    eventually(lambda: is_told(daemon.home, "written"))
    daemon.post(
        {"type": "start", "task": "again"}, {"type": "stop", "task": "again"}, {"type": "start", "task": "again"}
    )
    daemon.post(*(log(text, BEGAN, "again") for text in ("fine", "failed again")))
    answer = read(daemon, task="again")
    assert (answer["run"], answer["first_error"], answer["total"]) == (3, 4, 5)


def test_all_of_it_as_plain_text(daemon: Daemon) -> None:
    lines = daemon.text("/logs/site.build?format=text").split("\n")
    assert lines == [*(f"line {n}" for n in range(25_000)), "Error: two", "lines", ""]
    assert daemon.text("/logs/site.build?format=text&from=5&to=7") == "line 5\nline 6\n"
    daemon.post(log("\x1b[32mok\x1b[0m\x07", BEGAN, "colours"))
    assert daemon.text("/logs/colours?format=text") == "ok\n"
    assert daemon.text("/logs/colours?format=text&ansi=1") == "\x1b[32mok\x1b[0m\x07\n"


def test_what_all_below_wrote_is_merged_by_time(daemon: Daemon) -> None:
    for task in ("flow.a", "flow.b.c"):
        daemon.post(*(log(f"{task} {n}", BEGAN + 2 * n + (task == "flow.a"), task) for n in range(2_000)))

    answer = read(daemon, "?below=1", "flow")
    assert (answer["logs"], answer["left_out"], len(answer["lines"])) == (2, 0, 1_000)
    assert answer["lines"][-2:] == [
        [BEGAN + 3_998, None, "flow.b.c 1999", "flow.b.c"],
        [BEGAN + 3_999, None, "flow.a 1999", "flow.a"],
    ]
    assert [time for time, *_ in answer["lines"]] == [BEGAN + n for n in range(3_000, 4_000)]
    part = read(daemon, f"?below=1&since={BEGAN + 10}&until={BEGAN + 14}", "flow")
    assert [time - BEGAN for time, *_ in part["lines"]] == [10, 11, 12, 13]


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("nowhere", 404, "no task 'nowhere'"),
        ("site.build?from=x", 400, "`from`"),
        ("site.build?to=1e3", 400, "`to`"),
        ("site.build?from=99999999999999999999", 400, "`from`"),
        ("site.build?since=nan", 400, "`since`"),
        ("site.build?until=1760000000000", 400, "seconds"),
        ("site.build?search=", 400, "`search`"),
        ("site.build?format=xml", 400, "`format`"),
        ("site.build?ansi=yes", 400, "`ansi`"),
        ("site.build?search=x&format=text", 400, "JSON"),
        ("site.build?below=1&from=3", 400, "`below`"),
    ],
)
def test_what_cannot_be_answered_is_told(path: str, status: int, why: str, daemon: Daemon) -> None:
    assert error(daemon, f"/logs/{path}")[0] == status
    assert why in error(daemon, f"/logs/{path}")[1]


def test_a_task_that_wrote_nothing_has_an_empty_log_and_any_name_can_be_asked_for(daemon: Daemon) -> None:
    name = "päth/with spaces?&#/é"
    daemon.post(log("x", BEGAN, name), {"type": "start", "task": "silent"})

    assert [text for _, _, text in read(daemon, task=name)["lines"]] == ["x"]
    assert daemon.text(f"/logs/{quote(name, safe='')}?format=text") == "x\n"
    assert daemon.text(f"/logs/{quote(name)}?format=text") == "x\n"
    assert (read(daemon, task="silent")["total"], read(daemon, task="silent")["lines"]) == (0, [])


def test_kill_9_loses_no_line_and_keeps_none_twice(tmp_path: Path) -> None:
    total = 0
    for number in range(4):
        with running(tmp_path) as daemon:
            for _ in range(5):
                daemon.post(*(log(f"line {total + n}", BEGAN) for n in range(20)))
                total += 20
            # Sometimes at once, sometimes after the store was told.
            if number % 2:
                eventually(lambda: is_told(tmp_path, "written"))
            daemon.stop(signal.SIGKILL)
    with running(tmp_path) as daemon:
        assert [text for _, _, text in read(daemon)["lines"]] == [f"line {n}" for n in range(total)]


async def texts(engine: Engine, task: str = "a") -> list[str]:
    log = engine.logs.book.logs[task]
    return [line.text for line in (await engine.logs.read(log, 0, log.next)).lines]


async def test_lines_that_come_while_the_store_fails_are_there_once_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    monkeypatch.setattr(module, "KEEP", 0.01)
    clock = Clock()
    store = SqliteStore(tmp_path / "x.db", clock)
    written = 0
    async with working(store, clock) as engine:

        async def write() -> None:
            nonlocal written
            many: list[StoredRecord] = [Log(task="a", text=f"{written + n}") for n in range(500)]
            written += len(many)
            await engine.commit(Batch("test", many))

        await write()
        database = store._file._db
        database.execute(f"PRAGMA max_page_count={database.execute('PRAGMA page_count').fetchone()[0]}")
        while engine.alarm is None:
            await write()
        await write()
        assert await texts(engine) == [str(n) for n in range(written)]
        database.execute("PRAGMA max_page_count=1000000")
        while engine.alarm is not None:
            await asyncio.sleep(0)
        await write()
        await engine.keep()
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        assert await texts(engine) == [str(n) for n in range(written)]


async def test_who_writes_faster_than_the_store_keeps_waits_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE", 100_000)
    monkeypatch.setattr(module, "PRESSING", 50_000)
    monkeypatch.setattr("progressd.core.transcript.UNSAVED", 400_000)
    monkeypatch.setattr(module, "KEEP", 1e9)
    clock = Clock()
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        for first in range(0, 20_000, 1_000):
            await engine.submit(Batch("test", [Log(task="a", text=f"{n}") for n in range(first, first + 1_000)]))
        await engine.drain()
        while "a" not in engine.logs.book.logs or engine.logs.book.logs["a"].next < 20_000:
            await engine.logs.changed(engine.logs.book.revision)
        assert not engine.logs.book.take_lost()
        assert await texts(engine) == [str(n) for n in range(20_000)]


async def test_a_log_goes_with_its_task(tmp_path: Path) -> None:
    clock = Clock()
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        await engine.commit(Batch("test", [Log(task="a.b", text="x"), Log(task="c", text="y")]))
        await engine.keep()
        await engine.commit(Batch("test", [Forget(task="a")]))
        await engine.keep()
        assert set(engine.logs.book.logs) == {"c"}
    async with working(SqliteStore(tmp_path / "x.db", clock), clock) as engine:
        assert set(engine.logs.book.logs) == {"c"}
