"""JSON lines that say how far something is: objects with what is done and a total, or with a share.

Seen in restic, borg, rclone, docker pull, BuildKit, and in what people log themselves.
"""

import json
from typing import Any

from .reading import Reading

LONGEST = 65536
"""Characters of a line that are decoded."""
DEEPEST = 3
"""Levels below the line's own object that are searched."""
MOST = 8
"""Objects of one line that are read: BuildKit tells of many at once."""
MOST_COUNTED = 1e18
"""Numbers beyond this, and such as are none, count nothing."""
PAIRS = (
    ("bytes_done", "total_bytes"),
    ("bytes", "totalbytes"),
    ("files_done", "total_files"),
    ("done", "total"),
    ("completed", "total"),
    ("current", "total"),
    ("processed", "total"),
    ("finished", "total"),
    ("position", "total"),
    ("n", "total"),
    ("i", "total"),
    ("step", "total"),
    ("step", "total_steps"),
    ("step", "max_steps"),
    ("global_step", "max_steps"),
    ("epoch", "epochs"),
    ("epoch", "total_epochs"),
    ("epoch", "num_epochs"),
    ("iteration", "iterations"),
    ("iteration", "max_iterations"),
    ("batch", "batches"),
    ("page", "pages"),
    ("index", "count"),
    ("completed", "count"),
    ("current", "max"),
    ("value", "max"),
    ("downloaded", "size"),
    ("received", "size"),
    ("downloaded_bytes", "total_bytes"),
    ("rows_done", "rows_total"),
    ("items_done", "items_total"),
    ("done", "todo"),
)
"""Keys of what is done and of how much there is, in lower case."""
SHARES = ("percent_done", "percent", "percentage", "pct", "progress_percent", "progress", "fraction", "fraction_done")
ETAS = ("seconds_remaining", "eta_seconds", "eta", "seconds_left", "remaining_seconds")
NAMES = ("name", "task", "stage", "operation", "label", "id", "event", "msg", "message", "action", "status", "phase")


def read_json(text: str) -> list[Reading] | None:
    """Return what an object says, or None if the text is no JSON object."""
    if len(text) > LONGEST:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _search(value, DEEPEST, "") if isinstance(value, dict) else None


def read_fields(fields: dict[str, Any]) -> Reading | None:
    """Return what the fields of one object say."""
    low = {key.lower(): value for key, value in fields.items()}
    eta = next((_number(low[key]) for key in ETAS if _number(low.get(key)) is not None), None)
    name = next((low[key] for key in NAMES if isinstance(low.get(key), str) and len(low[key]) <= 60), "")
    for done_key, total_key in PAIRS:
        done, total = _number(low.get(done_key)), _number(low.get(total_key))
        if done is not None and total and 0 <= done <= total:
            return _reading(name, done / total, done, total, "B" if "byte" in total_key else None, eta)
    for key in SHARES:
        share = _number(low.get(key))
        if share is not None and 0 <= share <= 100:
            whole = 100.0 if share > 1 or (key in ("percent", "percentage", "pct") and share == int(share)) else 1.0
            return _reading(name, share / whole, None, None, None, eta)
    return None


def _reading(
    name: str, fraction: float, done: float | None, total: float | None, unit: str | None, eta: float | None
) -> Reading:
    return Reading(f"json:{name}", name, 0, fraction=fraction, done=done, total=total, unit=unit, eta=eta, certain=True)


def _search(fields: dict[str, Any], depth: int, name: str) -> list[Reading]:
    """Return what an object and those in it say; the innermost is not asked if the outer has spoken."""
    found = read_fields({"name": name, **fields} if name else fields)
    if found:
        return [found]
    readings: list[Reading] = []
    if depth:
        own = next((fields[key] for key in NAMES if isinstance(fields.get(key), str)), name)
        for value in fields.values():
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict) and len(readings) < MOST:
                    readings += _search(inner, depth - 1, own if len(own) <= 60 else "")
    return readings


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < MOST_COUNTED else None
