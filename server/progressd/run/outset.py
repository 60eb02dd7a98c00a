"""What is settled before a command starts: its key and name, what it inherits, who is told."""

from __future__ import annotations

import os

from progressd_client.keys import DEEPEST, Keys, segment
from progressd_client.settings import settings
from progressd_client.tasks import Task, task

from .leader import execute
from .options import Order
from .redact import redact
from .telling import Telling

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import Any

    from progressd_client.pipe import Pipe
else:
    import _signal as signal  # see signals.py

NAME = 60
"""Characters of a command line that make a name."""
LONGEST = 4096
"""Characters of a name that the daemon takes."""
PORT = 8765
"""Where the page is, unless $PROGRESSD_PORT says so."""


class Outset:
    """A run before it runs. `key` is its task's."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.shown = clean(redact(order.command))
        self.name = clean(order.name)[:LONGEST] if order.name else _name_of(self.shown)
        settings.target = _absolute(settings.target)
        ledger, pipe = settings.build(os.getpid())
        self.key = _key(order, self.name, ledger.keys)
        self.telling = self._telling(pipe)

    def about(self) -> dict[str, Any]:
        """Return the fields with which its task begins."""
        order, above = self.order, self.key.rpartition(".")[0]
        parent = order.parent or (settings.parent if not above else None)
        fields = {
            "name": self.name,
            "parent": parent if parent != above else None,
            "weight": order.weight,
            "estimate": order.estimate,
            "host": os.uname().nodename[:256],
        }
        return {name: value for name, value in fields.items() if value is not None}

    def environment(self, *, headless: bool) -> dict[str, str]:
        """Return the command's environment: what reports from within it hangs below."""
        made = {**os.environ, "PROGRESSD_PARENT": self.key, "PROGRESSD_TARGET": settings.target}
        if not settings.target.startswith("http"):
            made.pop("PROGRESSD_TOKEN", None)  # a secret that nobody within it needs
        if headless and made.get("TERM", "dumb") == "dumb":
            made["TERM"] = "xterm-256color"
        return made

    def tell_anew(self) -> Telling:
        """Return another way to tell: of the first, nobody knows what was told."""
        return self._telling(settings.build(os.getpid())[1])

    def _telling(self, pipe: Pipe) -> Telling:
        source = f"{os.uname().nodename[:128]}:{os.getpid()}:{os.urandom(6).hex()}"
        return Telling(pipe, source, is_expected=self.order.has("spawn"))

    def find_daemon(self) -> None:
        """Start a daemon, open its page, if that is wanted. In the reporter's time, not the command's."""
        if not (self.order.has("spawn") or self.order.has("open")):
            return
        from progressd_client.spawn import ensure_daemon, listens  # noqa: PLC0415

        scheme, _, path = settings.target.partition(":")
        if self.order.has("spawn") and scheme == "unix" and not listens(path):
            ensure_daemon(settings.target, open_browser=self.order.has("open"))
        elif self.order.has("open"):
            import webbrowser  # noqa: PLC0415

            here = f"http://localhost:{os.environ.get('PROGRESSD_PORT', PORT)}/"
            webbrowser.open(settings.target if scheme in ("http", "https") else here)


def replace(order: Order) -> int:
    """Become the command: nobody is to be told anything."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
        signal.signal(number, signal.SIG_DFL)
    try:
        execute(order.command, os.environ)
    except OSError as error:
        say(order, f"cannot run {order.command[0]}: {error.strerror}", always=True)
        return 127 if isinstance(error, FileNotFoundError) else 126


def say(order: Order, text: str, *, always: bool = False) -> None:
    """Say something to people, unless they want to hear nothing."""
    if always or not order.has("quiet"):
        try:
            os.write(2, f"progressd run: {text}\n".encode("utf-8", "replace"))
        except OSError:  # closed, or nobody reads it any more
            return


def _key(order: Order, name: str, keys: Keys) -> str:
    """Return the key: as the client makes them, but one under a parent that was named is the same every time."""
    if order.key:
        return clean(order.key)
    this: Task = task(name)
    if order.parent:
        return keys.top(this, clean(order.parent))
    if keys.parent:
        below = f"{keys.parent}.{segment(name)}"
        return keys.apart(below) if len(below) < DEEPEST else keys.flat(keys.parent)
    return keys.top(this)


def _name_of(shown: str) -> str:
    program, blank, rest = shown.partition(" ")
    name = (program.rpartition("/")[2] or program) + blank + rest
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"


def clean(text: str) -> str:
    """Return a text that can be told: what is no UTF-8 on the command line would cost the record."""
    return os.fsencode(text).decode("utf-8", "replace")


def _absolute(target: str) -> str:
    """Return a target that is the same one in other directories."""
    scheme, _, path = target.partition(":")
    local = scheme in ("unix", "file") and path and not path.startswith("/")
    return f"{scheme}:{os.path.abspath(path)}" if local else target  # noqa: PTH100
