"""Values to JSON, fast: each function returns text that may stand in a record, and none raises."""

from math import isfinite

from .tasks import _report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    def quote(string: str) -> str:
        """Return a text as JSON."""
else:
    try:
        from _json import encode_basestring as quote
    except ImportError:  # another Python than CPython
        from json.encoder import encode_basestring as quote

WORD, NAME, KEY = 256, 4096, 1024
"""Characters that the daemon takes in words (units, streams), names and keys."""
DIMENSIONS = 10
"""Of a task's metric, at most."""
LONGEST = {"namespace": 255, "name": 240}
"""What it cannot do without, and how many characters that may have."""
LINE = 900_000
"""Bytes of the longest text that is sent; the daemon takes lines of 1 MiB."""


def text(value: "Any", longest: int = LINE // 4) -> str:
    """Return any value as JSON text; what is too long is cut, and an ellipsis shows it."""
    try:
        string = value if type(value) is str else str(value)
    except Exception as error:
        _report(error)
        string = "(its text raises)"
    return quote(string if len(string) <= longest else string[: longest - 1] + "…")


def amount(value: "Any") -> "str | None":
    """Return a number ≥ 0, or None if it is no such thing."""
    if type(value) is int and 0 <= value < 1 << 53:
        return int.__repr__(value)
    number = _finite(value)
    if number is None or number < 0:
        return None
    return float.__repr__(number) if number % 1 or number >= 1 << 53 else int.__repr__(int(number))


def measure(value: "Any") -> "str | None":
    """Return a finite number, or None."""
    number = _finite(value)
    return None if number is None else float.__repr__(number)


def stamp(seconds: float) -> str:
    """Return Unix seconds, to the microsecond."""
    microseconds = int(seconds * 1e6)
    return f"{microseconds // 1000000}.{microseconds % 1000000:06d}"


def anything(value: "Any") -> "str | None":
    """Return any value as JSON, and as text what JSON cannot say; None if there is nothing or too much to say."""
    if value is None:
        return None
    try:
        import json  # noqa: PLC0415 - only programs that send data pay for it

        encoded = json.dumps(value, default=str, allow_nan=False, ensure_ascii=False)
    except Exception as error:
        _report(error)
        return None
    if len(encoded) > LINE // 4:
        _report(ValueError("the data of a task is longer than a record may be"))
        return None
    return encoded


def extras(more: "dict[str, Any]") -> str:
    """Return the fields of a start that seldom are said, each with a comma before it."""
    said = (("data", anything(more.get("data"))), ("metric", task_metric(more.get("metric"))))
    return "".join(f',"{field}":{value}' for field, value in said if value is not None)


def task_metric(value: "Any") -> "str | None":
    """Return what the end of a task is counted as, in JSON; None if the daemon would not take it."""
    if value is None:
        return None
    try:
        said = {str(name): str(of) for name, of in (value.get("dimensions") or {}).items()}
        names = {part: str(value[part]) for part in LONGEST}
        fits = len(said) <= DIMENSIONS and all(1 <= len(part) <= WORD for pair in said.items() for part in pair)
        if not fits or not all(1 <= len(name) <= LONGEST[part] for part, name in names.items()):
            raise ValueError("a metric that the daemon would not take")
    except Exception as error:
        _report(error)
        return None
    fields = [f'"{part}":{quote(name)}' for part, name in names.items()]
    if said:
        fields.append('"dimensions":{' + ",".join(f"{quote(name)}:{quote(of)}" for name, of in said.items()) + "}")
    return "{" + ",".join(fields) + "}"


def _finite(value: "Any") -> "float | None":
    try:
        number = float(value)
    except Exception as error:
        _report(error)
        return None
    if not isfinite(number):
        _report(ValueError("not a finite number"))
        return None
    return number
