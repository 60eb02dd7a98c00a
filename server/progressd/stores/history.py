"""What was learned of jobs as a table of SQLite: a row of bytes for each, which only the estimator can read."""

import logging
import sqlite3
from collections.abc import Sequence
from zlib import crc32

log = logging.getLogger("progressd.store")

TABLES = """
CREATE TABLE IF NOT EXISTS history (job TEXT PRIMARY KEY, crc INTEGER, runs BLOB);
"""


class HistoryTable:
    """The jobs of one database. sqlite3.Error says what failed."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Use the table, which must be there."""
        self._db = database

    def keep(self, job: str, runs: bytes) -> None:
        """Put a job in the place of what was known of it; without bytes, forget it."""
        if runs:
            self._db.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?)", (job, crc32(runs), runs))
        else:
            self._db.execute("DELETE FROM history WHERE job = ?", (job,))

    def read(self) -> Sequence[bytes]:
        """Return what is known of each job; a damaged one is left out, for it is learned again."""
        rows = self._db.execute("SELECT job, crc, runs FROM history").fetchall()
        whole = [runs for _, crc, runs in rows if crc32(runs) == crc]
        if len(whole) < len(rows):
            log.error("what was learned of %d jobs is damaged and was left out", len(rows) - len(whole))
        return whole
