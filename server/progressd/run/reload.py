"""A command that is started again when files change: `progressd run --reload DIR -- COMMAND`.

Each run is one as without --reload, in a process of its own, and a new run of the same task. This process waits for
signals: of runs that ended, of the watcher that has something to say, and of people who want all to end.
Pages hear of changes by markers with a `kind`; that of code follows the beginning of the run that has the new code.
"""

from __future__ import annotations

import os
import signal
from time import monotonic, time

from .account import Ending, outcome
from .changed import Changed, is_reason
from .checking import failure
from .command import end_like, wait_for_reporter
from .kinds import CODE, Kinds, named
from .options import Order
from .outset import Outset, clean, say
from .overseen import Overseer
from .pace import Pace
from .reporter import start_reporter
from .signals import ENDS
from .tee import Tee

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

TYPED = ENDS - {signal.SIGTERM}
"""If one of these ended the command, somebody at its terminal meant all of it."""
FEW = 100
"""Files that are kept as reasons: one is named, the others are counted."""
AWAITED = ENDS | {signal.SIGCHLD, signal.SIGIO}


def run_reloading(order: Order) -> int:
    """Run a command again and again; return the last exit status, or end by the signal that ended it."""
    wanted = order.reload
    assert wanted is not None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    outset = Outset(order)
    order.key = outset.key  # the same each time
    tee = start_reporter(outset.telling, None)
    changed = Changed(wanted.folders, Kinds(os.getcwd(), wanted.ignored, wanted.code))  # noqa: PTH109
    try:
        status = Reloading(outset, tee, changed, before).run()
    finally:
        changed.close()
    wait_for_reporter(tee)
    return end_like(Ending(status, 0.0, 0))


class Reloading:
    """The runs of one command, one after the other. `before` are the signals that our caller had blocked."""

    def __init__(self, outset: Outset, tee: Tee, changed: Changed, before: set[int]) -> None:
        assert outset.order.reload is not None
        self._order = outset.order
        self._wanted = outset.order.reload
        self._outset = outset
        self._tee = tee
        self._before = before
        self._changed = changed
        self._pace = Pace()
        self._run: Overseer | None = None
        """None between two."""
        self._begun = 0.0
        """When the last one began, Unix seconds."""
        self._status = 0
        """How the last one ended, as of wait(2)."""
        self._reasons: dict[str, None] = {}
        """Files for which the command is to be started again."""
        self._is_paused = False
        self._is_ending = False

    def run(self) -> int:
        """Run until somebody ends it; with --production, until the command ends. Return its status as of wait(2)."""
        self._start("was started; changed files reload it")
        self._order.switches -= {"spawn", "open"}
        while self._run or not (self._is_ending or self._order.has("production")):
            self._wait()
            self._reap()
            if not self._is_ending:
                self._attend()
        return self._status

    def _start(self, why: str) -> None:
        def become() -> None:
            self._tee.close()
            self._changed.let_go()
            signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

        self._run = Overseer(self._order, self._marker(why, CODE), become)
        self._begun = self._run.begun

    def _wait(self) -> None:
        """Wait for a signal, or for the end of a pause."""
        pause = self._pace.pause(monotonic()) if self._is_paused else 0.0
        came = signal.sigtimedwait(AWAITED, pause) if self._is_paused else signal.sigwaitinfo(AWAITED)
        if came is None or came.si_signo not in ENDS:
            return
        self._is_ending = True
        if self._run is None:
            self._status = came.si_signo
        elif came.si_code <= 0 or came.si_signo == signal.SIGHUP:  # else the terminal told it
            self._run.send(came.si_signo)

    def _reap(self) -> None:
        """Take note of the end of the present run."""
        status = self._run.status() if self._run is not None else None
        if self._run is None or status is None:
            return
        ending = Ending(status, 0.0, 0)
        self._is_ending |= self._run.is_interrupted or ending.signal in TYPED
        self._run, self._status = None, status
        if not self._is_ending and not self._order.has("production"):
            self._say(f"{outcome(ending)[1] or 'finished'}; starts again when a file changes")

    def _attend(self) -> None:
        """Do what changed files ask for."""
        for said in self._changed.read():
            if "changed" in said:
                self._sort(said["changed"])
            elif "failed" in said:
                self._note(f"no longer watched: {said['failed']}")
            else:
                self._say(f"watches {named(self._wanted.folders)}")
        if not self._reasons or (self._run is not None and not self._run.has_started):
            return
        pause = self._pace.pause(monotonic())
        if not pause:
            self._restart()
        elif not self._is_paused:
            hint = "if the command itself writes that, see --reload-ignore"
            self._note(f"{self._why()}, again and again: waits for {pause:.0f} s; {hint}")
        self._is_paused = pause > 0

    def _sort(self, changed: dict[str, list[str]]) -> None:
        """Tell pages of what they can take over by themselves; the rest is a reason to start again."""
        own = self._run.writes() if self._run is not None else ()
        for kind, paths in changed.items():
            found = [path for path in paths if path not in own]
            # A command that runs serves what is no code; one that has ended had made something of it.
            if not self._order.has("production") and (kind == CODE or self._run is None):
                new = [path for path in found if is_reason(path, self._begun)]
                self._reasons |= dict.fromkeys(new[: FEW - len(self._reasons)])
            elif found:
                self._tell(self._marker(f"{self._named(found)} changed", kind))

    def _restart(self) -> None:
        """Start the command again, if the check lets us."""
        why, check = self._why(), self._wanted.check
        self._reasons.clear()
        wrote = failure(check, self._outset.environment(headless=False)) if check else None
        self._reap()  # the check took its time
        if wrote is not None:
            goes_on = "what runs goes on" if self._run is not None else "it is not started"
            self._note(
                f"{why}, but the check failed: {goes_on}{'' if self._order.has('no-log') else _last_line(wrote)}"
            )
            self._say(clean(os.fsdecode(wrote)).rstrip())
            return
        self._say(f"{why}: starts again")
        if self._run is not None:
            self._run.end(why)
            self._run = None
        if self._is_ending or signal.sigpending() & ENDS:
            return  # it was meant for the one that has just ended
        self._pace.restarted(monotonic())
        self._start(why)

    def _why(self) -> str:
        return f"{self._named(list(self._reasons))} changed"

    def _named(self, paths: Sequence[str]) -> str:
        here = os.getcwd() + "/"  # noqa: PTH109
        return named([clean(path.removeprefix(here)) for path in paths])

    def _marker(self, text: str, kind: str | None = None) -> dict[str, Any]:
        record = {"type": "marker", "task": self._outset.key, "time": time(), "text": text}
        return record if kind is None else {**record, "kind": kind}

    def _note(self, text: str) -> None:
        """Tell people here, and those who look at the task."""
        self._say(text)
        self._tell(self._marker(text))

    def _tell(self, record: dict[str, Any]) -> None:
        self._tee.record(record)
        self._tee.pump()

    def _say(self, text: str) -> None:
        if os.isatty(2):  # the command's terminal may be raw
            text = text.replace("\n", "\r\n") + "\r"
        say(self._order, text)


def _last_line(wrote: bytes) -> str:
    """Return what people look at first, as the end of a sentence."""
    lines = wrote.decode("utf-8", "replace").split("\n")
    return next((f": {line.strip()[:200]}" for line in reversed(lines) if line.strip()), "")
