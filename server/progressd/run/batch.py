"""A command run for each of many arguments: a task each, below one for all; so many at once, again if one failed."""

from __future__ import annotations

import os
import signal
from time import monotonic, time

from .account import name_of
from .command import BETWEEN, PATIENCE, wait_for_reporter
from .durations import Durations
from .items import Item, items_of
from .options import Order
from .outset import Outset, say
from .reporter import start_reporter
from .signals import ENDS
from .summary import summary
from .tee import HEARD, TAKEN, Tee

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def run_all(order: Order) -> int:
    """Run the command for each argument; return the worst exit status, or end by the signal that ended the batch."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDS | {signal.SIGCHLD})
    outset = Outset(order)
    tee = start_reporter(outset.telling, None, first=outset.find_daemon)
    durations = Durations(outset.key)
    batch = Batch(order, items_of(order, outset.key, durations.read()), outset, tee)
    batch.run(lambda item: _run_item(order, item, tee, before))
    durations.keep({item.argument: item.seconds for item in batch.items if item.code == 0})
    for line in summary(batch.items, batch.seconds):
        say(order, line)
    wait_for_reporter(tee)
    if batch.ended_by:
        signal.signal(batch.ended_by, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {batch.ended_by})
        signal.raise_signal(batch.ended_by)
    return max(item.code or 0 for item in batch.items)


class Batch:
    """The items, and which of them run. Single-threaded: it waits for signals, those of its children among them."""

    def __init__(self, order: Order, items: list[Item], outset: Outset, tee: Tee) -> None:
        self.items = items
        self.ended_by = 0
        """The signal that ended it all."""
        self.seconds = 0.0
        self._order = order
        self._outset = outset
        self._tee = tee
        self._running: dict[int, Item] = {}

    def run(self, start: Callable[[Item], int]) -> None:
        """Run all; `start` starts one and returns its process."""
        begun = monotonic()
        self._declare()
        waiting = iter(self.items)
        while self._fill(waiting, start) or self._running:
            came = signal.sigwaitinfo(ENDS | {signal.SIGCHLD})
            if came.si_signo in ENDS:
                self._end_by(came)
            self._reap(start)
        self.seconds = monotonic() - begun
        self._conclude()

    def _declare(self) -> None:
        """Tell what is to come, before any of it begins."""
        parallel = self._order.jobs > 1
        about = self._outset.about()
        data = {"command": self._outset.shown}
        self._say("start", self._outset.key, **about, parallel=parallel, pid=os.getpid(), data=data)
        for item in self.items:
            self._say("update", item.key, status="waiting", name=item.name, weight=item.weight)
        # The items tell of themselves, each by its own way: what is said here shall be there first. Our own reporter,
        # which a busy machine gives no time, is waited for with patience; a daemon that reads nothing is not.
        wait_for_reporter(self._tee, BETWEEN, TAKEN)
        wait_for_reporter(self._tee, until=HEARD)

    def _fill(self, waiting: Iterator[Item], start: Callable[[Item], int]) -> bool:
        """Start as many as may run at once; return whether any was."""
        started = False
        while len(self._running) < self._order.jobs and not self._is_ending():
            item = next(waiting, None)
            if item is None:
                break
            self._start(item, start)
            started = True
        return started

    def _start(self, item: Item, start: Callable[[Item], int]) -> None:
        item.attempts += 1
        item.begun = monotonic()
        self._running[start(item)] = item

    def _is_ending(self) -> bool:
        """Nothing more is to be begun."""
        return bool(self.ended_by) or (
            self._order.has("stop-at-failure")
            and any(item.code and item not in self._running.values() for item in self.items)
        )

    def _end_by(self, came: signal.struct_siginfo) -> None:
        """End what runs, and begin nothing more."""
        self.ended_by = came.si_signo
        for pid in self._running:
            if came.si_code <= 0:  # else the terminal has told them
                os.kill(pid, came.si_signo)

    def _reap(self, start: Callable[[Item], int]) -> None:
        """Take note of what has ended, and run again what may be."""
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            item = self._running.pop(pid, None)
            if item is None:
                continue
            item.ended(status, monotonic())
            if item.signal == signal.SIGINT and not self.ended_by:
                self.ended_by = signal.SIGINT  # ^C in a terminal of its own: the user meant all of it
            elif item.code and item.attempts <= self._order.retry and not self.ended_by:
                self._start(item, start)

    def _conclude(self) -> None:
        """Tell how it ended."""
        failed = sum(1 for item in self.items if item.code)
        for item in self.items:
            if item.code is None:
                self._say("stop", item.key, status="canceled", message="it was not begun")
        if self.ended_by:
            self._stop("canceled", f"ended by {name_of(self.ended_by)}")
        elif failed:
            self._stop("failed", f"{failed} of {len(self.items)} failed")
        else:
            self._stop("finished", None)

    def _stop(self, status: str, message: str | None) -> None:
        self._say("stop", self._outset.key, status=status, **({} if message is None else {"message": message}))

    def _say(self, kind: str, key: str, **fields: object) -> None:
        self._tee.record({"type": kind, "task": key, "time": time(), **fields})
        self._tee.pump()


def _run_item(order: Order, item: Item, tee: Tee, before: set[int]) -> int:
    """Fork a process that runs an item; return its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 70  # EX_SOFTWARE
    try:
        tee.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        apart = order.jobs > 1
        if apart:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # several cannot share what is typed
        from .command import run_one  # noqa: PLC0415

        code = run_one(item.order(order), whole_lines=apart, patience=BETWEEN if order.retry else PATIENCE)
    finally:
        os._exit(code)
