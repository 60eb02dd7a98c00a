"""Runs that are over as a picture: spans in tracks, those that are too narrow to be told apart joined.

A track holds what does not overlap, as far as there are enough of them. A run takes as many as its parts need: itself,
below it its branches, below those theirs. A part lies in the first track below its parent's that is free then.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from .days import Spell
from .runs import Branch, Piece, Run

NARROW = 1.5
"""Pixels. Spans that are narrower, and lie closer together, become one."""
DETAILED = 40
"""Pixels. Parts of a narrower run are not to be told apart."""
PARTS = 20_000
"""That are laid out for one answer, a fifth of a second's work; of more, the newest runs have theirs."""
DEEPEST = 30
"""Tracks of one run, and tracks in which runs lie one below the other: what finds them taken shares the last."""
SKEW = 1e-3
"""Seconds: a part may seem to start before the one before it ended."""


class Drawn(Struct, frozen=True, array_like=True, gc=False):
    """A span, or several that lie too close together."""

    start: float
    """Unix seconds."""
    stop: float
    name: str
    """Of several, the first one's."""
    count: int
    failed: int
    """So many of them."""
    canceled: int
    key: str
    """The root's; empty if it is more than one run."""
    began: float
    """When that root began."""


class Scale(NamedTuple):
    """What part of time is drawn, and how fine. Unix seconds."""

    start: float
    end: float
    step: float
    """Seconds that a pixel stands for."""


class Picture(NamedTuple):
    """What is to be seen of a job."""

    tracks: list[list[Drawn]]
    """Top to bottom; in each what failed comes last, to lie on top of what it stands among."""
    parts: int
    """That were laid out for it, seen or not."""


def picture(spells: Sequence[Spell], runs: Sequence[Run], scale: Scale, most: int = PARTS) -> Picture:
    """Return these spells of a job, with the parts of such of its runs as are remembered, `most` in all."""
    known = {(run.key, run.started): run for run in runs}
    left, detailed = most, set[Spell]()
    for spell in reversed(spells):
        run = known.get((spell.key, spell.start))
        if spell.runs == 1 and run is not None and spell.stop - spell.start >= DETAILED * scale.step:
            size = len(run.branches) + len(run.pieces)
            if size > left:
                break
            left -= size
            detailed.add(spell)
    tracks = _Tracks()
    for spell in spells:
        run = known[spell.key, spell.start] if spell in detailed else None
        parts = list(_parts(run)) if run is not None else []
        tracks.place(_whole(spell), parts)
    return Picture([_joined(track, scale) for track in tracks.tracks], most - left)


class _Tracks:
    """Runs, each with its parts, from the top down."""

    def __init__(self) -> None:
        self.tracks: list[list[Drawn]] = []
        self._busy: list[float] = []
        """Until when, by track."""

    def place(self, whole: Drawn, parts: Sequence[tuple[int, Drawn]]) -> None:
        """Put a run where so many tracks below one another are free, or else at the bottom."""
        height = 1 + max((track for track, _ in parts), default=-1)
        at = next((at for at in range(len(self._busy)) if self._is_free(at, height + 1, whole.start)), len(self._busy))
        at = min(at, DEEPEST - 1)
        while len(self.tracks) <= at + height:
            self.tracks.append([])
            self._busy.append(0.0)
        self.tracks[at].append(whole)
        for track, part in parts:
            self.tracks[at + 1 + track].append(part)
        for track in range(at, at + height + 1):
            self._busy[track] = max(self._busy[track], whole.stop)

    def _is_free(self, at: int, height: int, start: float) -> bool:
        return all(until <= start + SKEW for until in self._busy[at : at + height])


def _whole(spell: Spell) -> Drawn:
    alone = spell.runs == 1
    return Drawn(
        spell.start, spell.stop, spell.key, spell.runs, spell.failed, spell.canceled,
        spell.key if alone else "", spell.start if alone else 0.0,
    )  # fmt: skip


def _parts(run: Run) -> Iterator[tuple[int, Drawn]]:
    """Yield what is below the root, each with its track below the root's."""
    every: list[tuple[int, Branch | Piece]] = [*enumerate(run.branches), *((-1, piece) for piece in run.pieces)]
    below = [(at, part) for at, part in every if part.parent >= 0 and part.stop > part.start]
    busy: list[float] = []
    track_of = {0: -1}
    # A parent starts no later than what is in it; if both start at once, the longer one is the parent.
    for at, part in sorted(below, key=lambda each: (each[1].start, -each[1].stop, each[1].parent)):
        track = track_of.get(part.parent, -1) + 1
        while track < min(len(busy), DEEPEST) and busy[track] > part.start + SKEW:
            track += 1
        track = min(track, DEEPEST - 1)
        busy.extend([0.0] * (track + 1 - len(busy)))
        busy[track] = max(busy[track], part.stop)
        if at >= 0:
            track_of[at] = track
        start, stop = run.started + part.start, run.started + part.stop
        yield track, Drawn(start, stop, part.name, 1, int(part.failed), 0, run.key, run.started)


def _joined(track: list[Drawn], scale: Scale) -> list[Drawn]:
    """Return what is to be seen of a track; what failed is told apart from the others, however narrow it is."""
    done: list[Drawn] = []
    last: dict[bool, int] = {}
    for span in sorted(track, key=attrgetter("start")):
        if span.stop < scale.start or span.start > scale.end:
            continue
        at = last.get(span.failed > 0)
        if at is not None and _is_close(done[at], span, scale.step):
            done[at] = _both(done[at], span)
        else:
            last[span.failed > 0] = len(done)
            done.append(span)
    return sorted(done, key=lambda span: span.failed > 0)


def _is_close(one: Drawn, other: Drawn, step: float) -> bool:
    narrow = NARROW * step
    is_speck = one.count > 1 or one.stop - one.start < narrow
    return is_speck and other.stop - other.start < narrow and other.start - one.stop < narrow


def _both(one: Drawn, other: Drawn) -> Drawn:
    same = (one.key, one.began) == (other.key, other.began)
    return Drawn(
        one.start, max(one.stop, other.stop), one.name, one.count + other.count, one.failed + other.failed,
        one.canceled + other.canceled, one.key if same else "", one.began if same else 0.0,
    )  # fmt: skip
