"""The forecast of one root: refreshed when something changed, calm, and passed down to every task below."""

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log

from ..task import Task
from .answer import Estimate
from .calm import Calm
from .cold import Cold
from .misses import Misses, stretch
from .outlook import Outlook
from .past import Past
from .plan import Plan
from .runs import Run
from .warm import Warm

LIVE = 0.6
"""Say of this run's own evidence beside that of earlier runs, where those differ without measure."""
DIFFERENT = 0.3
"""Variance of the logarithm of a job's run times at which its own evidence has half of that say."""


class Forecast:
    """What is thought of a root and of all below it. One answer for one time and state of the tree."""

    def __init__(self, root: Task, runs: Sequence[Run]) -> None:
        self.root = root
        self.plan = Plan(root, whole=not runs or not runs[0].branches)
        self.warm = Warm([Past(run) for run in runs]) if runs else None
        self.misses = Misses()
        self._cold = Cold()
        self._calm = Calm()
        self._stretch = stretch(run.misses for run in runs)
        self._heard = 0.0
        self._known: tuple[tuple[int, float], Estimate] | None = None

    def look(self, now: float) -> Estimate | None:
        """Return the answer for the root at `now` (Unix seconds); None if the plan has to be made anew."""
        state = (self.root.revision, now)
        if self._known is None or self._known[0] != state:
            changed = self.plan.refresh()
            if changed is None:
                return None
            if changed:
                self._heard = now
                if self.warm is not None:
                    self.warm.take(changed)
            self._known = (state, self._answer(now, bool(changed)))
        return self._known[1]

    def _answer(self, now: float, news: bool) -> Estimate:
        elapsed = self.root.elapsed(now)
        outlook = self._outlook(now, elapsed)
        if outlook is None:
            return Estimate(basis="too early to tell")
        if elapsed > 0:
            self.misses.note(elapsed, outlook)
        warm = self.warm is not None
        doubt = (outlook.high(elapsed) - outlook.low(elapsed)) / (2 if warm else 10)
        left = self._calm.show(elapsed, outlook.left, doubt, rises=news or not warm, steady=warm)
        said = replace(outlook, down=outlook.down * self._stretch, up=outlook.up * self._stretch)
        return Estimate(left, None, outlook.basis, min(said.low(elapsed), left), max(said.high(elapsed), left))

    def _outlook(self, now: float, elapsed: float) -> Outlook | None:
        cold = self._cold.look(self.plan, now, self._heard)
        if self.warm is None:
            return cold
        warm = self.warm.look(self.plan, now)
        if cold is not None and cold.left > 0 and warm.left > 0:
            say = LIVE * self.warm.variance / (self.warm.variance + DIFFERENT)
            say *= (elapsed / (elapsed + warm.left)) ** 0.25
            warm = replace(warm, left=exp(log(warm.left) + say * (log(cold.left) - log(warm.left))))
        return warm
