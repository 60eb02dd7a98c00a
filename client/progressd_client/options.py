"""What may be said of a task beside its name."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .tasks import Task

OPTIONS = frozenset(
    ("total", "unit", "weight", "estimate", "parallel", "key", "parent", "message", "cpu", "data", "metric")
)


def take(self: "Task", more: "dict[str, Any]") -> None:
    """Set what was given beside the name. Raises TypeError for what no task has."""
    if not more.keys() <= OPTIONS:
        unknown = ", ".join(sorted(more.keys() - OPTIONS))
        raise TypeError(f"task() knows no argument {unknown}")
    self.total = more.pop("total", None)
    self.message = more.pop("message", None)
