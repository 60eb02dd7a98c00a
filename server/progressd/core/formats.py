"""Lines of a watched file to records: each is a record, a `.ctxt` line or plain text, whatever stands around it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec import DecodeError
from msgspec.json import Encoder

from ..records import AnyRecord, Log
from .ctxt import Ctxt, UnfitError
from .decode import NOISE, OBJECT, UNDECODABLE, BadLine, Decoded, bad_line, decode_line, decode_whole, is_meant
from .texts import Text, Texts

MOST_FILES = 1_000
"""Files of which it is known where their next text line goes; a forgotten one's goes to its own log."""
LONGEST_KEY = 900
"""Characters of a path in a key, which may have 1,024, those of its parts too. Of longer ones the end is kept."""
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that some editors begin a file with."""
_BINARY = re.compile(rb"[\0-\x06\x0e-\x1a\x1c-\x1f\x7f]")
"""No text has these; it may have tabs, bells, backspaces and the escapes of colours."""

_encode = Encoder().encode
_encode_lines = Encoder().encode_lines


def log_key(path: str) -> str:
    """Return the key of the task that a file's text is the log of: its path without dots, for those imply ancestors."""
    return path.removeprefix("./")[-LONGEST_KEY:].replace(".", "_").lstrip("_") or "log"


@dataclass(slots=True, eq=False)
class _File:
    key: str
    name: str
    goes_on: tuple[str, float] | None = None
    """The task of the `.ctxt` line before, and its time: what follows and is none is the rest of its text."""


class Formats:
    """Recognises the lines of many files, which may tell of the same threads."""

    def __init__(self) -> None:
        self.ctxt = Ctxt()
        self._files: dict[str, _File] = {}
        self._texts = Texts()

    def decode(self, path: str, at: int, block: bytes, now: float) -> Decoded:
        """Decode whole lines that stand `at` so many bytes in the file at `path`; blank ones are passed over.

        A task for the file's text is told of in each block with text anew: it may have been forgotten meanwhile.
        What follows the last newline, and ends with a carriage return, is a line that was written over, to be told
        of when it is final; only its progress is told at once. `now` is in seconds, on whatever clock.
        """
        file = self._file(path, at)
        ended = self._texts.forget(file.key) if at == 0 else ()
        decoded = decode_whole(block)
        if decoded is None:
            decoded = Decoded([], b"")
            shown: list[bytes] = []
            decoded.lines = b"".join(self._lines(file, block, decoded, shown))
            if shown:
                found = self._texts.look(self._text(file), b"".join(shown), now)
                decoded.records += found
                decoded.lines += _encode_lines(found)
        elif decoded.records:
            file.goes_on = None
        if ended:
            decoded.records[:0] = ended
            decoded.lines = _encode_lines(ended) + decoded.lines
        return decoded

    def _lines(self, file: _File, block: bytes, decoded: Decoded, shown: list[bytes]) -> Iterator[bytes]:
        """Add the records of each line to `decoded`, plain text to `shown`, and yield the lines as they are stored."""
        lines = block.split(b"\n")
        unfinished = len(lines) - 1 if block.endswith(b"\r") else -1
        for index, raw in enumerate(lines):
            line = raw.strip(NOISE)
            if not line:
                continue
            try:
                if line[0] == OBJECT and (record := _record(line)) is not None:
                    file.goes_on = None
                    decoded.records.append(record)
                    yield line + b"\n"
                    continue
                records = self._records(file, raw)
            except UnfitError as error:
                decoded.leave_out(BadLine(index, raw, str(error), unknown=True))
            except UNDECODABLE as error:
                decoded.leave_out(bad_line(index, raw, error))
            else:
                if records and records[0].task == file.key:
                    records = self._show(file, raw, records, shown, is_final=index != unfinished)
                decoded.records += records
                for record in records:
                    yield _encode(record) + b"\n"

    def _show(
        self, file: _File, raw: bytes, text: Sequence[AnyRecord], shown: list[bytes], *, is_final: bool
    ) -> Sequence[AnyRecord]:
        """Take in a line of plain text for a look at its progress; return what is told of it, and first of its task."""
        presence = () if shown else (self._text(file).presence(),)
        shown.append(raw + b"\n" if is_final else raw)
        return (*presence, *text) if is_final else presence

    def _text(self, file: _File) -> Text:
        return self._texts.get(file.key, file.name)

    def _records(self, file: _File, raw: bytes) -> Sequence[AnyRecord]:
        line = raw.removeprefix(_MARK).strip(b"\0\r").rstrip()
        if _BINARY.search(line):
            raise DecodeError("binary: neither a record nor text")
        told = self.ctxt.take(line, file) if line[:1].isdigit() else None
        if told is not None:
            file.goes_on = told.task, told.time
            return told.records
        if line.startswith(b"#") and file.name.endswith(".ctxt"):
            return ()
        text = line.rpartition(b"\r")[2].decode("utf-8", "replace")
        if 2 * text.count("\ufffd") > len(text):
            raise DecodeError("neither UTF-8 nor any other text")
        if file.goes_on is None:
            return (Log(task=file.key, text=text),)
        task, time = file.goes_on
        return (Log(task=task, time=time, text=text),)

    def _file(self, path: str, at: int) -> _File:
        file = self._files.get(path)
        if file is None or at == 0:
            self._files.pop(path, None)
            if len(self._files) >= MOST_FILES:
                del self._files[next(iter(self._files))]
            file = self._files[path] = _File(log_key(path), path.rpartition("/")[2])
        return file


def _record(line: bytes) -> AnyRecord | None:
    """Decode a line that begins as a record does; None if it is not meant as one, for it has no `type`."""
    try:
        return decode_line(line)
    except UNDECODABLE:
        if is_meant(line):
            raise
        return None
