"""Today against one earlier run: at what moment was that run as far as this one is, and what would be left?

The earlier run's own clock has in it what no sum of parts has: what went side by side, what waited for what, and
the time between.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from .match import Match
from .part import Part
from .past import Past
from .plan import Plan
from .ratios import LEAST, Ratios
from .strangers import OVERRUN, Strangers

STRANGER = 0.3
"""Of its weight is left to a run for each part that began today and that it did not have, up to three."""
LITTLE = 0.001
"""Of a run: what times are measured against before anything is known."""
SPENT = 1e-4
"""Of its weight is left to a run of which all is done today, while there is more."""


@dataclass(slots=True, frozen=True)
class Sight:
    """What one earlier run says. Seconds are by that run's clock."""

    weight: float
    """How like today it is."""
    moment: float
    """How far into that run we are."""
    expected: float
    """What that run took for what was done today: less than `moment` if work was restored or skipped."""
    left: float
    exhausted: bool
    """All that this run had is done today, and there is more."""
    declared: float
    """Share of what is left that today's plan has already; the rest is expected because that run had it."""
    evidence: float
    """How many independent parts tell today's speed."""
    scatter: float
    """Variance of the logarithm of (today / then) among them."""
    pace: float | None
    """The mean of it."""


@dataclass(slots=True)
class _SoFar:
    """Sums over the parts that this run had, too, in seconds of its time."""

    done: float
    skipped: float
    """The part of `done` that took no time today."""
    left: float
    longest: float
    ratios: Ratios


class Alignment:
    """One earlier run beside today's plan, kept up to date part by part."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.match = Match(past)
        self.speed = 1.0
        """How much longer things take today, as far as is known."""
        self._strangers = Strangers(past)
        self._done = self._skipped = self._waiting = self._matched = 0.0
        self._open: dict[int, float] = {}
        """By branch: seconds of pieces that have no partner today."""
        for piece, took in zip(past.pieces, past.took, strict=True):
            self._open[piece.parent] = self._open.get(piece.parent, 0.0) + took
        self._ratios = Ratios(LITTLE * past.seconds)
        self._accounts: dict[Part, tuple[float, float, float]] = {}
        self._partners: dict[Part, int] = {}
        self._owns: dict[Part, None] = {}
        """Of them, what tasks with children do by themselves."""
        self._growth: dict[Part, float] = {}

    def take(self, changed: list[Part], gone: list[Part]) -> None:
        """Take in the parts that are new or changed, and those that are none any more."""
        for part in gone:
            self.match.remove(part)
            self._pair(part)
            self._account(part)
            self._strangers.parts.pop(part, None)
        new = [part for part in changed if part not in self._accounts]
        touched = [*changed, *(self.match.add(new) if new else ())]
        for part in touched:
            self._pair(part)
        for part in touched:
            self._account(part)

    def _pair(self, part: Part) -> None:
        """Keep the sums over partners up to date."""
        piece, old = self.match.piece_of.get(part), self._partners.pop(part, None)
        if piece is not None:
            self._partners[part] = piece
            if part.own:
                self._owns[part] = None
        for each, sign in ((old, -1), (piece, 1)):
            if each is not None:
                self._matched += sign * self.past.took[each]
                self._open[self.past.pieces[each].parent] -= sign * self.past.took[each]
        if piece is None and part not in self.match.hollow and not part.own:
            self._strangers.parts[part] = None
        else:
            self._strangers.parts.pop(part, None)

    def _account(self, part: Part) -> None:
        """Count a part where it belongs: done, skipped, waiting."""
        old = self._accounts.get(part, (0.0, 0.0, 0.0))
        piece, new = self._partners.get(part), (0.0, 0.0, 0.0)
        if piece is not None:
            took, growth = self.past.took[piece], self._measure(part, piece)
            self._growth[part] = growth
            if part.ended:
                today = part.worked(part.task.stopped or 0.0)
                new = (took, took * (1.0 - growth) if today > 0 else took, 0.0)
                if not old[0]:
                    self._ratios.add(took * growth, today)
            elif not part.is_running:
                new = (0.0, 0.0, took * growth)
        self._accounts[part] = new
        self._done += new[0] - old[0]
        self._skipped += new[1] - old[1]
        self._waiting += new[2] - old[2]

    def typical(self, part: Part) -> float | None:
        """Return how long a whole part takes by this run, at today's speed; None if it did not have it."""
        branch, piece = self.past.branch_at(part.path), self._partners.get(part)
        if branch is not None:
            return (branch.stop - branch.start) * self.speed
        return self.past.took[piece] * self._growth[part] * self.speed if piece is not None else None

    def _measure(self, part: Part, piece: int) -> float:
        """Return how much more there is to do in a part today, within reason; what was restored is not to do."""
        then, today = self.past.pieces[piece].total, part.total
        size = 1.0 if not then or not today or part.crowd else min(10.0, max(0.1, self._in_full(today, piece) / then))
        return size * (1.0 - part.restored)

    def _in_full(self, total: float, piece: int) -> float:
        """Return what a total will be: one that was found out bit by bit then, is so today."""
        then = self.past.pieces[piece]
        return max(total, then.total or 0.0) if then.grew else total

    def look(self, plan: Plan, now: float) -> Sight:
        """Return what this run says at `now` (Unix seconds)."""
        so_far = self._so_far(plan, now)
        to_come = sum(took for branch, took in self._open.items() if self._may_come(branch, took, plan))
        left = so_far.left + to_come
        unknown, longest = self._strangers.left(plan, now, self.speed)
        moment = self._moment(so_far.done, plan, now)
        rest = self._rest(moment, left + unknown, max(so_far.longest, longest))
        exhausted = left <= LEAST and unknown > 0
        done_today = 1.0 - so_far.skipped / so_far.done if so_far.done > 0 else 1.0
        weight = self._likeness(plan) * (SPENT if exhausted else 1.0)
        declared = 1.0 - to_come / (left + unknown + LEAST)
        return Sight(weight, moment, moment * done_today, rest, exhausted, declared, *so_far.ratios.told())

    def _so_far(self, plan: Plan, now: float) -> _SoFar:
        """Return the sums, those parts that run counted in as far as they are."""
        so_far = _SoFar(self._done, self._skipped, self._waiting, 0.0, self._ratios.copy())
        for part in (*plan.running.values(), *(own for own in self._owns if own.is_running)):
            piece = self._partners.get(part)
            if piece is None:
                continue
            took, worked = self.past.took[piece], part.worked(now)
            over, growth = self._over(part, piece, worked), self._growth[part]
            if part.share or worked > took * self.speed:
                so_far.ratios.add(took * over * growth, worked)
            rest = took * growth * (1.0 - over)
            so_far.done += took * over
            so_far.skipped += took * over * (1.0 - growth)
            so_far.left += rest
            so_far.longest = max(so_far.longest, rest)
        return so_far

    def _likeness(self, plan: Plan) -> float:
        """Return a weight: how much of today's plan it had, and how much of it today's plan has."""
        new = STRANGER ** min(3, self._strangers.begun())
        known = (0.05 + min(1.0, len(self._partners) / max(1, len(plan.parts)))) ** 2
        return new * known * sqrt(max(self._matched / self.past.work, 1e-3) if self.past.work else 1.0)

    def _over(self, part: Part, piece: int, worked: float) -> float:
        """Return which share of the time is over of a part that has run for so long."""
        then, share, restored = self.past.pieces[piece], part.share, part.restored
        if share and part.total:
            share *= part.total / self._in_full(part.total, piece)
        if share and share > restored:
            return _time_at(then.shape, (share - restored) / (1.0 - restored))
        expected = self.past.took[piece] * self._growth[part] * self.speed
        # It says so much of so much, but has not made a first step yet.
        limit = then.shape[0][1] if then.shape and share is not None else 1.0
        return min(limit, worked / (worked + max(expected - worked, OVERRUN * worked, 1e-9)))

    def _moment(self, done: float, plan: Plan, now: float) -> float:
        """Return when the earlier run had done so much; while nothing runs, time goes on to its next beginning."""
        early, late = self.past.moments(done)
        if plan.running or late <= early:
            return early
        idle = now - max(plan.stopped, plan.root.started or now)
        return min(late, early + max(0.0, idle) / self.speed)

    def _rest(self, moment: float, left: float, longest: float) -> float:
        """Return how long the rest takes: as it did then, and what is more or less goes side by side as then."""
        after = max(self.past.seconds - moment, 0.0)
        work_after = max(self.past.work - self.past.work_by(moment), 0.0)
        # When all that it had is done, and there is more: as on the whole.
        side_by_side = max(1.0, work_after / after if after > 0 else self.past.work / self.past.seconds)
        return max(after + (left - work_after) / side_by_side, longest, 0.0)

    def _may_come(self, branch: int, took: float, plan: Plan) -> bool:
        """Return whether what this branch had then, and has not today, may still come: pieces of so many seconds."""
        if branch < 0 or took <= LEAST:
            return False
        then, today = self.past.run.branches[branch], plan.tasks.get(self.past.branches[branch])
        if today is None:
            return then.parent >= 0 and self._may_come(then.parent, took, plan)
        return not today.is_done and not (then.planned and today.children)


def _time_at(shape: Sequence[tuple[float, float]], done: float) -> float:
    """Return which share of its time a piece had taken when so much of it was done."""
    right = bisect_left(shape, (done, 0.0))
    done_before, before = shape[right - 1] if right > 0 else (0.0, 0.0)
    done_after, after = shape[right] if right < len(shape) else (1.0, 1.0)
    if done_after <= done_before:
        return after
    return before + (after - before) * (done - done_before) / (done_after - done_before)
