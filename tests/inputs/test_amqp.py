"""SCA's exchange, seed 002: a real RabbitMQ, a real daemon, and all that may happen to either."""

import asyncio
import json
import signal
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import chain
from pathlib import Path

import pytest

from progressd.batches import Batch, Position, StoreError
from progressd.cli import load
from progressd.config import SetupError
from progressd.core.series import Unsaved
from progressd.core.transcript import NOTHING, Unwritten
from progressd.engine import Engine, Limits
from progressd.inputs import consumer
from progressd.inputs.amqp import parse, serve
from progressd.stores.memory import MemoryStore
from tests.daemon import Daemon, eventually, refused, running
from tests.needs import needs
from tests.rabbitmq import (
    WAIT,
    Proxy,
    RabbitMQ,
    broker,
    declare,
    durable,
    is_consumed,
    on_channel,
    place,
    publish,
    waiting_in,
)


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    with broker(tmp_path_factory.mktemp("rabbit")) as rabbit:
        yield rabbit


@pytest.fixture
def queue(rabbit: RabbitMQ, request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    return str(request.node.name)


pytestmark = [needs("rabbitmq-server", "epmd"), pytest.mark.timeout(400)]


def marker(number: int) -> tuple[str, bytes]:
    return "m", json.dumps({"type": "marker", "text": str(number)}).encode()


def marks(daemon: Daemon) -> list[str]:
    return [mark["text"] for mark in daemon.get("/tasks")["markers"]]


def test_sca_messages_and_records_of_ours_come_by_routing_key(tmp_path: Path, rabbit: RabbitMQ, queue: str) -> None:
    with running(tmp_path, "--amqp", place(rabbit.url, queue)) as daemon:
        eventually(lambda: is_consumed(rabbit.url, queue))
        lines = b'{"type":"start","task":"other"}\n{"type":"update","done":1,"total":4}\n'
        publish(rabbit.url, queue, [("_p.job.a", b'{"progress":0.4,"msg":"hi","mine":[1]}'), ("_p.job.b", lines)])

        eventually(lambda: daemon.tasks().keys() >= {"_p.job.a", "_p.job.b", "other"})
        assert daemon.get("/status/_p.job.a")["mine"] == [1]
        assert daemon.tasks()["_p.job"]["fraction"] == pytest.approx(0.325)
        assert daemon.tasks()["_p.job"]["message"] == "hi"


def test_poison_is_counted_and_put_aside_and_never_comes_again(tmp_path: Path, rabbit: RabbitMQ, queue: str) -> None:
    with running(tmp_path, "--amqp", place(rabbit.url, queue)) as daemon:
        eventually(lambda: is_consumed(rabbit.url, queue))
        bad = [("p.a", b'{"progress":"0.4"}'), ("p.a", b"\0\xff"), ("", b"{}"), ("p.a", b"x" * 2_000_000)]
        strange = b'{"type":"new"}\n{"type":"start","titel":"x"}'
        publish(rabbit.url, queue, [*bad, ("p.b", strange), ("p.c", b"{}")])

        eventually(lambda: "p.c" in daemon.tasks())
        eventually(lambda: waiting_in(rabbit.url, f"{queue}.dead") == 4)
        health, losses = daemon.get("/health"), daemon.get("/losses")["bad"]
        assert (health["bad"], health["unknown"], health["records"]) == (4, 2, 2)
        assert (losses[0]["where"], losses[0]["text"]) == ("amqp p.a", '{"progress":"0.4"}')
        assert "unknown field titel" in [bad["why"] for bad in losses]
        assert waiting_in(rabbit.url, queue) == 0


def test_sca_stream_survives_a_broker_that_comes_late_and_is_killed(
    tmp_path: Path, rabbit: RabbitMQ, queue: str
) -> None:
    """Every message that the broker confirmed is applied, and applied once."""
    rabbit.kill()
    confirmed: list[str] = []
    with running(tmp_path, "-v", "--amqp", place(rabbit.url, queue)) as daemon:
        eventually(lambda: "no records from" in daemon.log.read_text())
        assert daemon.get("/health")["status"] == "ok"
        rabbit.start()
        eventually(lambda: is_consumed(rabbit.url, queue), patience=90.0)
        publisher = threading.Thread(target=asyncio.run, args=[stream(rabbit.url, queue, confirmed)])
        publisher.start()
        eventually(lambda: len(confirmed) > 200)
        rabbit.kill()
        rabbit.start()
        publisher.join()
        assert confirmed[-1] == "899"
        eventually(lambda: confirmed[-1] in marks(daemon), patience=90.0)
        found = marks(daemon)
        assert daemon.get("/losses")["bad"] == []
    assert set(confirmed) <= set(found)
    assert len(found) == len(set(found))
    log = daemon.log.read_text()
    assert "Traceback" not in log
    assert log.count("WARNING no records from") <= 6  # a reason each, not a try each


async def stream(url: str, queue: str, confirmed: list[str]) -> None:
    """Publish numbered markers, each once, whatever happens, be it that the library cancels; note those confirmed."""
    numbers = iter(range(900))
    while (first := next(numbers, None)) is not None:
        with suppress(Exception, asyncio.CancelledError):
            connection, exchange = await declare(url, queue)
            async with connection:
                for number in chain((first,), numbers):
                    key, body = marker(number)
                    await exchange.publish(durable(body), key, timeout=WAIT)
                    confirmed.append(str(number))
        await asyncio.sleep(0.2)


def test_what_was_applied_and_whose_acknowledgement_was_lost_is_not_applied_again(
    tmp_path: Path, rabbit: RabbitMQ, queue: str
) -> None:
    with Proxy(rabbit.port) as proxy, running(tmp_path, "--amqp", place(proxy.url, queue)) as daemon:
        eventually(lambda: is_consumed(rabbit.url, queue))
        proxy.deaf = True
        # Two that are equal are two.
        publish(rabbit.url, queue, [marker(number // 2) for number in range(100)])
        eventually(lambda: len(marks(daemon)) == 100)
        proxy.deaf = False
        proxy.cut()
        eventually(lambda: is_consumed(rabbit.url, queue))
        publish(rabbit.url, queue, [("last", b"{}")])
        eventually(lambda: "last" in daemon.tasks())

        assert len(marks(daemon)) == 100


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_daemon_that_ends_in_mid_stream_loses_nothing(
    tmp_path: Path, rabbit: RabbitMQ, number: signal.Signals
) -> None:
    queue = f"q{number.value}"
    with running(tmp_path, "--amqp", place(rabbit.url, queue)) as daemon:
        eventually(lambda: is_consumed(rabbit.url, queue))
        publisher = threading.Thread(target=publish, args=[rabbit.url, queue, [marker(each) for each in range(900)]])
        publisher.start()
        eventually(lambda: len(marks(daemon)) > 50)
        daemon.stop(number)
        publisher.join()
    with running(tmp_path, "--amqp", place(rabbit.url, queue)) as daemon:
        eventually(lambda: set(marks(daemon)) == {str(each) for each in range(900)})


async def test_what_is_being_stored_as_the_daemon_ends_is_acknowledged(
    rabbit: RabbitMQ, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "CLOSE", 30.0)
    store = SlowStore()
    async with serving(rabbit, queue, store) as (_, ending):
        await store.busy.wait()
        ending.cancel()
        store.free.set()

    assert await asyncio.to_thread(waiting_in, rabbit.url, queue) == 0


async def test_what_the_store_cannot_keep_stays_with_the_broker(rabbit: RabbitMQ, queue: str) -> None:
    async with serving(rabbit, queue, FullStore()) as (engine, _):
        while "m" not in engine.tree.tasks:
            await engine.changed(engine.tree.revision)

    await asyncio.to_thread(eventually, lambda: waiting_in(rabbit.url, queue) == 1)  # in a moment, if it is slow


@asynccontextmanager
async def serving(
    rabbit: RabbitMQ, queue: str, store: MemoryStore
) -> AsyncIterator[tuple[Engine, asyncio.Future[None]]]:
    """Take from a queue, in which there is a message, until the end of the block."""
    engine = Engine(store, lambda: 1.0, Limits(1.0, 1))
    working = asyncio.ensure_future(engine.run())
    taking = asyncio.ensure_future(
        serve([place(rabbit.url, queue)], engine, asyncio.get_running_loop().time, asyncio.Event())
    )
    async with asyncio.timeout(90):
        while not await asyncio.to_thread(is_consumed, rabbit.url, queue):
            pass
        await asyncio.to_thread(publish, rabbit.url, queue, [marker(1)])
        yield engine, taking
        taking.cancel()
        await asyncio.wait([taking])
    working.cancel()
    await asyncio.wait([working])


class SlowStore(MemoryStore):
    """Keeps nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.busy, self.free = asyncio.Event(), asyncio.Event()

    async def append(self, batches: Sequence[Batch]) -> None:
        self.busy.set()
        await self.free.wait()
        await super().append(batches)


class FullStore(MemoryStore):
    """Keeps nothing at all."""

    async def append(self, batches: Sequence[Batch]) -> None:
        raise StoreError("the disk is full")

    async def compact(
        self, batch: Batch, positions: Sequence[Position], unsaved: Unsaved, unwritten: Unwritten = NOTHING
    ) -> Mapping[str, int]:
        raise StoreError("the disk is full")


def test_a_queue_that_is_deleted_is_declared_again(tmp_path: Path, rabbit: RabbitMQ, queue: str) -> None:
    with running(tmp_path, "--amqp", place(rabbit.url, queue)) as daemon:
        eventually(lambda: is_consumed(rabbit.url, queue))
        on_channel(rabbit.url, lambda channel: channel.queue_delete(queue))
        eventually(lambda: is_consumed(rabbit.url, queue))
        publish(rabbit.url, queue, [("after", b"{}")])

        eventually(lambda: "after" in daemon.tasks())
        assert f"the queue {queue} was deleted" in daemon.log.read_text()


def test_a_queue_of_another_kind_is_told_and_left_alone(tmp_path: Path, rabbit: RabbitMQ, queue: str) -> None:
    on_channel(rabbit.url, lambda channel: channel.declare_queue(queue, durable=True))
    with running(tmp_path, "--amqp", place(rabbit.url, queue)) as daemon:
        eventually(lambda: "declared differently; delete it, or name another" in daemon.log.read_text())
        assert daemon.get("/health")["status"] == "ok"
        on_channel(rabbit.url, lambda channel: channel.queue_delete(queue))

        eventually(lambda: is_consumed(rabbit.url, queue))


def test_a_password_that_is_wrong_is_told_and_not_shown(tmp_path: Path, rabbit: RabbitMQ, queue: str) -> None:
    url = place(rabbit.url, queue).replace("guest:guest", "guest:hunter2")
    with running(tmp_path, "-vv", "--amqp", url) as daemon:
        eventually(lambda: "no records from" in daemon.log.read_text())
        log = daemon.log.read_text()

    assert "ACCESS_REFUSED" in log
    assert "hunter2" not in log


def test_without_the_library_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "aio_pika.py").write_text("raise ImportError('not here')")

    said = refused(tmp_path, "--amqp", "amqp://localhost", env={"PYTHONPATH": str(tmp_path)})

    assert "pip install 'aio-pika>=" in said


def test_a_broker_is_no_file(tmp_path: Path) -> None:
    said = refused(tmp_path, "--watch", "amqps://u:hunter2@h")

    assert said == "progressd: a broker's URL goes to --amqp"


@pytest.mark.parametrize(
    "url",
    ["", "localhost", "http://u:hunter2@h", "amqp://", "amqp://u:hunter2/@h", "amqp://u:hunter2@h/?exchagne=x"],
)
def test_a_url_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SetupError, match="--amqp takes a URL like amqp://") as refusal:
        parse(url)

    assert "hunter2" not in str(refusal.value)


def test_a_url_says_what_is_ours_and_what_the_librarys() -> None:
    broker = parse("amqps://u:p%40@h:5671/v?exchange=e&queue=q&binding=%23.x&cafile=/c&heartbeat=5")

    assert (broker.exchange, broker.queue, broker.binding, str(broker)) == ("e", "q", "#.x", "h:5671")
    assert "p%40" not in repr(broker)
    assert broker.url == "amqps://u:p%40@h:5671/v?heartbeat=5&cafile=%2Fc"
    assert (parse("amqp://h").exchange, parse("amqp://h").queue) == ("progress", "progressd")


def test_the_environment_parts_urls_by_blanks() -> None:
    assert load({}, {"PROGRESSD_AMQP": "amqp://a:1 amqps://b"}).amqp == ("amqp://a:1", "amqps://b")
