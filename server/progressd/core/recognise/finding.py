"""What the recogniser tells of a task."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A task as the output shows it now. It is told again when it changes."""

    key: str
    """Its identity. A task that begins anew, or takes the place of one that has finished, keeps the key."""
    label: str
    """Its name as printed; empty if the output gives none."""
    kind: str
    """`determinate`, `counter` (no total is known) or `phase` (only that it is on)."""
    fraction: float | None
    """0…1, as exact as what is printed; None for counters and phases."""
    done: float | None
    total: float | None
    unit: str | None
    """`B` for bytes, `s` for seconds, or a noun."""
    ordinal: bool
    """The output says that it works on number `done + 1`."""
    eta: float | None
    """Seconds left, as the tool says: to be shown as that, not believed."""
    rate: float | None
    """Units per second, as the tool says."""
    confidence: float
    """0…1. Below 0.5 it was told before, but is not believed any more."""
    finished: bool
    """All is done. The output cannot tell whether it succeeded."""
    runs: int
    """How many times it has begun."""
    parent: str | None
    """The key of the task that it is a part of."""
    text: str
    """The text that said so, for the user to judge."""
    title: str = ""
    """The file that it is of this time, where the line above says so."""
