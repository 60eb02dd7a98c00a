"""How good estimates are: recorded runs told to a real tree on a virtual clock, what is answered against what came.

`--traces DIR` names a folder of recordings (`traces.py` reads them); without it, a job of four stages of unlike speed
is made up. With `--cold` nothing is known of earlier runs. Every job counts the same, however often it ran.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from progressd.core.estimate import ESTIMATORS, Learned
from progressd.records import AnyRecord, Start, Stop, Update
from tests.bench.scores import GRID, Look, Score, pooled, score
from tests.bench.traces import APART, EPOCH, Trace, load, play

NEWS = 120
"""Looks at most right after something was said: jumps show there, not on an even grid."""
SHOWN = ("P50", "P90", "mean", "avail", "settle", "jitter", "wobble", "jumps", "back", "cover", "width", "ms")


def main() -> None:
    """Print a row for each estimator."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=Path, help="folder of recorded runs")
    parser.add_argument("--only", default="", help="part of their names")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--small", action="store_true", help="a made-up job, two runs")
    asked = parser.parse_args()
    jobs = load(asked.traces, asked.only) if asked.traces and not asked.small else {"job": [made_up(n) for n in (0, 1)]}
    print(
        f"{sum(map(len, jobs.values()))} runs of {len(jobs)} jobs, {'cold' if asked.cold else 'warm'}; shares of a run"
    )
    print(f"{'':10}" + "".join(f"{name:>8}" for name in SHOWN))
    for name in ESTIMATORS:
        measures = pooled([each for runs in jobs.values() for each in judged(runs, name, cold=asked.cold)])
        values = (measures.get(column) for column in SHOWN)
        print(f"{name:10}" + "".join(f"{'–' if value is None else format(value, '.3f'):>8}" for value in values))


def judged(runs: Sequence[Trace], name: str, *, cold: bool) -> list[Score]:
    """Play the runs of a job one after the other; warm, the first is only learned."""
    estimator = ESTIMATORS[name]()
    scores = []
    for number, run in enumerate(runs):
        if cold:
            estimator = ESTIMATORS[name]()
        judgement = look_on(run, estimator)
        if cold or number or len(runs) == 1:
            scores.append(judgement)
    return scores


def look_on(run: Trace, estimator: object) -> Score:
    """Ask an estimator all through a run."""
    told = sorted({at for at, _ in run.said if 0 < at < run.seconds})
    even = [((number + 0.5) / GRID * run.seconds, True) for number in range(GRID)]
    news = [(at + 1e-6 * run.seconds, False) for at in told[:: max(1, len(told) // NEWS)]]
    times = sorted(even + [each for each in news if each[0] < run.seconds])
    looks, spent = [], 0.0
    for (at, is_even), (_, tree) in zip(times, play(run, [at for at, _ in times]), strict=False):
        now = run.began + at
        begun = time.process_time()
        if isinstance(estimator, Learned):
            estimator.look(tree.tasks.values(), now)
        answer = estimator.estimate(tree.tasks[run.job], now)  # type: ignore[attr-defined]
        spent += time.process_time() - begun
        looks.append(Look(at, is_even, answer.seconds_left, answer.low, answer.high))
    if isinstance(estimator, Learned):
        *_, (_, tree) = play(run, [run.seconds])
        estimator.look(tree.tasks.values(), run.began + run.seconds)
    judgement = score(run.job, run.seconds, looks)
    judgement.measures["ms"] = spent / len(looks) * 1000
    return judgement


def made_up(number: int) -> Trace:
    """A job of four stages, each slower than the one before."""
    now, said, began = 0.0, list[tuple[float, AnyRecord]](), EPOCH + APART * number
    said.append((now, Start(task="job", time=began)))
    for stage in range(4):
        said.append((now, Start(task=f"job.s{stage}", total=10.0, time=began + now)))
        for done in range(1, 11):
            now += 2.0**stage
            said.append((now, Update(task=f"job.s{stage}", done=float(done), time=began + now)))
        said.append((now, Stop(task=f"job.s{stage}", time=began + now)))
    said.append((now, Stop(task="job", time=began + now)))
    return Trace("job", number, now, said)


if __name__ == "__main__":
    main()
