"""What a batch says at its end: a line, and a row for each that did not go well."""

from __future__ import annotations

from .account import name_of
from .items import Item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


ROWS = 20
"""Items that are listed one by one; of more, only what did not go well."""
MOST = 100
"""Rows at all."""


def summary(items: Sequence[Item], seconds: float) -> Iterator[str]:
    """Yield the lines of the summary; `seconds` is what all of it took."""
    counts = {
        "finished": sum(item.code == 0 for item in items),
        "failed": sum(bool(item.code) for item in items),
        "not begun": sum(item.code is None for item in items),
    }
    said = [f"{count} {what}" for what, count in counts.items() if count]
    yield f"{len(items)} in {duration(seconds)}: {', '.join(said)}"
    rows = [item for item in items if item.code != 0 or len(items) <= ROWS]
    width = max((len(item.name) for item in rows), default=0)
    for item in rows[:MOST]:
        yield f"  {item.name:{min(width, 60)}}  {_fate(item)}"
    if len(rows) > MOST:
        yield f"  … and {len(rows) - MOST} more"


def _fate(item: Item) -> str:
    if item.code is None:
        return "not begun"
    how = "finished" if not item.code else f"exit status {item.code}"
    if item.signal:
        how = f"killed by {name_of(item.signal)}"
    again = f", {item.attempts} attempts" if item.attempts > 1 else ""
    return f"{how}, {duration(item.seconds)}{again}"


def duration(seconds: float) -> str:
    """Return a duration for people."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
