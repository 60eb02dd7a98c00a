"""Tells the service manager how the daemon is, by sd_notify(3): systemd's protocol, which others took over."""

import asyncio
import os
import socket
from collections.abc import Callable, MutableMapping

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"


class Manager:
    """Who started the daemon, if it wants to hear of it: `environment` names its socket, and is rid of that."""

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        self._address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        meant = environment.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.patience = int(microseconds) / 1e6 if microseconds.isdigit() and meant else None
        """Seconds without a sign of life after which it takes the daemon for dead; None if it wants none."""

    def tell(self, *words: str) -> None:
        """Say something, such as READY or `STATUS=…`. A manager that does not listen is none of our troubles."""
        if self._address[:1] not in ("/", "@"):
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)  # noqa: FBT003 - takes no name
                sender.sendto("\n".join(words).encode(), self._address.replace("@", "\0", 1))
        except OSError:
            return

    async def show_life(self, status: Callable[[], str]) -> None:
        """Give a sign of life twice in its patience, with a status, until cancelled. A loop that hangs gives none."""
        while self.patience:
            self.tell(ALIVE, f"STATUS={status()}")
            await asyncio.sleep(self.patience / 2)
