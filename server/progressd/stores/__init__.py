"""Where the log of records is kept. To add one: a file beside this one, and a line in the table."""

from collections.abc import Callable
from pathlib import Path

from ..batches import Store
from .memory import MemoryStore
from .sqlite import SqliteStore

STORES: dict[str, Callable[[str, Callable[[], float]], Store]] = {
    "memory": lambda _path, _clock: MemoryStore(),
    "sqlite": lambda path, clock: SqliteStore(Path(path).expanduser(), clock),
}
"""By URL scheme. Each takes what stands behind the colon, and the clock (Unix seconds); raises StoreError."""
