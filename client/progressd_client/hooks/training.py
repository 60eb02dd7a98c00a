"""A training as a task: what the callbacks of Keras, Lightning and Hugging Face's Trainer have in common."""

from math import isfinite

from ..faults import _report
from ..tasks import Task, task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Training:
    """One task at a time. What is begun within it, such as bars, hangs below it."""

    __slots__ = ("_task",)

    def __init__(self) -> None:
        self._task: Task | None = None

    def __bool__(self) -> bool:
        """Whether it goes on."""
        return self._task is not None

    def begin(self, name: str, total: "float | None", unit: str, done: float = 0) -> None:
        """Begin it, with so much done already if it was restored. What was left open before was given up."""
        self.end(status="canceled")
        self._task = task(name, total=total if total and isfinite(total) else None, unit=unit)
        self._task.completed = done
        self._task.__enter__()

    def at(self, done: float) -> None:
        """So much is done. Never less than before: Keras may tell of batches from several threads."""
        if self._task is not None and done > self._task.completed:
            self._task.completed = done

    def say(self, message: str) -> None:
        """Say what it is at."""
        if self._task is not None:
            self._task.message = message

    def measured(self, values: "Mapping[str, object] | None") -> None:
        """Note measurements, by name; what is no number is left out."""
        for name, value in (values or {}).items():
            try:
                number = float(value)  # type: ignore[arg-type] # tensors are asked for theirs
            except (TypeError, ValueError):
                continue
            if self._task is not None:
                self._task.metric(name, number)

    def end(self, error: "BaseException | None" = None, status: str = "finished") -> None:
        """End it, if it goes on: failed by an error, or canceled by one that cancels."""
        ended, self._task = self._task, None
        if ended is not None:
            if status == "canceled":
                ended.cancel()
            ended.__exit__(None, error, None)

    def __del__(self) -> None:
        # An exception ended it, and those who trained were not told: neither are their callbacks.
        try:
            self.end(status="canceled")
        except Exception as error:
            _report(error)
