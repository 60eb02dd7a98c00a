"""Runs that are over, by job: what a job is like, newest first, within bounds."""

from math import inf
from statistics import median

from msgspec import DecodeError, ValidationError, msgpack

from ..task import Task
from .days import Days, Spell
from .names import kind
from .runs import Run

RUNS = 10
"""Of one key. Older ones weigh less than a thousandth."""
ALIKE = 40
"""Of all keys of one kind: the shards of a job, or its nights."""
PIECES = 300_000
"""In all runs together: some 100 MB. The oldest runs go first."""
NEARLY = 0.9
"""Of the time of those that finished: a run that failed later than that tells as much as they do."""

_encoder = msgpack.Encoder()
_decoder = msgpack.Decoder(tuple[list[Run], list[Spell]])


class History:
    """Learns a run when it is over; tells the earlier runs of a root."""

    def __init__(self) -> None:
        self.days = Days()
        """When each job ran, also of runs of which no more is remembered."""
        self._jobs: dict[str, list[Run]] = {}
        self._size = 0

    def learn(self, run: Run) -> set[str]:
        """Remember a run. One that is learned again, or went on after it seemed to be over, takes its own place.

        Return the jobs that are no longer what they were: its own, and those that made room.
        """
        name = kind(run.key)
        others = [old for old in self._jobs.get(name, ()) if (old.key, old.started) != (run.key, run.started)]
        runs = sorted([*others, run], key=lambda each: -each.started)
        surplus = [each.started for each in runs if each.key == run.key][RUNS:]
        self._put(name, [each for each in runs if each.key != run.key or each.started not in surplus][:ALIKE])
        changed = {name}
        while self._size > PIECES and (len(self._jobs) > 1 or len(self._jobs[name]) > 1):
            oldest = min(self._jobs, key=lambda each: self._jobs[each][-1].started)
            self._put(oldest, self._jobs[oldest][:-1])
            changed.add(oldest)
        return changed

    def runs_for(self, key: str, before: float = inf) -> list[Run]:
        """Return the runs that a root with this key may be compared with, newest first, at most `RUNS`.

        Only such as began before that time, Unix seconds.
        """
        return _telling(self.of_job(key, before))[:RUNS]

    def of_job(self, key: str, before: float = inf) -> list[Run]:
        """Return the runs of a root with this key that began before, newest first; or else of its kind."""
        alike = [run for run in self._jobs.get(kind(key), ()) if run.started < before]
        return [run for run in alike if run.key == key] or alike

    def of_kind(self, job: str) -> list[Run]:
        """Return all runs of a job, by the name that it has among `jobs`, newest first. The list never changes."""
        return self._jobs.get(job, [])

    def knows(self, root: Task) -> bool:
        """Return whether the run of a root was learned, and ended as it did then."""
        if root.started is None or root.stopped is None:
            return False
        same = (root.key, root.started, root.stopped - root.started, root.status == "finished")
        alike = self._jobs.get(kind(root.key), ())
        return any((old.key, old.started, old.seconds, old.finished) == same for old in alike)

    def forget(self, before: float) -> set[str]:
        """Drop the runs that ended before this time, Unix seconds; return the jobs that had such."""
        changed = set()
        for job, runs in list(self._jobs.items()):
            kept = [run for run in runs if run.started + run.seconds >= before]
            if len(kept) < len(runs):
                self._put(job, kept)
                changed.add(job)
        return changed | self.days.forget(before)

    @property
    def jobs(self) -> list[str]:
        """The names by which `encode` takes them."""
        return list({**self._jobs, **dict.fromkeys(self.days.jobs)})

    def encode(self, job: str) -> bytes:
        """Return what is known of a job as bytes for the store; empty if it is nothing any more."""
        known = self._jobs.get(job, []), self.days.of(job)
        return _encoder.encode(known) if any(known) else b""

    def decode(self, content: bytes) -> bool:
        """Learn what `encode` gave as well; return False, and learn nothing, if another version wrote it."""
        try:
            runs, spells = _decoder.decode(content)
        except (DecodeError, ValidationError):
            return False
        for run in runs:
            # What was learned since is newer, unless it is the same: then the stored one may have its course.
            same = [old for old in self.of_kind(kind(run.key)) if (old.key, old.started) == (run.key, run.started)]
            if not same or (same[0].seconds, same[0].finished) == (run.seconds, run.finished):
                self.learn(run)
        if spells:
            job = kind(spells[0].key)
            newer = self.days.of(job)
            self.days.put(job, spells)
            for spell in newer:
                self.days.note(spell)
        return True

    def _put(self, job: str, runs: list[Run]) -> None:
        """Have these be all runs of a job."""
        self._size += sum(map(_size, runs)) - sum(map(_size, self._jobs.get(job, ())))
        if runs:
            self._jobs[job] = runs
        else:
            self._jobs.pop(job, None)


def _size(run: Run) -> int:
    return len(run.pieces) + len(run.branches)


def _telling(runs: list[Run]) -> list[Run]:
    """Leave out the runs that broke off half-way: they do not tell how long the whole takes.

    Nor do those that somebody ended, if none ever ended by itself: a server goes on until then.
    """
    finished = [run for run in runs if run.finished]
    if not finished:
        return [run for run in runs if run.whole and not run.canceled]
    enough = NEARLY * median(run.seconds for run in finished)
    return [run for run in runs if run.finished or (run.whole and run.seconds >= enough)]
