"""Series as tables of SQLite: buckets of every step, merged with what comes, pruned when they are old."""

import sqlite3
from collections.abc import Iterable, Sequence

from msgspec.json import decode, encode

from ..core.bucket import coarser, merged, values
from ..core.series import RECENT, Identity, KeptSeries, Status, Unsaved
from ..core.steps import RETENTION, WHOLE
from ..records import Bucket

TABLES = """
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, station TEXT, name TEXT, dimensions TEXT, unit TEXT, UNIQUE (station, name, dimensions));
CREATE TABLE IF NOT EXISTS buckets (
    series INTEGER, step INTEGER, start INTEGER, count INTEGER, first REAL, open REAL, low REAL, high REAL,
    last REAL, close REAL, mean REAL, m2 REAL, PRIMARY KEY (series, step, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statuses (station TEXT PRIMARY KEY, text TEXT, time REAL);
CREATE TABLE IF NOT EXISTS measured (one INTEGER PRIMARY KEY, upto INTEGER, buckets INTEGER, pruned REAL);
INSERT OR IGNORE INTO measured VALUES (1, 0, 0, 0);
"""
"""`measured` has one row: the number of the last row of the log whose measurements are in the buckets, how many
buckets there are, and when they were pruned (Unix seconds)."""
PRUNE = 600.0
"""Seconds between prunings."""
NONE = -1
"""The number of a series that is not there."""
COLUMNS = "start, count, first, open, low, high, last, close, mean, m2"


class SeriesTables:
    """The series of one database. Changes belong into a transaction of the caller's. sqlite3.Error says what failed."""

    def __init__(self, database: sqlite3.Connection, most: int) -> None:
        """Use the tables, which must be there. More than `most` buckets are pruned as if they were older."""
        self._db = database
        self._most = most

    @property
    def upto(self) -> int:
        """The last row of the log whose measurements are kept here."""
        (upto,) = self._db.execute("SELECT upto FROM measured").fetchone()
        return int(upto)

    def keep(self, unsaved: Unsaved, upto: int) -> None:
        """Merge in what came since the last time, which is all up to a row of the log."""
        self._forget(unsaved.forgotten)
        more = 0
        for series in unsaved.series:
            number = self._number(series)
            for step in RETENTION:
                more += self._merge(number, step, coarser(sorted(series.buckets, key=_start), step))
        self._db.executemany(
            "INSERT OR REPLACE INTO statuses VALUES (?, ?, ?)",
            [(station, status.text, status.time) for station, status in unsaved.statuses.items()],
        )
        self._db.execute("UPDATE measured SET upto = max(upto, ?), buckets = buckets + ?", (upto, more))
        self._prune(unsaved.now)

    def read_all(self, now: float) -> Unsaved:
        """Return every series with its newest seconds and its whole, and every status."""
        found = []
        for number, station, name, dimensions, unit in self._db.execute("SELECT * FROM series").fetchall():
            whole = self._buckets(number, WHOLE, 0, 1)
            recent = self._buckets(number, 1, int(now) - RECENT, 1 << 62)
            found.append(KeptSeries(_identity(station, name, dimensions), unit, recent, whole[0] if whole else None))
        statuses = {station: Status(text, time) for station, text, time in self._db.execute("SELECT * FROM statuses")}
        return Unsaved(now, found, statuses)

    def read(self, identities: Iterable[Identity], step: int, start: int, end: int) -> list[list[Bucket]]:
        """Return the buckets of a step that begin from `start` to before `end`, for each series, in order."""
        return [self._buckets(self._find(identity), step, start, end) for identity in identities]

    def _merge(self, number: int, step: int, buckets: Sequence[Bucket]) -> int:
        """Return how many buckets were not there before."""
        found = {each.start: each for each in self._buckets(number, step, buckets[0].start, buckets[-1].start + 1)}
        rows = [merged(found[each.start], each) if each.start in found else each for each in buckets]
        self._db.executemany(
            "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(number, step, *values(row)) for row in rows],
        )
        return sum(each.start not in found for each in buckets)

    def _buckets(self, number: int, step: int, start: int, end: int) -> list[Bucket]:
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM buckets WHERE series = ? AND step = ? AND start >= ? AND start < ? ORDER BY start",  # noqa: S608 - our own names
            (number, step, start, end),
        )
        return [Bucket(*row) for row in rows]

    def _number(self, series: KeptSeries) -> int:
        number = self._find(series.identity)
        if number == NONE:
            row = (*_row(series.identity), series.unit)
            self._db.execute("INSERT INTO series (station, name, dimensions, unit) VALUES (?, ?, ?, ?)", row)
            return self._find(series.identity)
        if series.unit is not None:
            changed = (series.unit, number, series.unit)
            self._db.execute("UPDATE series SET unit = ? WHERE id = ? AND unit IS NOT ?", changed)
        return number

    def _find(self, identity: Identity) -> int:
        query = "SELECT id FROM series WHERE station = ? AND name = ? AND dimensions = ?"
        row = self._db.execute(query, _row(identity)).fetchone()
        return int(row[0]) if row is not None else NONE

    def _forget(self, identities: Iterable[Identity]) -> None:
        for identity in identities:
            number = self._find(identity)
            self._delete("series = ?", [(number,)])
            self._db.execute("DELETE FROM series WHERE id = ?", (number,))

    def _prune(self, now: float) -> None:
        """Drop what is older than it is kept; if there is too much, what is older than half, a quarter of that …"""
        (pruned,) = self._db.execute("SELECT pruned FROM measured").fetchone()
        if abs(now - pruned) < PRUNE:
            return
        self._db.execute("UPDATE measured SET pruned = ?", (now,))
        numbers = [number for (number,) in self._db.execute("SELECT id FROM series")]
        part = 1.0
        while True:
            for step, seconds in RETENTION.items():
                if step != WHOLE:
                    oldest = int(now - seconds * part)
                    rows = [(number, step, oldest) for number in numbers]
                    self._delete("series = ? AND step = ? AND start < ?", rows)
            (count,) = self._db.execute("SELECT buckets FROM measured").fetchone()
            part /= 2
            if count <= self._most or part < 1e-3:
                return

    def _delete(self, where: str, rows: Sequence[tuple[int, ...]]) -> None:
        gone = self._db.executemany(f"DELETE FROM buckets WHERE {where}", rows).rowcount  # noqa: S608
        self._db.execute("UPDATE measured SET buckets = buckets - ?", (max(0, gone),))


def _row(identity: Identity) -> tuple[str, str, str]:
    return identity.station, identity.name, encode(identity.dimensions).decode()


def _identity(station: str, name: str, dimensions: str) -> Identity:
    return Identity(station, name, decode(dimensions, type=tuple[tuple[str, str], ...]))


def _start(bucket: Bucket) -> int:
    return bucket.start
