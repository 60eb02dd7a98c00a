"""A sample workload of some minutes, so that the page has something to show: `progressd --demo`.

A program like any other: a process of its own that sends its records through a real door, the UNIX socket.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from progressd_client.send import Sender

Step = tuple[float, dict[str, Any]]
"""Seconds since the beginning, and the record without its time."""
ROOT = "nightly"
LIBRARIES = {"core": 26, "net": 18, "ui": 34}
SUITES = {"api": 9, "billing": 7, "search": 11, "mobile": 8}
FAILS = "billing"
WORKERS = 4


def main() -> None:
    """Play the workload to the socket that is named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m progressd.demo", description=__doc__)
    parser.add_argument("socket", help="path of the daemon's UNIX socket")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster than real (default 1)")
    options = parser.parse_args()
    try:
        play(options.socket, options.speed)
    except OSError as error:
        sys.exit(f"the demo ends: nobody takes its records at {options.socket} ({error.strerror})")
    except KeyboardInterrupt:
        sys.exit(130)


def play(path: str, speed: float = 1.0) -> None:
    """Send each record when its time has come."""
    begun, started = time.monotonic(), time.time()
    with Sender(path) as sender:
        for at, record in script():
            time.sleep(max(0.0, begun + at / speed - time.monotonic()))
            sender.send({**record, "time": started + at / speed, "source": "demo"})


def script() -> list[Step]:
    """Return all records in the order of their times; the same each time."""
    dice = random.Random(7)
    steps = [*_declare()]
    at = _add(steps, _fetch(dice, 1.0))
    steps.append((at, _record("marker", "", text="sources are complete")))
    at = _add(steps, _compile(dice, at + 0.5))
    steps.append((at, _record("marker", "", text="binaries are linked")))
    at = _add(steps, _test(dice, at + 0.5))
    at = _add(steps, _ship(dice, at + 0.5))
    steps.append((at + 0.2, _record("stop", "", status="failed", message=f"done, but the {FAILS} tests failed")))
    return sorted(steps, key=lambda step: step[0])


def _add(steps: list[Step], part: Iterator[Step]) -> float:
    """Add a part to the steps, and return when its last one is."""
    new = list(part)
    steps += new
    return max(at for at, _ in new)


def _declare() -> Iterator[Step]:
    yield 0.0, _record("start", "", name="nightly build", message="branch main")
    for key, weight in (("fetch", 8), ("compile", 60), ("test", 45), ("ship", 10)):
        yield 0.0, _record("update", key, status="waiting", weight=weight, parallel=key in ("fetch", "test"))
    for library, files in LIBRARIES.items():
        yield 0.1, _record("update", f"compile.{library}", status="waiting", weight=files)
    for suite, cases in SUITES.items():
        yield 0.1, _record("update", f"test.{suite}", status="waiting", weight=cases)


def _fetch(dice: random.Random, at: float) -> Iterator[Step]:
    yield at, _record("start", "fetch")
    end = at
    for repository, size in (("sources", 412e6), ("assets", 960e6), ("toolchain", 230e6)):
        key, now, done = f"fetch.{repository}", at + dice.random(), 0.0
        yield now, _record("start", key, total=size, unit="B", weight=size / 1e6)
        while done < size:
            now += 0.4
            done = min(size, done + dice.uniform(12e6, 26e6))
            yield now, _record("update", key, done=round(done))
        yield now, _record("stop", key)
        end = max(end, now)
    yield end + 0.1, _record("stop", "fetch")


def _compile(dice: random.Random, at: float) -> Iterator[Step]:
    """Files on a few workers, library after library; each ends when its last file does."""
    yield at, _record("start", "compile", message=f"{WORKERS} at a time")
    free = [at] * WORKERS
    for library, files in LIBRARIES.items():
        begun, end = min(free), at
        yield begun, _record("start", f"compile.{library}", parallel=True)
        for number in range(files):
            worker = free.index(min(free))
            key, takes = f"compile.{library}.{number:02d}", dice.uniform(1.0, 5.5)
            yield free[worker], _record("start", key, name=f"{library}/{_file(dice)}.c", thread=f"worker-{worker + 1}")
            if number == files // 2:
                yield free[worker] + 0.3, _record("log", f"compile.{library}", text="warning: unused variable ‘tmp’")
            free[worker] += takes
            end = max(end, free[worker])
            yield free[worker], _record("stop", key, cpu=round(takes * 0.9, 2))
        yield end + 0.1, _record("stop", f"compile.{library}")
    yield max(free) + 0.2, _record("stop", "compile")


def _test(dice: random.Random, at: float) -> Iterator[Step]:
    yield at, _record("start", "test", message="4 suites side by side")
    ends = []
    for suite, cases in SUITES.items():
        now = at + dice.random()
        total = cases * 12
        yield now, _record("start", f"test.{suite}", total=total, unit="cases", thread=suite, host="runner-2")
        for case in range(1, total + 1):
            now += dice.uniform(0.2, 0.8)
            yield now, _record("update", f"test.{suite}", done=case)
            if case % 10 == 0:
                yield (
                    now,
                    _record("metric", f"test.{suite}", name="slowest", value=round(dice.uniform(80, 900)), unit="ms"),
                )
            if suite == FAILS and case == total * 2 // 3:
                yield (
                    now,
                    _record("marker", f"test.{suite}", text="refund of a voided order: expected 0.00, got -12.50"),
                )
                yield (
                    now,
                    _record(
                        "stop", f"test.{suite}", status="failed", message="1 of 84 cases failed: test_refund_voided"
                    ),
                )
                break
        else:
            yield now, _record("stop", f"test.{suite}")
        ends.append(now)
    yield max(ends) + 0.1, _record("stop", "test", status="failed", message="billing: test_refund_voided")


def _ship(dice: random.Random, at: float) -> Iterator[Step]:
    yield at, _record("start", "ship")
    yield at, _record("update", "ship.package", status="running", progress=0.0, message="packing")
    for tenth in range(1, 11):
        at += dice.uniform(0.5, 1.0)
        yield at, _record("update", "ship.package", progress=tenth / 10)
    yield at, _record("stop", "ship.package")
    yield at, _record("start", "ship.upload", total=64, unit="parts")
    for part in range(1, 65):
        if part == 30:
            yield at, _record("update", "ship.upload", status="paused", message="waiting for the release lock")
            at += 12
            yield at, _record("update", "ship.upload", status="running", message="uploading")
        at += dice.uniform(0.1, 0.4)
        yield at, _record("update", "ship.upload", done=part)
    yield at, _record("stop", "ship.upload", message="nightly-2187 is up")
    yield at + 0.1, _record("stop", "ship")


def _file(dice: random.Random) -> str:
    return dice.choice(("parse", "cache", "tree", "token", "queue", "socket", "layout", "glyph", "store")) + str(
        dice.randrange(1, 60)
    )


def _record(kind: str, below: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "task": f"{ROOT}.{below}" if below else ROOT, **fields}


if __name__ == "__main__":
    main()
