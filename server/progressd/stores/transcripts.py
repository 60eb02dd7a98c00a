"""Logs of tasks as tables of SQLite: packed in chunks, the oldest of the longest dropped when they are too much."""

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain

from ..batches import Part
from ..core.chunk import CHUNK, Chunk, packed
from ..core.transcript import KeptLog, Unwritten, Written

TABLES = """
CREATE TABLE IF NOT EXISTS logs (
    id INTEGER PRIMARY KEY, task TEXT UNIQUE, gone INTEGER, next INTEGER, loose INTEGER, raw INTEGER, packed INTEGER,
    heard INTEGER);
CREATE INDEX IF NOT EXISTS longest ON logs (packed);
CREATE TABLE IF NOT EXISTS chunks (
    log INTEGER, first INTEGER, count INTEGER, begun REAL, ended REAL, raw INTEGER, error INTEGER, texts BLOB,
    rest BLOB, PRIMARY KEY (log, first));
CREATE TABLE IF NOT EXISTS written (one INTEGER PRIMARY KEY, upto INTEGER, packed INTEGER);
INSERT OR IGNORE INTO written VALUES (1, 0, 0);
"""
"""`gone` is the number of the first line that is there, `loose` that of the first in a chunk that is not full, `heard`
the last row of the log of records that added to it. `written` has one row: the number of the last row of the log of
records whose lines are in the chunks, and how many bytes all of these are."""
LONGEST = 256 << 20
"""Characters of one log: two million usual lines, some 55 MB on disk, searched within seconds."""
PIECES = 64
"""Chunks that are not full, until they are made one: a log of a line a second is packed once a minute."""
ROW = 100
"""Bytes that a chunk takes beside what is packed."""
COLUMNS = "first, count, begun, ended, raw, error, texts, rest"


class TranscriptTables:
    """The logs of one database. Changes belong into a transaction of the caller's. sqlite3.Error says what failed."""

    def __init__(self, database: sqlite3.Connection, most: int) -> None:
        """Use the tables, which must be there. Beyond `most` bytes, packed, the longest log loses what is oldest."""
        self._db = database
        self._most = most

    @property
    def upto(self) -> int:
        """The last row of the log of records whose lines are kept here."""
        (upto,) = self._db.execute("SELECT upto FROM written").fetchone()
        return int(upto)

    def keep(self, unwritten: Unwritten, upto: int) -> Mapping[str, int]:
        """Add what was written since the last time, which is all up to a row of the log of records.

        Return the logs of which something had to go, each with the number of the first line that is left.
        """
        for task in unwritten.forgotten:
            self._forget(task)
        gone: dict[str, int] = {}
        for written in unwritten.logs:
            number = self._find(written.task)
            if number is None:
                number = self._begin(written)
                if written.first:  # What was before went with a file that somebody removed.
                    gone[written.task] = written.first
            self._add(number, written, upto)
            self._limit("raw", number, LONGEST, gone)
        self._db.execute("UPDATE written SET upto = max(upto, ?)", (upto,))
        while (excess := self._whole() - self._most) > 0:
            number, size = self._db.execute("SELECT id, packed FROM logs ORDER BY packed DESC LIMIT 1").fetchone()
            self._limit("packed", number, size - excess, gone)
        return gone

    def read_all(self) -> list[KeptLog]:
        """Return every log, the longest silent first."""
        return [KeptLog(*row) for row in self._db.execute("SELECT task, gone, next FROM logs ORDER BY heard, id")]

    def read(self, task: str, part: Part, most: int) -> list[Chunk]:
        """Return at most so many chunks of a part of a log, in order."""
        order = "DESC" if part.newest_first else "ASC"
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM chunks WHERE log = (SELECT id FROM logs WHERE task = ?1)"  # noqa: S608 - our own names
            " AND first >= ifnull((SELECT max(first) FROM chunks"
            " WHERE log = (SELECT id FROM logs WHERE task = ?1) AND first <= ?2), 0)"
            f" AND ended >= ?3 AND begun < ?4 AND (error IS NOT NULL OR NOT ?5) ORDER BY first {order} LIMIT ?6",
            (task, part.first, part.since, part.until, part.errors, most),
        )
        return [Chunk(*row) for row in rows]

    def _find(self, task: str) -> int | None:
        row = self._db.execute("SELECT id FROM logs WHERE task = ?", (task,)).fetchone()
        return int(row[0]) if row is not None else None

    def _begin(self, written: Written) -> int:
        row = (written.task, written.first, written.first, written.first)
        query = "INSERT INTO logs (task, gone, next, loose, raw, packed) VALUES (?, ?, ?, ?, 0, 0) RETURNING id"
        return int(self._db.execute(query, row).fetchone()[0])

    def _forget(self, task: str) -> None:
        number = self._find(task)
        if number is not None:
            self._db.execute("UPDATE written SET packed = packed - (SELECT packed FROM logs WHERE id = ?)", (number,))
            self._db.execute("DELETE FROM chunks WHERE log = ?", (number,))
            self._db.execute("DELETE FROM logs WHERE id = ?", (number,))

    def _whole(self) -> int:
        (packed,) = self._db.execute("SELECT packed FROM written").fetchone()
        return int(packed)

    def _add(self, number: int, written: Written, upto: int) -> None:
        """Add lines; with what is loose, if together they make a full chunk or that is in too many pieces."""
        first, lines = written.first, written.lines
        (loose,) = self._db.execute("SELECT loose FROM logs WHERE id = ?", (number,)).fetchone()
        where = "log = ? AND first >= ?"
        count, raw = self._db.execute(
            f"SELECT count(*), ifnull(sum(raw), 0) FROM chunks WHERE {where}",  # noqa: S608
            (number, loose),
        ).fetchone()
        if count and (count >= PIECES or raw + sum(len(line.text) + 1 for line in lines) >= CHUNK):
            query = f"SELECT {COLUMNS} FROM chunks WHERE {where} ORDER BY first"  # noqa: S608
            pieces = [Chunk(*row) for row in self._db.execute(query, (number, loose))]
            self._drop(number, pieces)
            first, lines = loose, [*chain.from_iterable(each.lines() for each in pieces), *lines]
        chunks = list(packed(first, lines))
        self._db.executemany(
            f"INSERT INTO chunks (log, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [(number, *_row(chunk)) for chunk in chunks],
        )
        last = chunks[-1]
        loose = last.first + last.count if last.raw >= CHUNK else last.first if len(chunks) > 1 else loose
        row = (last.first + last.count, loose, upto, number)
        self._db.execute("UPDATE logs SET next = ?, loose = ?, heard = ? WHERE id = ?", row)
        self._count(number, chunks, 1)

    def _limit(self, what: str, number: int, most: int, gone: dict[str, int]) -> None:
        """Drop the oldest chunks of a log until it has at most so much, `raw` or `packed`."""
        query = f"SELECT task, next, {what} - ? FROM logs WHERE id = ?"  # noqa: S608
        task, left, excess = self._db.execute(query, (most, number)).fetchone()
        if excess <= 0:
            return
        going: list[Chunk] = []
        query = f"SELECT {COLUMNS} FROM chunks WHERE log = ? ORDER BY first"  # noqa: S608
        for chunk in (Chunk(*row) for row in self._db.execute(query, (number,))):
            if excess <= 0:
                left = chunk.first
                break
            going.append(chunk)
            excess -= chunk.raw if what == "raw" else _size(chunk)
        self._drop(number, going)
        self._db.execute("UPDATE logs SET gone = ?1, loose = max(loose, ?1) WHERE id = ?2", (left, number))
        gone[task] = left

    def _drop(self, number: int, chunks: Sequence[Chunk]) -> None:
        rows = [(number, chunk.first) for chunk in chunks]
        self._db.executemany("DELETE FROM chunks WHERE log = ? AND first = ?", rows)
        self._count(number, chunks, -1)

    def _count(self, number: int, chunks: Sequence[Chunk], sign: int) -> None:
        raw, size = (sign * sum(each.raw for each in chunks), sign * sum(map(_size, chunks)))
        self._db.execute("UPDATE logs SET raw = raw + ?, packed = packed + ? WHERE id = ?", (raw, size, number))
        self._db.execute("UPDATE written SET packed = packed + ?", (size,))


def _row(chunk: Chunk) -> tuple[object, ...]:
    return tuple(getattr(chunk, name) for name in COLUMNS.split(", "))


def _size(chunk: Chunk) -> int:
    return len(chunk.texts) + len(chunk.rest) + ROW
