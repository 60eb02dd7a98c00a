"""Datagrams: NDJSON records, and llpp's messages, which are told by their first bytes. Nobody waits for them."""

import asyncio
import ipaddress
import logging
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from ..batches import Batch
from ..config import SetupError
from ..core.decode import BadLine, decode_block
from ..engine import Engine
from .llpp import MAGIC, Gathered

log = logging.getLogger("progressd.udp")

LONGEST = 65_536
"""Bytes of a datagram, and more: none is cut."""
TURN = 256
"""Datagrams that are read before others get their turn: less than a millisecond."""
GATHER = 0.25
"""Seconds that llpp's messages are gathered: 50,000 of them in a second are four lines of the log a station."""
HELD = 100_000
"""Messages that are gathered at most; then they are handed on at once."""
BUFFER = 4 << 20
"""Bytes that the kernel may hold: with its usual 208 KiB, a burst of 200 small datagrams is lost already."""
REST = 100_000
"""Datagrams that are still read at the end, if they are there: some 0.3 s."""
SO_RCVBUFFORCE, SO_MEMINFO = 33, 55
"""Of Linux, <asm-generic/socket.h>; Python has no names for them."""
MEMINFO = struct.Struct("9I")
"""<linux/sock_diag.h>; the last is the number of datagrams that found no room, modulo 2³²."""


async def serve(targets: Sequence[str], engine: Engine, _clock: Callable[[], float], ready: asyncio.Event) -> None:
    """Take datagrams at each HOST:PORT until cancelled. Raises SetupError if one cannot be used."""
    with ExitStack() as doors:
        for target in targets:
            door = Door(_bind(target), engine)
            doors.callback(door.close)
            door.open()
        ready.set()
        await asyncio.Future()


class Door:
    """One socket. Its methods are called by the event loop, and never wait."""

    def __init__(self, receiver: socket.socket, engine: Engine) -> None:
        self._socket = receiver
        self._engine = engine
        self._gathered = Gathered()
        self._second = 0
        self._dropped = 0
        self._noticed = False
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Begin to listen."""
        asyncio.get_running_loop().add_reader(self._socket, self._wake)

    def close(self) -> None:
        """Bring in what has arrived, and let go."""
        asyncio.get_running_loop().remove_reader(self._socket)
        for _ in range(REST // TURN):
            if self._wake() < TURN:
                break
        if self._timer is not None:
            self._timer.cancel()
        self._hand_on()
        self._socket.close()

    def _wake(self) -> int:
        """Read what is there, and return how many datagrams that was. Whatever goes wrong stays here."""
        read = 0
        try:
            datagrams = self._read()
            read = len(datagrams)
            self._take(datagrams)
        except Exception:
            log.exception("%d datagrams were left out because of a fault in progressd", read)
            self._engine.losses.lose("udp: a fault in progressd", read)
        return read

    def _read(self) -> list[bytes]:
        receive, datagrams = self._socket.recv, list[bytes]()
        try:
            for _ in range(TURN):
                datagrams.append(receive(LONGEST))
        except BlockingIOError:
            pass
        return datagrams

    def _take(self, datagrams: Sequence[bytes]) -> None:
        now, lines = self._engine.now(), list[bytes]()
        if self._gathered.held and (int(now) != self._second or self._gathered.held >= HELD):
            self._hand_on()
        self._second = int(now)
        take = self._gathered.take
        for datagram in datagrams:
            if datagram.startswith(MAGIC):
                try:
                    take(datagram, now)
                except ValueError as error:
                    self._engine.losses.reject("udp", BadLine(0, datagram, str(error)))
            else:
                lines.append(datagram)
        if lines:
            self._take_lines(b"\n".join(lines) + b"\n")
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER, self._ring)

    def _take_lines(self, block: bytes) -> None:
        if not self._noticed:
            self._noticed = True
            self._engine.losses.notice(lambda _: "udp", block)
        decoded = decode_block(block)
        self._engine.losses.reject_all(lambda _: "udp", decoded)
        if decoded.records:
            self._engine.offer(Batch("udp", decoded.records, decoded.lines))

    def _ring(self) -> None:
        self._timer = None
        self._hand_on()

    def _hand_on(self) -> None:
        gathered, self._gathered = self._gathered, Gathered()
        if gathered.held:
            self._engine.offer(Batch("udp", gathered.records()), gathered.held)
        self._count_dropped()

    def _count_dropped(self) -> None:
        dropped = dropped_by_kernel(self._socket)
        if dropped != self._dropped:
            self._engine.losses.lose("udp: no room in the kernel", (dropped - self._dropped) % (1 << 32))
            self._dropped = dropped


def dropped_by_kernel(receiver: socket.socket) -> int:
    """Return how many datagrams found the socket's buffer full, modulo 2³²; 0 where the kernel does not tell."""
    try:
        told = receiver.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size)
    except OSError:
        return 0
    return int(MEMINFO.unpack(told)[-1]) if len(told) == MEMINFO.size else 0


def _bind(target: str) -> socket.socket:
    host, port = _address(target)
    receiver = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        receiver.setblocking(False)  # noqa: FBT003 - takes no name
        _enlarge(receiver)
        receiver.bind((host, port))
    except OSError as error:
        receiver.close()
        raise SetupError(f"cannot take datagrams at {target}: {error.strerror or error}") from error
    log.info("datagrams are taken at %s:%d", target.rpartition(":")[0], receiver.getsockname()[1])
    return receiver


def _address(target: str) -> tuple[str, int]:
    """Return where to listen. A datagram can show no token, so only this machine is let in."""
    host, _, port = target.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise SetupError(f"--udp {target} is no address; write it as 127.0.0.1:12345") from None
    if not (port.isdecimal() and len(port) <= 5 and int(port) < 1 << 16):
        raise SetupError(f"--udp {target} has no port; write it as {host}:12345")
    if not loopback:
        raise SetupError(
            f"--udp {target} would let anybody write, for a datagram can show no token; "
            "stay on 127.0.0.1, and from other machines send over HTTP"
        )
    return host, int(port)


def _enlarge(receiver: socket.socket) -> None:
    try:
        receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    except OSError:
        # Only root may have more than the system's limit.
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    granted = receiver.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    if granted < BUFFER:
        log.warning("the kernel grants datagrams %d KiB; sysctl net.core.rmem_max=%d gives more", granted >> 10, BUFFER)
