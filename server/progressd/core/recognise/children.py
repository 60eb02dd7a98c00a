"""What was recognised, as records: parts of a task that is known otherwise, or its own progress."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .bars import without_bar
from .finding import Finding

Record = dict[str, Any]

BELIEVED = 0.5
"""Confidence below which a finding takes back what was told."""
MOST = 32
"""Parts of a task. Beyond that a new one takes the place of the one that has been over for longest."""
LONGEST = 200
"""Characters of a name or a message: bars are as wide as a terminal."""
KEY = 64
"""Characters of a part's key: with its number, and the task's key before it, it fits into the 1,024 of a key."""
SLACK = 1e-9
"""Fractions of the same numbers may differ by so much."""
MOMENT = 1e-6
"""Seconds, as few as a float can tell of these years."""
TAKEN_BACK = "it is not to be seen any more"


@dataclass(slots=True)
class _Child:
    task: str
    finding: Finding
    """As it was told last."""
    source: str
    own: bool
    """It is the task's own progress: so far there is nothing else, and it has no name."""
    times: int = 0
    """How many times it has begun."""
    over: bool = False
    taken_back: bool = False


class Children:
    """Turns findings into records of parts of the task `key`; several sources may find parts of it.

    Without `texts`, nothing is told that was printed: neither labels nor lines.
    """

    def __init__(self, key: str, *, texts: bool = True) -> None:
        self._key = key
        self._texts = texts
        self._children: dict[tuple[str, str], _Child] = {}

    @property
    def is_going(self) -> bool:
        """Something is under way."""
        return any(not child.over for child in self._children.values())

    def take(self, findings: Iterable[Finding], at: float | None = None, source: str = "") -> list[Record]:
        """Return the records that tell of these findings, made at some time; a source's findings come in order."""
        return stamped([record for finding in findings for record in self._take(source, finding)], at)

    def end(self, status: str, at: float | None = None) -> list[Record]:
        """Return the records that end what still runs, as the task itself ends."""
        running = [child for child in self._children.values() if not child.over]
        return stamped([record for child in running for record in self._end(child, status)], at)

    def _take(self, source: str, finding: Finding) -> list[Record]:
        child = self._children.get((source, finding.key))
        if finding.confidence < BELIEVED:
            return [] if child is None or child.over else self._take_back(child)
        if child is None:
            return self._welcome(source, finding)
        if child.taken_back:
            return self._begin(child, finding)
        if is_anew(child.finding, finding):
            return self._begin_again(child, finding)
        if child.over or is_back(child.finding, finding):
            return []
        return self._go_on(child, finding)

    def _welcome(self, source: str, finding: Finding) -> list[Record]:
        """Begin to tell of something new."""
        records = self._part_own()
        task, times = self._place(finding)
        if not task:
            return records
        own = not (self._children or finding.label or finding.parent)
        child = _Child(task, finding, source, own, times)
        self._children[source, finding.key] = child
        return records + self._begin(child, finding)

    def _place(self, finding: Finding) -> tuple[str, int]:
        """Return the key for a new part, and how many times it was used; empty if there is no room."""
        if len(self._children) >= MOST:
            over = [place for place, child in self._children.items() if child.over]
            if not over:
                return "", 0
            old = self._children.pop(over[0])
            return old.task, old.times
        taken = {child.task for child in self._children.values()}
        name = finding.key[:KEY] if self._texts else "part"
        tasks = (f"{self._key}.{name}{f'-{number}' if number else ''}" for number in (0, *range(2, MOST + 2)))
        return next(task for task in tasks if task not in taken), 0

    def _begin(self, child: _Child, finding: Finding) -> list[Record]:
        child.times += 1
        child.over = child.taken_back = False
        if child.own:
            return self._go_on(child, finding)
        child.finding = finding
        record = {
            "type": "start",
            "task": child.task,
            "parent": self._parent(child, finding),
            "weight": self._weight(child, finding),
            **_counted(finding),
        }
        if self._texts:
            record["name"] = _name(finding)
        return [record, *self._go_on(child, finding)]

    def _begin_again(self, child: _Child, finding: Finding) -> list[Record]:
        """Tell of something that is done once more. How often it will be nobody knows: it is no share of the whole."""
        if child.own:
            child.own = False
            return [self._unknown(), *self._begin(child, finding)]
        ended = [] if child.over else self._end(child, "finished")
        begun = self._begin(child, finding)
        if not any(self._weight(other, other.finding) for other in self._children.values() if other.times == 1):
            begun.append({"type": "update", "task": self._key, "progress": 0.0})
        return [*ended, *begun]

    def _go_on(self, child: _Child, finding: Finding) -> list[Record]:
        before, child.finding = child.finding, finding
        record = {"type": "update", "task": self._key if child.own else child.task, **_counted(finding)}
        if finding.fraction is not None and "total" not in record:
            record["progress"] = finding.fraction
        if self._texts:
            record |= _said(finding, own=child.own)
            if not child.own and finding.title != before.title:
                record["name"] = _name(finding)
        record["data"] = {
            "tool_eta": finding.eta, "tool_rate": finding.rate, "confidence": round(finding.confidence, 1)
        }  # fmt: skip
        if not finding.finished:
            return [record]
        return [record, *self._end(child, "finished")]

    def _end(self, child: _Child, status: str) -> list[Record]:
        child.over = True
        return [] if child.own else [{"type": "stop", "task": child.task, "status": status}]

    def _take_back(self, child: _Child) -> list[Record]:
        """Unsay it: it has no share in anything, and is seen to be none."""
        if child.own:
            self._children.clear()
            return [self._unknown()]
        child.over = child.taken_back = True
        child.times -= 1
        return [
            {"type": "update", "task": child.task, "weight": 0.0},
            {"type": "stop", "task": child.task, "status": "canceled", "message": TAKEN_BACK},
        ]

    def _part_own(self) -> list[Record]:
        """Make a part of what was told as the task's own progress: it is not all that there is."""
        for child in self._children.values():
            if child.own:
                child.own = False
                child.times -= 1
                return [self._unknown(), *self._begin(child, child.finding)]
        return []

    def _unknown(self) -> Record:
        return {"type": "update", "task": self._key, "done": 0.0, "total": 0.0}

    def _parent(self, child: _Child, finding: Finding) -> str:
        above = self._children.get((child.source, finding.parent or ""))
        return self._key if above is None or above.own or above is child else above.task

    def _weight(self, child: _Child, finding: Finding) -> float:
        """Return the share in what it is a part of: none if that tells its own progress, or if it may come again."""
        above = self._children.get((child.source, finding.parent or ""))
        counts_itself = above is not None and above.finding.fraction is not None
        return 0.0 if counts_itself or child.times > 1 or finding.key.startswith("all-") else 1.0


def stamped(records: list[Record], at: float | None) -> list[Record]:
    """Return records that were made at a time, None for now. What ends and begins anew has ended before it begins."""
    if at is None:
        return records
    begun: set[str] = set()
    for record in reversed(records):
        if record["type"] == "start":
            begun.add(record["task"])
        record["time"] = at - MOMENT if record["type"] == "stop" and record["task"] in begun else at
    return records


def is_anew(before: Finding, finding: Finding) -> bool:
    """Return whether something has begun once more since it was told."""
    return finding.runs > before.runs or (before.finished and not finding.finished)


def is_back(before: Finding, finding: Finding) -> bool:
    """Return whether less is said to be done than before, though it is still the same work: it is not believed."""
    if before.total != finding.total or (before.fraction is None) != (finding.fraction is None):
        return False
    if finding.fraction is not None and before.fraction is not None:
        return finding.fraction < before.fraction - SLACK
    return (finding.done or 0.0) < (before.done or 0.0)


def _name(finding: Finding) -> str:
    return (finding.title or finding.label or finding.key)[:LONGEST]


def _said(finding: Finding, *, own: bool) -> Record:
    """Return what the output says in words, with what it is of if no name tells that."""
    words = without_bar(finding.text)
    if own and finding.title:
        words = f"{finding.title}: {words}" if words else finding.title
    return {"message": words[:LONGEST]} if words else {}


def _counted(finding: Finding) -> Record:
    """Return how much is done, as far as it was counted."""
    said = {"done": finding.done, "total": finding.total, "unit": finding.unit and finding.unit[:LONGEST]}
    return {name: value for name, value in said.items() if value is not None}
