"""When jobs ran: of the newest 500 and more, each run; of what is long ago, how many in a minute, an hour, a week."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from math import inf

from msgspec import Struct

from .names import kind

SPELLS = 1_000
"""Of a job. With some 40 bytes each that is what the store writes anew when a run ends."""
ALL_SPELLS = 100_000
"""Of all jobs together: 20 MB. The oldest go first."""
STEPS = (60.0, 600.0, 3600.0, 6 * 3600.0, 86_400.0, 7 * 86_400.0, inf)
"""Seconds within which runs become one spell, tried in turn until there is room."""
ROOM = 0.75
"""Of all that there may be, after some became one, or went: so it is not done at each run."""


class Spell(Struct, frozen=True, array_like=True, gc=False):
    """One run of a job, or all that began within some time."""

    start: float
    """Unix seconds."""
    stop: float
    key: str
    """The root's; of several, the first one's."""
    runs: int = 1
    failed: int = 0
    canceled: int = 0
    last: float = 0.0
    """When the last of several began."""


class Days:
    """What ran when, by job."""

    def __init__(self) -> None:
        self._jobs: dict[str, list[Spell]] = {}
        self._size = 0

    def note(self, spell: Spell) -> set[str]:
        """Remember a run that is over; return the jobs that are others now.

        One that is noted again, or went on after it seemed to be over, takes its own place.
        """
        job = kind(spell.key)
        # A copy, for a thread may read the other.
        spells = list(self._jobs.get(job, ()))
        at = bisect_left(spells, spell.start, key=_start)
        if any(
            old.runs > 1 and old.start <= spell.start <= old.last and spell.stop <= old.stop
            for old in spells[max(0, at - 1) : at + 1]
        ):
            return set()  # What went into a spell of several is not known apart any more.
        place = at
        while place < len(spells) and spells[place].start == spell.start and spells[place].key != spell.key:
            place += 1
        if place < len(spells) and spells[place].start == spell.start:
            if spells[place] == spell:
                return set()
            spells[place] = spell
        else:
            spells.insert(place, spell)
        self._put(job, _thinned(spells))
        return {job, *self._make_room()}

    def of(self, job: str) -> Sequence[Spell]:
        """Return when a job ran, in order."""
        return self._jobs.get(job, ())

    @property
    def jobs(self) -> list[str]:
        """All that are known."""
        return list(self._jobs)

    def put(self, job: str, spells: Sequence[Spell]) -> None:
        """Have these be all that is known of a job."""
        self._put(job, list(spells))

    def forget(self, before: float) -> set[str]:
        """Drop what ended before this time, Unix seconds; return the jobs that had such."""
        changed = set()
        for job, spells in list(self._jobs.items()):
            kept = [spell for spell in spells if spell.stop >= before]
            if len(kept) < len(spells):
                self._put(job, kept)
                changed.add(job)
        return changed

    def _make_room(self) -> Iterator[str]:
        if self._size <= ALL_SPELLS:
            return
        # A quarter of each is a quarter of all: once through them is enough.
        for _, job in sorted((spells[0].start, job) for job, spells in self._jobs.items()):
            if self._size <= ROOM * ALL_SPELLS:
                return
            self._put(job, self._jobs[job][1 + len(self._jobs[job]) // 4 :])
            yield job

    def _put(self, job: str, spells: list[Spell]) -> None:
        self._size += len(spells) - len(self._jobs.get(job, ()))
        if spells:
            self._jobs[job] = spells
        else:
            self._jobs.pop(job, None)


def _thinned(spells: list[Spell]) -> list[Spell]:
    """Return as many as a job may have: the older half as coarse as need be."""
    if len(spells) <= SPELLS:
        return spells
    old, new = spells[: SPELLS // 2], spells[SPELLS // 2 :]
    for step in STEPS:
        old = list(_joined(old, step))
        if len(old) + len(new) <= ROOM * SPELLS:
            break
    return old + new


def _joined(spells: Sequence[Spell], step: float) -> Iterator[Spell]:
    whole = spells[0]
    for spell in spells[1:]:
        if spell.start // step == whole.start // step:
            whole = Spell(
                whole.start,
                max(whole.stop, spell.stop),
                whole.key,
                whole.runs + spell.runs,
                whole.failed + spell.failed,
                whole.canceled + spell.canceled,
                max(whole.last, spell.start, spell.last),
            )
        else:
            yield whole
            whole = spell
    yield whole


def _start(spell: Spell) -> float:
    return spell.start
