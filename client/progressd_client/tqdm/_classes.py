"""Classes of tqdm whose bars are tasks, derived from its own when they are asked for."""

from importlib import import_module

from ..bars import install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_made: "dict[Any, Any]" = {}


def of(module: str) -> "Any":
    """Return the class `tqdm` of that module, such that each bar is a task; a silent one if there is no tqdm."""
    try:
        real = import_module(module).tqdm
    except ImportError:
        from .silent import Bar  # noqa: PLC0415 - only where tqdm is missing

        return Bar
    if real not in _made:
        names = {"__module__": "progressd_client.tqdm", "__doc__": real.__doc__}
        _made[real] = install(type("tqdm", (real,), names))
    return _made[real]


def range_of(kind: "Any") -> "Callable[..., Any]":
    """Return the class's `trange`."""

    def trange(*args: int, **kwargs: "Any") -> "Any":
        """As `tqdm(range(*args), **kwargs)`."""
        return kind(range(*args), **kwargs)

    return trange
