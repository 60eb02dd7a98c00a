"""One task over time: how its readings follow each other, and whether that is progress."""

from dataclasses import dataclass, replace
from typing import Self

from .finding import Finding
from .reading import Reading
from .rows import Row

NEEDED = 3
"""Points from which on it is believed, once it has risen."""
NEEDED_AT_ONCE = 4
"""Points of a text that can be believed before it has."""
MOST_POINTS = 5
"""Points that a text can give. More would outlast any falling."""
MOST_RISES = 3
"""Points for rising, for the same reason."""
FALL = 2
"""Points lost each time that it falls, as progress does not."""
FORGIVEN = 0.1
"""Of these, for each rise after it."""
BEGIN, END = 0.05, 0.9
"""Shares of the whole that are near its begin and near its end."""
SMALL = 20
"""Totals up to which each step is seen: numbers that jump about below it are about something else."""
SURE_CLOCK = 3
"""Looks after which a lone duration that has not grown is what is left."""
LEAST_INTEGER = 0.1
"""How far a row of bare integers must get to be taken for percents."""
DOUBT = 0.25
"""The confidence in what was told and is not believed any more."""
SLACK = 0.0005
"""Fractions that differ by less are the same."""


@dataclass(slots=True)
class Track:
    """What may be a task. Only its roster changes it."""

    row: Row | None
    reading: Reading
    text: str
    at: float
    began: float
    in_place: bool
    begins: bool
    """It was first seen near its begin."""
    points: int
    """How much its texts speak for it."""
    rises: float = 0.0
    falls: float = 0.0
    runs: int = 1
    looks: int = 1
    missed: int = 0
    """Looks at its row that did not find it there."""
    zero: bool = False
    """Its count was zero once: so it is of what is done, not of what is in work."""
    clock_grew: bool = False
    moments: int = 1
    """Different times at which it was seen."""
    believed: bool = False
    counted: bool = False
    """It was believed once."""
    told: str | None = None
    """The key under which it is told."""
    parent: str | None = None

    @classmethod
    def first(cls, row: Row | None, reading: Reading, text: str, at: float, in_place: bool) -> Self:
        """Return a task as its first reading shows it."""
        near = reading.fraction is not None and reading.fraction <= BEGIN
        begins = near or (reading.total is not None and (reading.done or 0) <= 1)
        points = min(reading.points, MOST_POINTS)
        track = cls(row, reading, text, at, at, in_place, begins, points, zero=reading.done == 0)
        track._judge()
        return track

    def copy(self) -> Self:
        """Return another with the same values."""
        return replace(self)

    @property
    def value(self) -> float:
        """How far it is: the fraction, or the count where no total is known."""
        return value_of(self.reading)

    @property
    def kind(self) -> str:
        """What tasks that are shown alike have in common."""
        reading = self.reading
        return f"{reading.key.partition(':')[0]} {reading.unit or ''}"

    @property
    def finished(self) -> bool:
        """Return whether all is done."""
        reading = self.reading
        return reading.finished or ((reading.fraction or 0.0) >= 1.0 and not self.is_ordinal)

    @property
    def is_ordinal(self) -> bool:
        """Return whether its count is that of the one in work."""
        return self.reading.ordinal and not self.zero

    @property
    def score(self) -> float:
        """What speaks for it, less what speaks against it."""
        return self.points + self.rises - self.falls + self.begins + self.in_place

    def continues(self, reading: Reading) -> bool:
        """Return whether a reading can be the next of this task: no less is done, of as much."""
        mine = self.reading
        if (mine.fraction is None) != (reading.fraction is None) or value_of(reading) < self.value - SLACK:
            return False
        if mine.total is None or reading.total is None or mine.total == reading.total:
            return True
        return reading.total > mine.total / 2 and not self.finished

    def begins_anew(self, reading: Reading) -> bool:
        """Return whether a reading can be the first of the same task done again."""
        value = value_of(reading)
        if reading.fraction is None:
            return value <= 1
        first = value <= BEGIN or (reading.ordinal and (reading.done or 0) <= 1)
        return (first and value < self.value) or (self.value >= END and value < self.value / 2)

    def take(self, reading: Reading, text: str, at: float, in_place: bool) -> None:
        """Go on to the next reading."""
        if self.begins_anew(reading) and not reading.certain:
            self.runs += 1
            self.began = at
            self.clock_grew = False
        else:
            self._weigh(reading)
        against = reading.points < 0
        self.points = reading.points if against else min(MOST_POINTS, max(self.points, reading.points))
        self.zero = self.zero or reading.done == 0
        self.looks += 1
        self.moments += at > self.at
        self.missed = 0
        self.reading, self.text, self.at = reading, text, at
        self.in_place = self.in_place or in_place
        self._judge()

    def finding(self) -> Finding:
        """Tell what is known of it."""
        reading = self.reading
        fraction, done = reading.fraction, reading.done
        if self.is_ordinal and done is not None and reading.total:
            done -= 1
            fraction = done / reading.total
        sure = self.looks >= SURE_CLOCK and not self.clock_grew
        return Finding(
            key=self.told or "",
            label=reading.label,
            kind="determinate" if fraction is not None else "counter" if done is not None else "phase",
            fraction=fraction,
            done=done,
            total=reading.total,
            unit=reading.unit,
            ordinal=self.is_ordinal,
            eta=reading.eta if reading.eta is not None or not sure else reading.clock,
            rate=reading.rate,
            confidence=self._confidence(),
            finished=self.finished,
            runs=self.runs,
            parent=self.parent,
            text=self.text,
            title=reading.title,
        )

    def _judge(self) -> None:
        """Believe it, or do so no more."""
        reading = self.reading
        if reading.certain or self.believed or self.rises:
            weak = not self.believed and self.points <= 0 and not self.in_place
            self.believed = reading.certain or self.score >= NEEDED + weak
        elif self.in_place:
            self.believed = self.points + self.begins + reading.drawn >= NEEDED_AT_ONCE
        else:
            self.believed = reading.key.startswith("start:") and self.begins and (reading.total or 0) >= 2

    def _weigh(self, reading: Reading) -> None:
        """Compare a reading with the one before."""
        before, value = self.value, value_of(reading)
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
            return value_of(reading) > self.value + 1.5 / 100 and self.moments > 1 and self.value >= LEAST_INTEGER
        jumps = (reading.done or 0) - (self.reading.done or 0) > 1 and (reading.total or 0) <= SMALL
        return reading.fraction is None or self.in_place or reading.points >= 2 or not jumps

    def _confidence(self) -> float:
        """Return how sure it is, 0…1: half at what is needed to be believed."""
        if self.reading.certain:
            return 1.0
        return min(0.99, max(0.5, 0.5 + (self.score - NEEDED) / 12)) if self.believed else DOUBT


def value_of(reading: Reading) -> float:
    """Return how far a reading is: the fraction, or the count where no total is known."""
    return reading.fraction if reading.fraction is not None else reading.done or 0.0
