"""Tools whose work becomes tasks by their own public interfaces: one module each, which imports the tool.

`auto.py` loads them when a program imports the tool, and calls `install`; a program may import them itself, and say
more. What goes wrong in here is counted (`stats().errors`) and kept from the tool.
"""

from functools import wraps

from ..faults import _report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ParamSpec, TypeVar

    Given = ParamSpec("Given")
    Kind = TypeVar("Kind")


def quiet(function: "Callable[Given, None]") -> "Callable[Given, None]":
    """Return the function such that it raises nothing: it is called by what must not break."""

    @wraps(function)
    def call(*args: "Given.args", **kwargs: "Given.kwargs") -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:
            _report(error)

    return call


def is_new(kind: "Any") -> bool:
    """Whether a class has not been hooked yet; from now on it has."""
    if getattr(kind, "_progressd_installed", False):
        return False
    kind._progressd_installed = True
    return True


def after_init(kind: "Kind", then: "Callable[[Any], None]") -> "Kind":
    """Have `then` called with each object of a class that is made from now on; return the class."""
    hooked: Any = kind
    if is_new(hooked):
        original = hooked.__init__

        @wraps(original)
        def __init__(self: "Any", *args: "Any", **kwargs: "Any") -> None:  # noqa: N807
            original(self, *args, **kwargs)
            then(self)

        hooked.__init__ = __init__
    return kind
