"""Lines to records, or the reason why not."""

from dataclasses import dataclass, field

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from ..records import AnyRecord, StoredRecord

_records: Decoder[AnyRecord] = Decoder(AnyRecord)
_stored: Decoder[StoredRecord] = Decoder(StoredRecord)
_TYPES = frozenset(("start", "update", "stop", "marker", "log", "metric"))
_NOISE = b"\x00\xef\xbb\xbf \t\r\n"
"""Around a line: a byte order mark, the carriage return of CRLF, the NUL bytes that a crash leaves in a file."""


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
    """Well formed, but of a type that this version does not know: tolerated."""


@dataclass(slots=True)
class Decoded:
    """What a block of lines held."""

    records: list[AnyRecord]
    lines: bytes
    """The lines of `records`, a newline after each: fit to be decoded again."""
    bad: list[BadLine] = field(default_factory=list)


def decode_block(block: bytes) -> Decoded:
    """Decode whole lines of NDJSON. Any bytes do no worse than a bad line; blank lines are passed over."""
    try:
        return Decoded(_records.decode_lines(block), block)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        # At least one line is bad. Which one, only line by line tells; the good ones must not suffer for it.
        return _one_by_one(block)


def decode_stored(block: bytes) -> list[StoredRecord]:
    """Decode lines that the daemon itself wrote. Raises msgspec.DecodeError if they are not what it writes."""
    return _stored.decode_lines(block)


def _one_by_one(block: bytes) -> Decoded:
    decoded = Decoded([], b"")
    good: list[bytes] = []
    for index, raw in enumerate(block.split(b"\n")):
        line = raw.strip(_NOISE)
        if not line:
            continue
        try:
            decoded.records.append(_records.decode(line))
            good.append(line)
        except (DecodeError, UnicodeDecodeError, RecursionError) as error:
            decoded.bad.append(_bad(index, raw, error))
    decoded.lines = b"".join(line + b"\n" for line in good)
    return decoded


def _bad(index: int, line: bytes, error: Exception) -> BadLine:
    match error:
        case RecursionError():
            return BadLine(index, line, "nested too deeply")
        case UnicodeDecodeError():
            return BadLine(index, line, "not UTF-8")
        case _:
            kind = _type_of(line)
            if kind is not None and kind not in _TYPES:
                return BadLine(index, line, f"a record of the unknown type {kind[:40]!r}", unknown=True)
            return BadLine(index, line, str(error))


def _type_of(line: bytes) -> str | None:
    try:
        return _tag.decode(line.strip(_NOISE)).type
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None


_tag = Decoder(_Tag)
