"""How long tasks of a kind take: by their units, by what they weigh, or each alike."""

from dataclasses import dataclass, field
from math import log

FEW = 2.0
"""Tasks as many as which the following count."""
WEIGHED, ALIKE = 0.1, 0.5
"""Variance of the logarithm of their times, for what they weigh and as such, before any is known: weights are believed
five to one, for somebody thought them over."""


@dataclass(slots=True)
class Spread:
    """Logarithms, and how far apart they lie."""

    total: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """Count in."""
        self.total += value
        self.squares += value * value

    def variance(self, count: int, prior: float) -> float:
        """Return the mean square off the mean, drawn towards what was thought before."""
        return (max(0.0, self.squares - self.total**2 / max(1, count)) + FEW * prior) / (count + FEW)


@dataclass(slots=True)
class Average:
    """Tasks of a kind: how many, how many units and how much weight they have, and how long they took in all."""

    count: int = 0
    units: float = 0.0
    weight: float = 0.0
    seconds: float = 0.0
    _alike: Spread = field(default_factory=Spread)
    _weighed: Spread = field(default_factory=Spread)

    def add(self, count: int, units: float, weight: float) -> None:
        """Count in, or with negative numbers out."""
        self.count += count
        self.units += units
        self.weight += weight

    def end(self, units: float, weight: float, seconds: float) -> None:
        """Count in one that took so long. What took no time tells of none."""
        if seconds <= 0:
            return
        self.add(1, units, weight)
        self.seconds += seconds
        self._alike.add(log(seconds))
        self._weighed.add(log(seconds) - (log(weight) if weight else 0.0))

    def of(self, count: int, units: float, weight: float) -> float | None:
        """Return how long these would take: by their units if they have some, else by weight as far as that tells."""
        if units and self.units:
            return self.seconds / self.units * units
        alike = self.seconds / self.count * count if self.count else None
        if alike is None or not (weight and self.weight):
            return alike
        return alike + self.trust() * (self.seconds / self.weight * weight - alike)

    def trust(self) -> float:
        """Return how far weights tell times, 0…1: by which of both these lie closer together."""
        alike, weighed = self._alike.variance(self.count, ALIKE), self._weighed.variance(self.count, WEIGHED)
        return alike / (alike + weighed)
