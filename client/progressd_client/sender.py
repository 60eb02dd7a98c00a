"""The background: a thread that looks at open tasks ten times a second, and sends. Loaded at the first event.

An event after a quiet while is sent at once by the thread that made it (20 ms, at most 50 times a second), so that
a kill a moment later costs nothing of it. All else waits for the tick. While nothing is open the thread sleeps.
"""

import atexit
import os
import sys
from _thread import allocate_lock, start_new_thread
from time import monotonic, sleep

from . import tasks as hot
from .settings import Stats, settings

TICK = 0.1
"""Seconds between looks: smooth to the eye, and what a killed program loses at most."""
RETRY = 0.005
"""Seconds until more is offered to a door that was full."""
EDGE = 0.02
"""Seconds of quiet after which an event is sent at once."""
INLINE = 16
"""Queued events, and open tasks, up to which a program's own thread sends: bounds what that costs it to 0.1 ms."""
ROUND = 256
"""Queued events between two breaths: without them the program waits for the interpreter, 5 ms at a time."""
SELDOM = 5
"""Ticks between looks at the connection and the keys: soon enough to be back within a second of the daemon."""
GIVEN = 1.0
"""Seconds at the end of the program for whoever holds the lock: a busy machine may give it no time."""
NEVER = float("inf")
AGAIN = 10.0
"""Seconds after which open tasks are said again through a door that cannot tell whether anybody listens."""


class Sender:
    """This life of this process, as the daemon sees it. `lock` guards all of it but the thread's own doings."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = allocate_lock()
        self.ledger, self.pipe = settings.build(self.pid)
        self.running = False
        """There is a thread."""
        self.thread = 0
        self.parked = False
        """It sleeps until the bell is rung; else it will look in a moment anyway."""
        self.stopping = False
        self.leaving = False
        """The program is at its end: events are sent at once, and no thread starts any more."""
        self._bell = allocate_lock()
        self._bell.acquire()
        self._said_again = 0.0
        self._turn = 0

    def wake(self) -> None:
        """An event came after a quiet while. Never waits."""
        hot._due = monotonic() + EDGE
        if settings.target == "off":
            hot._due = NEVER
            return
        if os.getpid() != self.pid:
            from .forks import born  # noqa: PLC0415

            born()  # forked behind Python's back
        if not self.lock.acquire(timeout=self.pipe.door.linger if self.leaving else 0):
            return  # The thread is at it, or a signal came while this one was.
        try:
            if not self.running and not self.leaving:
                self._run()
            if len(hot._queue) + len(self.ledger.open) <= 2 * INLINE and not self.pipe.door.waits:
                self.collect()
                self.pipe.pump()
            if self.leaving:
                hot._due = -1.0
        finally:
            self.lock.release()
        if self.parked and not self.idle():
            self.ring()

    def ring(self) -> None:
        """Let the thread go on now."""
        try:  # noqa: SIM105 - contextlib costs more to import than all that is here
            self._bell.release()
        except RuntimeError:
            pass  # it was rung already

    def collect(self) -> None:
        """Make lines of all that is new. With the lock held."""
        ledger, pipe, queue = self.ledger, self.pipe, hot._queue
        ledger.look()
        while True:
            if pipe.fresh:
                pipe.fresh = False
                ledger.reannounce()
            lines: list[str] = []
            # Ends first: a task that began after another's end may have its key.
            count = min(ROUND, len(queue))
            ledger.ends(lines, pipe.full)
            ledger.take([queue.popleft() for _ in range(count)], lines, pipe.full)
            if not queue:
                break
            pipe.put(lines)
            sleep(0)
        if not pipe.full:
            ledger.sample(lines)
            ledger.lost += hot.counts.refused
            hot.counts.refused = 0
            ledger.losses(lines)
        pipe.put(lines)

    def tick(self) -> None:
        """Look, and send."""
        pipe = self.pipe
        with self.lock:
            self._turn += 1
            if self._turn % SELDOM == 0:
                self._look_around()
            if not pipe.connected and not pipe.door.waits:
                pipe.connect()
            self.collect()
            if not pipe.door.waits:
                pipe.pump()
        if pipe.door.waits:
            self._pump_slowly()

    def idle(self) -> bool:
        """Nothing is open, nothing waits."""
        return not (self.ledger.open or hot._queue or self.pipe.size)

    def _pump_slowly(self) -> None:
        """Send through a door that may take seconds, without the lock."""
        pipe = self.pipe
        while not self.stopping:
            if not pipe.connect():
                return
            with self.lock:
                head = pipe.head()
            if head is None:
                return
            try:
                count = pipe.door.send(*head)
                with self.lock:
                    pipe.took(count)
            except OSError as error:
                with self.lock:
                    pipe.broke(error)
                return

    def _look_around(self) -> None:
        self.pipe.check()
        self.ledger.keys.tidy()
        if not self.pipe.door.tells and monotonic() - self._said_again > AGAIN:
            self._said_again = monotonic()
            self.ledger.reannounce()

    def _run(self) -> None:
        self.running, self.stopping = True, False
        try:
            start_new_thread(self._loop, ())
        except RuntimeError as error:  # no threads any more, or none allowed
            self.running = False
            hot._report(error)
        _register_finalizer()

    def _loop(self) -> None:
        from _thread import get_native_id  # noqa: PLC0415

        self.thread = get_native_id()
        try:
            while not self.stopping:
                self._pause()
                if self.stopping:
                    break
                try:
                    self.tick()
                except Exception as error:
                    hot._report(error)
        finally:
            self.running = False

    def _pause(self) -> None:
        if not self.idle():
            wait = RETRY if self.pipe.size and self.pipe.connected else TICK
            self._bell.acquire(timeout=wait)
            return
        self.parked = True
        hot._due = -1.0
        # What came before the line above did not ring.
        if self.idle():
            self._bell.acquire()
        self.parked = False
        if not (self.stopping or self.leaving):
            # The event that rang was sent by who made it; without this wait the two would chase each other.
            self._bell.acquire(timeout=TICK)

    def leave(self) -> None:
        """The process ends in order: say what is still to say, for as long as the door lingers."""
        self.leaving = True
        self.stopping = not self.pipe.door.waits
        hot._due = -1.0
        if not self.lock.acquire(timeout=GIVEN):
            return
        until = monotonic() + self.pipe.door.linger
        try:
            self._abandon()
            self.collect()
            if not self.pipe.door.waits:
                self.pipe.pump()
        finally:
            self.lock.release()
        self.ring()
        while self.pipe.size and monotonic() < until and self.pipe.hopeful:
            sleep(0.001)
            if not self.pipe.door.waits and self.lock.acquire(blocking=False):
                self.pipe.pump()
                self.lock.release()

    def _abandon(self) -> None:
        """What is open now will not be ended by anybody."""
        self.collect()
        now = monotonic()
        for entry in self.ledger.open:
            if entry.task._ended is None:
                entry.task._more.setdefault("outcome", ("canceled", "its process ended"))
                entry.task._ended = now

    def flush(self, timeout: float) -> bool:
        """Send what there is; tell whether the door took it all within so many seconds."""
        until = monotonic() + timeout
        while settings.target != "off":
            if self.lock.acquire(timeout=max(0.0, until - monotonic())):
                try:
                    self.collect()
                    if not self.pipe.door.waits:
                        self.pipe.pump()
                finally:
                    self.lock.release()
                if not self.pipe.size:
                    return True
            if monotonic() >= until:
                return False
            self.ring()
            sleep(min(RETRY, max(0.0, until - monotonic())))
        return True

    def move(self) -> None:
        """The settings changed: from now on all goes by them. What is open is said there, whole."""
        with self.lock:
            self.collect()
            if not self.pipe.door.waits:
                self.pipe.pump()
            old, waiting = self.ledger, self.pipe.records
            self.pipe.door.close()
            self.ledger, self.pipe = settings.build(self.pid)
            self.ledger.inherit(old, waiting)
        hot._due = -1.0

    def reborn(self) -> None:
        """In a forked child: a life of its own."""
        self.pipe.door.close()
        self.pid = os.getpid()
        self.lock, self._bell = allocate_lock(), allocate_lock()
        self._bell.acquire()
        self.running = self.leaving = self.parked = False
        self.ledger, self.pipe = settings.build(self.pid)

    def stats(self) -> Stats:
        """Return what became of the records so far."""
        ledger, pipe = self.ledger, self.pipe
        lost = 0 if settings.target == "off" else ledger.lost + hot.counts.refused
        return Stats(pipe.sent, pipe.size, lost, hot.counts.errors, pipe.connected, settings.target)


def _register_finalizer() -> None:
    """Children of multiprocessing end by os._exit(), which skips atexit; they run these instead."""
    util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if util is not None and process is not None and process.parent_process() is not None:
        util.Finalize(None, leave, exitpriority=-1)


def wake() -> None:
    """See Sender.wake."""
    sender.wake()


def leave() -> None:
    """See Sender.leave. Never raises."""
    try:
        sender.leave()
    except Exception as error:
        hot._report(error)


sender = Sender()
atexit.register(leave)

from . import forks  # noqa: E402, F401 - needs the sender
