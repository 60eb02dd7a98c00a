"""How many connections each door may hold: file descriptors are shared by all, and running out of them stops all."""

import resource

OWN = 1024
"""Descriptors that no connection gets: 512 files that are tailed, the store, and what is accepted to be turned away."""
FEWEST = 16
"""Connections of a door on a system that grants next to nothing."""


MOST = 12_000
"""Connections of a door, however many descriptors there are."""
DOORS = 2
"""HTTP and the UNIX socket: each has its own share, so that a crowd at one shuts nobody out at the other."""


def share() -> int:
    """Return how many connections each door may hold.

    Where there are hardly more descriptors than the daemon needs itself, a quarter of them are for connections.
    """
    granted, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(FEWEST, min(MOST, max(granted - OWN, granted // 4) // DOORS))
