"""All tasks that are, or may be, shown: which of them a reading belongs to, and under which key each is told."""

import re

from .finding import Finding
from .reading import Reading
from .rows import Row
from .screen import Settled
from .track import Track, value_of

MOST_TRACKS = 64
"""What may be a task, at the same time. Beyond that, the one seen longest ago is forgotten."""
MOST_TOLD = 8
"""Tasks of one kind that are told, as more do not fit on a page. The rest is told as one: N of M."""
MOST_SPLIT = 256
"""Keys that are known to be shared; beyond that they are found out again."""
STALE = 3
"""Looks at a row after which what is no longer in it is forgotten."""
UNFIT = re.compile(r"[^\w]+")
KEY_LENGTH = 48


class Roster:
    """The tracks, the one seen last at the end. A `copy` may be changed to look ahead."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self.forgotten: list[Finding] = []
        """What was told, and is not any more."""
        self._shared: set[str] = set()
        """Keys of readings that several tasks share at the same time; their labels tell them apart."""
        self._ever: dict[str, int] = {}
        """How many tasks of each kind were believed."""

    def copy(self) -> "Roster":
        """Return another that may be changed without changing this one."""
        other = Roster()
        other.tracks = [track.copy() for track in self.tracks]
        other._shared = set(self._shared)
        other._ever = dict(self._ever)
        return other

    def observe(self, look: Settled, readings: list[Reading], at: float) -> None:
        """Take in what one look at a row has brought."""
        matched: list[Track] = []
        for reading in readings:
            track = self._find(look, reading, matched)
            if track is None:
                track = self._begin(look, reading, at)
            else:
                self._go_on(track, look, reading, at)
            matched.append(track)
        for track in matched:
            if track.believed and not track.counted:
                self._tell(track)
        if matched:
            self._forget_stale(look.row, matched)

    def findings(self) -> list[Finding]:
        """Return what is believed, and one finding for each kind of which there is more than is told."""
        told = [track.finding() for track in self.tracks if track.believed and track.told]
        return told + [self._rest(kind, ever) for kind, ever in self._ever.items() if ever > MOST_TOLD]

    def knows(self, reading: Reading) -> bool:
        """Return whether the total of a reading is one that is believed already."""
        return any(track.believed and track.reading.total == reading.total for track in self.tracks)

    def _find(self, look: Settled, reading: Reading, matched: list[Track]) -> Track | None:
        """Return the track that a reading continues, if there is one."""
        tracks = [track for track in reversed(self.tracks) if track not in matched]
        same = [track for track in tracks if track.reading.key == reading.key]
        labelled = [track for track in same if track.reading.label == reading.label]
        candidates = labelled if reading.key in self._shared else labelled or same
        here = [track for track in same if track.row is look.row]
        if here:
            return here[0]
        for track in candidates:
            if self._may_move(track, look, reading):
                return track
        if look.looks > 1:
            return next((track for track in tracks if track.row is look.row and track.continues(reading)), None)
        return None

    def _may_move(self, track: Track, look: Settled, reading: Reading) -> bool:
        """Return whether a task can be in another row than before."""
        if reading.certain or track.row is None or track.row.text != track.text:
            return True
        if track.in_place and look.looks > 1:
            return bool(reading.label) and reading.label == track.reading.label
        if track.in_place and track.finished and value_of(reading) < 1:
            return reading.label == track.reading.label
        if track.continues(reading) or track.begins_anew(reading):
            return True
        if reading.label != track.reading.label:
            self._shared = {*self._shared, reading.key} if len(self._shared) < MOST_SPLIT else {reading.key}
            return False
        return not track.in_place

    def _begin(self, look: Settled, reading: Reading, at: float) -> Track:
        track = Track.first(look.row, reading, look.text, at, in_place=look.looks > 1 or not look.ended)
        self.tracks.append(track)
        track.parent = self._parent(track)
        if len(self.tracks) > MOST_TRACKS:
            self._forget(self.tracks[0])
        return track

    def _go_on(self, track: Track, look: Settled, reading: Reading, at: float) -> None:
        runs = track.runs
        track.row = look.row
        track.take(reading, look.text, at, in_place=look.looks > 1)
        self.tracks.remove(track)
        self.tracks.append(track)
        if track.runs > runs:
            track.parent = self._parent(track)

    def _parent(self, track: Track) -> str | None:
        """Return the key of the task within which another begins, or begins again.

        It is the step that is in work, the bar to the left of an indented one, or one that stood still the while.
        """
        if track.reading.parent:
            above = [other for other in self.tracks if other.reading.key == track.reading.parent]
            return above[-1].told if above else None
        for other in reversed(self.tracks):
            if other is track or other.told is None or not other.believed or other.finished:
                continue
            if other.is_ordinal and not (track.is_ordinal and track.began <= other.began):
                return other.told
            if track.in_place and other.in_place and other.row is not track.row:
                stood_still = track.runs > 1 and other.began < track.began
                if stood_still or indent(track.text) > indent(other.text):
                    return other.told
        return None

    def _forget_stale(self, row: Row, matched: list[Track]) -> None:
        """Forget what was in a row in which others have been for a while."""
        for track in [track for track in self.tracks if track.row is row and track not in matched]:
            track.missed += 1
            if track.missed >= STALE:
                self._forget(track)

    def _forget(self, track: Track) -> None:
        self.tracks.remove(track)
        if track.told:
            track.believed = track.believed and track.finished
            self.forgotten.append(track.finding())

    def _tell(self, track: Track) -> None:
        """Give a task its key, or that of one of its kind that has finished, or none if there are too many."""
        kind = track.kind
        track.counted = True
        self._ever[kind] = self._ever.get(kind, 0) + 1
        told = [other for other in self.tracks if other.told and other.kind == kind]
        if len(told) < MOST_TOLD:
            track.told = self._free_key(track)
            return
        over = [other for other in told if other.finished]
        if over:
            other = min(over, key=lambda other: other.looks)
            track.told, other.told = other.told, None
            track.runs += other.runs

    def _free_key(self, track: Track) -> str:
        taken = {other.told for other in self.tracks}
        name = UNFIT.sub("-", track.reading.label.lower())[:KEY_LENGTH].strip("-") or "progress"
        keys = (name if number == 1 else f"{name}-{number}" for number in range(1, MOST_TRACKS + 2))
        return next(key for key in keys if key not in taken)

    def _rest(self, kind: str, ever: int) -> Finding:
        """Tell of all tasks of a kind as one."""
        tracks = [track for track in self.tracks if track.counted and track.kind == kind]
        done = float(ever - sum(track.believed and not track.finished for track in tracks))
        text = tracks[-1].text if tracks else ""
        return Finding(
            f"all-{UNFIT.sub('-', kind).strip('-')}", "all", "determinate", done / ever, done, float(ever), "tasks",
            ordinal=False, eta=None, rate=None, confidence=0.9, finished=done == ever, runs=1, parent=None, text=text,
        )  # fmt: skip


def indent(text: str) -> int:
    """Return how many blanks a text begins with."""
    return len(text) - len(text.lstrip(" "))
