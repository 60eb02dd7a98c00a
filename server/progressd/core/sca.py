"""What SCA's progress service takes: a key and a JSON object, to a record or the reason why not."""

import json
from math import isfinite
from typing import Any

from msgspec import DecodeError, Struct, ValidationError, convert, field
from msgspec.json import Decoder, Encoder
from msgspec.structs import asdict, replace

from ..records import STATUSES, AnyRecord, Duration, Name, Update, Weight, Word
from .decode import TYPES, BadLine, Decoded, decode_block, type_of
from .lines import LIMIT

LONGEST_KEY = 1024
"""Characters, as in every record."""
NESTED = 32
"""Levels of the fields that are kept as they came: each reader's answer must still have room above them."""

_decode = Decoder(dict[str, Any]).decode
_encode = Encoder().encode
_encode_lines = Encoder().encode_lines


class _Fields(Struct):
    """What has a meaning; all else is kept and given back as it came."""

    name: Name | None = None
    msg: str | None = None
    progress: float | None = None
    weight: Weight | None = None
    status: Word | None = None
    within: Duration | None = field(default=None, name="in")


def decode_status(key: str, body: bytes) -> Decoded:
    """Return one update, or why there is none: nothing of a body that is wrong in one field is taken.

    Null says nothing. `msg` is a message, `in` seconds; a status of another vocabulary, and fields that have no
    meaning here, become data.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        return _refused(body, f"the key has {len(key)} characters; 1 to {LONGEST_KEY} are taken")
    if len(body) > LIMIT:
        return _refused(body, f"longer than {LIMIT} bytes")
    try:
        fields = {name: value for name, value in _decode(body).items() if value is not None}
        known = convert(fields, _Fields)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refused(body, _reason(body, error))
    rest = {name: value for name, value in fields.items() if name not in _FIELDS}
    if _depth(rest) > NESTED:
        return _refused(body, f"nested deeper than {NESTED} levels")
    update = _update(key, known, rest)
    return Decoded([update], _encode(update) + b"\n")


def decode_message(key: str, body: bytes) -> Decoded:
    """Return what a broker's message holds: an object as above, or records, one a line, told by their `type`.

    A record that names no task speaks of the routing key. An object alone whose type no record has is as above, too:
    `type` may be a field of its sender's own.
    """
    first, _, more = body.strip().partition(b"\n")
    kind = type_of(first) if len(body) <= LIMIT else None
    if kind is None or (kind not in TYPES and not more):
        return decode_status(key, body)
    decoded = decode_block(body)
    if key and any(record.task is None for record in decoded.records):
        records = [record if record.task is not None else replace(record, task=key) for record in decoded.records]
        return _encoded(records, decoded)
    return decoded


def _update(key: str, known: _Fields, rest: dict[str, Any]) -> Update:
    named = asdict(known)
    message, word = named.pop("msg"), named.pop("status")
    status = word if word in STATUSES else None
    if word is not None:
        # A word of their own is given back until one that has a meaning takes its place.
        rest["status"] = word if status is None else None
    return Update(task=key, message=message, status=status, data=rest or None, **named)


def _encoded(records: list[AnyRecord], decoded: Decoded) -> Decoded:
    try:
        return Decoded(records, _encode_lines(records), decoded.bad, decoded.more)
    except RecursionError:
        return _refused(decoded.lines, "nested too deeply")


def _refused(body: bytes, why: str) -> Decoded:
    return Decoded([], b"", [BadLine(0, body, why)])


def _reason(body: bytes, error: Exception) -> str:
    """Say what is wrong with a body, and with which of its fields."""
    if isinstance(error, ValidationError) and " - at `$." in str(error):
        reason, _, place = str(error).partition(" - at `$.")
        hint = "; a number goes without quotes" if "got `str`" in reason else ""
        return f"{place.rstrip('`')}: {reason.replace(' | null', '')}{hint}"
    try:
        # JSON has no NaN, but many programs write it: the field tells them more than the byte.
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return "nested too deeply" if isinstance(error, RecursionError) else f"not a JSON object: {error}"
    odd = fields.items() if isinstance(fields, dict) else ()
    names = [name for name, value in odd if isinstance(value, float) and not isfinite(value)]
    return f"{names[0]}: NaN and infinity are no numbers in JSON" if names else f"not a JSON object: {error}"


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, (dict, list))]:
        level = [below for each in level for below in (each.values() if isinstance(each, dict) else each)]
        depth += 1
    return depth


_FIELDS = frozenset(_Fields.__struct_encode_fields__)
