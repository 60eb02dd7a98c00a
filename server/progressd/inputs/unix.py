"""Records over a UNIX stream socket: NDJSON from any number of programs at once."""

import asyncio
import logging
import os
import select
import socket
import stat
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..batches import Batch
from ..config import SetupError
from ..core.decode import BadLine, decode_block
from ..core.lines import LineSplitter
from ..descriptors import share
from ..engine import Engine
from ..records import AnyRecord, Lost, Start, Stop

log = logging.getLogger("progressd.unix")

CHUNK = 256 << 10
"""Bytes read at a time."""
FEW = 16 << 10
"""Bytes. A program that brings less at a time is left to gather some more: waking up costs ten times the record."""
GATHER = 0.002
"""Seconds for that: a fiftieth of the time between frames; the socket's buffer, some 270 records, lasts as long."""
BEGUN = 10_000
"""Tasks of a connection that are remembered to the end of either; of what more it begins the loss is not noted."""
CREDENTIALS = struct.Struct("3i")
"""What SO_PEERCRED gives: process, user and group. See unix(7)."""
REST = 0.6
"""Seconds at the end to bring in what was sent already, and"""
SILENCE = 0.05
"""how long one must have said nothing for that to be all."""
LONGEST = 107
"""Bytes of a socket's path, by the kernel."""


async def serve(targets: Sequence[str], engine: Engine, _clock: Callable[[], float], ready: asyncio.Event) -> None:
    """Take records at each of these paths until cancelled. Raises SetupError if a path cannot be used."""
    listening = {target: asyncio.Event() for target in targets}
    async with asyncio.TaskGroup() as tasks:
        for target, event in listening.items():
            tasks.create_task(_serve(Path(target), engine, event), name=f"input unix:{target}")
        for event in listening.values():
            await event.wait()
        ready.set()


@dataclass(slots=True, eq=False)
class Program:
    """One that is connected."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int
    """Its process, 0 if that is unknown."""
    chunks: int = 0
    """Read so far."""
    busy: bool = False
    """A chunk is being taken in."""
    begun: dict[str, float] = field(default_factory=dict)
    """Tasks that it has begun itself and not ended, and when (Unix seconds)."""

    def has_more(self) -> bool:
        """Return whether something that it has said is still to be read: a loop that is held up reads late."""
        if self.writer.is_closing():
            return False
        waiting = select.poll()
        waiting.register(self.writer.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(waiting.poll(0))

    def note(self, records: Sequence[AnyRecord], received: float) -> None:
        """Remember what it begins, until it ends that: if its process is the task's, or its source is named.

        Who begins a task for others, as `progressd send` does, may go.
        """
        for record in records:
            if type(record) is Stop:
                self.begun.pop(record.task or "", None)
            elif type(record) is Start and record.task is not None and len(self.begun) < BEGUN and self._does(record):
                self.begun[record.task] = record.time if record.time is not None else received

    def _does(self, start: Start) -> bool:
        return start.pid == self.pid or (start.source is not None and start.seq is None)


async def _serve(path: Path, engine: Engine, listening: asyncio.Event) -> None:
    listener, identity = _listen(path)
    programs: set[Program] = set()
    turned_away, limit = 0, share()
    async with asyncio.TaskGroup() as tasks:

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal turned_away
            if len(programs) >= limit:
                turned_away += 1
                engine.losses.lose(f"{path}: programs that were turned away", 1)
                if turned_away.bit_count() == 1:
                    log.warning("%d programs found %s full and were turned away so far", turned_away, path)
                writer.close()
                return
            program = Program(reader, writer, _process(writer))
            programs.add(program)
            task = tasks.create_task(_attend(program, engine), name="input unix connection")
            task.add_done_callback(lambda _: programs.discard(program))

        server = await asyncio.start_unix_server(accept, sock=listener, limit=CHUNK)
        log.info("records are taken at %s", path)
        listening.set()
        try:
            await asyncio.Future()
        except asyncio.CancelledError:
            await _take_rest(programs)
            raise
        finally:
            server.close()
            _remove_own(path, identity)


async def _take_rest(programs: set[Program]) -> None:
    """Before the end: bring in what programs have sent already. Who says nothing more is let go."""
    until = asyncio.get_running_loop().time() + REST
    while asyncio.get_running_loop().time() < until:
        before = {program: program.chunks for program in programs}
        await asyncio.sleep(SILENCE)
        for program, chunks in before.items():
            if program.chunks == chunks and not program.busy and not program.has_more():
                program.writer.close()
        if not programs:
            return
    log.warning("%d programs were still sending at the end; what they had not got rid of is lost", len(programs))


async def _attend(program: Program, engine: Engine) -> None:
    """Take what one program says, until it hangs up. Whatever goes wrong here stays with this one connection."""
    try:
        try:
            await _read(program, engine)
        except ConnectionError as error:
            log.debug("a program hung up: %s", error)
        if program.begun and not program.writer.is_closing():  # else it was us
            await engine.submit(Batch("unix", [Lost(task=key, begun=at) for key, at in program.begun.items()]))
    except Exception:
        log.exception("a connection was closed because of a fault in progressd")
    finally:
        program.writer.close()


async def _read(program: Program, engine: Engine) -> None:
    lines, reader = LineSplitter(), program.reader
    while chunk := await reader.read(CHUNK):
        program.chunks += 1
        program.busy = True
        overlong = lines.overlong
        block = lines.feed(chunk)
        if program.chunks == 1:
            engine.losses.notice(lambda _: "unix", block)
        await _take(block, program, engine)
        if lines.overlong > overlong:
            engine.losses.reject("unix", BadLine(0, b"", f"longer than {lines.limit} bytes"))
        if len(chunk) < FEW:
            await _gather(program.writer.transport)
        program.busy = False
    if lines.pending:
        await _take(lines.feed(b"\n"), program, engine)


def _process(writer: asyncio.StreamWriter) -> int:
    if not hasattr(socket, "SO_PEERCRED"):  # where it is not Linux
        return 0
    connection = writer.get_extra_info("socket")
    pid, _, _ = CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))
    return int(pid)


async def _gather(transport: asyncio.BaseTransport) -> None:
    assert isinstance(transport, asyncio.ReadTransport)
    transport.pause_reading()
    await asyncio.sleep(GATHER)
    transport.resume_reading()


async def _take(block: bytes, program: Program, engine: Engine) -> None:
    decoded = decode_block(block)
    engine.losses.reject_all(lambda _: "unix", decoded)
    if decoded.records:
        batch = Batch("unix", decoded.records, decoded.lines)
        await engine.submit(batch)
        if b'"start"' in block or b'"stop"' in block:  # seldom; what merely moves is not looked at
            program.note(decoded.records, batch.received)


def _listen(path: Path) -> tuple[socket.socket, int]:
    """Bind the path for this user alone; take over what a dead daemon left, refuse what a live one holds.

    Also return by which inode the path is known to be ours.
    """
    if len(os.fsencode(path)) > LONGEST:
        raise SetupError(f"the socket path {path} is longer than {LONGEST} bytes; choose a shorter one with --socket")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_directory(path.parent)
        _remove_stale(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            listener.bind(os.fspath(path))
        finally:
            os.umask(mask)
    except OSError as error:
        raise SetupError(f"cannot take records at the socket {path}: {error.strerror or error}") from error
    listener.setblocking(False)  # noqa: FBT003 - takes no name
    return listener, path.stat().st_ino


def _remove_own(path: Path, identity: int) -> None:
    """Remove the socket, unless a successor has taken its place already."""
    if path.exists() and path.stat().st_ino == identity:
        path.unlink()


def _check_directory(directory: Path) -> None:
    status = directory.stat()
    if status.st_uid not in (0, os.getuid()):
        raise SetupError(f"the directory {directory} belongs to another user; choose another place with --socket")
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        raise SetupError(f"anybody may replace files in {directory}; choose another place with --socket")


def _remove_stale(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise SetupError(f"{path} exists and is no socket; move it away or choose another with --socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except TimeoutError:
            pass
    raise SetupError(f"another progressd takes records at {path}; stop it, or choose another with --socket")
