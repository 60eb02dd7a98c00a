"""Tasks that were over before anybody looked: most of them, where there are many. Two lines each, as cheap as can be.

What such a task has in common with the one before it (name and parent: they come from one line of a program) is
remembered, so that a number and two times are all that has to be made.
"""

from itertools import count

from .keys import Keys, key_of, segment
from .tasks import Task
from .wire import NAME, quote, text


class Brief:
    """Says them. `where` is the host and the process, in JSON."""

    def __init__(self, keys: Keys, where: str) -> None:
        self._keys = keys
        self._where = where
        self._zero = 0.0
        """When, on the monotonic clock, the present second of the other clock began."""
        self._second = ""
        self._above: Task | None = None
        self._name: str | None = None
        self._base = self._start = ""
        self._numbers = count(1)

    def look(self, offset: float) -> None:
        """What is stamped from now on is stamped with this difference of the clocks."""
        self._zero = -offset
        self._second = ""

    def say(self, task: Task, lines: "list[str]") -> bool:
        """Add both lines, if it is such a task."""
        ended, above, name = task._ended, task._before, task.name
        if ended is None or task._more or task._key is not None or task.completed != 0:
            return False
        if task.total is not None or task.message is not None:
            return False
        if (above is not self._above or name is not self._name) and not self._know(above, name):
            return False
        if above is not None:
            if above._ended is not None or above.total is not None or above._foreign or "plan" in above._more:
                return False
            number = next(self._numbers)
            key = self._base if number == 1 else f"{self._base}#{number}"
        elif not self._keys.borrow(self._base):
            return False
        else:
            key = self._base
        task._key = key
        lines.append(f'{{"type":"start","task":"{key}","time":{self._at(task._begun or 0.0)}{self._start}')
        lines.append(f'{{"type":"stop","task":"{key}","time":{self._at(ended)}}}\n')
        return True

    def _know(self, above: "Task | None", name: str) -> bool:
        """Take over what the next have in common; False if it takes more than this to say it."""
        self._above, self._name = None, None
        if type(name) is not str:
            return False
        place = segment(name)
        if above is None:
            base = place.lstrip("_") + self._keys.at
            if self._keys.parent is not None or not base:
                return False
        else:
            base = f"{key_of(above)}.{place}"
            if above._foreign or len(base) > 800:
                return False
            self._numbers = above._more.setdefault("kids", {}).setdefault(place, count(1))
        if quote(base) != f'"{base}"':
            return False
        self._above, self._name, self._base = above, name, base
        # The name is said of each: with a number after it a key does not tell it any more.
        self._start = f',"name":{text(name, NAME)}{self._where if above is None else ""}}}\n'
        return True

    def _at(self, moment: float) -> str:
        microseconds = int((moment - self._zero) * 1e6)
        if not self._second or not 0 <= microseconds < 1_000_000:
            whole = microseconds // 1_000_000
            # Whole seconds are taken off once; what is left has few digits, which is faster to print.
            self._zero += whole
            self._second = f"{int(self._second[:-1] or 0) + whole}."
            microseconds -= whole * 1_000_000
        return self._second + str(1_000_000 + microseconds)[1:]
