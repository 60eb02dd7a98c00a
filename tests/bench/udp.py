"""What a flood of llpp's departures costs: 50,000 datagrams a second into consolidated series.

Measured: the real daemon process with all its threads, storing in SQLite, while another process sends at that pace
to 20 stations in turn. Received is what the series hold at the end; the kernel's drops are those that the daemon
counted; CPU is the share of one core, from the first datagram until the store was told of the last. Floor, in the
same run: a process that does nothing but `recv` in a loop and counts.

The sender keeps its pace by looking at the clock after each 10 datagrams; what it could not send in time, because
the machine was busy, it sends late, so a burst is as large as the machine is noisy.

    python tests/bench/udp.py [--small]
"""

import multiprocessing
import os
import re
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

from rig import LOADING, Child, Daemon, is_small, pin, say, table, wait_until

PACE = 50_000
"""Datagrams a second."""
AT_ONCE = 10
STATIONS = 20
SETTLE = 2.5
"""Seconds after which the store has been told, and its checkpoint is done."""


def main() -> None:
    """Measure, and print."""
    small = is_small(__doc__)
    seconds, rounds = (1, 1) if small else (10, 3)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "store.db"
        with (
            Daemon(Path(folder), f"sqlite:{database}", "--udp", "127.0.0.1:0") as daemon,
            Child(__file__, "--floor", ready=r"at \d+") as floor,
        ):
            for number in range(rounds):
                rows.append(_measure("daemon", daemon, _port(daemon), seconds, number + 1))
                rows.append(_measure("floor", floor, _port(floor), seconds, number + 1))
        size = database.stat().st_size
    table(("taken by", "sent", "sent/s", "received", "share", "dropped, counted", "CPU", "µs each"), rows)
    say(f"\n{size / 1e6:.1f} MB of store after {rounds * seconds} s")


def _measure(name: str, child: Child, port: int, seconds: int, number: int) -> list[str]:
    before, taken, lost, begun = child.cpu(), _received(child), _dropped(child), time.monotonic()
    count = PACE * seconds
    sender = multiprocessing.get_context("fork").Process(target=send, args=(port, count))
    sender.start()
    sender.join()
    spent = time.monotonic() - begun
    wait_until(lambda: _is_still(child), "the end of the flood")
    time.sleep(SETTLE)
    used = child.cpu() - before
    received, dropped = _received(child) - taken, _dropped(child) - lost
    shares = [f"{received / count:.2%}", f"{dropped:,}", f"{used / spent:.0%}", f"{used / max(1, received) * 1e6:.2f}"]
    return [f"{name} {number}", f"{count:,}", f"{count / spent:,.0f}", f"{received:,}", *shares]


def send(port: int, count: int) -> None:
    """Send so many departures, at PACE."""
    pin(0, LOADING)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.connect(("127.0.0.1", port))
        datagrams = [
            struct.pack("!8sBB10sQ", b"llppdprt", 10, 8, b"station-%02d" % (number % STATIONS), 1_500_000 + number)
            for number in range(1000)
        ]
        begun = time.perf_counter()
        for number in range(count):
            if number % AT_ONCE == 0:
                # A sleep is never shorter than some 60 µs, so the pace is kept by looking at the clock.
                while time.perf_counter() < begun + number / PACE:
                    pass
            connection.send(datagrams[number % 1000])


def serve_floor() -> None:
    """Receive and count; say the number when nothing comes for a while."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        receiver.bind(("127.0.0.1", 0))
        # The kernel's own timeout: Python's would ask before each datagram whether there is one.
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 300_000))
        sys.stderr.write(f"at {receiver.getsockname()[1]}\n")
        sys.stderr.flush()
        count = told = 0
        while True:
            try:
                receiver.recv(65536)
                count += 1
            except BlockingIOError:
                if count > told:
                    told = count
                    sys.stderr.write(f"took {count}\n")
                    sys.stderr.flush()


def _port(child: Child) -> int:
    found = re.findall(rb"(?:datagrams are taken at 127.0.0.1:|^at )(\d+)", _said(child), re.MULTILINE)
    return int(found[-1])


def _received(child: Child) -> int:
    if isinstance(child, Daemon):
        stations = child.get("/series")[1]["stations"]
        return sum(series["count"] for station in stations for series in station["series"])
    return int((re.findall(rb"took (\d+)", _said(child)) or [b"0"])[-1])


def _dropped(child: Child) -> int:
    return sum(child.get("/losses")[1]["dropped"].values()) if isinstance(child, Daemon) else 0


def _is_still(child: Child) -> bool:
    before = _received(child)
    time.sleep(0.6)
    return _received(child) == before > 0


def _said(child: Child) -> bytes:
    return os.pread(child.errors.fileno(), 1 << 20, 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--floor"]:
        serve_floor()
    else:
        main()
