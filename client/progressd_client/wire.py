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
