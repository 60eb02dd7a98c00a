"""Records to the daemon, through the client's pipe and door: bounded, said again where a connection broke off."""

from __future__ import annotations

from _thread import RLock, start_new_thread
from time import monotonic, time

from progressd_client.pipe import Pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NOTES = ("log", "marker", "metric")
"""What would show if it came twice; so it is numbered. All else is absolute."""
AGAIN = 10.0
"""Seconds after which what stands is said again through a door that cannot tell whether anybody listens."""
HEARD = 0.2
"""Seconds between looks whether the daemon is still there, while there is nothing to say."""
FEW = 1000
"""Lines that are gathered: each piece that is sent costs as much as ten of them."""


class Telling:
    """Says records. `source` is this process, for the numbers of notes; `is_expected`: a daemon is about to come."""

    def __init__(self, pipe: Pipe, source: str, *, is_expected: bool) -> None:
        self.is_expected = is_expected
        """There has been a daemon, or there will be: it is worth waiting for."""
        self.lost = 0
        """Notes that were left out since that was last said: the daemon is away, or takes nothing."""
        self.is_stopped = False
        """The end of the task that was begun first was told."""
        self._pipe = pipe
        self._source = source
        self._seq = 0
        self._lines: list[str] = []
        self._standing: dict[str, dict[str, Any]] = {}
        """What was last said of the tasks that have not ended, whole: for a daemon that knows nothing."""
        self._missed: dict[str, dict[str, Any]] = {}
        """The updates of a task for which there was no room, as one: said once there is."""
        self._first: str | None = None
        self._said_again = monotonic()
        self._looked = 0.0
        self._lock = RLock()
        """Held by who touches the pipe, if its door makes one wait: then a thread does that."""
        self._sending = False
        self._encode: Callable[[object], str] | None = None
        """Made when it is first needed: the command need not wait for the import."""

    def say(self, record: dict[str, Any]) -> None:
        """Say a record as soon as can be."""
        if record["type"] in NOTES:
            if self._pipe.full:
                self.lost += 1
                return
            self._seq += 1
            record = {**record, "source": self._source, "seq": self._seq}
        else:
            if record["type"] == "start":
                record = {**record, "source": self._source}  # so the daemon notices if we are gone before its end
            self._remember(record)
            key = record["task"]
            if record["type"] == "update" and self._pipe.full:
                self._missed[key] = _merged(self._missed.get(key, {}), record)
                return
            if key in self._missed:
                self._put(self._missed.pop(key))
        self._put(record)

    def pump(self) -> None:
        """Send what the door takes. Never waits."""
        self.is_expected = self.is_expected or self._pipe.connected
        if self.lost and not self._pipe.full and self._first is not None:
            text = f"[{self.lost:,} lines are left out here: the daemon took nothing for too long]"
            self.lost = 0
            self.say({"type": "log", "task": self._first, "time": time(), "text": text})
        while self._missed and not self._pipe.full:
            self._put(self._missed.pop(next(iter(self._missed))))
        if self._pipe.door.waits:
            self._hand_over()
            if not self._sending:
                self._sending = True
                start_new_thread(self._send_slowly, ())
            return
        if monotonic() - self._looked > HEARD:
            self._looked = monotonic()
            self._pipe.check()
            self._pipe.connect()
        self._say_again()
        self._hand_over()
        self._pipe.pump()

    def _say_again(self) -> None:
        """Say what stands to a daemon that may know nothing."""
        if self._pipe.fresh or (not self._pipe.door.tells and monotonic() - self._said_again > AGAIN):
            self._pipe.fresh, self._said_again = False, monotonic()
            for record in list(self._standing.values()):
                self._put(record)

    def _send_slowly(self) -> None:
        """Send all there is through a door that may take seconds."""
        pipe = self._pipe
        try:
            while pipe.connect():
                with self._lock:
                    self._say_again()
                    head = pipe.head()
                if head is None:
                    break
                try:
                    count = pipe.door.send(*head)
                except OSError as error:
                    with self._lock:
                        pipe.broke(error)
                    break
                with self._lock:
                    pipe.took(count)
        finally:
            self._sending = False

    @property
    def is_done(self) -> bool:
        """All is on its way."""
        return not (self._pipe.size or self._lines or self._missed)

    @property
    def is_heard(self) -> bool:
        """It has arrived, as far as anybody can tell: what another connection says from now on comes after."""
        return self.is_done and not self._pipe.door.unread()

    @property
    def is_hopeless(self) -> bool:
        """There is nobody to tell at present."""
        return self._pipe.failing

    def _remember(self, record: dict[str, Any]) -> None:
        key = record["task"]
        self._first = self._first or key
        if record["type"] == "stop":
            self._standing.pop(key, None)
            self.is_stopped = self.is_stopped or key == self._first
        elif record["type"] == "start":
            self._standing[key] = record
        else:
            known = self._standing.get(key, {})
            self._standing[key] = {**_merged(known, record), "time": known.get("time", record["time"])}

    def _put(self, record: dict[str, Any]) -> None:
        if self._encode is None:
            from json import JSONEncoder  # noqa: PLC0415

            self._encode = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
        self._lines.append(self._encode(record) + "\n")
        if len(self._lines) >= FEW:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
            self._pipe.put(lines)


def _merged(known: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    data = {**known.get("data", {}), **record.get("data", {})}
    return {**known, **record, "data": data} if data else {**known, **record}
