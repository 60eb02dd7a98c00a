"""How often tasks with a metric ended since the daemon's start, and how long they took: what Prometheus asks for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...core.endings import Ending
from ...records import Status, TaskMetric

SERIES = 1_000
"""Sets of labels. Each costs a Prometheus memory for weeks; whoever makes names up must not take all of it."""
TEXT = 200_000
"""Bytes of all labels together; each is said twice. An answer stays near a megabyte, whatever producers say."""
OTHER = TaskMetric(namespace="", name="other")
"""Under which all else is counted."""
_UNFIT = re.compile(r"[^A-Za-z0-9_]")

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Total:
    """Of the ends with one set of labels."""

    count: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Totals:
    """Counts ends. A listener of the engine."""

    lost: int = 0
    """Ends that are counted, but not under their own labels."""
    _totals: dict[Labels, Total] = field(default_factory=dict)
    _text: int = 0

    def take(self, endings: Sequence[Ending]) -> None:
        """Count them."""
        for ending in endings:
            total = self._find(labels(ending.metric, ending.status))
            if total is None:
                self.lost += 1
                total = self._totals.setdefault(labels(OTHER, ending.status), Total())
            total.count += 1
            total.seconds += ending.elapsed

    def __iter__(self) -> Iterator[tuple[Mapping[str, str], int, float]]:
        """Yield labels, how many ends had them, and the seconds that those took."""
        return ((dict(said), total.count, total.seconds) for said, total in self._totals.items())

    def _find(self, said: Labels) -> Total | None:
        total = self._totals.get(said)
        if total is None:
            text = sum(len(part.encode()) for label in said for part in label)
            if len(self._totals) < SERIES and self._text + text <= TEXT:
                self._text += text
                total = self._totals[said] = Total()
        return total


def labels(metric: TaskMetric, status: Status) -> Labels:
    """Return Prometheus labels. Dimensions are `dimension_…`, so that none takes the place of another label."""
    said = {"namespace": metric.namespace, "name": metric.name, "status": status}
    for dimension, value in sorted(metric.dimensions.items()):
        name = "dimension_" + _UNFIT.sub("_", dimension)
        while name in said:
            name += "_"
        said[name] = value
    return tuple(said.items())
