"""How good was an estimator on a run, and on many? All measures are shares of the run's true length."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GRID = 100
"""Evenly spaced looks at a run."""
WORST = 10.0
"""No error counts more: one absurd answer must not decide a table."""


@dataclass(slots=True, frozen=True)
class Look:
    """What was answered `at` seconds after the start; `even` if it is one of the evenly spaced looks."""

    at: float
    even: bool
    left: float | None
    low: float | None
    high: float | None


@dataclass(slots=True)
class Score:
    """Of one run."""

    job: str
    errors: list[float]
    """At each even look: |time + seconds left - length| / length; 1 where nothing was answered."""
    measures: dict[str, float | None] = field(default_factory=dict)


def score(job: str, length: float, looks: Sequence[Look]) -> Score:
    """Judge what was answered during a run of `length` seconds."""
    even = [look for look in looks if look.even]
    errors = [1.0 if o.left is None else min(WORST, abs(o.at + o.left - length) / length) for o in even]
    answered = [o for o in even if o.left is not None]
    ends = [o.at + (o.left or 0.0) for o in answered]
    moves = [min(abs(b - a) / length, WORST) for a, b in pairwise(ends)]
    shown = [o.at / (o.at + (o.left or 0.0)) for o in answered]
    measures = {
        "mean": _mean(errors),
        "avail": len(answered) / len(even),
        "err@0": errors[0],
        "settle": _settled(even, errors, length),
        "jitter": _mean(moves) if moves else 0.0,
        "wobble": _wobble(looks, length),
        "jumps": float(sum(move > 0.1 for move in moves)),
        "back": float(sum(b < a - 0.005 for a, b in pairwise(shown))),
        **_interval(answered, length),
    }
    return Score(job, errors, measures)


def pooled(scores: Iterable[Score]) -> dict[str, float | None]:
    """Return the measures over many runs: every job counts the same, however often it ran."""
    by_job: dict[str, list[Score]] = defaultdict(list)
    for each in scores:
        by_job[each.job].append(each)
    result: dict[str, float | None] = dict(_quantiles(by_job))
    for name in next(iter(by_job.values()))[0].measures:
        per_job = []
        for runs in by_job.values():
            known = [value for run in runs if (value := run.measures[name]) is not None]
            if known:
                per_job.append(_mean(known))
        result[name] = _mean(per_job) if per_job else None
    return result


def _quantiles(by_job: dict[str, list[Score]]) -> dict[str, float]:
    points = sorted((error, 1 / len(runs)) for runs in by_job.values() for run in runs for error in run.errors)
    whole = sum(weight for _, weight in points)
    found: dict[str, float] = {}
    for name, share in (("P50", 0.5), ("P90", 0.9)):
        passed = 0.0
        for error, weight in points:
            passed += weight
            if passed >= share * whole:
                found[name] = error
                break
    return found


def _settled(even: Sequence[Look], errors: Sequence[float], length: float) -> float:
    """Return the share of the run after which the error stays within 10 %."""
    settled = 1.0
    for look, error in zip(reversed(even), reversed(errors), strict=True):
        if error > 0.1:
            break
        settled = look.at / length - 0.5 / GRID
    return settled


def _wobble(looks: Sequence[Look], length: float) -> float:
    """Return how much further the predicted end moved than it had to."""
    ends = [o.at + o.left for o in looks if o.left is not None]
    if len(ends) < 2:
        return 0.0
    way = sum(min(abs(b - a), WORST * length) for a, b in pairwise(ends))
    return max(0.0, way - abs(ends[-1] - ends[0])) / length


def _interval(answered: Sequence[Look], length: float) -> dict[str, float | None]:
    """Return how often the truth lay within the 80 % interval, how wide that was, and both in one (Winkler's score)."""
    known = [(o.low, o.high, length - o.at) for o in answered if o.low is not None and o.high is not None]
    if not known:
        return {"cover": None, "width": None, "winkler": None}
    outside = [10 * max(0.0, low - truth, truth - high) for low, high, truth in known]
    widths = [min(high - low, 20 * length) for low, high, _ in known]
    return {
        "cover": sum(miss <= 1e-8 for miss in outside) / len(known),
        "width": _mean(widths) / length,
        "winkler": _mean([min(w + miss, 50 * length) for w, miss in zip(widths, outside, strict=True)]) / length,
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
