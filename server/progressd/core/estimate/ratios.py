"""How today's times compare with those of an earlier run, over all parts that can be compared."""

from dataclasses import dataclass
from math import log

SCATTER = 0.2
"""Variance of the logarithm of (today / then) among the parts of a run, before there is evidence: a factor of 1.6;
it counts as much as three parts."""
PRIOR = 3.0
"""Parts as much as which that counts."""
LEAST = 1e-9
"""Seconds. Less cannot be compared."""


@dataclass(slots=True)
class Ratios:
    """Sums over parts whose time today can be compared with then, each with the weight of its time then."""

    little: float = LEAST
    """Seconds: what is much shorter than that may take many times as long by chance."""
    weight: float = 0.0
    squares: float = 0.0
    logs: float = 0.0
    log_squares: float = 0.0

    def add(self, then: float, today: float) -> None:
        """Count in a part, or what is done of it."""
        if then > LEAST and today > LEAST:
            ratio = log((today + self.little) / (then + self.little))
            self.weight += then
            self.squares += then * then
            self.logs += then * ratio
            self.log_squares += then * ratio * ratio

    def copy(self) -> "Ratios":
        """Return sums to which more can be added."""
        return Ratios(self.little, self.weight, self.squares, self.logs, self.log_squares)

    def told(self) -> tuple[float, float, float | None]:
        """Return how many independent parts there are, the variance of their logarithms, and the mean."""
        if self.weight <= 0:
            return 0.3, SCATTER, None
        number = self.weight / (self.weight + self.little) * self.weight**2 / self.squares
        mean = self.logs / self.weight
        variance = max(0.0, self.log_squares / self.weight - mean * mean)
        return number, (variance * number + SCATTER * PRIOR) / (number + PRIOR), mean
