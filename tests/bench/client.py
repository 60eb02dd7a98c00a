"""What the client costs a program, against what others would use instead: side by side, in one run.

Measured: nanoseconds of an item of a wrapped loop, of `advance()`, of a task from beginning to end, in slices of
2 ms that take turns (slices.py); CPU of the whole process for a task, background thread included; CPU of the
background thread; the import; the end of a program whose daemon hangs; tasks a second into the real daemon.
Peers (peers.py) are measured if they are installed: they are in no lock of this project.

Floors: the bare loop; a class with two reads of the clock as a context manager. Goals: GOALS below, from issue 3.

    python tests/bench/client.py [--small]
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers import calls, installed, items, pairs, tracer
from rig import Daemon, is_small, say, table
from slices import iteration, loop, measure

import progressd_client as client
from progressd_client.sender import sender

CLIENT = Path(__file__).parents[2] / "client"


class Floor:
    """The least that a task can be: an object, and two reads of the clock."""

    __slots__ = ("begun", "ended")

    def __enter__(self) -> None:
        self.begun = time.perf_counter_ns()

    def __exit__(self, *error: object) -> None:
        self.ended = time.perf_counter_ns()


@contextlib.contextmanager
def nothing():
    """Do nothing, as briefly as contextlib can."""
    yield


def main() -> None:
    """Measure, and print."""
    small = is_small(__doc__)
    there, absent = installed()
    say(
        f"Python {sys.version.split()[0]}; peers: {', '.join(there) or 'none'}"
        + (f"; not installed: {', '.join(absent)}" if absent else "")
    )
    client.configure(target="file:/dev/null")
    found = foreground(9 if small else 61)
    found |= cpu_of_a_pair(5_000 if small else 40_000, 1 if small else 5)
    found |= sampler(0.5 if small else 5.0)
    found |= imports(2 if small else 9)
    with tempfile.TemporaryDirectory() as folder, Daemon(Path(folder)) as daemon:
        found |= hung(daemon, 1 if small else 5)
        found |= rate(daemon, 0.5 if small else 2.0)
    table(
        ("measured", "value"),
        [(name, f"{value:,.3f}" if value < 100 else f"{value:,.0f}") for name, value in found.items()],
    )
    say()
    judge(found)


def foreground(rounds: int) -> dict[str, float]:
    """Return what a program's own threads spend, in nanoseconds."""
    counted = client.task("counted", total=1 << 50).start()
    loops = {
        "bare loop, ns an item": iteration(lambda items: items),
        "track(it)": iteration(lambda items: client.track(items, "loop")),
        **items(),
        "bare statement, ns": loop("pass"),
        "advance()": loop("t.advance()", t=counted),
        **calls(),
        "floor pair, ns": loop("with Floor(): pass", Floor=Floor),
        "task pair": loop("with task('x'): pass", task=client.task),
        "nested task pair": loop("with task('y'): pass", around="with task('outer')", task=client.task),
        "contextmanager no-op": loop("with nothing(): pass", nothing=nothing),
        **pairs(),
    }
    # What the background does for a task is measured apart, as CPU of the whole process.
    found = measure(loops, rounds, lambda: client.flush(10))
    counted.finish()
    return found


def cpu_of_a_pair(times: int, rounds: int) -> dict[str, float]:
    """Return the CPU of the whole process for a task, in nanoseconds, until all of it is sent."""
    arms = {"floor": (Floor, lambda: None), "task": (lambda: client.task("x"), lambda: client.flush(60))}
    with contextlib.suppress(ModuleNotFoundError):
        otel = tracer()
        arms["OpenTelemetry"] = (lambda: otel.start_as_current_span("x"), lambda: time.sleep(0.2))
    found: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, (make, settle) in arms.items():
            begun = time.process_time()
            for _ in range(times):
                with make():
                    pass
            settle()
            found[name].append((time.process_time() - begun) / times * 1e9)
    return {f"CPU of a pair, {name}, ns": min(taken) for name, taken in found.items()}


def sampler(seconds: float) -> dict[str, float]:
    """Return the share of a core that the background thread takes, in percent, while all of so many tasks move."""
    found = {}
    for number in (0, 1, 1_000):
        tasks = [client.task(f"t{index}", total=100).start() for index in range(number)]
        client.flush(10)
        time.sleep(0.3)
        begun, spent = time.monotonic(), _spent()
        while time.monotonic() < begun + seconds:
            for task in tasks:
                task.advance()
            time.sleep(0.05)
        found[f"sampler, {number} changing, %"] = (_spent() - spent) / (time.monotonic() - begun) * 100
        for task in tasks:
            task.finish()
    return found


def _spent() -> float:
    """Return the CPU seconds of the client's thread."""
    return int(Path(f"/proc/self/task/{sender.thread}/schedstat").read_text().split()[0]) / 1e9


def imports(rounds: int) -> dict[str, float]:
    """Return what the imports cost in milliseconds, by `-X importtime`, and how many modules come with ours."""
    found = {}
    for name in ("progressd_client", "tqdm"):
        taken = [took for took in (_import(name) for _ in range(rounds)) if took is not None]
        if taken:
            found[f"import {name}, ms"] = sorted(taken)[len(taken) // 5]
    count = "import sys; before = set(sys.modules); import progressd_client; print(len(set(sys.modules) - before))"
    found["modules imported"] = float(_python("-c", count).stdout)
    return found


def hung(daemon: Daemon, rounds: int) -> dict[str, float]:
    """Return what a stopped daemon costs: a pair, against one with a daemon, and the end of the program, in ms."""
    script = """
import atexit, sys, time
took = []
atexit.register(lambda: print((time.perf_counter() - took[0]) * 1e3))
import progressd_client as p
with p.task("x"):
    p.flush()
    times = []
    for _ in range(300):
        begun = time.perf_counter()
        for _ in range(100):
            with p.task("y"): pass
        times.append((time.perf_counter() - begun) * 1e7)
        time.sleep(0.0005)
    print(sorted(times)[150])
took.append(time.perf_counter())
"""
    found: dict[str, list[float]] = {"normal": [], "stopped": [], "exit": []}
    target = {"PROGRESSD_TARGET": f"unix:{daemon.socket}"}
    for _ in range(rounds):
        found["normal"].append(float(_python("-c", script, **target).stdout.split()[0]))
        os.kill(daemon.pid, signal.SIGSTOP)
        pair, end = map(float, _python("-c", script, **target).stdout.split())
        os.kill(daemon.pid, signal.SIGCONT)
        found["stopped"].append(pair)
        found["exit"].append(end)
    return {
        "pair with a daemon, p50, ns": min(found["normal"]),
        "pair with a stopped daemon, p50, ns": min(found["stopped"]),
        "exit with a stopped daemon, ms": max(found["exit"]),
    }


def rate(daemon: Daemon, seconds: float) -> dict[str, float]:
    """Return how many records of 50,000 tasks a second are lost on their way into the daemon."""
    script = f"""
import time, progressd_client as p
begun, made = time.monotonic(), 0
with p.task("run"):
    while (now := time.monotonic() - begun) < {seconds}:
        for _ in range(int(now * 50_000) - made):
            with p.task("x"): pass
            made += 1
        time.sleep(0.002)
took = time.monotonic() - begun
p.flush(60)
print(made / took, p.stats().lost)
"""
    made, lost = map(float, _python("-c", script, PROGRESSD_TARGET=f"unix:{daemon.socket}").stdout.split())
    return {"pairs a second": made, "records lost at that rate": lost}


def judge(found: dict[str, float]) -> None:
    """Say which goals are met."""
    for name, value, goal in goals(found):
        say(f"{'met   ' if value <= goal else 'MISSED'}  {name}: {value:.3g} (goal ≤ {goal:g})")


def goals(f: dict[str, float]) -> list[tuple[str, float, float]]:
    """Return name, value and goal of each that can be judged here."""
    bare, statement, pair = f["bare loop, ns an item"], f["bare statement, ns"], f["task pair"]
    cpu = f["CPU of a pair, task, ns"]
    stopped = f["pair with a stopped daemon, p50, ns"] / f["pair with a daemon, p50, ns"]
    rows = [
        ("pair / floor", pair / f["floor pair, ns"], 2.8),
        ("pair / contextmanager no-op", pair / f["contextmanager no-op"], 1.0),
        ("modules imported", f["modules imported"], 8),
        ("sampler, one task, % of a core", f["sampler, 1 changing, %"], 0.1),
        ("sampler, 1,000 tasks, % of a core", f["sampler, 1000 changing, %"], 0.3),
        ("pair, daemon stopped / normal", stopped, 1.2),
        ("exit, daemon stopped, ms", f["exit with a stopped daemon, ms"], 50),
        ("records lost at 50,000 pairs/s", f["records lost at that rate"], 0),
    ]
    if "tqdm(it)" in f:
        added = f["track(it)"] - bare
        rows += [
            ("track / tqdm, added to the loop", added / (f["tqdm(it)"] - bare), 0.10),
            ("track / tqdm(disable=True)", added / (f["tqdm(it, disable=True)"] - bare), 0.5),
            ("advance / tqdm.update", (f["advance()"] - statement) / (f["tqdm.update()"] - statement), 0.40),
            ("import / import tqdm", f["import progressd_client, ms"] / f["import tqdm, ms"], 0.10),
        ]
    if "OpenTelemetry span" in f:
        rows.append(("pair / OpenTelemetry span", pair / f["OpenTelemetry span"], 0.06))
        rows.append(("CPU of a pair / OpenTelemetry", cpu / f["CPU of a pair, OpenTelemetry, ns"], 0.10))
    return rows


def _import(name: str) -> float | None:
    done = _python("-X", "importtime", "-c", f"import {name}", check=False)
    lines = [line for line in done.stderr.splitlines() if line.rpartition("|")[2].strip() == name]
    return float(lines[-1].split("|")[1]) / 1e3 if done.returncode == 0 else None


def _python(*arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(CLIENT), **env},
        capture_output=True,
        text=True,
        check=check,
    )


if __name__ == "__main__":
    main()
