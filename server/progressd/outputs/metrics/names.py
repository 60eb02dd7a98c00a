"""What the end of a task is called by those who count ends: ProgressInsight's words, in characters that they take."""

import re

from ...records import Status

WORDS: dict[Status, str] = {"finished": "Succeeded", "failed": "Failed", "canceled": "Canceled"}
"""Statuses as ProgressInsight wrote them: whoever has dashboards and alarms on these names keeps them."""
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


def dotted(*names: str) -> str:
    """Return a name for StatsD and Graphite: parts between dots, of what the file names of Carbon may hold.

    A dot in a name begins a new part there, as its author will have meant.
    """
    parts = (_UNFIT.sub("_", part) for name in names for part in name.split("."))
    return ".".join(part for part in parts if part) or "_"
