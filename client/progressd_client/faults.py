"""What went wrong in silence: it must not reach the program, but it must not be hidden either."""


class Counts:
    """What went wrong in silence, for `stats()`."""

    __slots__ = ("errors", "refused")

    def __init__(self) -> None:
        self.errors = 0
        self.refused = 0


counts = Counts()


def _report(_error: BaseException) -> None:
    """Count what must not reach the program. Shown by `stats()`."""
    counts.errors += 1
