"""What is done to the embedded store's file. Blocking: all of it runs in the store's one thread."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from zlib import crc32

from ..batches import Position
from ..core.series import Unsaved
from ..core.transcript import Unwritten
from .history import HistoryTable
from .schema import connect, log, put_aside, transaction
from .series import SeriesTables
from .transcripts import TranscriptTables

PAGE = 500
"""Rows read back at a time, and"""
PAGE_BYTES = 4 << 20
"""bytes of lines, from which a page has no more rows: what they measure and write has to wait in memory."""
BUCKETS = 10_000_000
"""Of all series and steps together: some 900 MB."""
LOGS = 1 << 30
"""Bytes of all tasks' logs, packed: some 5 GB as they were written."""
GONE = 30 * 86400
"""Seconds after which a file whose position was told no more is forgotten; one that is there is told of each day."""
POSITIONS = 100_000
"""Files of which positions are kept: some 15 MB. Beyond, what was told longest ago goes first."""

Beside = tuple[Unsaved, Unwritten]
Row = tuple[float, str, bytes]
"""When it was received, through which door, and the lines."""


class LogFile:
    """Rows of lines in the order in which they were committed. sqlite3.Error tells what went wrong."""

    def __init__(self, path: Path, stamp: int) -> None:
        """Open the file at `stamp` (Unix seconds), which names a damaged one. Raises StoreError."""
        self._path = path
        self.damaged = self._connect(stamp)
        # Those that an older version wrote have no date.
        self._db.execute("UPDATE positions SET seen = ? WHERE seen IS NULL", (stamp,))
        self._prune()
        self.last, self.log_bytes = self._one("SELECT ifnull(max(id), 0), ifnull(sum(length(lines)), 0) FROM log")
        # What is measured or written up to a row must not be taken for rows that come, if the log was emptied.
        self.last = max(self.last, self.series.upto, self.logs.upto)
        (self.base_bytes,) = self._one("SELECT ifnull(sum(length(lines)), 0) FROM base")

    def append(self, rows: Sequence[Row], positions: Sequence[Position], now: float) -> int:
        """Commit rows, and with them positions as at `now` (Unix seconds); return the number of the last row."""
        self._check()
        with transaction(self._db):
            last = self._insert("log", self.last, rows)
            self._keep(positions, now)
        self.last = last
        self.log_bytes += _size(rows)
        return last

    def keep(self, upto: int, unsaved: Unsaved, unwritten: Unwritten) -> Mapping[str, int]:
        """Merge in what was measured and written up to a row, since the last time; return which logs lost lines."""
        self._check()
        with transaction(self._db):
            return self._keep_beside(upto, unsaved, unwritten)

    def replace(
        self, upto: int, rows: Sequence[Row], positions: Sequence[Position], beside: Beside, now: float
    ) -> Mapping[str, int]:
        """Put rows in the place of all others up to a number, and merge in what those measured and wrote.

        Positions that nobody has told for long are forgotten. Return which logs lost lines.
        """
        if self._is_gone():
            # All that it held is in the rows, for they are the whole tree.
            self._db.close()
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connect(0)
        with transaction(self._db):
            gone = self._keep_beside(upto, *beside)
            self._db.execute("DELETE FROM base")
            self._db.execute("DELETE FROM log WHERE id <= ?", (upto,))
            self._insert("base", 0, rows)
            self._keep(positions, now)
            self._prune()
        self.base_bytes = _size(rows)
        (self.log_bytes,) = self._one("SELECT ifnull(sum(length(lines)), 0) FROM log")
        self.damaged = False
        return gone

    def page(self, table: str, after: int, upto: int) -> tuple[int, list[Row]]:
        """Return the number of the last row that was looked at, and the rows after a number that are whole."""
        rows = self._db.execute(
            f"SELECT id, received, source, lines, crc FROM {table} WHERE id > ? AND id <= ? ORDER BY id LIMIT {PAGE}",  # noqa: S608 - our own names
            (after, upto),
        )
        found, size = [], 0
        for row in rows:
            found.append(row)
            size += len(row[3])
            if size >= PAGE_BYTES:
                break
        whole = [(received, source, lines) for _, received, source, lines, crc in found if crc32(lines) == crc]
        if len(whole) < len(found):
            self.damaged = True
            log.error("%d batches in the store %s are damaged and were left out", len(found) - len(whole), self._path)
        return (found[-1][0] if found else after), whole

    def begin_anew(self, stamp: int, error: Exception) -> None:
        """Put the damaged file aside and go on with a new one."""
        self._db.close()
        put_aside(self._path, stamp, error)
        self._connect(stamp)
        self.log_bytes = self.base_bytes = 0
        self.damaged = True

    def positions(self) -> list[Position]:
        """Return where each tailed file was left."""
        rows = self._db.execute("SELECT path, device, inode, offset, head, mark FROM positions").fetchall()
        return [Position(path, int(device), int(inode), *rest) for path, device, inode, *rest in rows]

    def checkpoint(self) -> None:
        """Bring what is committed to the file itself, as far as no reader is in the way."""
        self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Bring everything to the file and let go of it."""
        self._db.close()

    def _connect(self, stamp: int) -> bool:
        """Return whether the file was damaged and had to be put aside."""
        self._db, damaged = connect(self._path, stamp)
        self.series = SeriesTables(self._db, BUCKETS)
        self.logs = TranscriptTables(self._db, LOGS)
        self.history = HistoryTable(self._db)
        return damaged

    def _keep_beside(self, upto: int, unsaved: Unsaved, unwritten: Unwritten) -> Mapping[str, int]:
        self.series.keep(unsaved, upto)
        return self.logs.keep(unwritten, upto)

    def _check(self) -> None:
        if self._is_gone():
            raise sqlite3.OperationalError("its file was removed")

    def _is_gone(self) -> bool:
        """Whether somebody removed the file: SQLite goes on writing to what nobody can open any more."""
        return not self._path.exists()

    def _one(self, query: str) -> tuple[int, ...]:
        row: tuple[int, ...] = self._db.execute(query).fetchone()
        return row

    def _insert(self, table: str, last: int, rows: Sequence[Row]) -> int:
        numbered = [
            (number, received, source, crc32(lines), lines)
            for number, (received, source, lines) in enumerate(rows, last + 1)
        ]
        self._db.executemany(f"INSERT INTO {table} (id, received, source, crc, lines) VALUES (?, ?, ?, ?, ?)", numbered)  # noqa: S608
        return last + len(rows)

    def _keep(self, positions: Sequence[Position], now: float) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO positions (path, device, inode, offset, head, mark, seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(p.path, str(p.device), str(p.inode), p.offset, p.head, p.mark, now) for p in positions],
        )

    def _prune(self) -> None:
        """Forget files that are gone. Reckoned from the newest: a clock that is wrong must not make us forget all."""
        self._db.execute("DELETE FROM positions WHERE seen < (SELECT max(seen) FROM positions) - ?", (GONE,))
        self._db.execute(
            "DELETE FROM positions WHERE (device, inode) IN"
            " (SELECT device, inode FROM positions ORDER BY seen DESC LIMIT -1 OFFSET ?)",
            (POSITIONS,),
        )


def _size(rows: Sequence[Row]) -> int:
    return sum(len(lines) for *_, lines in rows)
