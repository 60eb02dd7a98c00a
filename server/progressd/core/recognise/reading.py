"""What one text says of one task: a reading."""

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Reading:
    """So much is done, says a text; nothing is believed yet."""

    key: str
    """What it is about, for all texts of the same task: the label without its numbers."""
    label: str
    """What it is about, as printed; empty if nothing is said."""
    points: int
    """How much the text alone speaks for this being progress; below zero, against it."""
    fraction: float | None = None
    """0…1; None where no total is known."""
    done: float | None = None
    total: float | None = None
    unit: str | None = None
    """`B` for bytes, `s` for seconds, or a noun."""
    ordinal: bool = False
    """`done` is printed as the number of the one in work: `step 3 of 7`."""
    eta: float | None = None
    """Seconds left, as the tool says."""
    clock: float | None = None
    """A duration that stands alone: what is left, if it does not grow."""
    rate: float | None = None
    """Units per second, as the tool says."""
    drawn: bool = False
    """There is a bar beside the number."""
    unfinished: bool = False
    """Its last digits may still be missing."""
    certain: bool = False
    """A format for machines says it: nothing needs to be weighed."""
    finished: bool = False
    parent: str | None = None
    """The key of the task that it belongs to, if the format says it."""
    title: str = ""
    """What another line says that it is of. It may change from one time to the next: nothing is known by it again."""
