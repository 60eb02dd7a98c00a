"""Spans as files for other viewers: `.ctxt` for context's, trace events for Perfetto and Chrome's."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.json import Encoder

from .lanes import Step, lay_out
from .spans import Spans, Track

_encode = Encoder().encode
_CONTROLS = dict.fromkeys((*range(32), 127), " ")
_BLANKS = {**dict.fromkeys(_CONTROLS, "-"), ord(" "): "-"}

_LOCKS = {"wait": "LOCKW", "take": "LOCKA", "give": "LOCKR"}


class Format(NamedTuple):
    """A way to write spans; yields lines of UTF-8, each with its newline."""

    write: Callable[[Spans], Iterator[bytes]]
    type: str
    extension: str


def ctxt(facts: Spans) -> Iterator[bytes]:
    """Yield lines as `ctxt.py` reads them, and as the viewer of context wants them, which is stricter.

    It wants seven fields in each, the times sorted and not all the same, and drops what has no end: what still runs
    ends now, and says so.
    """
    first = last = lane = None
    for step in lay_out(facts, locks_apart=True):
        first, last, lane = step.time if first is None else first, step.time, step.lane
        yield from _lines(step)
    if first is not None and first == last and lane is not None:
        yield _line(first + 1, lane, "BMARK", "-", "end of the export")


def trace(facts: Spans) -> Iterator[bytes]:
    """Yield the lines of one JSON object in Chrome's trace event format, times in microseconds since 1970.

    https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
    """
    processes: dict[tuple[str, int], int] = {}
    threads: dict[Track, int] = {}
    yield b'{"displayTimeUnit":"ms","traceEvents":[\n'
    comma = b""
    for step in lay_out(facts):
        if step.kind == "end":
            continue
        process = processes.setdefault(step.lane[:2], len(processes) + 1)
        if step.lane not in threads:
            threads[step.lane] = len(threads) + 1
            for name, said in (
                ("process_name", f"{step.lane.host} {step.lane.pid}"),
                ("thread_name", step.lane.thread),
            ):
                yield comma + _encode(_named(name, process, threads[step.lane], said))
                comma = b",\n"
        yield comma + _encode(_event(step, process, threads[step.lane]))
    yield b"\n]}\n"


FORMATS = {"ctxt": Format(ctxt, "text/plain", "ctxt"), "trace": Format(trace, "application/json", "json")}
"""By the name that `?format=` takes."""


def _lines(step: Step) -> Iterator[bytes]:
    span = step.span
    if span is None:
        yield _line(step.time, step.lane, "BMARK", "-", step.text)
    elif step.kind in _LOCKS:
        yield _line(step.time, step.lane, _LOCKS[step.kind], span.lock or "-", span.name)
    elif step.kind == "begin":
        yield _line(step.time, step.lane, "START", span.location, span.name)
    elif span.status in ("failed", "canceled"):
        said = f"canceled: {span.message}" if span.message else "canceled"
        yield _line(step.time, step.lane, "ENDER", span.location, span.message if span.status == "failed" else said)
    else:
        ended = span.status == "finished"
        text = span.message if ended else f"still {span.status} at the time of this export"
        yield _line(step.time, step.lane, "ENDOK", span.location, text)


def _line(time: int, lane: Track, kind: str, location: str, text: str) -> bytes:
    where = f"{_word(lane.host)} {lane.pid} {_word(lane.thread)} {kind} {_word(location)}"
    line = f"{time // 10**6}.{time % 10**6:06d} {where} {text.translate(_CONTROLS)}\n"
    return line.encode("utf-8", "replace")


def _word(text: str) -> str:
    return text.translate(_BLANKS) or "-"


def _named(what: str, process: int, thread: int, name: str) -> dict[str, object]:
    return {"ph": "M", "name": what, "pid": process, "tid": thread, "args": {"name": name}}


def _event(step: Step, process: int, thread: int) -> dict[str, object]:
    where = {"pid": process, "tid": thread, "ts": step.time}
    span = step.span
    if span is None:
        return {"ph": "i", "s": "t", "name": step.text, **where}
    said = {"key": span.key, "status": span.status, "message": span.message, "location": span.location}
    if span.lock is not None:
        said["waited"] = f"{(span.start - span.asked) / 1e6:.6f} s"
    return {"ph": "X", "name": span.name, "cat": span.status, "dur": span.stop - span.start, "args": said, **where}
