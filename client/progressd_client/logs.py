"""Log records as lines of the current task: `logging.getLogger().addHandler(TaskLog())`."""

import logging
from _thread import get_ident

from .api import log
from .faults import _report


class TaskLog(logging.Handler):
    """Sends each record to the task in whose block it was made, else to the first of the process.

    `stream` of the line is the level, such as "warning". It never waits and raises nothing; what is logged while a
    record is being written is left out, for it would be logged without end.
    """

    def __init__(self, level: "int | str" = logging.NOTSET) -> None:
        super().__init__(level)
        self._busy: set[int] = set()

    def handle(self, record: logging.LogRecord) -> bool:
        """Send it, if no filter objects. Takes no lock: a line is one append."""
        me = get_ident()
        if me in self._busy:
            return False
        self._busy.add(me)
        try:
            kept = self.filter(record)
            if kept:
                self.emit(kept if isinstance(kept, logging.LogRecord) else record)
            return bool(kept)
        except Exception as error:
            _report(error)
            return False
        finally:
            self._busy.discard(me)

    def emit(self, record: logging.LogRecord) -> None:
        """Send it."""
        log(self.format(record), stream=record.levelname.lower())
