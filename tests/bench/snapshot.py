"""What a snapshot costs (GET /tasks: CPU milliseconds by size of the tree), and reading the log back at a start.

Measured for the snapshot, in this process with the daemon's settings of the garbage collector: `columns`, which turns
the tree into columns, the encoding to JSON, and gzip, which the daemon does in a thread. Floor, in the same run: one
list comprehension for each column that came out, which only fetches an attribute of every task, and its encoding.
Goal: 100,000 tasks in less than 300 ms of columns and encoding.

Measured for the reload: the CPU time of a daemon from its start until it takes records, over a SQLite store that holds
a realistic mix (workload.py) and is too small to be compacted, less that of a daemon over an empty store. Floor, in
the same run: reading and decoding the same rows.

    python tests/bench/snapshot.py [--small]
"""

import gc
import gzip
import random
import socket
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from msgspec.json import encode
from rig import Daemon, is_small, say, table, wait_until
from workload import last, lines

from progressd.core.branch import walk
from progressd.core.decode import decode_stored
from progressd.core.estimate import Weighted
from progressd.core.task import Task
from progressd.core.tree import Tree
from progressd.core.view import columns
from progressd.daemon import GARBAGE
from progressd.records import Start, Stop, Update

GOAL = 300.0
"""Milliseconds."""
BEGAN = 1_790_000_000.0
LARGE = ("parent", "metrics")
"""Attributes of a task that are no plain values."""
T = TypeVar("T")


def main() -> None:
    """Measure, and print."""
    small = is_small(__doc__)
    gc.set_threshold(*GARBAGE)
    gc.freeze()
    sizes = (1_000, 10_000) if small else (1_000, 10_000, 100_000)
    rows = [_snapshot(size, 3 if small else 7) for size in sizes]
    table(
        ("tasks", "columns ms", "encode ms", "both µs/task", "floor ms", "x floor", "gzip ms", "MB", "gzip MB", ""),
        rows,
    )
    say()
    with tempfile.TemporaryDirectory() as folder:
        _reload(Path(folder), 20_000 if small else 200_000, 1 if small else 5)


def forest(size: int) -> Tree:
    """Return a tree as it is in the middle of its work: a third done, a third on its way, a third not begun."""
    dice, tree = random.Random(7), Tree()
    for number in range(size):
        key = f"run-{number // 2_000}.stage-{number % 2_000 // 100}.step-{number % 100}"
        start = Start(task=key, time=BEGAN + number * 0.01, total=250.0, unit="rows", host="node-17", pid=4000 + number)
        moved = Update(task=key, time=BEGAN + number * 0.01 + 60, done=float(dice.randint(1, 249)))
        stop = Stop(task=key, time=BEGAN + number * 0.01 + 90)
        waiting = Update(task=key, status="waiting", total=250.0, unit="rows")
        tree.apply([(start, moved, stop), (start, moved), (waiting,)][dice.randrange(3)], BEGAN + number * 0.01 + 60)
    return tree


def _snapshot(size: int, rounds: int) -> list[str]:
    tree, estimator = forest(size), Weighted()
    times: list[tuple[float, ...]] = []
    for _ in range(rounds):
        made, table_ms = _timed(partial(columns, tree, estimator, BEGAN + 5_000.0))
        body, encode_ms = _timed(partial(encode, made))
        packed, gzip_ms = _timed(partial(gzip.compress, body, 1))
        _, floor_ms = _timed(partial(_encoded_bare, tree, made))
        times.append((table_ms, encode_ms, gzip_ms, floor_ms))
    table_ms, encode_ms, gzip_ms, floor_ms = (median(each) for each in zip(*times, strict=True))
    both = table_ms + encode_ms
    verdict = ("met" if both < GOAL else "missed") if size == 100_000 else ""
    numbers = [f"{number:,.1f}" for number in (table_ms, encode_ms, both / len(tree) * 1e3, floor_ms)]
    return [
        f"{len(tree):,}", *numbers, f"{both / floor_ms:.1f}", f"{gzip_ms:,.1f}",
        f"{len(body) / 1e6:.1f}", f"{len(packed) / 1e6:.1f}", verdict,
    ]  # fmt: skip


def _encoded_bare(tree: Tree, made: dict[str, list[Any]]) -> bytes:
    tasks = [task for root in tree.roots for task in walk(root)]
    # What a task has no attribute for is replaced by one that it has: another number.
    names = [name if name in Task.__slots__ and name not in LARGE else "weight" for name in made]
    return encode({f"{name}{number}": [getattr(task, name) for task in tasks] for number, name in enumerate(names)})


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.thread_time()
    found = work()
    return found, (time.thread_time() - begun) * 1e3


def _reload(folder: Path, count: int, rounds: int) -> None:
    full, empty = folder / "full.db", folder / "empty.db"
    _fill(folder, full, count)
    ours, floors = [], []
    for _ in range(rounds):
        start = _start(folder, empty)
        ours.append((_start(folder, full) - start) / count * 1e6)
        floors.append(_timed(lambda: _decode(full))[1] / count * 1e3)
    share = median(floor / cost for floor, cost in zip(floors, ours, strict=True))
    rows = [_reload_row("daemon's start", ours, share), _reload_row("floor: read, decode", floors, 1.0)]
    say(f"reading back {count:,} records, {full.stat().st_size / 1e6:.0f} MB; median of {rounds}")
    table(("", "µs/record", "records/CPU s", "x floor"), rows)


def _reload_row(name: str, costs: Sequence[float], share: float) -> list[str]:
    return [name, f"{median(costs):.2f}", f"{1e6 / median(costs):,.0f}", f"{share:.2f}"]


def _fill(folder: Path, path: Path, count: int) -> None:
    records = lines(count)
    with Daemon(folder, f"sqlite:{path}") as daemon, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(daemon.socket)
        for start in range(0, count, 64):
            connection.sendall(b"".join(records[start : start + 64]))
        connection.sendall(last("end"))
        wait_until(lambda: daemon.has("end"), "the last record")


def _start(folder: Path, path: Path) -> float:
    with Daemon(folder, f"sqlite:{path}") as daemon:
        return daemon.cpu()


def _decode(path: Path) -> None:
    connection = sqlite3.connect(path)
    for (content,) in connection.execute("SELECT lines FROM log ORDER BY id"):
        decode_stored(content)
    connection.close()


if __name__ == "__main__":
    main()
