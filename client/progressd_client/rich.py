"""Progress displays of rich whose tasks are tasks: `from progressd_client.rich import Progress`, or `attach(progress)`.

What is drawn is drawn by rich, whose class ours is derived from. A task that reaches its total is finished; one that
is still on its way when it is removed, or when the display stops, is canceled, or failed by an exception on its way up.
"""

from importlib import import_module

from .displays import adopt, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Display = TypeVar("Display")


def attach(progress: "Display") -> "Display":
    """Make tasks of what a `rich.progress.Progress` shows, also of what it shows already; return it."""
    adopted: Display = adopt(progress)
    return adopted


def __getattr__(name: str) -> "Any":
    """Give `Progress` when it is asked for. Raises ImportError if rich is not installed."""
    if name != "Progress":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    real = import_module("rich.progress").Progress
    names = {"__module__": __name__, "__doc__": real.__doc__}
    globals()[name] = made = install(type(name, (real,), names))
    return made
