"""All tasks that are, or may be, shown: which of them a reading belongs to, and which are told."""

from .finding import Finding
from .reading import Reading
from .rows import Row
from .screen import Settled
from .track import BEGIN, NEEDED_AT_ONCE, Track, value_of

MOST_TRACKS = 64
"""What may be a task, at the same time. Beyond that the one seen longest ago is forgotten."""
MOST_TOLD = 8
"""Tasks told of one template: more do not fit on a page; the rest is told as one, N of M."""
STALE = 3
"""Looks at a row after which what is no longer in it is forgotten."""


class Roster:
    """The tracks, in the order in which they were last seen. `copy` is for a look ahead."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self.split: set[str] = set()
        """Keys of which several tasks are shown at the same time, told apart by their labels."""
        self.gone: list[Finding] = []
        """What was told and is forgotten."""

    def copy(self) -> "Roster":
        """Return another that may be changed without changing this one."""
        other = Roster()
        other.tracks = [track.copy() for track in self.tracks]
        other.split = set(self.split)
        return other

    def observe(self, look: Settled, readings: list[Reading], at: float, typing: bool = False) -> None:
        """Take the readings of one look at a row. `typing` if it is looked at before it settled."""
        matched: list[Track] = []
        for reading in readings:
            track = self._find(look, reading, matched)
            if track is None:
                track = self._begin(look, reading, at)
            else:
                self._go_on(track, look, reading, at)
            matched.append(track)
        if matched:
            self._forget_stale(look.row, matched)
        for track in matched:
            if track.believed and track.told is None:
                self._tell(track)

    def findings(self) -> list[Finding]:
        """Return what is believed."""
        return [track.finding() for track in self.tracks if track.believed]

    def knows(self, reading: Reading) -> bool:
        """Return whether the total of a reading is one that is believed already."""
        return any(track.believed and track.reading.total == reading.total for track in self.tracks)

    def _find(self, look: Settled, reading: Reading, matched: list[Track]) -> Track | None:
        """Return the track that a reading continues, if there is one."""
        tracks = [track for track in reversed(self.tracks) if track not in matched]
        here = [track for track in tracks if track.row is look.row]
        same = [track for track in tracks if track.reading.key == reading.key]
        for track in here:
            if track in same:
                return track
        labelled = [track for track in same if track.reading.label == reading.label]
        for track in labelled if reading.key in self.split else labelled or same:
            if self._may_move(track, look, reading):
                return track
        if look.looks > 1:
            for track in here:
                if track.continues(reading):
                    return track
        return None

    def _may_move(self, track: Track, look: Settled, reading: Reading) -> bool:
        """Return whether a track can be found in another row than before."""
        row = track.row
        if reading.certain or row is None or row.text != track.text:
            return True
        if track.in_place and not look.ended and look.looks > 1:
            return bool(reading.label) and reading.label == track.reading.label
        if track.in_place and track.finished and value_of(reading) < 1:
            return look.looks == 1 and (reading.label == track.reading.label)
        if track.continues(reading) or track.begins_anew(reading):
            return True
        if reading.label != track.reading.label:
            self.split.add(reading.key)
            return False
        return not track.in_place

    def _begin(self, look: Settled, reading: Reading, at: float) -> Track:
        value = value_of(reading)
        track = Track(reading.key, look.row, reading, look.text, at, at)
        track.in_place = look.looks > 1 or not look.ended
        track.points = min(reading.points, NEEDED_AT_ONCE)
        track.zero = reading.done == 0
        track.begins = value <= BEGIN if reading.fraction is not None else False
        track.begins = track.begins or (reading.total is not None and (reading.done or 0) <= 1)
        self.tracks.append(track)
        track.parent = self._parent(track)
        track.judge()
        if len(self.tracks) > MOST_TRACKS:
            self._drop(self.tracks[0])
        return track

    def _go_on(self, track: Track, look: Settled, reading: Reading, at: float) -> None:
        runs = track.runs
        track.row = look.row
        track.take(reading, look.text, at, look.looks > 1)
        self.tracks.remove(track)
        self.tracks.append(track)
        if track.runs > runs:
            track.parent = self._parent(track)

    def _parent(self, track: Track) -> str | None:
        """Return the key of the task within which another begins, or begins again."""
        for other in reversed(self.tracks):
            if other is track or not other.believed or other.finished or other.told is None:
                continue
            if other.is_ordinal and not (track.is_ordinal and track.began <= other.began):
                return other.told
            indented = indent(track.text) > indent(other.text) and other.in_place
            if track.in_place and other.in_place and (indented or (track.runs > 1 and other.began < track.began)):
                return other.told if other.row is not track.row else None
        return None

    def _forget_stale(self, row: Row, matched: list[Track]) -> None:
        """Forget what was in a row, if others have been there for a while."""
        for track in [track for track in self.tracks if track.row is row and track not in matched]:
            track.missed += 1
            if track.missed >= STALE:
                self._drop(track)

    def _drop(self, track: Track) -> None:
        self.tracks.remove(track)
        if track.told is not None:
            track.believed = track.finished
            self.gone.append(track.finding())

    def _tell(self, track: Track) -> None:
        """Give a track the key under which it is told: a new one, or that of one of its kind that has finished."""
        taken = {other.told for other in self.tracks if other.told and other is not track}
        name = track.reading.key
        for number in range(1, MOST_TRACKS + 2):
            key = name if number == 1 else f"{name}#{number}"
            if key not in taken:
                track.told = key
                return


def indent(text: str) -> int:
    """Return how many blanks a text begins with."""
    return len(text) - len(text.lstrip(" "))
