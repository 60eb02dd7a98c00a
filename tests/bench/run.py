"""What `progressd run` costs: start-up, and the copy loop against `script` (util-linux) and a bare run.

Each command runs in a terminal of its own, whose other side is read as fast as can be, and once more in a pipe; the
ways take turns. Wall time is what a user waits for, and on a busy machine mostly luck. CPU time is that of all that
takes part, the command and the reporter too, but not the daemon, which is real and told everything.
"""

import ctypes
import marshal
import os
import pty
import resource
import subprocess
import sys
import tempfile
import time
from base64 import encodebytes
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.rig import is_small
from tests.daemon import running

PR_SET_CHILD_SUBREAPER = 36
"""Of prctl(2): orphans become ours, so that their CPU time can be told."""
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


def measure(
    way: Callable[[Sequence[str], dict[str, str]], None], command: Sequence[str], env: dict[str, str]
) -> tuple[float, float]:
    """Return the seconds and the CPU seconds that a command takes with all that it started."""
    ours, theirs = os.pipe()
    if not os.fork():
        os.write(theirs, marshal.dumps(measure_here(way, command, env)))
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as answer:
        wall, cpu = marshal.load(answer)
    return wall, cpu


def measure_here(
    way: Callable[[Sequence[str], dict[str, str]], None], command: Sequence[str], env: dict[str, str]
) -> tuple[float, float]:
    """Do it in this process, which has no other children."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    begun = time.perf_counter()
    way(command, env)
    wall = time.perf_counter() - begun
    try:
        while True:
            os.wait()  # what outlived it has become ours
    except ChildProcessError:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, used.ru_utime + used.ru_stime


def compare(
    name: str,
    way: Callable[[Sequence[str], dict[str, str]], None],
    command: list[str],
    env: dict[str, str],
    rounds: int,
) -> None:
    """Print what each way takes."""
    quoted = " ".join(f"'{word}'" for word in command)
    other = ["script", "-qec", quoted, "/dev/null"] if way is in_terminal else ["sh", "-c", f"{quoted} | cat"]
    ways = {"bare": command, "script" if way is in_terminal else "| cat": other, "run": [*RUN, *command]}
    taken: dict[str, list[tuple[float, float]]] = {kind: [] for kind in ways}
    for _ in range(rounds):
        for kind, words in ways.items():
            taken[kind].append(measure(way, words, env))
    for kind, pairs in taken.items():
        wall, cpu = (median(pair[place] for pair in pairs) for place in (0, 1))
        beside = median(pair[0] / bare[0] for pair, bare in zip(pairs, taken["bare"], strict=True))
        print(f"{name:22} {kind:8} {wall * 1e3:6.0f} ms, {beside:5.1f} × bare, {cpu * 1e3:6.0f} ms of CPU", flush=True)


def main() -> None:
    small = is_small(__doc__)
    with tempfile.TemporaryDirectory() as name, running(Path(name), "--store", "memory:") as daemon:
        folder, rounds = Path(name), 3 if small else 5
        env = {**os.environ, "PROGRESSD_TARGET": f"unix:{daemon.socket}", "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # as it is where it was installed
        (folder / "big").write_bytes(encodebytes(os.urandom(1 << 20)) * (6 if small else 30))
        line = "[ 50%%] CC src/module/file_%06.0f.c -O2 -Wall -o build/file.o"
        log = ["seq", "-f", line, "30000" if small else "300000"]
        compare("start-up", in_pipe, ["true"], env, rounds)
        compare("start-up of Python", in_pipe, [sys.executable, "-c", "pass"], env, rounds)
        for way in (in_pipe, in_terminal):
            where = way.__name__.replace("_", " a ")
            compare(f"cat, {where}", way, ["cat", str(folder / "big")], env, rounds)
            compare(f"log, {where}", way, log, env, rounds)


if __name__ == "__main__":
    main()
