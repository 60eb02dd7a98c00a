"""One task over time: how its readings follow each other, and whether that is progress."""

from dataclasses import dataclass, replace
from typing import Self

from .finding import Finding
from .reading import Reading
from .rows import Row

NEEDED = 3
"""Points from which on it is believed."""
NEEDED_AT_ONCE = 4
"""Points that a text needs that nothing was compared with yet: a bar, and a number that agrees."""
MOST_RISES = 3
"""Points for rising: more would outweigh anything said against it."""
FALL = 2
"""Points lost each time that it falls, which progress does not."""
FORGIVEN = 0.1
"""Of a fall, for each rise after it."""
BEGIN, END = 0.05, 0.9
"""Shares of the whole that are near its begin and near its end."""
SMALL = 20
"""Totals up to which all steps are seen: numbers that jump about below are about something else."""
SURE_CLOCK = 3
"""Looks after which a lone duration that has not grown is what is left."""
SLACK = 0.0005
"""Fractions that differ less are the same."""


@dataclass(slots=True)
class Track:
    """A task that may be one. Only its roster changes it."""

    key: str
    row: Row | None
    reading: Reading
    text: str
    at: float
    began: float
    in_place: bool = False
    begins: bool = False
    """It was seen near its begin."""
    points: int = 0
    rises: float = 0.0
    falls: float = 0.0
    runs: int = 1
    looks: int = 1
    missed: int = 0
    """Times that its row was seen without it."""
    zero: bool = False
    """Its count was zero once: so it tells what is done, not what is in work."""
    clock_grew: bool = False
    bursts: int = 1
    """Times at which it was seen."""
    believed: bool = False
    told: str | None = None
    """The key under which it is told."""
    parent: str | None = None

    def copy(self) -> Self:
        """Return another with the same values, to look ahead with."""
        return replace(self)

    @property
    def value(self) -> float:
        """How far it is: the fraction, or the count where no total is known."""
        reading = self.reading
        return reading.fraction if reading.fraction is not None else reading.done or 0.0

    @property
    def finished(self) -> bool:
        """Return whether all is done."""
        if self.reading.certain:
            return self.reading.finished or (self.reading.fraction or 0.0) >= 1.0
        return (self.reading.fraction or 0.0) >= 1.0 and not self.is_ordinal

    @property
    def is_ordinal(self) -> bool:
        """Return whether its count is that of the one in work."""
        return self.reading.ordinal and not self.zero

    def continues(self, reading: Reading) -> bool:
        """Return whether a reading can be the next of this task: no less is done, of as much."""
        mine = self.reading
        if (mine.fraction is None) != (reading.fraction is None) or value_of(reading) < self.value - SLACK:
            return False
        if mine.total is None or reading.total is None or mine.total == reading.total:
            return True
        return reading.total > mine.total * 0.5 and not self.finished

    def begins_anew(self, reading: Reading) -> bool:
        """Return whether a reading can be the first of the same task done again."""
        value = value_of(reading)
        if reading.fraction is None:
            return value <= 1
        first = value <= BEGIN or (reading.ordinal and (reading.done or 0) <= 1)
        return (first and value < self.value) or (self.value >= END and value < self.value / 2)

    def take(self, reading: Reading, text: str, at: float, in_place: bool) -> None:
        """Go on to the next reading."""
        before = self.value
        if self.begins_anew(reading) and not reading.certain:
            self.runs += 1
            self.began = at
            self.clock_grew = False
            self.points = max(self.points, min(reading.points, NEEDED_AT_ONCE))
        else:
            self._weigh(reading, before)
        self._keep(reading, text, at)
        self.in_place = self.in_place or in_place
        self.judge()

    def judge(self) -> None:
        """Believe it, or do so no more."""
        if self.reading.certain or self.believed or self.rises:
            weak = not self.believed and self.points <= 0 and not self.in_place
            self.believed = self.reading.certain or self.score >= NEEDED + weak
        elif self.in_place:
            self.believed = self.points + self.begins + self.reading.drawn >= NEEDED_AT_ONCE
        else:
            self.believed = self.reading.key.startswith("start:") and self.begins and (self.reading.total or 2) >= 2

    @property
    def score(self) -> float:
        """What speaks for it, less what speaks against it."""
        return self.points + self.rises - self.falls + self.begins + self.in_place

    def _weigh(self, reading: Reading, before: float) -> None:
        value = value_of(reading)
        if value > before + SLACK * (reading.fraction is not None):
            if self._is_credible(reading):
                self.rises = min(MOST_RISES, self.rises + 1)
                self.falls = max(0.0, self.falls - FORGIVEN)
        elif value < before - SLACK:
            self.falls += FALL
            self.rises = self.rises if self.believed else 0.0
        clock, old = reading.clock, self.reading.clock
        if clock is not None and old is not None and clock > old and value >= before:
            self.clock_grew = True

    def _is_credible(self, reading: Reading) -> bool:
        """Return whether a rise speaks for progress."""
        if reading.key.startswith("integer:"):
            return self.value + 0.015 < value_of(reading) and self.bursts > 1
        jumps = (reading.done or 0) - (self.reading.done or 0) > 1 and (reading.total or 0) <= SMALL
        return reading.fraction is None or self.in_place or reading.points >= 2 or not jumps

    def _keep(self, reading: Reading, text: str, at: float) -> None:
        if reading.fraction is None or self.value or reading.points < 0:
            self.points = max(self.points, reading.points) if reading.points >= 0 else reading.points
        else:
            self.points = max(self.points, reading.points)
        self.zero = self.zero or reading.done == 0
        self.looks += 1
        self.bursts += at > self.at
        self.missed = 0
        self.reading, self.text, self.at = reading, text, at

    def finding(self) -> Finding:
        """Tell what is known of it."""
        reading = self.reading
        fraction, done = reading.fraction, reading.done
        if self.is_ordinal and done is not None and reading.total:
            done -= 1
            fraction = max(0.0, done / reading.total)
        eta = reading.eta if reading.eta is not None or self.clock_grew or self.looks < SURE_CLOCK else reading.clock
        kind = "determinate" if fraction is not None else "counter" if done is not None else "phase"
        return Finding(
            key=self.told or self.key,
            label=reading.label,
            kind=kind,
            fraction=fraction,
            done=done,
            total=reading.total,
            unit=reading.unit,
            ordinal=self.is_ordinal,
            eta=eta,
            rate=reading.rate,
            confidence=1.0 if reading.certain else self.confidence,
            finished=self.finished,
            runs=self.runs,
            parent=reading.parent or self.parent,
            text=self.text,
        )

    @property
    def confidence(self) -> float:
        """0…1: half at what is needed to be believed."""
        return max(0.0, min(0.99, 0.5 + (self.score - NEEDED) / 12)) if self.believed else 0.4


def value_of(reading: Reading) -> float:
    """Return how far a reading is: the fraction, or the count where no total is known."""
    return reading.fraction if reading.fraction is not None else reading.done or 0.0
