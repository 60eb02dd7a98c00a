"""Prints what a line of a watched file costs, by its kind, to records and to the tree: `python tests/bench/ctxt.py`."""

import sys
import time
from collections.abc import Iterator

from progressd.core.formats import Formats
from progressd.core.tree import Tree

BEGUN = 1_700_000_000_000_000
"""Microseconds of Unix time."""
PIECE = 2_500
"""Lines in a block, as many as the tail reads in one turn."""


def ctxt(lines: int, depth: int) -> Iterator[bytes]:
    """Calls in calls, `depth` levels deep, again and again."""
    for number in range(lines):
        kind = b"START load_cfg reading app.toml" if number // depth % 2 == 0 else b"ENDOK load_cfg "
        yield b"%d.%06d web01 4242 MainThread %s\n" % (*divmod(BEGUN + 37 * number, 10**6), kind)


def text(lines: int) -> Iterator[bytes]:
    for number in range(lines):
        yield b"2026-01-01 00:00:%02d INFO worker-%d something happened\n" % (number % 60, number)


def records(lines: int) -> Iterator[bytes]:
    for number in range(lines):
        yield b'{"type":"update","task":"build.part-%d","done":%d,"total":100000}\n' % (number % 1000, number)


def measure(lines: list[bytes]) -> str:
    formats, tree = Formats(), Tree()
    decoding = applying = 0.0
    for start in range(0, len(lines), PIECE):
        block = b"".join(lines[start : start + PIECE])
        begun = time.process_time()
        decoded = formats.decode("app.ctxt", start, block, 0.0)
        between = time.process_time()
        tree.apply(decoded.records, 0.0)
        decoding, applying = decoding + between - begun, applying + time.process_time() - between
    whole = decoding + applying
    each = 1e6 / len(lines)
    return f"{decoding * each:6.2f} + {applying * each:6.2f} µs, {len(lines) / whole / 1e3:6.0f} k lines/s"


def main() -> None:
    lines = 10_000 if "--small" in sys.argv else 200_000
    print("kind of line                 to records + to the tree, per CPU second")
    print("records                     ", measure(list(records(lines))))
    print("plain text                  ", measure(list(text(lines))))
    print(".ctxt, 5 levels             ", measure(list(ctxt(lines, 5))))
    print(".ctxt, 10,000 levels        ", measure(list(ctxt(lines, 10_000))))


if __name__ == "__main__":
    main()
