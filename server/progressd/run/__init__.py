"""`progressd run`: any command as a task, with nothing changed about how it runs.

It is started for commands that may be over at once, so nothing slow is imported here: no asyncio, no msgspec, no re.
"""

from __future__ import annotations

import os
import sys

from .options import Order, UsageError, help_text, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run what the command line says; return the exit status, or end by the signal that ended the command.

    2 is a mistake in the command line, 126 and 127 are a command that cannot be run or is not there, as in a shell.
    """
    try:
        order = parse(arguments)
        if order is None:
            sys.stdout.write(help_text())
            return 0
        return _run(order)
    except UsageError as mistake:
        _say(str(mistake))
        return 2
    except OSError as error:  # no terminal, no pipe, no process to be had
        _say(f"cannot run anything: {error.strerror}")
        return 126


def _run(order: Order) -> int:
    from progressd_client.settings import door, settings  # noqa: PLC0415 - the help does without

    target = order.target or settings.target
    try:
        door(target, settings.token)
    except Exception:
        where = "--target" if order.target else "$PROGRESSD_TARGET"
        raise UsageError(
            f"{where} is {target!r}; say unix:PATH, http://HOST:PORT, udp:HOST:PORT, file:PATH, off"
        ) from None
    settings.target = target
    if order.arguments is not None:
        from .batch import run_all  # noqa: PLC0415

        return run_all(order)
    if order.reload is not None and not order.has("static"):
        from .reload import run_reloading  # noqa: PLC0415

        return run_reloading(order)
    from .command import run_one  # noqa: PLC0415

    return run_one(order)


def _say(text: str) -> None:
    try:
        os.write(2, f"progressd run: {text}\n".encode("utf-8", "replace"))
    except OSError:  # closed, as by `2>&-`
        return
