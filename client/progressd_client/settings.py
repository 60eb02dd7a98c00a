"""Where this process reports to: $PROGRESSD_TARGET, or what `configure()` was told."""

import os
import sys

from . import tasks as hot
from .keys import Keys, use
from .ledger import Ledger
from .locks import Locks
from .pipe import Pipe
from .target import default_socket, private_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .doors import Door


class Stats:
    """What became of the records of this process so far."""

    __slots__ = ("connected", "errors", "lost", "sent", "target", "waiting")

    def __init__(self, sent: int, waiting: int, lost: int, errors: int, connected: bool, target: str) -> None:
        self.sent = sent
        """Records that were given to the kernel, or that the daemon confirmed (HTTP)."""
        self.waiting = waiting
        """Bytes that wait for the daemon."""
        self.lost = lost
        """Records that will never be sent; the daemon is told, as the metric `progressd.lost` of the first task."""
        self.errors = errors
        """Faults that were kept from the program: values that cannot be told, unusual errors of the connection."""
        self.connected = connected
        self.target = target

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Stats({said})"


class Settings:
    """What was configured. `build` makes of it what a sender needs."""

    def __init__(self) -> None:
        self.target = os.environ.get("PROGRESSD_TARGET") or f"unix:{default_socket()}"
        self.parent = os.environ.get("PROGRESSD_PARENT") or None
        self.token = os.environ.get("PROGRESSD_TOKEN") or None

    def build(self, pid: int) -> "tuple[Ledger, Pipe]":
        """Return a ledger and a pipe for this life of this process."""
        host = os.uname().nodename
        keys = Keys(self.parent, f"@{host.replace('.', '_')}" if self._is_remote() else "", Locks(self._locks()))
        use(keys)
        source = f"{host[:128]}:{pid}:{os.urandom(6).hex()}"
        try:
            way = door(self.target, self.token)
        except Exception as error:
            hot._report(error)
            self.target, way = "off", door("off", None)
            if sys.stderr is not None:
                sys.stderr.write(f"progressd_client: {error}; nothing is reported\n")
        hot._capacity = hot.CAPACITY
        if self.target == "off":
            hot._capacity = -1
            hot._queue.clear()
        return Ledger(keys, source, host, pid), Pipe(way)

    def _is_remote(self) -> bool:
        scheme, _, rest = self.target.partition(":")
        host = rest.lstrip("/")
        here = host.startswith(("localhost", "127.", "[::1]", "::1"))
        return scheme in ("udp", "http", "https") and not here

    def _locks(self) -> str:
        """Return where the locks of root keys are: beside the socket or file, so that all who share it share them."""
        scheme, _, path = self.target.partition(":")
        if scheme == "unix" and path == default_socket():
            return f"{path}.keys"
        if scheme in ("unix", "file") and os.access(path.rpartition("/")[0] or ".", os.W_OK):
            return f"{path}.keys"
        return f"{os.environ.get('XDG_RUNTIME_DIR') or private_directory()}/progressd.keys"


def door(target: str, token: "str | None") -> "Door":
    """Return the door that a URL names. Raises ValueError if it names none."""
    scheme, _, rest = target.partition(":")
    if scheme in ("http", "https"):
        from .http_door import HttpDoor  # noqa: PLC0415 - its import costs 20 ms

        return HttpDoor(target, token)
    from .doors import FileDoor, UdpDoor, UnixDoor  # noqa: PLC0415

    match scheme:
        case "unix":
            return UnixDoor(rest)
        case "file":
            return FileDoor(rest.removeprefix("//"))
        case "udp":
            host, _, port = rest.removeprefix("//").rpartition(":")
            return UdpDoor(host.strip("[]"), int(port))
        case "off":
            return UnixDoor("")
        case _:
            raise ValueError(
                f"no target: {target!r}; it is unix:PATH, udp:HOST:PORT, http://HOST:PORT, file:PATH or off"
            )


settings = Settings()


def target() -> str:
    """Return the URL that records go to."""
    return settings.target
