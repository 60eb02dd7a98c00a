"""How others tell the time that is left, behind one interface: of their documented formulas, or the real ones."""

import contextlib
import io
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from progressd.core.branch import walk
from progressd.core.task import Task


@dataclass(slots=True, frozen=True)
class Bar:
    """One flat bar, the best that whoever has no tree can do: units if all leaves have the same, else leaves."""

    elapsed: float
    done: float
    total: float
    ended: int
    leaves: int


class Peer(Protocol):
    """Is told of each look at a run; knows how long the job's earlier runs took, newest first."""

    def left(self, bar: Bar, earlier: list[float]) -> float | None:
        """Return the seconds left."""


def flat(root: Task, elapsed: float) -> Bar:
    """Return a tree as one bar."""
    leaves = [task for task in walk(root) if not task.children]
    ended = sum(task.is_done for task in leaves)
    if all(task.total for task in leaves) and len({task.unit for task in leaves}) == 1:
        done = sum((task.total or 0.0) * (task.fraction or 0.0) for task in leaves)
        return Bar(elapsed, done, sum(task.total or 0.0 for task in leaves), ended, len(leaves))
    return Bar(elapsed, sum(task.fraction or 0.0 for task in leaves), float(len(leaves)), ended, len(leaves))


class Linear:
    """elapsed · (total - done) / done: progressbar2, and most others."""

    def left(self, bar: Bar, earlier: list[float]) -> float | None:
        return bar.elapsed * (bar.total - bar.done) / bar.done if bar.done > 1e-9 else None


class Parallel:
    """GNU parallel --eta: jobs left · a smoothed mean of the time between their ends."""

    def __init__(self) -> None:
        self.first, self.smooth, self.last = 0.0, 0.0, 0.0

    def left(self, bar: Bar, earlier: list[float]) -> float | None:
        if not bar.ended:
            return None
        self.first = self.first or bar.elapsed
        mean, share = (bar.elapsed - self.first) / bar.ended, bar.ended / bar.leaves
        self.smooth = (1 - share) * (self.smooth or mean) + share * mean
        left = float(int((bar.leaves - bar.ended) * self.smooth))
        self.last = self.last if 0.9 * left < self.last < left else left
        return self.last


class Jenkins:
    """The mean of the last three runs, less what has passed."""

    def left(self, bar: Bar, earlier: list[float]) -> float | None:
        last = earlier[:3]
        return max(0.0, sum(last) / len(last) - bar.elapsed) if last else None


class Tqdm:
    """The real one, on a virtual clock."""

    def __init__(self) -> None:
        made: Any = import_module("tqdm").tqdm
        made.monitor_interval = 0
        self.at = 0.0
        self.bar = made(total=0, file=io.StringIO())
        self.bar._time = lambda: self.at
        self.bar.start_t = self.bar.last_print_t = 0.0

    def left(self, bar: Bar, earlier: list[float]) -> float | None:
        self.at, self.bar.total = bar.elapsed, bar.total
        self.bar.update(bar.done - self.bar.n)
        state = self.bar.format_dict
        rate = state["rate"] or (state["n"] / bar.elapsed if bar.elapsed else None)
        return (bar.total - bar.done) / rate if rate else None


class Rich:
    """The real one, on a virtual clock."""

    def __init__(self) -> None:
        progress: Any = import_module("rich.progress")
        self.at = 0.0
        self.bars = progress.Progress(get_time=lambda: self.at, auto_refresh=False, disable=True)
        self.row = self.bars.add_task("run", total=1.0)

    def left(self, bar: Bar, earlier: list[float]) -> float | None:
        self.at, task = bar.elapsed, self.bars.tasks[0]
        if task.completed != bar.done or task.total != bar.total:
            self.bars.update(self.row, completed=bar.done, total=bar.total if bar.total != task.total else None)
        return None if task.time_remaining is None else float(task.time_remaining)


def peers() -> dict[str, type[Peer]]:
    """Return those that are there."""
    found: dict[str, type[Peer]] = {"linear": Linear, "GNU parallel": Parallel, "Jenkins": Jenkins}
    for name, peer in (("tqdm", Tqdm), ("rich", Rich)):
        with contextlib.suppress(ModuleNotFoundError):
            import_module(name)
            found[name] = peer
    return found
