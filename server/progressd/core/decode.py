"""Lines to records, or the reason why not."""

from dataclasses import dataclass, field

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from ..records import STATUSES, AnyRecord, Log, Marker, Metric, Start, Stop, StoredRecord, Update

_records: Decoder[AnyRecord] = Decoder(AnyRecord)
_stored: Decoder[StoredRecord] = Decoder(StoredRecord)
TYPES = frozenset(("start", "update", "stop", "marker", "log", "metric"))
"""Of records that a door takes."""
_HINTS = {
    "`$.time`": ": seconds since 1970, not milliseconds",
    "`$.status`": f": one of {', '.join(STATUSES)}",
}
OBJECT = ord("{")
"""What a record begins with. A file of plain text is told from one of records by this, a hundred times faster."""
TOLD = 100
"""Bad lines of a block that are kept to be shown: a file that is no log at all must not fill the memory."""
NOISE = b"\x00\xef\xbb\xbf \t\r\n"
"""Around a line: a byte order mark, the carriage return of CRLF, the NUL bytes that a crash leaves in a file."""
UNDECODABLE = (DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises, whatever the bytes."""


class _Tag(Struct):
    type: str


@dataclass(slots=True, frozen=True)
class BadLine:
    """A line that was left out."""

    index: int
    """Which line of the block, from 0."""
    line: bytes
    why: str
    unknown: bool = False
    """Well formed, but of a type that this version does not know, or an end of what never began: tolerated."""


@dataclass(slots=True)
class Decoded:
    """What a block of lines held."""

    records: list[AnyRecord]
    lines: bytes
    """The lines of `records`, a newline after each: fit to be decoded again."""
    bad: list[BadLine] = field(default_factory=list)
    more: int = 0
    """Bad lines beyond the first TOLD, which are only counted."""

    def leave_out(self, bad: BadLine) -> None:
        """Count a bad line; keep it if it is one of the first."""
        if len(self.bad) < TOLD:
            self.bad.append(bad)
        else:
            self.more += 1


def decode_block(block: bytes) -> Decoded:
    """Decode whole lines of NDJSON. Any bytes do no worse than a bad line; blank lines are passed over."""
    # If a line is bad, which one, only line by line tells; the good ones must not suffer for it.
    return decode_whole(block) or _one_by_one(block)


def decode_whole(block: bytes) -> Decoded | None:
    """Decode lines that are all records, as they mostly are; None if one is not."""
    try:
        return Decoded(_records.decode_lines(block), block)
    except UNDECODABLE:
        return None


def decode_line(line: bytes) -> AnyRecord:
    """Decode one line, without what may stand around it. Raises one of UNDECODABLE."""
    if line[0] != OBJECT:
        raise DecodeError("not a JSON object")
    return _records.decode(line)


def unknown_fields(block: bytes, most: int = 20) -> list[BadLine]:
    """Return what the first lines say beside what records say: a misspelt field would be lost in silence.

    Looking at every line would mean to decode it twice; who misspells does so from the start.
    """
    found = []
    for index, line in enumerate(block.split(b"\n", most)[:most]):
        try:
            fields = _any.decode(line)
            strange = sorted(set(fields) - _FIELDS[fields["type"]])
        except (DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
            continue
        if strange:
            found.append(BadLine(index, line, f"unknown field {', '.join(strange)[:100]}", unknown=True))
    return found


def decode_stored(block: bytes) -> tuple[list[StoredRecord], int]:
    """Decode lines that the daemon itself wrote; return the records, and how many lines are none.

    That happens: how deep a line may nest depends on how deep the stack is where it is decoded.
    """
    try:
        return _stored.decode_lines(block), 0
    except UNDECODABLE:
        records: list[StoredRecord] = []
        lost = 0
        for line in filter(None, block.split(b"\n")):
            try:
                records.append(_stored.decode(line))
            except UNDECODABLE:
                lost += 1
        return records, lost


def type_of(line: bytes) -> str | None:
    """Return what a line says that it is; None if it is no record."""
    try:
        return _tag.decode(line.strip(NOISE)).type
    except UNDECODABLE:
        return None


def _one_by_one(block: bytes) -> Decoded:
    decoded = Decoded([], b"")
    good: list[bytes] = []
    for index, raw in enumerate(block.split(b"\n")):
        line = raw.strip(NOISE)
        if not line:
            continue
        try:
            decoded.records.append(decode_line(line))
            good.append(line)
        except UNDECODABLE as error:
            decoded.leave_out(bad_line(index, raw, error))
    decoded.lines = b"".join(line + b"\n" for line in good)
    return decoded


def is_meant(line: bytes) -> bool:
    """Tell whether a line that is no record is meant as one: JSON with a `type`, or what may have been that."""
    try:
        return b'"type"' in line and "type" in _any.decode(line)
    except UNDECODABLE:
        return True


def bad_line(index: int, line: bytes, error: Exception) -> BadLine:
    """Say what is wrong with a line that raised one of UNDECODABLE."""
    match error:
        case RecursionError():
            return BadLine(index, line, "nested too deeply")
        case UnicodeDecodeError():
            return BadLine(index, line, "not UTF-8")
        case _:
            kind = type_of(line)
            if kind is not None and kind not in TYPES:
                return BadLine(index, line, f"a record of the unknown type {kind[:40]!r}", unknown=True)
            return BadLine(
                index, line, str(error) + next((hint for at, hint in _HINTS.items() if at in str(error)), "")
            )


_tag = Decoder(_Tag)
_any: Decoder[dict[str, object]] = Decoder(dict[str, object])
_FIELDS: dict[object, set[str]] = {
    kind.__struct_config__.tag: {*kind.__struct_encode_fields__, "type"}
    for kind in (Start, Update, Stop, Marker, Log, Metric)
}
