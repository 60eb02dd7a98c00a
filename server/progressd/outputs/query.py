"""Seconds and instants in the query of a URL."""

import math
from collections.abc import Mapping

from ..records import LATEST


def seconds(query: Mapping[str, str], name: str) -> float | None:
    """Return a number of seconds; None if it is not given. Raises ValueError, which says what is wrong with it."""
    text = query.get(name, "")
    try:
        number = float(text) if text else None
    except ValueError:
        number = math.nan
    if number is not None and not abs(number) <= LATEST:
        raise ValueError(f"`{name}` is to be in seconds, not {text[:40]!r}")
    return number


def instant(query: Mapping[str, str], name: str, now: float) -> float | None:
    """Return a moment in Unix seconds; a negative number is so long before `now`. Raises as `seconds` does."""
    number = seconds(query, name)
    return number + now if number is not None and number < 0 else number
