"""Made-up runs of a job, told to a real tree on a virtual clock, and what an estimator says of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from progressd.core.estimate import Estimate, History, Learned
from progressd.core.tree import Tree
from progressd.records import AnyRecord, Start, Status, Stop, Update

JOB = "job"
DAY = 86_400.0


@dataclass(slots=True)
class Play:
    """What is said, and when: seconds since the start, in any order."""

    night: int = 0
    """Runs of a job begin a day apart."""
    said: list[tuple[float, AnyRecord]] = field(default_factory=list)

    @property
    def began(self) -> float:
        """Unix seconds."""
        return 1_700_000_000.0 + DAY * self.night

    @property
    def length(self) -> float:
        """Seconds until the last that is said."""
        return max(at for at, _ in self.said)

    def start(self, at: float = 0.0, key: str = JOB, **known: Any) -> None:
        self.said.append((at, Start(task=key, time=self.began + at, **known)))

    def update(self, at: float, key: str = JOB, **known: Any) -> None:
        self.said.append((at, Update(task=key, time=self.began + at, **known)))

    def stop(self, at: float, key: str = JOB, status: Any = "finished") -> None:
        self.said.append((at, Stop(task=key, status=status, time=self.began + at)))

    def plan(self, keys: Iterable[str], at: float = 0.0, status: Status = "waiting", **known: Any) -> None:
        for key in keys:
            self.update(at, key, status=status, **known)

    def part(self, key: str, start: float, stop: float, **known: Any) -> None:
        self.start(start, key, **known)
        self.stop(stop, key)

    def counts(self, key: str, steps: Iterable[tuple[float, float]], total: float | None = None) -> None:
        """A task tells how far it is: (seconds, done)."""
        for at, done in steps:
            self.update(at, key, done=done, total=total)


def names(number: int) -> list[str]:
    return [f"{JOB}.part{index}" for index in range(number)]


def in_series(seconds: Sequence[float], night: int = 0, *, planned: bool = True, **known: Any) -> Play:
    """Return a run of parts one after the other; `known` is said of each when it is planned."""
    play, at = Play(night), 0.0
    play.start()
    if planned:
        play.plan(names(len(seconds)), **known)
    for key, took in zip(names(len(seconds)), seconds, strict=True):
        play.part(key, at, at + took)
        at += took
    play.stop(at)
    return play


def side_by_side(parts: int, workers: int, night: int = 0, each: float = 10.0) -> Play:
    """Return a run of parts that all take as long, some at a time."""
    play = Play(night)
    play.start()
    play.plan(names(parts))
    for number, key in enumerate(names(parts)):
        play.part(key, number // workers * each, (number // workers + 1) * each)
    play.stop(-(-parts // workers) * each)
    return play


def states(play: Play, times: Iterable[float]) -> Iterator[tuple[float, Tree]]:
    """Yield the tree at these times."""
    said = sorted(play.said, key=lambda entry: entry[0])
    tree, spoken = Tree(), 0
    for at in times:
        first = spoken
        while spoken < len(said) and said[spoken][0] <= at:
            spoken += 1
        tree.apply([record for _, record in said[first:spoken]], play.began + at)
        yield at, tree


def answers(play: Play, estimator: Learned, times: Iterable[float], key: str = JOB) -> list[Estimate]:
    """Return what is said of a task at these times, by an estimator that looks on as in the daemon."""
    found = []
    for at, tree in states(play, times):
        estimator.look(tree.tasks.values(), play.began + at)
        found.append(estimator.estimate(tree.tasks[key], play.began + at))
    return found


def learned(*plays: Play, steps: int = 50) -> Learned:
    """Return an estimator that saw these runs from their beginnings to their ends, and has stored what it learned."""
    history = History()
    for play in plays:
        answers(play, Learned(history), [play.length * step / steps for step in range(steps + 1)])
    return Learned(restored(history))


def restored(history: History) -> History:
    """Return what a restart makes of it."""
    again = History()
    for job in history.jobs:
        assert again.decode(history.encode(job))
    return again


def errors(play: Play, estimator: Learned, steps: int = 50) -> list[float]:
    """Return how far off the end was at even times, as a share of the run; 1 where nothing was said."""
    length = play.length
    times = [length * (step + 0.5) / steps for step in range(steps)]
    return [
        1.0 if said.seconds_left is None else abs(at + said.seconds_left - length) / length
        for at, said in zip(times, answers(play, estimator, times), strict=True)
    ]


def left(said: Estimate) -> float:
    """Return the seconds left of an answer that has some."""
    assert said.seconds_left is not None
    return said.seconds_left


def interval(said: Estimate) -> tuple[float, float]:
    """Return the interval of an answer that has one."""
    assert said.low is not None
    assert said.high is not None
    return said.low, said.high
