"""A run that is over, as one that is under way is laid beside it: how far each of its parts was, and when."""

from collections.abc import Iterator

from msgspec import Struct

from .runs import Piece, Run


class Course(Struct, frozen=True, omit_defaults=True):
    """How a task went."""

    key: str
    """Relative to the root's; empty for the root."""
    points: list[tuple[float, float]]
    """Seconds since the root began, and the share that was done by then, 0…1: both grow. Between two points it went
    evenly. A task that is over counts as done, however it ended."""
    branch: bool = False
    """It had children, which have courses of their own: its points tell only when it began and ended."""


def courses(run: Run) -> Iterator[Course]:
    """Yield the course of each part of a run, parents first; children in a crowd have theirs in common."""
    for branch in run.branches:
        yield Course("" if branch.parent < 0 else branch.key, [(branch.start, 0.0), (branch.stop, 1.0)], branch=True)
    for piece in run.pieces:
        yield Course("" if piece.parent < 0 else piece.key, list(_points(piece)))


def _points(piece: Piece) -> Iterator[tuple[float, float]]:
    yield piece.start, 0.0
    for done, time in piece.shape:
        yield piece.start + time * piece.seconds, done
    yield piece.stop, 1.0
