"""What a batch runs its command for: arguments with their weights, keys and fates."""

from __future__ import annotations

import os
import stat

from progressd_client.keys import segment

from .durations import weights
from .options import HISTORY, SAME, SIZE, Order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = "{}"
"""Stands for the argument in the command; without it the argument comes last."""


class Item:
    """One argument: its task, and what became of it so far."""

    def __init__(self, argument: str, key: str, weight: float) -> None:
        self.argument = argument
        self.key = key
        self.weight = weight
        self.name = os.fsencode(argument).decode("utf-8", "replace")
        self.code: int | None = None
        """Its exit status, 128 and the number if a signal ended it; None before its end."""
        self.signal = 0
        self.attempts = 0
        self.begun = 0.0
        self.seconds = 0.0
        """Of its last attempt."""

    def ended(self, status: int, now: float) -> None:
        """Its process ended so."""
        self.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self.code = 128 + self.signal if self.signal else os.WEXITSTATUS(status)
        self.seconds = now - self.begun

    def order(self, batch: Order) -> Order:
        """Return what is to be run for it."""
        made = Order(fill(batch.command, self.argument))
        made.name, made.key, made.weight = self.name, self.key, self.weight
        made.switches = (batch.switches | {"quiet"}) - {"spawn", "open"}
        if batch.jobs > 1 and not batch.has("pty"):
            made.switches.add("no-pty")
        return made


def items_of(order: Order, above: str, durations: Mapping[str, float]) -> list[Item]:
    """Return the items of a batch whose task is `above`; `durations` are those of its arguments that are known."""
    arguments = order.arguments or []
    sizes = None if order.weigh == SAME else _sizes(arguments, must=order.weigh == SIZE)
    known = durations if order.weigh == HISTORY else {}
    keys: dict[str, int] = {}
    items = []
    for argument, weight in zip(arguments, weights(arguments, sizes, known), strict=True):
        place = segment(argument)
        number = keys[place] = keys.get(place, 0) + 1
        key = f"{above}.{place}" if number == 1 else f"{above}.{place}#{number}"
        items.append(Item(argument, key, weight))
    return items


def fill(command: list[str], argument: str) -> list[str]:
    """Return a command with its argument in place."""
    if not any(PLACE in word for word in command):
        return [*command, argument]
    return [word.replace(PLACE, argument) for word in command]


def _sizes(arguments: list[str], *, must: bool) -> list[int] | None:
    """Return the sizes of the files in bytes; None if they are not all files, unless `must`."""
    sizes = [_size(argument) for argument in arguments]
    return None if None in sizes and not must else [size or 0 for size in sizes]


def _size(path: str) -> int | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - pathlib costs more to import than all that is here
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
