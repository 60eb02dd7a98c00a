"""How fast output is recognised: MB/s of CPU time, beside splitting the same bytes into lines.

python tests/bench/recognise.py [--small]
"""

import time
from collections.abc import Callable

from rig import is_small, say, table

from progressd.core.recognise import Recogniser

CHUNK = 65536
"""Bytes at a time: as much as a reader of a pipe gets."""
ROUNDS = 5
"""Of which the fastest counts: the others were disturbed."""


def tqdm(size: int) -> bytes:
    """Return a bar that is drawn over and over."""
    frames = [
        f"\rfiles: {n / 10:3.0f}%|{'█' * (n // 25):40}| {n}/1000 [00:{n // 60:02}<00:{(1000 - n) // 60:02}, 60.1it/s]"
        for n in range(1001)
    ]
    return _filled("".join(frames).encode() + b"\n", size)


def rich(size: int) -> bytes:
    """Return three bars, drawn with the cursor going up each time."""
    frames = []
    for n in range(101):
        rows = [
            f"\x1b[2Kpart {k} \x1b[38;5;197m{'━' * (n // 3)}╸{'━' * (39 - n // 3)}\x1b[0m {n:3}% 0:00:07" for k in "abc"
        ]
        frames.append("\r\n".join(rows) + "\r\x1b[2A")
    return _filled("".join(frames).encode() + b"\n\n\n", size)


def log(size: int) -> bytes:
    """Return what a service logs, with numbers that are no progress in some lines."""
    lines = [
        f"2026-11-02 10:00:{n % 60:02},123 INFO app.worker: request {n} /api/items/{n * 7} served in {n % 90} ms"
        + (f", cache hit rate {n % 100}%" if n % 10 == 0 else "")
        for n in range(1000)
    ]
    return _filled("\n".join(lines).encode() + b"\n", size)


def build(size: int) -> bytes:
    """Return what a build prints: mostly commands and warnings, with a counter before some."""
    lines = []
    for n in range(1, 301):
        lines.append(f"[{n}/300] Building CXX object lib/CMakeFiles/lib.dir/source_{n}.cpp.o")
        lines += [
            f"/home/me/lib/source_{n}.cpp:{n}:9: warning: unused variable ‘x’ [-Wunused-variable]",
            "      |  ^~~~",
        ] * 4
    return _filled("\n".join(lines).encode() + b"\n", size)


def _filled(part: bytes, size: int) -> bytes:
    return part * max(1, size // len(part))


def speed(run: Callable[[bytes], object], stream: bytes) -> float:
    """Return MB/s of CPU time, the fastest of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        run(stream)
        best = min(best, time.process_time() - begun)
    return len(stream) / best / 1e6


def recognise(stream: bytes) -> None:
    recogniser = Recogniser(120, 30)
    for begin in range(0, len(stream), CHUNK):
        recogniser.feed(stream[begin : begin + CHUNK], begin / CHUNK)
    recogniser.close(len(stream))


def split(stream: bytes) -> None:
    for begin in range(0, len(stream), CHUNK):
        stream[begin : begin + CHUNK].replace(b"\r", b"\n").decode("utf-8", "replace").split("\n")


def main() -> None:
    size = 100_000 if is_small(__doc__) else 2_000_000
    rows = []
    for make in (tqdm, rich, build, log):
        stream = make(size)
        ours, floor = speed(recognise, stream), speed(split, stream)
        rows.append((make.__name__, f"{ours:.1f}", f"{floor:.0f}", f"{floor / ours:.0f}"))
    table(("output", "recognised, MB/s", "split, MB/s", "ratio"), rows)
    say("A program's terminal passes some 15 MB/s at most; what is recognised is a capped copy of it.")


if __name__ == "__main__":
    main()
