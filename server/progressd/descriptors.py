"""How many connections each door may hold: file descriptors are shared by all, and running out of them stops all."""

import resource

OWN = 1024
"""Descriptors that no connection gets: 512 files that are tailed, the store, and what is accepted to be turned away."""
FEWEST = 16
"""Connections of a door on a system that grants next to nothing."""


def share(part: float, most: int) -> int:
    """Return how many connections a door may hold that gets this part, 0…1, of what is there: at most `most`.

    Where there are hardly more descriptors than the daemon needs itself, a quarter of them are for connections.
    """
    granted, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(FEWEST, min(most, int(max(granted - OWN, granted // 4) * part)))
