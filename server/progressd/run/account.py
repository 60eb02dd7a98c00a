"""What is told of a command: the records of its beginning and its end. No I/O; `now` is the clock's."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from signal import SIGINT
    from typing import Any

    Record = dict[str, Any]
else:
    from _signal import SIGINT  # see signals.py


class Ending:
    """How a command ended: its status as of wait(2), CPU seconds and peak bytes (0 if unknown) of it and its own."""

    __slots__ = ("cpu", "peak", "status")

    def __init__(self, status: int, cpu: float, peak: int) -> None:
        self.status = status
        self.cpu = cpu
        self.peak = peak

    @property
    def code(self) -> int:
        """The exit status that a shell would show: 128 and the number if it was a signal."""
        number = self.signal
        return os.WEXITSTATUS(self.status) if number is None else 128 + number

    @property
    def signal(self) -> int | None:
        """The signal that ended it, if one did."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else None


class Account:
    """The task of one command. `about` are the fields of its beginning, `shown` its command line without secrets."""

    def __init__(self, key: str, about: Record, shown: str, now: Callable[[], float]) -> None:
        self.key = key
        self._about = about
        self._data: Record = {"command": shown}
        self._now = now
        self._begun = now()

    def begun(self) -> Record:
        """Return the record of its beginning."""
        return {"type": "start", "task": self.key, "time": self._begun, **self._about, "data": self._data}

    def started(self, pid: int) -> None:
        """It runs as this process; said with the rest."""
        self._data["pid"] = pid

    def paused(self) -> Record:
        """Return the record of its being stopped, as by ^Z."""
        return self._update(status="paused")

    def resumed(self) -> Record:
        """Return the record of its going on."""
        return self._update(status="running")

    def noted(self, text: str) -> Record:
        """Return the record of a line that is ours, in the command's log."""
        return {"type": "log", "task": self.key, "time": self._now(), "text": text}

    def ended(self, ending: Ending, why: str | None = None) -> list[Record]:
        """Return the records of its end: what it took, and how it ended; `why` if it was only to be started again."""
        if ending.signal is None:
            self._data["exit"] = ending.code
        else:
            self._data["signal"] = name_of(ending.signal)
        status, message = outcome(ending) if why is None else ("canceled", why)
        records = [self._update(data=self._data), self._stop(status, message, cpu=ending.cpu)]
        if ending.peak:
            self._data["peak_memory"] = ending.peak
            records.insert(0, self._metric("peak memory", ending.peak, "B"))
        return records

    def failed(self, why: str) -> list[Record]:
        """Return the records of its never having begun."""
        return [self._stop("failed", why)]

    def unknown(self) -> list[Record]:
        """Return the records of an end that nobody saw."""
        return [self._stop("canceled", "how it ended is not known: what watched it was killed")]

    def _update(self, **fields: Any) -> Record:
        return {"type": "update", "task": self.key, "time": self._now(), **fields}

    def _metric(self, name: str, value: float, unit: str) -> Record:
        return {"type": "metric", "task": self.key, "time": self._now(), "name": name, "value": value, "unit": unit}

    def _stop(self, status: str, message: str | None, **fields: float) -> Record:
        said = {} if message is None else {"message": message}
        return {"type": "stop", "task": self.key, "time": self._now(), "status": status, **said, **fields}


def outcome(ending: Ending) -> tuple[str, str | None]:
    """Return a task's status and its message: an interrupt was meant, any other end but 0 is a failure."""
    if ending.signal is not None:
        status = "canceled" if ending.signal == SIGINT else "failed"
        return status, f"killed by {name_of(ending.signal)}"
    return ("finished", None) if not ending.code else ("failed", f"exit status {ending.code}")


def name_of(number: int) -> str:
    """Return the name of a signal."""
    from signal import Signals  # noqa: PLC0415 - see signals.py

    try:
        return Signals(number).name
    except ValueError:  # one of those without a name, between SIGRTMIN and SIGRTMAX
        return f"signal {number}"
