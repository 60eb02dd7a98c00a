"""Where ends of tasks are sent to: StatsD and Graphite over real sockets, and what every such place can rely on."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from progressd.config import SetupError
from progressd.core.endings import Ending
from progressd.outputs.metrics import open_meters
from progressd.outputs.metrics import outlet as module
from progressd.outputs.metrics.graphite import Graphite
from progressd.outputs.metrics.outlet import QUEUE, Outlet, Sent
from progressd.outputs.metrics.statsd import PACKET, Statsd, packets
from progressd.records import Status, TaskMetric
from tests.daemon import PATIENCE, free_port, refused, running

METRIC = {"namespace": "OS", "name": "Startup", "dimensions": {"Region": "eu"}}


def ending(name: str = "Startup", status: Status = "finished", **dimensions: str) -> Ending:
    return Ending("a", TaskMetric(namespace="OS", name=name, dimensions=dimensions), status, 1.5, 1767225600.7)


@contextmanager
def listening() -> Iterator[tuple[socket.socket, int]]:
    """Play a StatsD."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(PATIENCE)
        yield peer, peer.getsockname()[1]


@asynccontextmanager
async def carbon(port: int = 0) -> AsyncIterator[tuple[int, list[str]]]:
    """Play a Carbon; yield its port, and the lines that it gets."""
    lines: list[str] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.extend((await reader.read()).decode().splitlines())
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", port) as server:
        yield server.sockets[0].getsockname()[1], lines


async def drained(outlet: Outlet) -> None:
    outlet.close()
    async with asyncio.timeout(PATIENCE):
        await outlet.run()


async def test_statsd_gets_a_timer_and_a_counter() -> None:
    with listening() as (peer, port):
        # Of the addresses that `localhost` has, only one listens.
        assert await Statsd(f"statsd://localhost:{port}").send([ending(Region="eu"), ending("B", "failed")]) == Sent(2)

        assert peer.recv(2000).decode().split("\n") == [
            "OS.Startup:1500|ms",
            "OS.Startup.Succeeded:1|c",
            "OS.B:1500|ms",
            "OS.B.Failed:1|c",
        ]


async def test_datadog_gets_dimensions_as_tags_if_asked() -> None:
    with listening() as (peer, port):
        await Statsd(f"statsd://127.0.0.1:{port}?tags=datadog").send(
            [ending(Region="e,u|#", **dict[str, Any]({"a:b c": "x:y"}))]
        )

        assert peer.recv(2000).decode().split("\n")[1] == "OS.Startup.Succeeded:1|c|#Region:e_u_,a_b_c:x:y"


async def test_names_cannot_break_out_of_their_lines() -> None:
    with listening() as (peer, port):
        await Statsd(f"statsd://127.0.0.1:{port}").send([ending("a:1|c\nb..é/../@x"), ending("...")])

        assert peer.recv(2000).decode().split("\n") == [
            "OS.a_1_c_b._._x:1500|ms",
            "OS.a_1_c_b._._x.Succeeded:1|c",
            "OS:1500|ms",
            "OS.Succeeded:1|c",
        ]


def test_datagrams_are_as_large_as_a_network_takes_and_no_line_is_parted() -> None:
    lines = [f"{number:0{number % 100}}:1|c" for number in range(500)] + ["long" * PACKET]
    made = list(packets(lines))

    assert "\n".join(packet.decode() for packet in made).split("\n") == lines
    assert all(len(packet) <= PACKET for packet in made[:-1])
    assert len(made) < 30


async def test_a_statsd_on_this_machine_that_does_not_listen_is_noticed() -> None:
    with listening() as (peer, port):
        peer.close()
        with pytest.raises(ConnectionRefusedError):
            await Statsd(f"statsd://127.0.0.1:{port}").send([ending()])


async def test_graphite_gets_totals_that_no_interval_can_lose() -> None:
    async with carbon() as (port, lines):
        place = Graphite(f"graphite://127.0.0.1:{port}?tags=graphite")
        await place.send([ending(), ending(Region="e;u", **dict[str, Any]({"A=zone": "a"}))])
        await place.send([ending()])
        while len(lines) < 6:
            await asyncio.sleep(0)

    assert lines == [
        "OS.Startup 1.5 1767225600",
        "OS.Startup.Succeeded 1 1767225600",
        "OS.Startup;A_zone=a;Region=e_u 1.5 1767225600",
        "OS.Startup.Succeeded;A_zone=a;Region=e_u 1 1767225600",
        "OS.Startup 1.5 1767225600",
        "OS.Startup.Succeeded 2 1767225600",
    ]


async def test_what_a_place_did_not_take_is_sent_once_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSES", (0.01, 0.01))
    port = free_port()
    outlet = Outlet("graphite", Graphite(f"graphite://127.0.0.1:{port}"))
    outlet.take([ending(), ending("Other")])
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        tasks.create_task(outlet.run())
        while not outlet._failing:
            await asyncio.sleep(0)
        async with carbon(port) as (_, lines):
            while len(lines) < 4:
                await asyncio.sleep(0)
            outlet.close()

    assert [line.split()[0] for line in lines] == [
        "OS.Startup",
        "OS.Startup.Succeeded",
        "OS.Other",
        "OS.Other.Succeeded",
    ]
    assert outlet.lost == 0


async def test_what_finds_no_room_is_counted_and_nothing_waits_for_it(caplog: pytest.LogCaptureFixture) -> None:
    outlet = Outlet("statsd", Statsd("statsd://127.0.0.1:9"))
    outlet.take([ending()] * (QUEUE - 1))
    outlet.take([ending()] * 3)
    for _ in range(7):
        outlet.take([ending()])

    assert outlet.lost == 9
    assert len(caplog.records) == 3, "each doubling is said, not each loss"


async def test_what_is_left_when_the_daemon_ends_is_sent_in_one_try_or_counted() -> None:
    with listening() as (peer, port):
        outlet = Outlet("statsd", Statsd(f"statsd://127.0.0.1:{port}"))
        outlet.take([ending()] * 1200)
        await drained(outlet)
        assert outlet.lost == 0
        counted = 0
        while counted < 2400:
            counted += peer.recv(2000).count(b"OS.Startup")
    outlet = Outlet("statsd", Statsd(f"statsd://127.0.0.1:{port}"))
    outlet.take([ending()] * 3)
    await drained(outlet)
    assert outlet.lost == 3


def test_a_daemon_tells_statsd_once_and_not_again_after_a_restart(tmp_path: Path) -> None:
    with listening() as (peer, port):
        env = {"PROGRESSD_METRICS": f"statsd://127.0.0.1:{port} graphite://127.0.0.1:1"}
        with running(tmp_path, env=env) as daemon:
            daemon.post({"type": "start", "task": "a", "time": 10, "metric": METRIC})
            daemon.post({"type": "stop", "task": "a", "time": 12})
            assert peer.recv(2000) == b"OS.Startup:2000|ms\nOS.Startup.Succeeded:1|c"
            daemon.stop()
        with running(tmp_path, env=env) as daemon:
            assert daemon.tasks()["a"]["status"] == "finished"
            # What waits for more to go with it is sent at the end.
            daemon.post(
                {"type": "start", "task": "b", "metric": METRIC}, {"type": "stop", "task": "b", "status": "failed"}
            )
            daemon.stop()
            assert b"OS.Startup.Failed" in peer.recv(2000)
        assert "ends of tasks were not sent to graphite://127.0.0.1:1" in daemon.log.read_text()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("prometheus://x", "statsd://, graphite://, cloudwatch://"),
        ("localhost:8125", "statsd://"),
        ("statsd://", "HOST:PORT"),
        ("statsd://x:http", "Port could not be cast"),
        ("statsd://me:secret@x", "a secret has no place"),
        ("statsd://x/y", "HOST:PORT"),
        ("statsd://x?tags=influx", "tags=datadog"),
        ("graphite://x?tag", "bad query field"),
        ("cloudwatch://eu west 1", "eu west 1"),
        ("cloudwatch://?endpoint=http://x", "REGION"),
    ],
)
def test_a_url_that_names_no_place_is_refused_with_what_would_be_right(url: str, why: str) -> None:
    with pytest.raises(SetupError, match=why):
        open_meters([url], lambda: 0.0)


def test_a_daemon_does_not_start_with_such_a_url(tmp_path: Path) -> None:
    assert "there are statsd://" in refused(tmp_path, "--metrics", "influx://x")
