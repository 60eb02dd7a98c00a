"""What others may cause as often as they like must not fill our log."""

import asyncio
import errno
import logging
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError

log = logging.getLogger("progressd")

EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
"""Faults of `accept` that asyncio reports for each connection that waits, a hundred times a second."""


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Return whether what aiohttp is about to log is a fault of ours. Who talks no HTTP is told so in the answer."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | web.RequestPayloadError))


class Faults:
    """Takes what asyncio reports because no task answers for it."""

    def __init__(self) -> None:
        self._refused = 0

    def report(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log a fault; that descriptors are out only the 1st, 2nd, 4th, 8th … time."""
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in EXHAUSTED:
            loop.default_exception_handler(context)
            return
        self._refused += 1
        if self._refused.bit_count() == 1:
            log.warning("connections could not be accepted %d times so far: %s", self._refused, error.strerror)


def keep_quiet(loop: asyncio.AbstractEventLoop) -> None:
    """Have this loop and aiohttp report like that."""
    loop.set_exception_handler(Faults().report)
    logging.getLogger("aiohttp.server").addFilter(is_worth_a_line)
