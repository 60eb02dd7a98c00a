"""How much is left of a root's work, and how sure that is."""

from dataclasses import dataclass
from math import exp

SOFT = 0.01
"""Of a run: near its end, what is left is judged against this, not against next to nothing."""


@dataclass(slots=True, frozen=True)
class Outlook:
    """Seconds left; `down` and `up` are how far off that may be in four of five cases, as logarithms of a ratio."""

    left: float
    down: float
    up: float
    basis: str
    doubt: float = 0.0
    """Variance of the logarithm of `left`."""
    declared: float = 1.0
    """Share of what is left that is in the plan already."""

    def low(self, elapsed: float) -> float:
        """Return the seconds left at least."""
        soft = SOFT * (elapsed + self.left)
        return max(0.0, (self.left + soft) * exp(-self.down) - soft)

    def high(self, elapsed: float) -> float:
        """Return the seconds left at most."""
        soft = SOFT * (elapsed + self.left)
        return (self.left + soft) * exp(self.up) - soft
