"""What a marker, a line and a measurement say, as JSON."""

from .wire import NAME, WORD, measure, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def _text(said: object, stream: object = None) -> str:
    return f'"text":{text(said)},' + (f'"stream":{text(stream, WORD)},' if stream is not None else "")


def _measurement(name: object, value: float, unit: object, dimensions: "dict[str, object]") -> "str | None":
    number = measure(value)
    if number is None:
        return None
    line = f'"name":{text(name, NAME)},"value":{number},'
    if unit is not None:
        line += f'"unit":{text(unit, WORD)},'
    if dimensions:
        said = (f"{text(name, WORD)}:{text(of, WORD)}" for name, of in dimensions.items())
        line += '"dimensions":{' + ",".join(said) + "},"
    return line


ABOUT: "dict[str, Callable[..., str | None]]" = {"marker": _text, "log": _text, "metric": _measurement}
"""By type. None is what cannot be told."""
