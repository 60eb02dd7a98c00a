"""Where records come from. To add one: a file beside this one, and a line in the table (HTTP's are in httpd.py)."""

from asyncio import Event
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from ..engine import Engine
from . import amqp, tail, udp, unix

Input = Callable[[Sequence[str], Engine, Callable[[], float], Event], Coroutine[Any, Any, None]]
"""Takes records at all of the targets until cancelled; gets a monotonic clock, and an event to set once it listens.

Raises SetupError at the start."""

INPUTS: dict[str, Input] = {
    "unix": unix.serve,
    "file": tail.serve,
    "udp": udp.serve,
    "amqp": amqp.serve,
}
"""By URL scheme."""
