"""The embedded store's file: its tables, its version, its lock, and what happens when it is damaged."""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..batches import StoreError
from . import history, series, transcripts

log = logging.getLogger("progressd.store")

VERSION = 3
"""2 (2026-11) has series, 3 (2026-11) logs of tasks; those of an older file are made when it is read back."""
TABLES = """
CREATE TABLE IF NOT EXISTS base (id INTEGER PRIMARY KEY, received REAL, source TEXT, crc INTEGER, lines BLOB);
CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, received REAL, source TEXT, crc INTEGER, lines BLOB);
CREATE TABLE IF NOT EXISTS positions (
    path TEXT, device TEXT, inode TEXT, offset INTEGER, head BLOB, mark BLOB, seen REAL, PRIMARY KEY (device, inode));
"""
"""`base` is the tree at the last compaction, `log` what came since; a row is a batch, its lines NDJSON.
Device and inode numbers are text: unsigned 64 bits do not fit an INTEGER. `seen` is when a position was last told."""


def lock(path: Path) -> int:
    """Take the store for this process and return the lock's file descriptor. Raises StoreError if another has it.

    Two connections that write are not only wrong here: SQLite before 3.51.3 can damage a file that two
    connections checkpoint at once.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"cannot open the store {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StoreError(f"another progressd uses the store {path}; stop it, or choose another with --store") from error
    return descriptor


def connect(path: Path, stamp: int) -> tuple[sqlite3.Connection, bool]:
    """Open the file, made new if need be; also return whether it was damaged and had to be put aside.

    `stamp` (Unix seconds) names a damaged file. Raises StoreError.
    """
    try:
        return _open(path), False
    except sqlite3.OperationalError as error:
        raise StoreError(f"cannot open the store {path}: {error}") from error
    except sqlite3.DatabaseError as error:
        put_aside(path, stamp, error)
        return _open(path), True


def put_aside(path: Path, stamp: int, error: Exception) -> None:
    """Rename a damaged file, so that it can be looked at, and a new one begun."""
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    log.error("the store %s is damaged (%s); it was put aside as %s and a new one begun", path, error, aside.name)
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All that is done within is committed at the end, or nothing of it."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # A full disk has rolled back already.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _open(path: Path) -> sqlite3.Connection:
    # One thread uses it, but not the one that opens it.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        path.chmod(0o600)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise StoreError(
                f"the store {path} was written by a newer progressd (its version {version}, mine {VERSION})"
            )
        # Never corrupt, and nothing committed is lost with the process; a power cut may cost the last second.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(TABLES + series.TABLES + transcripts.TABLES + history.TABLES)
        if "seen" not in (column[1] for column in connection.execute("PRAGMA table_info(positions)")):
            connection.execute("ALTER TABLE positions ADD COLUMN seen REAL")
        connection.execute(f"PRAGMA user_version={VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection
