"""How good are the estimates? Recorded runs through the real tree, ours beside those of others.

    python tests/bench/estimates.py [--traces FOLDER] [--jobs REGEX] [--small] [--each]

Each run of a job is replayed on a virtual clock, knowing the runs before it, and knowing none. Errors and widths
are shares of the run's length, every job counts the same; what the columns say stands in `scores.py`. `--traces` takes
any folder of traces (tests/traces/README.md has the format), `--each` prints a line for each job, too.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from progressd.core.estimate import ESTIMATORS, Estimator, History, Learned
from tests.bench.eta_peers import flat, peers
from tests.bench.scores import GRID, Look, Score, pooled, score
from tests.bench.traces import Trace, load, play

EVENTS = 120
"""Looks at a run just after something was said, beside the even ones."""
COLUMNS = ("P50", "P90", "mean", "avail", "err@0", "settle", "jitter", "wobble", "jumps", "back", "cover", "width")
HERE = Path(__file__).parents[1] / "traces"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=Path, default=HERE, help="folder of traces; default: those of the tests")
    parser.add_argument("--jobs", default="", help="only files whose names match")
    parser.add_argument("--small", action="store_true", help="two jobs, in some seconds")
    parser.add_argument("--each", action="store_true", help="a line for each job, too")
    options = parser.parse_args()
    jobs = load(options.traces, "gtest|pip" if options.small else options.jobs)
    if not jobs:
        sys.exit(f"there are no traces in {options.traces}")
    with ProcessPoolExecutor() as pool:
        scores = [pair for of_job in pool.map(judge, jobs.values()) for pair in of_job]
    for title, fewest, most in (
        ("knowing earlier runs", 1, sys.maxsize),
        ("knowing one", 1, 1),
        ("knowing none", 0, 0),
    ):
        of_kind = [(name, each) for (name, known), each in scores if fewest <= known <= most]
        print(f"\n{title}: {len({each.job for _, each in of_kind})} jobs\n{_row('', COLUMNS)}")
        _print(of_kind, options.each)


def judge(runs: Sequence[Trace]) -> list[tuple[tuple[str, int], Score]]:
    """Return the scores of all estimators on a job's runs, with names and how many of the runs before they knew."""
    found: list[tuple[tuple[str, int], Score]] = []
    history = History()
    for number, trace in enumerate(runs):
        earlier = [run.seconds for run in reversed(runs[:number])]
        alone = replay(trace, {name: make() for name, make in ESTIMATORS.items()}, [])
        # A daemon that was started anew has its history, and nothing else.
        later = alone | replay(trace, {"learned": Learned(history)}, earlier)
        for looks, known in ((alone, 0), (later, len(earlier))):
            if known or looks is alone:
                found += [((name, known), score(trace.job, trace.seconds, said)) for name, said in looks.items()]
    return found


def replay(trace: Trace, ours: dict[str, Estimator], earlier: list[float]) -> dict[str, list[Look]]:
    """Return what each estimator, and each peer, said during a run. Those that learn, learn it at its end."""
    looks: dict[str, list[Look]] = defaultdict(list)
    theirs = {name: make() for name, make in peers().items()}
    times = list(_times(trace))
    for (t, tree), (_, even) in zip(play(trace, [t for t, _ in times]), [*times, (0.0, False)], strict=True):
        now, root = trace.began + t, tree.tasks[trace.job]
        for estimator in ours.values():
            if isinstance(estimator, Learned):
                estimator.look(tree.tasks.values(), now)
        if t >= trace.seconds:
            break
        bar = flat(root, root.elapsed(now))
        for name, estimator in ours.items():
            said = estimator.estimate(root, now)
            looks[name].append(Look(t, even, said.seconds_left, said.low, said.high))
        for name, peer in theirs.items():
            looks[name].append(Look(t, even, peer.left(bar, earlier), None, None))
    return looks


def _times(trace: Trace) -> Iterator[tuple[float, bool]]:
    """Yield when to look at a run, and whether that is one of the even times."""
    even = [((step + 0.5) / GRID * trace.seconds, True) for step in range(GRID)]
    said = sorted({t for t, _ in trace.said if 0 < t < trace.seconds})
    after = [(t + 1e-6 * trace.seconds, False) for t in said[:: max(1, len(said) // EVENTS)]]
    yield from sorted(pair for pair in (*even, *after) if pair[0] < trace.seconds)


def _print(scores: list[tuple[str, Score]], by_job: bool) -> None:
    for name in dict.fromkeys(name for name, _ in scores):
        of_name = [each for other, each in scores if other == name]
        print(_measures(name, of_name))
        if by_job:
            for job in dict.fromkeys(each.job for each in of_name):
                print(_measures(f"  {job}", [each for each in of_name if each.job == job]))


def _measures(name: str, scores: list[Score]) -> str:
    measures = pooled(scores)
    return _row(name, [f"{value:.3f}" if (value := measures[column]) is not None else "-" for column in COLUMNS])


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:32.32}" + "".join(f"{cell:>8}" for cell in cells)


if __name__ == "__main__":
    main()
