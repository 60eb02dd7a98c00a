"""Tasks of other processes, to hang notes and children under."""

from .tasks import Task, _get, _set

TYPE_CHECKING = False


class Reference(Task):
    """A task that another process began and will end: notes and children may be hung under it."""

    __slots__ = ()
    _foreign = True

    def __enter__(self) -> "Task":
        """Make it the parent of what is started in the block, no more."""
        # What was current stands in a copy of its own: one reference may be entered twice, and in many threads at once.
        entered = reference(self._key or "", self.name)
        entered._before = _get()
        _set(entered)
        return self

    def __exit__(self, kind: object, error: "BaseException | None", at: object) -> None:
        """End the block; the task goes on."""
        entered = _get()
        if type(entered) is Reference and entered._key == self._key:
            _set(entered._before)

    def start(self, parents: bool = False) -> "Task":  # noqa: ARG002
        """Do nothing: it is not ours to start."""
        return self

    def _end(self, status: str, message: "str | None") -> None:
        """Do nothing: it is not ours to end."""


def reference(key: str, name: "str | None" = None) -> Task:
    """Return a task of another process, known by its `ref`."""
    self = Reference.__new__(Reference)
    self.name = name or key.rpartition(".")[2]
    self.completed = 0
    self.total = self.message = self._begun = self._ended = self._before = None
    self._key, self._more = key, {}
    return self
