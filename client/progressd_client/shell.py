"""`progressd send`: one record from a shell script. It never fails the script, unless it is asked to.

A script may call it in a loop, so what is slow to import is left out or left for later: argparse and json alone would
take as long as all the rest.
"""

import os
import sys
from time import monotonic, sleep

from .shell_options import TARGETS, Call, UsageError, help_text, parse
from .target import default_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .doors import Door

PATIENCE = 2.0
"""Seconds that a daemon that is busy may take to make room; HTTP has its own limit."""
PAUSE = 0.01
"""Seconds between attempts meanwhile."""


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Send what the command line says; return the exit status.

    0; 1 if `--strict` and nobody took it; 2 for a mistake in the command line.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        call = parse(given, os.environ)
        if call is None:
            sys.stdout.write(help_text())
            return 0
    except UsageError as error:
        _say(str(error))
        return 2
    return _send(call)


def _send(call: Call) -> int:
    try:
        way = _door(call)
        if way is not None:
            _deliver(way, call.line())
    except UsageError as error:
        _say(str(error))
        return 2
    except Exception as error:
        if not call.quiet:
            _say(f"nobody took it at {_target(call)}: {_reason(error)}")
        return int(call.strict)
    return 0


def _target(call: Call) -> str:
    return call.target or os.environ.get("PROGRESSD_TARGET") or f"unix:{default_socket()}"


def _door(call: Call) -> "Door | None":
    """Return the way to the daemon, None if it is off. Raises UsageError, or ValueError if the environment is wrong."""
    target = _target(call)
    if target == "off":
        return None
    from .settings import door  # noqa: PLC0415 - a mistake is told without it

    try:
        return door(target, os.environ.get("PROGRESSD_TOKEN"))
    except Exception:
        if call.target:
            raise UsageError(f"--target is {target!r}, which names no place; it is {TARGETS}") from None
        raise ValueError(f"$PROGRESSD_TARGET names no place; it is {TARGETS}") from None


def _deliver(way: "Door", line: bytes) -> None:
    """Give all of it to the daemon, or raise."""
    until = monotonic() + PATIENCE
    taken, opened = 0, False
    while taken < len(line):
        try:
            if not opened:
                way.open()
                opened = True
            taken += way.send(line, taken)
        except BlockingIOError:
            if monotonic() > until:
                raise TimeoutError(f"it has been too busy for {PATIENCE:g} s") from None
            sleep(PAUSE)
    way.close()


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is not there; is a daemon running? `progressd` starts one"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there; `progressd` starts a daemon"
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{said}; the daemon's secret goes into $PROGRESSD_TOKEN" if said.endswith(" 401") else said


def _say(text: str) -> None:
    try:
        sys.stderr.write(f"progressd send: {text}\n")
    except (AttributeError, OSError):  # closed, as by `2>&-`
        return


if __name__ == "__main__":
    sys.exit(main())
