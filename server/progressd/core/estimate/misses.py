"""How far off the forecasts of a run were, measured in the doubt that they stated themselves."""

from collections.abc import Iterable, Sequence
from math import exp, log

from .outlook import SOFT, Outlook

STEPS = 20
"""Forecasts that are kept of each run, evenly over what it thought was its course."""
TRUST = 3.0
"""Runs after which a job's own record counts as much as that of the runs on which the estimator was fitted."""
COVERED = 0.8
"""Of the truth lies within the interval."""


class Misses:
    """The forecasts of a run that is under way."""

    def __init__(self) -> None:
        self._said: dict[int, tuple[float, Outlook]] = {}

    def note(self, elapsed: float, outlook: Outlook) -> None:
        """Keep the first forecast of each step."""
        step = int(STEPS * elapsed / (elapsed + outlook.left + 1e-9))
        self._said.setdefault(step, (elapsed, outlook))

    def settle(self, seconds: float) -> list[float]:
        """Return the misses, known now how long the run took. 1 lies on the edge of the interval."""
        return [round(_miss(elapsed, outlook, seconds), 2) for elapsed, outlook in self._said.values()]


def stretch(runs: Iterable[Sequence[float]]) -> float:
    """Return by what factor intervals have to be wider for a job whose earlier runs missed by so much.

    Conformal prediction: the quantile of past misses that has to be covered, drawn towards 1 while they are few.
    """
    known = [misses for misses in runs if misses]
    if not known:
        return 1.0
    every = sorted(miss for misses in known for miss in misses)
    edge = every[min(len(every) - 1, int(COVERED * len(every)))]
    return exp(len(known) / (len(known) + TRUST) * log(min(4.0, max(0.25, edge))))


def _miss(elapsed: float, outlook: Outlook, seconds: float) -> float:
    soft = SOFT * (elapsed + outlook.left)
    off = log((max(0.0, seconds - elapsed) + soft) / (outlook.left + soft))
    return min(9.99, off / outlook.up if off > 0 else -off / outlook.down)
