"""What the producer declared, as a forecast: the sum in series, the longest side by side (ProgressInsight's rule)."""

from .below import Below
from .outlook import Outlook
from .plan import Plan

DECLARED = "from its estimates"
DOWN, UP = 0.6, 1.0
"""Of four estimates in five, the truth is between a little more than half and nearly three times as much: people
underestimate, and leave out."""


def look(plan: Plan, below: Below) -> Outlook | None:
    """Return what the producer's estimates come to; None unless they cover all that is left."""
    if plan.waiting or any(part.task.estimate is None for part in plan.running.values()):
        return None
    left = below.left(plan.root)
    return Outlook(left, DOWN, UP, DECLARED) if left is not None else None


def is_the_word(plan: Plan) -> bool:
    """Return whether that is the producer's word alone: it needs no calming, for it has no noise."""
    return plan.judged < 2 and not any(part.share for part in plan.running.values())
