"""What taking in a record costs: CPU microseconds a record, from the UNIX socket to the tree.

Measured: the real daemon process with all its threads, storing in memory and in SQLite, while another process
sends a realistic mix (workload.py) as fast as it is taken. A run ends when the last record's task is in the tree;
the polling for it and SQLite's checkpoint are counted. Three ways to send:

    64 a write     64 records in one write, as a client that gathers for some milliseconds does
    1 a write      each record in its own write, as fast as possible
    1, 10,000/s    each record in its own write, 10,000 in a second: the usual load of a busy machine, where
                   waking up costs more than the record

Floor, in the same run: a process that does `recv`, `msgspec` `decode_lines` of the same tagged union and throws
the result away. At 10,000/s it wakes up for every record; the daemon need not, and may cost less than this floor.
Goals, of records per CPU second, 64 a write: memory at least 0.35 of the floor, SQLite at least 0.20.

    python tests/bench/ingest.py [--small]
"""

import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from msgspec.json import Decoder
from rig import LOADING, Child, Daemon, is_small, pin, say, table, wait_until
from workload import last, lines

from progressd.records import AnyRecord, Start

CHUNK = 256 << 10
PACE = 10_000
"""Records a second."""
SETTLE = 1.3
"""Seconds after which SQLite's checkpoint is done too: its CPU time belongs to the records."""
GOALS = {"memory": 0.35, "sqlite": 0.20}
WAYS = ("64 a write", "1 a write", f"1, {PACE:,}/s")


def main() -> None:
    """Measure, and print."""
    small = is_small(__doc__)
    rounds, counts = (1, (20_000, 5_000, 2_000)) if small else (5, (120_000, 50_000, 20_000))
    records = lines(max(counts))
    say(f"{sum(map(len, records)) / len(records):.0f} bytes a record, median of {rounds} rounds\n")
    rows = []
    with tempfile.TemporaryDirectory() as folder, arms(Path(folder), 0.1 if small else SETTLE) as takers:
        for way, count in zip(WAYS, counts, strict=True):
            found: dict[str, list[float]] = {name: [] for name in takers}
            for number in range(-1, rounds):
                for name, taker in takers.items():
                    cost = taker.take(records[:count], way, f"end-{WAYS.index(way)}-{number}")
                    # The first is there to warm up: until then the tree's tasks are not even there.
                    if number >= 0:
                        found[name].append(cost)
            rows += [_row(way, name, found) for name in takers]
    table(("sent", "taken by", "µs/record", "min", "max", "records/CPU s", "x floor", "goal", ""), rows)


def _row(way: str, name: str, found: dict[str, list[float]]) -> list[str]:
    costs = found[name]
    # Round by round: what disturbs the machine for a while disturbs both.
    share = median(floor / cost for floor, cost in zip(found["floor"], costs, strict=True))
    goal = GOALS.get(name) if way == WAYS[0] else None
    verdict = "" if goal is None else "met" if share >= goal else "missed"
    numbers = [f"{cost * 1e6:.2f}" for cost in (median(costs), min(costs), max(costs))]
    return [way, name, *numbers, f"{1 / median(costs):,.0f}", f"{share:.2f}", f"{goal}" if goal else "", verdict]


@contextmanager
def arms(folder: Path, settle: float) -> Iterator[dict[str, "Taker"]]:
    """Start what takes records: the floor, and a daemon with each store."""
    with ExitStack() as stack:
        path = str(folder / "floor.sock")
        floor = stack.enter_context(Child(__file__, "--floor", path, ready="ready"))
        memory = stack.enter_context(Daemon(folder))
        sqlite = stack.enter_context(Daemon(folder, f"sqlite:{folder / 'store.db'}"))
        yield {
            "floor": Taker(floor, path, _floor_is_done(floor)),
            "memory": Taker(memory, memory.socket, memory.has),
            "sqlite": Taker(sqlite, sqlite.socket, sqlite.has, settle),
        }


class Taker:
    """A process that takes records at a path, and how to know that it has taken one."""

    def __init__(self, child: Child, path: str, has: Callable[[str], bool], settle: float = 0.1) -> None:
        self.child = child
        self.path = path
        self.has = has
        self.settle = settle

    def take(self, records: list[bytes], way: str, end: str) -> float:
        """Send records in one of the ways; return the CPU seconds that each one cost."""
        before = self.child.cpu()
        sender = multiprocessing.get_context("fork").Process(target=send, args=(self.path, records, way, end))
        sender.start()
        sender.join()
        wait_until(lambda: self.has(end), f"the record {end}")
        time.sleep(self.settle)
        return (self.child.cpu() - before) / len(records)


def send(path: str, records: list[bytes], way: str, end: str) -> None:
    """Send the records, and one that marks their end."""
    pin(0, LOADING)
    size = 64 if way == WAYS[0] else 1
    writes = [b"".join(records[start : start + size]) for start in range(0, len(records), size)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        begun = time.perf_counter()
        for number, content in enumerate(writes):
            # A sleep is never shorter than some 60 µs, so the pace is kept by looking at the clock.
            while way == WAYS[2] and time.perf_counter() < begun + number / PACE:
                pass
            connection.sendall(content)
        connection.sendall(last(end))


def serve_floor(path: str) -> None:
    """Take records at a path and throw them away; say the tasks of those that mark an end."""
    decoder: Decoder[AnyRecord] = Decoder(AnyRecord)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        sys.stderr.write("ready\n")
        sys.stderr.flush()
        while True:
            connection, _ = listener.accept()
            rest, records = b"", list[AnyRecord]()
            while chunk := connection.recv(CHUNK):
                end = chunk.rfind(b"\n") + 1
                records = decoder.decode_lines(rest + chunk[:end]) or records
                rest = chunk[end:]
            assert isinstance(records[-1], Start)
            sys.stderr.write(f"took {records[-1].task}\n")
            sys.stderr.flush()


def _floor_is_done(floor: Child) -> Callable[[str], bool]:
    return lambda end: f"took {end}\n".encode() in os.pread(floor.errors.fileno(), 1 << 20, 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--floor"]:
        serve_floor(sys.argv[2])
    else:
        main()
