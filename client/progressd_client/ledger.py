"""What the daemon has been told, and what it must still be: queued events and sampled tasks to lines. No I/O.

Progress is state, not history: it is looked at, never queued, so what is not sent in time costs nothing. Updates carry
no `seq` (the daemon takes them fastest so, and a repeat does no harm); notes do, since a repeated one would show.
"""

from time import monotonic, time

from .brief import Brief
from .keys import Keys, key_of, parent_of, settling
from .notes import ABOUT
from .tasks import Task, _report
from .wire import KEY, LINE, NAME, WORD, amount, extras, quote, stamp, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Step = tuple[str, "float | None", "float | None"]

MOST = 1 << 53
"""Beyond it JSON's numbers are not exact."""
OPEN = 65_536
"""Tasks that are watched at a time; more are counted as lost."""


class Entry:
    """An open task, and what was last said of it."""

    __slots__ = ("announced", "done", "initial", "key", "message", "moves", "task", "total")

    def __init__(self, task: Task, key: str) -> None:
        self.task = task
        self.key = key
        self.announced = False
        self.moves = f'{{"type":"update","task":{key},"time":'
        self.done: float = 0
        self.initial: str | None = None
        """What was done when it began: restored work, which is no speed."""
        self.total = task.total
        self.message = task.message


class Ledger:
    """Makes lines. `keys` makes the keys; `source` is this life of this process, `host` and `pid` where it runs."""

    def __init__(self, keys: Keys, source: str, host: str, pid: int) -> None:
        self.open: list[Entry] = []
        self.lost = 0
        """Records that will never be sent."""
        self.told = 0
        """How many of the lost the daemon was told of."""
        self.keys = keys
        self.root: str | None = None
        """Where losses are shown: the first task of this process, in JSON."""
        self._source = f'"source":{text(source, WORD)},"seq":'
        self._where = f',"host":{text(host, WORD)},"pid":{pid}'
        self._seq = 0
        self._brief = Brief(keys, self._where)
        self._offset = 0.0

    def look(self) -> None:
        """Look at both clocks: what follows is stamped by them, also after the machine slept or its time was set."""
        self._offset = time() - monotonic()
        self._brief.look(self._offset)

    def take(self, items: "Iterable[Task | tuple[Any, ...]]", lines: "list[str]", full: bool) -> None:
        """Add lines for what was queued. While `full`, only what will still be true later is kept."""
        say_brief = self._brief.say
        with settling:
            for item in items:
                try:
                    if isinstance(item, tuple):
                        self._note(item, lines, full)
                    elif full or type(item) is not Task or not say_brief(item, lines):
                        self._begin(item, lines, full)
                except Exception as error:
                    self.lost += 1
                    _report(error)

    def ends(self, lines: "list[str]", full: bool) -> None:
        """Add lines for the tasks that ended, the last to begin first: children before their parents.

        While `full`, an end that the daemon waits for is kept; what it never heard of need not be told.
        """
        # While nothing ended, which is nearly always, this costs 20 ns a task.
        ended = [entry for entry in self.open if entry.task._ended is not None]
        if not ended:
            return
        gone = set()
        for entry in reversed(ended):
            if full and entry.announced:
                continue
            gone.add(id(entry))
            if full:
                self.lost += 2
                self.keys.end(entry.task._key or "")
            else:
                self._finish(entry, lines)
        self.open = [entry for entry in self.open if id(entry) not in gone]

    def sample(self, lines: "list[str]") -> None:
        """Add lines for the tasks that moved since they were last looked at."""
        # The common case is written out: a thousand moving tasks must not cost a percent of a core.
        now = monotonic()
        at, append = self._at(now), lines.append
        for entry in self.open:
            task = entry.task
            try:
                done = task.completed
                if entry.announced and task.message is entry.message and task.total is entry.total:
                    if done is entry.done or done == entry.done:
                        continue
                    if type(done) is int and 0 <= done < MOST:
                        entry.done = done
                        append(f'{entry.moves}{at},"done":{done}}}\n')
                        continue
                if not entry.announced:
                    self._announce(entry, lines)
                self._moved(entry, lines, now)
            except Exception as error:
                # What cannot be compared today will not be tomorrow: it is not looked at again.
                self.open = [other for other in self.open if other is not entry]
                _report(error)

    def reannounce(self) -> None:
        """The daemon may know nothing: all that is open is to be said again, whole."""
        for entry in self.open:
            entry.announced = False

    def inherit(self, old: "Ledger", unsent: int) -> None:
        """Go on where another left off; so many of its records will not be sent."""
        self.open, self.root = old.open, old.root
        self.lost, self.told = old.lost + unsent, old.told
        self.keys.inherit(old.keys)
        self.reannounce()

    def losses(self, lines: "list[str]") -> None:
        """Add a line that tells of losses, if there are new ones."""
        if self.lost > self.told and self.root is not None:
            lines.append(
                f'{{"type":"metric","task":{self.root},"time":{self._at(monotonic())},"name":"progressd.lost",'
                f'"value":{self.lost},"unit":"records"}}\n'
            )
            self.told = self.lost

    def _finish(self, entry: Entry, lines: "list[str]") -> None:
        try:
            if not entry.announced:
                self._announce(entry, lines)
            self._moved(entry, lines, entry.task._ended or 0.0)
        except Exception as error:
            _report(error)
        self._end(entry.task, entry.key, lines)

    def _at(self, moment: float) -> str:
        return stamp(moment + self._offset)

    def _begin(self, task: Task, lines: "list[str]", full: bool) -> None:
        ended = task._ended is not None
        if ended and full:
            self.lost += 2
            return
        key = quote(key_of(task))
        if self.root is None:
            self.root = key
        if ended:
            self._finish(Entry(task, key), lines)
        elif len(self.open) >= OPEN:
            self.lost += 2
        else:
            entry = Entry(task, key)
            entry.initial = amount(task.completed) if task.completed else None
            self.open.append(entry)
            if not full:
                self._announce(entry, lines)

    def _announce(self, entry: Entry, lines: "list[str]") -> None:
        task, more = entry.task, entry.task._more
        key = task._key or ""
        line = f'{{"type":"start","task":{entry.key},"time":{self._at(task._begun or 0.0)}'
        above, dot, last = key.rpartition(".")
        if task.name != last:
            line += f',"name":{text(task.name, NAME)}'
        if not dot:
            line += self._where
        total = amount(task.total) if task.total is not None else None
        if total is not None:
            line += f',"total":{total}'
        if entry.initial is not None:
            line += f',"done":{entry.initial}'
        above_it = task._before
        if more or (self.keys.parent if above_it is None else above_it.total is not None or above_it._foreign):
            line += self._about(task, above, more)
        if task.message is not None:
            line += f',"message":{text(task.message)}'
        lines.append(line + "}\n")
        entry.announced, entry.done, entry.total, entry.message = True, 0, task.total, task.message
        if "paused_at" in more:
            lines.append(self._status(entry.key, "paused", more["paused_at"]))
        if "plan" in more:
            self._plan(more["plan"].items(), lines)

    def _about(self, task: Task, above: str, more: "dict[str, Any]") -> str:
        line = ""
        parent = parent_of(task)
        weight = more.get("weight")
        if weight is None and isinstance(parent, Task) and parent.total is not None and "planned" not in more:
            weight = 0
        for field, value in (("weight", weight), ("estimate", more.get("estimate"))):
            number = amount(value) if value is not None else None
            if number is not None:
                line += f',"{field}":{number}'
        if more.get("unit") is not None:
            line += f',"unit":{text(more["unit"], WORD)}'
        if more.get("parallel") is not None:
            line += f',"parallel":{"true" if more["parallel"] else "false"}'
        line += extras(more)
        if parent is not None:
            parent_key = parent if isinstance(parent, str) else key_of(parent)
            explicit = more.get("parent") is not None or not above
            if parent_key != above and (explicit or "~" in above):
                line += f',"parent":{text(parent_key, KEY)}'
            if isinstance(parent, str) or parent._foreign:
                line += self._where
        return line

    def _moved(self, entry: Entry, lines: "list[str]", moment: float) -> None:
        """Say how far a task is, if that is news."""
        task, said = entry.task, ""
        if task.completed != entry.done:
            entry.done = task.completed
            done = amount(entry.done)
            if done is not None:
                said += f',"done":{done}'
        if task.total != entry.total:
            entry.total = task.total
            total = amount(entry.total) if entry.total is not None else None
            if total is not None:
                said += f',"total":{total}'
        if task.message is not entry.message:
            entry.message = task.message
            if entry.message is not None:
                said += f',"message":{text(entry.message)}'
        if said:
            lines.append(f'{{"type":"update","task":{entry.key},"time":{self._at(moment)}{said}}}\n')

    def _end(self, task: Task, key: str, lines: "list[str]") -> None:
        line = f'{{"type":"stop","task":{key},"time":{self._at(task._ended or 0.0)}'
        if task._more:
            status, message = task._more.get("outcome", ("finished", None))
            if status != "finished":
                line += f',"status":"{status}"'
            if message is not None:
                line += f',"message":{text(message)}'
            if "cpu_taken" in task._more:
                line += f',"cpu":{task._more["cpu_taken"]:.6f}'
        lines.append(line + "}\n")
        self.keys.end(task._key or "")

    def _status(self, key: str, status: str, moment: float) -> str:
        return f'{{"type":"update","task":{key},"time":{self._at(moment)},"status":"{status}"}}\n'

    def _note(self, event: "tuple[Any, ...]", lines: "list[str]", full: bool) -> None:
        task, kind, moment = event[:3]
        if full:
            self.lost += 1
            return
        key = quote(key_of(task)) if isinstance(task, Task) else quote(task) if task else self.root
        if kind in ("paused", "running"):
            lines.append(self._status(key or "null", kind, moment))
            return
        if kind == "parallel":
            lines.append(f'{{"type":"update","task":{key or "null"},"parallel":true}}\n')
            return
        if kind == "plan":
            self._plan(event[3], lines)
            return
        about = ABOUT[kind](*event[3:])
        if about is None or len(about) > LINE:
            self.lost += 1
            return
        self._seq += 1
        lines.append(
            f'{{"type":"{kind}","task":{key or "null"},"time":{self._at(moment)},{about}{self._source}{self._seq}}}\n'
        )

    def _plan(self, steps: "Iterable[tuple[str, Step]]", lines: "list[str]") -> None:
        """Say what is going to be done, unless it was begun meanwhile."""
        for name, (key, weight, estimate) in list(steps):
            line = f'{{"type":"update","task":{quote(key)},"status":"waiting","name":{text(name, NAME)}'
            for field, value in (("weight", weight), ("estimate", estimate)):
                number = amount(value) if value is not None else None
                if number is not None:
                    line += f',"{field}":{number}'
            lines.append(line + "}\n")
