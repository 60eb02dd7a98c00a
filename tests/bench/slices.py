"""Costs of nanoseconds on a busy machine, side by side: 2 ms slices of each in turn, and their 20th percentile."""

import itertools
import time
from collections.abc import Callable
from statistics import quantiles

SLICE = 0.002
"""Seconds. Shorter than the kernel's own slices, so that most are not interrupted."""

Loop = Callable[[int], float]
"""Does something so many times; returns how many seconds that took."""


def loop(body: str, around: str = "if True", **names: object) -> Loop:
    """Return a loop over a statement, within the block `around`, with no call in between, and `names` as globals."""
    code = ["def timed(_times):", f"  {around}:", "    _begun = clock()", "    for _ in repeat(None, _times):"]
    code += [f"      {body}", "    return clock() - _begun"]
    scope: dict[str, object] = {"clock": time.perf_counter, "repeat": itertools.repeat, **names}
    exec("\n".join(code), scope)
    made = scope["timed"]
    assert callable(made)
    return made


def iteration(wrap: Callable[[range], object]) -> Loop:
    """Return a loop over what `wrap` makes of a range: the cost of an item."""

    def timed(times: int) -> float:
        items = wrap(range(times))
        begun = time.perf_counter()
        for _ in items:  # type: ignore[attr-defined]
            pass
        return time.perf_counter() - begun

    return timed


def measure(loops: dict[str, Loop], rounds: int, settle: Callable[[], object] = time.time) -> dict[str, float]:
    """Return the nanoseconds of one turn of each; `settle` lets the background finish its work before each slice."""
    times = {name: _fitting(run) for name, run in loops.items()}
    found: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(rounds):
        for name, run in loops.items():
            settle()
            found[name].append(run(times[name]) / times[name] * 1e9)
    return {name: quantiles(taken, n=5)[0] for name, taken in found.items()}


def _fitting(run: Loop) -> int:
    """Return how many turns fill a slice."""
    times = 8
    while (taken := run(times)) < SLICE / 4:
        times *= 2
    return max(1, int(times * SLICE / taken))
