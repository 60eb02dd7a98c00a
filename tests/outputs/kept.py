"""What a daemon's store has by now, beside its log."""

import sqlite3
from contextlib import closing
from pathlib import Path


def is_told(home: Path, table: str) -> bool:
    """Return whether the store's series (`measured`) or logs (`written`) hold all of its log."""
    with closing(sqlite3.connect(home / "state" / "progressd" / "progressd.db")) as database:
        (told,) = database.execute(f"SELECT upto = (SELECT max(id) FROM log) FROM {table}").fetchone()
        return bool(told)
