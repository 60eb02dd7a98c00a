"""What `progressd run` costs: start-up, and the copy loop against `script` (util-linux) and a bare run.

Each command runs in a terminal of its own, whose other side is read as fast as can be; and once more in a pipe. Wall
time, for that is what a user waits for; the ways take turns, and the medians of the ratios to the bare run are shown.
The daemon is real, and told everything.
"""

import os
import pty
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.rig import is_small
from tests.daemon import running

RUN = [sys.executable, "-m", "progressd", "run", "--"]


def in_terminal(command: Sequence[str], env: dict[str, str]) -> None:
    """Run a command in a terminal."""
    pid, fd = pty.fork()
    if not pid:
        os.execvpe(command[0], list(command), env)
    drain(fd)
    assert os.waitpid(pid, 0)[1] == 0


def in_pipe(command: Sequence[str], env: dict[str, str]) -> None:
    """Run a command with its output in a pipe."""
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        drain(process.stdout.fileno())
    assert process.returncode == 0


def drain(fd: int) -> None:
    try:
        while os.read(fd, 1 << 16):
            pass
    except OSError:
        pass


def compare(
    name: str,
    way: Callable[[Sequence[str], dict[str, str]], None],
    command: list[str],
    env: dict[str, str],
    rounds: int,
) -> None:
    """Print how long each way takes, and its ratio to the bare run of the same round."""
    quoted = " ".join(f"'{word}'" for word in command)
    ways = {"bare": command, "script": ["script", "-qec", quoted, "/dev/null"], "progressd run": [*RUN, *command]}
    if way is in_pipe:
        ways["script"] = ["sh", "-c", f"{quoted} | cat"]
    times: dict[str, list[float]] = {kind: [] for kind in ways}
    for _ in range(rounds):
        for kind, words in ways.items():
            begun = time.perf_counter()
            way(words, env)
            times[kind].append(time.perf_counter() - begun)
    took = {kind: median(seconds) for kind, seconds in times.items()}
    other = "| cat" if way is in_pipe else "script"
    share = median(theirs / ours for theirs, ours in zip(times["script"], times["progressd run"], strict=True))
    print(
        f"{name:28} bare {took['bare']:.3f} s   {other} {took['script']:.3f} s   "
        f"progressd run {took['progressd run']:.3f} s   throughput ÷ that of {other}: {share:.2f}",
        flush=True,
    )


def start_up(env: dict[str, str], rounds: int) -> None:
    """Print what `progressd run -- true` takes beside a Python that does nothing."""
    kinds = {"python -c pass": [sys.executable, "-c", "pass"], "run -- true": [*RUN, "true"], "true": ["true"]}
    wall: dict[str, list[float]] = {kind: [] for kind in kinds}
    cpu: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, command in kinds.items():
            begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, env=env, check=True)
            wall[kind].append(time.perf_counter() - begun)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu[kind].append(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime)
    for kind in kinds:
        print(f"{kind:28} {median(wall[kind]) * 1e3:5.0f} ms, {median(cpu[kind]) * 1e3:5.0f} ms of CPU", flush=True)


def main() -> None:
    small = is_small(__doc__)
    with tempfile.TemporaryDirectory() as name, running(Path(name), "--store", "memory:") as daemon:
        folder, rounds = Path(name), 3 if small else 9
        env = {**os.environ, "PROGRESSD_TARGET": f"unix:{daemon.socket}"}
        (folder / "big").write_bytes(os.urandom(1 << 20) * (8 if small else 40))
        line = "[ 50%] CC src/module/file_%06.0f.c -O2 -Wall -o build/file.o"
        log = ["seq", "-f", line, "30000" if small else "300000"]
        start_up(env, rounds)
        for way in (in_terminal, in_pipe):
            where = way.__name__.replace("_", " a ")
            compare(f"cat, {where}", way, ["cat", str(folder / "big")], env, rounds)
            compare(f"log, {where}", way, log, env, rounds)


if __name__ == "__main__":
    main()
