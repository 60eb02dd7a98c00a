"""What logs cost: CPU microseconds a line from the UNIX socket into chunks on disk, bytes on disk, seconds to search.

Measured: the real daemon process with all its threads, storing in SQLite, while another process sends lines of a
realistic log, 64 records in one write, as fast as they are taken, to one task. A run ends when the last line is in
the log; the flush to the store and SQLite's checkpoint are counted. Floor, in the same run: `recv` and decoding.
Then one log is searched as a whole for what stands in none of its lines, and for what stands in each; beside it the
longest time that /health took meanwhile, for a search must not hold up anybody else.

    python tests/bench/logs.py [--small]
"""

import random
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from ingest import WAYS, Taker, _floor_is_done
from rig import Child, Daemon, is_small, say, table
from workload import BEGAN, _line

SETTLE = 3.0
"""Seconds after which the store has been told, and its checkpoint is done."""


def main() -> None:
    """Measure, and print."""
    small = is_small(__doc__)
    count, rounds, more = (10_000, 1, 0) if small else (300_000, 3, 1)
    records = lines(count)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "store.db"
        floor_path = str(Path(folder) / "floor.sock")
        with (
            Daemon(Path(folder), f"sqlite:{database}") as daemon,
            Child(str(Path(__file__).with_name("ingest.py")), "--floor", floor_path, ready="ready") as floor,
        ):
            takers = {
                "daemon": Taker(daemon, daemon.socket, daemon.has, SETTLE),
                "floor": Taker(floor, floor_path, _floor_is_done(floor)),
            }
            rows = []
            for number in range(rounds + more):
                costs = {name: taker.take(records, WAYS[0], f"end-{number}") for name, taker in takers.items()}
                total = daemon.get("/logs/build?from=-1")[1]["total"]
                rows.append([number + 1, *(f"{cost * 1e6:.2f}" for cost in costs.values()), f"{total:,}"])
            dropped = daemon.get("/losses")[1]["counts"]["dropped"]
            table(("round", "µs a line", "floor", "lines kept"), rows)
            say(f"\nlost: {dropped}; {_on_disk(database)}\n")
            table(
                ("searched for", "hits", "seconds", "longest /health, ms"),
                [_search(daemon, "xyzzy"), _search(daemon, "0")],
            )


def lines(count: int) -> list[bytes]:
    """Return that many records of log lines, some 65 characters each."""
    dice = random.Random(7)
    return [
        _line({"type": "log", "task": "build", "time": BEGAN + number / 1000, "stream": "stdout", "text": _text(dice)})
        for number in range(count)
    ]


def _text(dice: random.Random) -> str:
    number = dice.randint(0, 99_999)
    return dice.choice(
        [
            f"INFO worker-{dice.randint(0, 16)} finished partition {number} of customers in {dice.random() * 9:.3f} s",
            f"DEBUG GET /objects/{dice.getrandbits(128):032x} 200 {dice.randint(0, 10**7)} bytes",
            f"[{number}/100000] Compiling src/core/mod_{number % 700}.cc -> build/obj/mod_{number % 700}.o",
            f"WARN retrying after a timeout of the object store (attempt {dice.randint(1, 5)})",
        ]
    )


def _on_disk(database: Path) -> str:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        raw, packed = connection.execute("SELECT sum(raw), sum(packed) FROM logs").fetchone()
    return f"{raw / 1e6:.1f} MB of text take {packed / 1e6:.1f} MB in the store, {packed / raw:.2f} of it"


def _search(daemon: Daemon, wanted: str) -> list[str]:
    """Search, while another thread asks for /health again and again."""
    slowest, done = 0.0, threading.Event()

    def ask() -> None:
        nonlocal slowest
        while not done.is_set():
            begun = time.perf_counter()
            daemon.get("/health")
            slowest = max(slowest, time.perf_counter() - begun)

    other = threading.Thread(target=ask)
    other.start()
    begun = time.perf_counter()
    hits = daemon.get(f"/logs/build?search={wanted}")[1]["hits"]
    spent = time.perf_counter() - begun
    done.set()
    other.join()
    return [wanted, f"{hits:,}", f"{spent:.2f}", f"{slowest * 1e3:.0f}"]


if __name__ == "__main__":
    sys.exit(main())
