"""The forecast of one root: refreshed when something changed, calm, and passed down to every task below."""

from collections.abc import Sequence
from dataclasses import replace
from math import exp, isfinite, log

from ..task import Task
from .answer import Estimate
from .below import Below
from .calm import Calm
from .cold import Cold
from .declared import DECLARED, is_the_word
from .declared import look as declared
from .misses import Misses, stretch
from .outlook import Outlook
from .past import Past
from .plan import Plan
from .runs import CROWD, Run
from .simple import rate_of
from .warm import Warm

TOO_EARLY = "too early to tell"
ALONE = 0.1
"""Variance of the logarithm of what this run alone tells, half-way: it is proportional to (left / elapsed) …"""
UNEVEN = 0.3
"""… and this much is left of it at the end."""
FAR = 2.0
"""Variance of the logarithm above which it says no more than that nothing is known."""


class Forecast:
    """What is thought of a root and of all below it. One answer for one time and state of the tree."""

    def __init__(self, root: Task, runs: Sequence[Run]) -> None:
        self.root, self.runs = root, runs
        self.misses = Misses()
        self._pasts = [Past(run) for run in runs]
        self._cold, self._calm = Cold(), Calm()
        self._stretch = stretch(run.misses for run in runs)
        self._heard = 0.0
        self._state: tuple[int, float] | None = None
        self._answers: dict[Task, Estimate] = {}
        self._before: dict[Task, Estimate] = {}
        """What was answered last, if there was no news since: no number climbs without."""
        self._begin()

    def _begin(self) -> None:
        """Make the plan, and the earlier runs beside it, from nothing."""
        last = self.runs[0] if self.runs else None
        self.plan = Plan(self.root, last is None or not last.branches, last.crowd if last is not None else CROWD)
        self.warm = Warm(self._pasts) if self._pasts else None

    def answer(self, task: Task, now: float) -> Estimate:
        """Return what is known of the root, or of a task below it, at `now` (Unix seconds)."""
        state = (self.root.revision, now)
        if self._state != state:
            news = self._refresh(now)
            self._before = self._answers if self._state is not None and self._state[0] == state[0] else {}
            self._state, self._answers = state, {}
            self._below = Below(self.plan, self.warm, now)
            self._answers[self.root] = self._of_root(now, news)
        if task not in self._answers:
            self._answers[task] = self._of_task(task, now)
        return self._answers[task]

    def _refresh(self, now: float) -> bool:
        """Bring the plan up to date; return whether there is news."""
        changed = self.plan.refresh()
        if changed is None:
            self._begin()
            changed = self.plan.refresh() or []
        if changed or self.plan.gone:
            self._heard = now
            if self.warm is not None:
                self.warm.take(changed, self.plan.gone)
        return bool(changed)

    def _of_task(self, task: Task, now: float) -> Estimate:
        """A task is not done before its parts, nor after what it is a part of."""
        assert task.parent is not None
        above, left = self.answer(task.parent, now), self._below.left(task)
        rate = rate_of(task)
        if left is None:
            return Estimate(None, rate, TOO_EARLY)
        if above.seconds_left is None or above.low is None or above.high is None:
            return Estimate(left, rate, "from its siblings" if task.status == "waiting" else "from its rate")
        whole = self._answers[self.root]
        before = self._before.get(task)
        if before is not None and before.seconds_left is not None:
            left = min(left, before.seconds_left)
        left = min(left, above.seconds_left)
        low, high = self._doubt(task, left, now)
        return Estimate(left, rate, whole.basis, min(low, left), max(left, min(high, above.high)))

    def _doubt(self, task: Task, left: float, now: float) -> tuple[float, float]:
        """Return the interval of a task: like that of the whole, for what is typical of that is so of its parts."""
        assert self._outlook_now is not None
        outlook = replace(self._outlook_now, left=left)
        elapsed = task.elapsed(now)
        return outlook.low(elapsed), outlook.high(elapsed)

    def _of_root(self, now: float, news: bool) -> Estimate:
        elapsed = self.root.elapsed(now)
        outlook = self._outlook_now = self._finite(now, elapsed)
        if outlook is None:
            return Estimate(None, rate_of(self.root), TOO_EARLY)
        warm = self.warm is not None
        if warm and elapsed > 0:
            self.misses.note(elapsed, outlook)
        doubt = (outlook.high(elapsed) - outlook.low(elapsed)) / (2 if warm else 7)
        if outlook.basis == DECLARED and is_the_word(self.plan):
            left = self._calm.take(elapsed, outlook.left)
        else:
            left = self._calm.show(elapsed, outlook.left, doubt, outlook.low(elapsed), rises=news, steady=warm)
        said = self._outlook_now = replace(outlook, down=outlook.down * self._stretch, up=outlook.up * self._stretch)
        return Estimate(
            left, rate_of(self.root), outlook.basis, min(said.low(elapsed), left), max(said.high(elapsed), left)
        )

    def _finite(self, now: float, elapsed: float) -> Outlook | None:
        """Return what is known; None if numbers that no work has, such as 1e308 units, make it none."""
        try:
            said = self._outlook(now, elapsed)
        except (ArithmeticError, ValueError):
            return None
        return said if said is not None and isfinite(said.left + said.up + said.down + said.doubt) else None

    def _outlook(self, now: float, elapsed: float) -> Outlook | None:
        if self.warm is None and (said := declared(self.plan, self._below)) is not None:
            return said
        cold = self._cold.look(self.plan, now, self._heard)
        if self.warm is None:
            return cold
        warm = self.warm.look(self.plan, now)
        if cold is not None and cold.left > 0 and warm.left > 0:
            alone = ALONE * warm.left / (elapsed + 1e-9) + UNEVEN
            say = warm.declared * warm.doubt / (warm.doubt + alone)
            warm = replace(warm, left=exp(log(warm.left) + say * (log(cold.left) - log(warm.left))))
        # Among lengths that are as likely, the shorter ones are missed by a larger share of them: what has the least
        # relative error to be expected lies below the median, by the variance (for a log-normal length).
        ahead = warm.left / (elapsed + warm.left + 1e-9)
        return replace(warm, left=warm.left * exp(-ahead * min(FAR, warm.doubt)))
