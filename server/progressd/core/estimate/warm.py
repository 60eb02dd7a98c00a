"""Several earlier runs together: what they say, weighed by how like today they are, at today's speed."""

from math import exp, log
from statistics import median

from .align import LITTLE, Alignment, Sight
from .outlook import Outlook
from .part import Part
from .past import Past
from .plan import Plan

LEVEL = 0.5
"""Of the say of the next newer run, in how long a run takes: machines and inputs change."""
SHAPE = 0.7
"""The same in what is left by when: that lasts longer, and its noise averages out."""
PARTS = 0.8
"""Say of the ratios of single parts in today's speed, at the start: the whole has gaps in it that tell little yet …"""
WHOLE = 0.2
"""… and at the end, when the parts that are left are seldom like those that are done."""
RAW = 0.03
"""Of a run: so long after its start, today's speed is known to within a factor of e, however even its parts are."""
USUAL = 0.15**2
"""Variance of the logarithm of run times of a job of which too few are known; counts as half a run."""
SURPRISE = 2.0
"""Runs' worth of trust in the variance seen so far, when today lies far off it."""
OVERDUE = 0.05
"""Of the time so far is still left, at least, when all that earlier runs had is done, and there is more."""
ENDLESS = 2.5
"""A run of which that is so may take twelve times as long, as a logarithm."""
WIDEST = 2.0
"""No interval says more than a factor of 7 either way: beyond that it covers no more of them."""


class Warm:
    """Forecast of a root from its earlier runs, newest first."""

    def __init__(self, pasts: list[Past]) -> None:
        self.alignments = [Alignment(past) for past in pasts]
        self.variance = _variance([log(past.seconds) for past in pasts])
        """Of the logarithm of a run's time, known those before it."""

    def take(self, changed: list[Part], gone: list[Part]) -> None:
        """Take in the parts that are new or changed, and those that are none any more."""
        for alignment in self.alignments:
            alignment.take(changed, gone)

    def typical(self, part: Part) -> float | None:
        """Return how long a part takes by earlier runs, at today's speed; None if they did not have it."""
        whole = logarithm = 0.0
        for age, alignment in enumerate(self.alignments):
            seconds = alignment.typical(part)
            if seconds:
                weight = SHAPE**age
                whole, logarithm = whole + weight, logarithm + weight * log(seconds)
        return exp(logarithm / whole) if whole else None

    def look(self, plan: Plan, now: float) -> Outlook:
        """Return how much is left at `now` (Unix seconds)."""
        sights = [alignment.look(plan, now) for alignment in self.alignments]
        elapsed = plan.root.elapsed(now)
        shapes = _faded(sights, SHAPE)
        usual = self._usual(sights)
        left = doubt = scatter = declared = 0.0
        for alignment, sight, weight in zip(self.alignments, sights, shapes, strict=True):
            pace, variance = self._pace(sight, usual - log(_length(sight)), elapsed)
            alignment.speed = exp(pace)
            left += weight * (pace + log(sight.left + 1e-9))
            doubt += weight * variance
            scatter += weight * sight.scatter
            declared += weight * sight.declared
        seconds = exp(left)
        if all(sight.exhausted for sight in sights):
            return Outlook(
                max(seconds, OVERDUE * elapsed), 1.0, ENDLESS, "longer than any earlier run", doubt, declared
            )
        width = self._width(doubt, scatter, elapsed / (elapsed + seconds + 1e-9))
        return Outlook(
            seconds, width, width, f"from {len(sights)} earlier run{'s'[: len(sights) > 1]}", doubt, declared
        )

    def _usual(self, sights: list[Sight]) -> float:
        """Return the logarithm of how long this job takes.

        Of a steady job that is the median, for then a run that took longer was an accident; else it is as of late.
        """
        lengths = [log(_length(sight)) for sight in sights]
        late = sum(weight * length for weight, length in zip(_faded(sights, LEVEL), lengths, strict=True))
        steady = 1.0 / (1.0 + (self.variance / USUAL) ** 2)
        return late + steady * (median(lengths) - late)

    def _pace(self, sight: Sight, usual: float, elapsed: float) -> tuple[float, float]:
        """Return the logarithm of how much longer things take today than in that run, and its variance.

        What is usual for the job and what is seen today, each with the weight of its certainty. A pace far off
        what was seen before widens what is thought possible.
        """
        length = _length(sight)
        seen = log((elapsed + LITTLE * length) / (sight.expected + LITTLE * length))
        if sight.pace is not None:
            seen += (PARTS + (WHOLE - PARTS) * sight.moment / length) * (sight.pace - seen)
        noise = sight.scatter / sight.evidence + (RAW * length / (sight.expected + 1e-9)) ** 2
        runs = len(self.alignments) - 1 + SURPRISE
        between = (runs * self.variance + max(0.0, (seen - usual) ** 2 - noise)) / (runs + 1)
        trust = between / (between + noise)
        return usual + trust * (seen - usual), trust * noise

    def _width(self, doubt: float, scatter: float, share: float) -> float:
        """Return half the width of the 80 % interval, as a logarithm.

        Fitted over recorded runs; checked by job, and over other jobs than it was fitted on.
        """
        width: float = 2.2 * ((doubt + 1e-4) * (scatter + 1e-4)) ** 0.375 * exp(1.2 * share)
        return min(WIDEST, 2.0 * width if len(self.alignments) == 1 else width)


def _faded(sights: list[Sight], fade: float) -> list[float]:
    """Return the share that each run has in a mean: as like today and as new as it is."""
    weights = [sight.weight * fade**age for age, sight in enumerate(sights)]
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _length(sight: Sight) -> float:
    return max(1e-9, sight.moment + sight.left)


def _variance(totals: list[float]) -> float:
    """Return the mean square by which each run's time was off the faded mean of those before it."""
    squares: list[float] = []
    for index, total in enumerate(totals[:-1]):
        weights: list[float] = [LEVEL**age for age in range(len(totals) - index - 1)]
        before = sum(weight * each for weight, each in zip(weights, totals[index + 1 :], strict=True))
        squares.append((total - before / sum(weights)) ** 2)
    return (sum(squares) + 0.5 * USUAL) / (len(squares) + 0.5)
