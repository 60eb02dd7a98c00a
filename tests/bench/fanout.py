"""What a listener costs: CPU microseconds for each event that one reader gets, memory a reader, and latency.

Measured: the real daemon with 100 and 1,000 readers of /events, changed by one record every 0.15 s, so that each
makes a frame of its own (on a busy machine two are merged at times). From its CPU time in a window is taken off what
it used in the same run for as many records without any reader. What is left, divided by the change events that
arrived: making the frame, writing it to each, and the heartbeat every 5 s, which counts as no delivery.

Floor, in the same run and loaded by the same client in alternating windows: a bare asyncio Protocol server that writes
ready bytes, a frame caught from the daemon, to all transports when it is told to over a UNIX socket. What it uses
without readers is taken off too.
Goal: at most 1.3 times the floor at 1,000 readers. With 100, what is taken off is as large as what is left: a rough
figure.

The end: from SIGTERM until the daemon has ended, all readers connected and a program as well. Goal: two seconds.

Latency: from just before a record is sent to the reading of its event, for each reader; the client's own reading of
all sockets, one after the other, is part of it in both.

    python tests/bench/fanout.py [--small]
"""

import json
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from select import epoll
from statistics import median, quantiles

from rig import LOADING, Child, Daemon, is_small, pin, rss, say, table

GAP = 0.15
"""Seconds between records: more than the daemon's tick and the time that writing to a thousand takes."""
GOAL = 1.3
END = 2.0
"""Seconds that the daemon may take to end."""
KEY = "nightly-reprocessing.stage-3.shard-07-of-10.step-04-transform"
FLOOR = str(Path(__file__).with_name("fanout_floor.py"))


def main() -> None:
    """Measure, and print."""
    small = is_small(__doc__)
    sizes, rounds, changes = ((1, 10), 1, 4) if small else ((1, 100, 1_000), 4, 32)
    pin(0, LOADING)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        daemon = stack.enter_context(Daemon(Path(folder)))
        ours = stack.enter_context(Server("daemon", daemon, daemon.socket, daemon.port))
        frame = ours.catch_frame()
        (Path(folder) / "frame").write_bytes(frame)
        floor = stack.enter_context(start_floor(Path(folder)))
        say(f"frames of {len(frame)} bytes, median of {rounds} rounds of {changes} changes\n")
        servers = (floor, ours)
        for server in servers:
            server.idle = median(server.window(changes)[0] for _ in range(1 if small else 2)) / changes
        rows = [row for size in sizes for row in measure(servers, size, rounds, changes)]
        begun = time.monotonic()
        daemon.process.terminate()
        daemon.process.wait()
        end = time.monotonic() - begun
    table(("readers", "server", "µs/delivery", "x floor", "KB/reader", "p50 ms", "p99 ms", ""), rows)
    say(f"\ntaken off for each change: daemon {ours.idle * 1e6:.0f} µs, floor {floor.idle * 1e6:.0f} µs")
    say(f"events that were merged with the next: daemon {ours.merged:,}, floor {floor.merged:,}")
    say(f"from SIGTERM to its end, with {max(sizes):,} readers: {end:.2f} s (goal {END:.0f}: {verdict(end <= END)})")


def start_floor(folder: Path) -> "Server":
    """Start the floor's process."""
    path = str(folder / "floor.sock")
    child = Child(FLOOR, path, str(folder / "frame"), ready=r"port (\d+)")
    port = child.said()
    assert port is not None
    return Server("floor", child, path, int(port[1]))


def measure(servers: Sequence["Server"], size: int, rounds: int, changes: int) -> list[list[str]]:
    """Let servers have that many readers, and take their windows in turns."""
    memory = {server.name: server.grow(size) for server in servers}
    costs: dict[str, list[float]] = {server.name: [] for server in servers}
    waits: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            used, took = server.window(changes)
            costs[server.name].append((used - changes * server.idle) / len(took))
            waits[server.name] += took
    rows = []
    for server in servers:
        name = server.name
        share = median(ours / floor for ours, floor in zip(costs[name], costs["floor"], strict=True))
        met = verdict(share <= GOAL) if size == 1_000 and name != "floor" else ""
        times = quantiles(waits[name], n=100)
        few = size < 100
        rows.append(
            [f"{size:,}", name, "" if few else f"{median(costs[name]) * 1e6:.2f}", "" if few else f"{share:.2f}",
             "" if few else f"{memory[name] / 1e3:.1f}", f"{times[49] * 1e3:.2f}", f"{times[98] * 1e3:.2f}", met]
        )  # fmt: skip
    return rows


def verdict(is_met: bool) -> str:
    """Return what is said of a goal."""
    return "met" if is_met else "missed"


class Server:
    """A server that tells its readers of each change, and those readers."""

    def __init__(self, name: str, child: Child, path: str, port: int) -> None:
        """`path` is the UNIX socket that takes records, `port` where readers connect."""
        self.name = name
        self.idle = 0.0
        """CPU seconds that it uses for each change without readers."""
        self.merged = 0
        """Events that were not sent: two changes came so close together that they made one."""
        self._child = child
        self._port = port
        self._readers: dict[int, socket.socket] = {}
        self._poll = epoll()
        self._done = 0
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.connect(path)

    def __enter__(self) -> "Server":
        """Return the server itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up, and end a process that was started for this alone."""
        self._door.close()
        for reader in self._readers.values():
            reader.close()
        self._poll.close()
        if not isinstance(self._child, Daemon):
            self._child.stop()

    def catch_frame(self) -> bytes:
        """Return the bytes of the event that one change makes."""
        self.grow(1)
        self._change()
        self._wait(time.monotonic() + GAP, lambda _: None)
        self._change()
        caught: list[bytes] = []
        self._wait(time.monotonic() + GAP, caught.append)
        for descriptor in list(self._readers):
            self._poll.unregister(descriptor)
            self._readers.pop(descriptor).close()
        return b"".join(caught)

    def grow(self, size: int) -> float:
        """Connect readers until there are that many; return the bytes of memory that each new one costs."""
        before, new = rss(self._child.pid), size - len(self._readers)
        for _ in range(new):
            reader = socket.create_connection(("127.0.0.1", self._port))
            reader.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            reader.settimeout(0.0)
            self._readers[reader.fileno()] = reader
            self._poll.register(reader, 1)
        self._wait(time.monotonic() + 2 * GAP + new / 1_000, lambda _: None)
        return (rss(self._child.pid) - before) / new

    def window(self, changes: int) -> tuple[float, list[float]]:
        """Make changes at a steady pace; return the CPU seconds used and the latency of each delivery."""
        waits: list[float] = []
        before = self._child.cpu()
        for _ in range(changes):
            begun = time.monotonic()
            self._change()

            def note(content: bytes, begun: float = begun) -> None:
                waits.extend([time.monotonic() - begun] * content.count(b"event: change"))

            self._wait(begun + GAP, note)
        self._wait(time.monotonic() + 2 * GAP, lambda _: None)
        self.merged += changes * len(self._readers) - len(waits)
        return self._child.cpu() - before, waits

    def _change(self) -> None:
        self._done += 1
        record = {"type": "update", "task": KEY, "time": time.time(), "done": self._done, "total": 1_000_000}
        self._door.sendall(json.dumps(record).encode() + b"\n")

    def _wait(self, until: float, take: Callable[[bytes], None]) -> None:
        """Read what arrives until a time."""
        while (left := until - time.monotonic()) > 0:
            for descriptor, _ in self._poll.poll(left, 64):
                take(self._readers[descriptor].recv(1 << 16))


if __name__ == "__main__":
    main()
