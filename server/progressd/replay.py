"""`progressd estimate --replay FILE`: plays a recorded run, and compares what was predicted with what came."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .core.branch import walk
from .core.estimate import ESTIMATORS, Estimate, Estimator, Learned
from .core.formats import Formats
from .core.task import Task
from .core.tree import Tree
from .records import AnyRecord, Stop

LOOKS = 100
"""Looks at a run, evenly over its time."""
SHOWN = 10
"""Of them one in so many is printed."""
HELP = """Plays a file of records that have a `time` (or `.ctxt` lines), such as a log that --watch follows, on a clock
of its own, and prints at each tenth of the run what was predicted, and what came. Files of --earlier are learned first,
oldest first, as the daemon would have. Errors are shares of the whole run's time.

  progressd estimate --replay tonight.jsonl --earlier monday.jsonl --earlier tuesday.jsonl
"""


class ReplayError(Exception):
    """What was given cannot be played; the text says why."""


@dataclass(slots=True)
class Recorded:
    """A run: its records by time, and the root task that it is about."""

    records: Sequence[tuple[float, AnyRecord]]
    root: str
    begun: float
    ended: float


@dataclass(slots=True)
class Score:
    """How one estimator did."""

    name: str
    answers: list[tuple[float, float, Estimate]] = field(default_factory=list)
    """(seconds of the run, seconds that were left, what was said)."""


def main(arguments: Sequence[str]) -> int:
    """Parse the command line and play; return the exit status."""
    parser = argparse.ArgumentParser(
        "progressd estimate", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replay", metavar="FILE", type=Path, required=True, help="the run to predict")
    parser.add_argument(
        "--earlier", metavar="FILE", type=Path, action="append", default=[], help="an earlier run of it"
    )
    parser.add_argument("--task", metavar="KEY", help="the root task; usually the one that lasts longest")
    parser.add_argument(
        "--estimator", metavar="NAME", action="append", choices=list(ESTIMATORS), help="repeatable; usually all"
    )
    asked = parser.parse_args(arguments)
    try:
        earlier = [read(path, asked.task) for path in asked.earlier]
        recorded = read(asked.replay, asked.task)
    except (OSError, ReplayError) as error:
        print(f"progressd estimate: {error}", file=sys.stderr)
        return 2
    scores = [_played(recorded, earlier, name) for name in asked.estimator or ESTIMATORS]
    print("\n".join(report(recorded, scores)))
    return 0


def read(path: Path, root: str | None) -> Recorded:
    """Read a run from a file. Raises OSError, and ReplayError if there is none in it."""
    decoded = Formats().decode(path.name, 0, path.read_bytes(), 0.0)
    timed = sorted(((r.time, r) for r in decoded.records if r.time is not None), key=lambda pair: pair[0])
    if not timed:
        raise ReplayError(f"{path} has no record with a `time`: without it nobody knows when what was said")
    tree = Tree()
    for time, record in timed:
        tree.apply([record], time)
    task = tree.tasks.get(root) if root is not None else max(tree.roots, key=lambda each: each.elapsed(timed[-1][0]))
    if task is None or task.started is None:
        raise ReplayError(f"there is no task {root!r} in {path}")
    ended = task.stopped or timed[-1][0]
    if ended <= task.started:
        raise ReplayError(f"{task.key!r} in {path} took no time: there is nothing to predict")
    return Recorded(timed, task.key, task.started, ended)


def play(recorded: Recorded, times: Sequence[float]) -> Iterator[tuple[float, Tree]]:
    """Yield the tree as it was at each of these times (Unix seconds, growing)."""
    tree, records = Tree(), iter([*recorded.records, (float("inf"), Stop(task=recorded.root))])
    time, record = next(records)
    for now in times:
        while time <= now:
            tree.take([record], time)
            time, record = next(records)
        tree.publish()
        yield now, tree


def report(recorded: Recorded, scores: Sequence[Score]) -> Iterator[str]:
    """Render what was predicted, and what came."""
    took = recorded.ended - recorded.begun
    yield f"{recorded.root}: {took:.1f} s"
    for score in scores:
        yield f"\n{score.name}\n{'at':>6} {'left':>9} {'predicted':>10} {'between':>21} {'error':>6}  basis"
        yield from (_line(took, *answer) for answer in score.answers[SHOWN // 2 :: SHOWN])
        said = [(left, answer) for _, left, answer in score.answers if answer.seconds_left is not None]
        errors = [abs((answer.seconds_left or 0.0) - left) / took for left, answer in said]
        held = [answer.low <= left <= (answer.high or 0.0) for left, answer in said if answer.low is not None]
        words = [f"an answer in {len(said)} of {len(score.answers)} looks"]
        if errors:
            words.append(f"mean error {sum(errors) / len(errors):.1%} of the run")
        if held:
            words.append(f"the interval held in {sum(held) / len(held):.0%} (it should in 80%)")
        yield ", ".join(words)


def _line(took: float, at: float, left: float, answer: Estimate) -> str:
    if answer.seconds_left is None:
        return f"{at / took:6.0%} {left:8.1f}s {'–':>10} {'':>21} {'':>6}  {answer.basis or 'not known'}"
    between = f"{answer.low:.1f} – {answer.high:.1f}" if answer.low is not None and answer.high is not None else ""
    error = (answer.seconds_left - left) / took
    return (
        f"{at / took:6.0%} {left:8.1f}s {answer.seconds_left:9.1f}s {between:>21} {error:+6.0%}  {answer.basis or ''}"
    )


def _played(recorded: Recorded, earlier: Sequence[Recorded], name: str) -> Score:
    estimator = ESTIMATORS[name]()
    for run in earlier:
        _look_on(run, estimator)
    return _look_on(recorded, estimator, Score(name))


def _look_on(recorded: Recorded, estimator: Estimator, score: Score | None = None) -> Score:
    """Have an estimator look on while a run is played, from its beginning to just after its end."""
    score = score if score is not None else Score("")
    took = recorded.ended - recorded.begun
    times = [recorded.begun + took * (number + 0.5) / LOOKS for number in range(LOOKS)]
    for now, tree in play(recorded, [*times, recorded.ended + 1.0]):
        root = tree.tasks.get(recorded.root)
        if root is None:
            continue
        if isinstance(estimator, Learned):
            estimator.look(_with_all_below(root), now)
        if now <= recorded.ended:
            left = recorded.ended - now
            score.answers.append((now - recorded.begun, left, estimator.estimate(root, now)))
    return score


def _with_all_below(root: Task) -> Sequence[Task]:
    return list(walk(root))
