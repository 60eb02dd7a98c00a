"""What a producer may send that means no good: lines, and records that are well formed but odd."""

import json
from typing import Any

from hypothesis import strategies as st

from progressd.records import STATUSES

GOOD = b'{"type":"start","task":"good"}'


def _start(rest: bytes) -> bytes:
    return b'{"type":"start","task":"bad",%s}' % rest


LINES = {
    "NaN": _start(b'"total":NaN'),
    "infinity": _start(b'"total":-Infinity'),
    "1e400": _start(b'"done":1e400'),
    "an integer of 30 digits": _start(b'"pid":' + b"9" * 30),
    "an integer of 30 digits as an amount": _start(b'"total":' + b"9" * 30),
    "an integer of 30 digits that nobody looks at": _start(b'"data":' + b"9" * 30),
    "an integer of 4 MB": _start(b'"data":' + b"9" * (4 << 20)),
    "a negative total": _start(b'"total":-1'),
    "a weight above all weights": _start(b'"weight":1e308'),
    "an estimate above all estimates": _start(b'"estimate":1e308'),
    "a date after the last": b'{"type":"start","task":"bad","time":1e300}',
    "a lone surrogate": _start(rb'"name":"\ud800"'),
    "bytes that are no UTF-8": _start(b'"name":"\xff\xfe"'),
    "UTF-16": '{"type":"start","task":"bad"}'.encode("utf-16-le"),
    "a NUL": _start(rb'"name":"\u0000"'),
    "control characters": _start(b'"name":"\x1b[2J\x07"'),
    "lists 100,000 deep": _start(b'"data":' + b"[" * 100_000 + b"]" * 100_000),
    "objects 100,000 deep, never closed": b'{"a":' * 100_000,
    "one field twice": b'{"type":"start","type":"stop","task":"bad"}',
    "two records": b'{"type":"start","task":"bad"} {"type":"start","task":"bad"}',
    "no object": b'["start","bad"]',
    "an array 100,000 long": b"[" + b"1," * 100_000 + b"1]",
    "no type": b'{"task":"bad"}',
    "another type": b'{"type":"forget","task":"good"}',
    "what only the daemon writes": b'{"type":"kept","task":"good","status":"running","said":true}',
    "a type that is none": b'{"type":["start"],"task":"bad"}',
    "an empty key": b'{"type":"start","task":""}',
    "a key of 10,000 segments": b'{"type":"start","task":"%s"}' % b".".join([b"s"] * 10_000),
    "a key of dots": b'{"type":"start","task":"%s"}' % (b"." * 1024),
    "a key that leads up": b'{"type":"start","task":"../../etc/passwd"}',
    "a name of 8 kB": _start(b'"name":"%s"' % (b"x" * 8192)),
    "its own parent": b'{"type":"start","task":"bad","parent":"bad"}',
    "more done than there is": _start(b'"done":1e308,"total":1e-308'),
    "far more progress than there is": b'{"type":"update","task":"bad","progress":1e308}',
    "half of a line": b'{"type":"start","ta',
    "NUL bytes": b"\0" * 5000,
    "a million blanks": b" " * 1_000_000,
    "a carriage return": b'{"type":"start",\r"task":"bad"}',
    "a .ctxt line of the year 30,000": b"884541340800.5 h 1 t START f x",
    "a .ctxt line whose host is all dots": b"1700000000.5 .... 1 _ START _ \x1b[2J",
    "a .ctxt line without end": b"1700000000.5 h 1 " + b"t " * 400_000,
    "a .ctxt end of nothing": b"1700000000.5 h 2 t ENDER - x",
    "a .ctxt lock that nobody took": b"1700000000.5 h 2 t LOCKR - x",
    "llpp's first letters": b"llpp",
    "llpp's name that is longer than the datagram": b"llpprrvl\xff\0api",
    "llpp's name that is no UTF-8": b"llpprrvl\x02\0\xff\xfe",
    "llpp's departure of a byte": b"llppdprt\x03\x01api\x01",
    "SCA's number in quotes": b'{"progress":"0.4"}',
    "SCA's weight that is no number": b'{"weight":NaN}',
}
"""Each is one line. Some are records nonetheless; none may harm the line before it or the one after it."""

KEYS = [
    "a", "b", "a.b", "a.b.c", "..", "...", ".a", "a.", "a..b", "_x", "_x.y", "_", "\0", "\u202e.\u2028",
    ".".join("a" * 512), "x" * 1024, ".".join(["deep"] * 200), "../../etc/passwd", "__proto__", "%2e%2e",
]  # fmt: skip
AMOUNTS = [0, 1, 5e-324, 1e-300, 1e17, 1e18, 1e308, 2**53, 10**30]

_amount = st.one_of(st.sampled_from(AMOUNTS), st.floats(0, allow_nan=False, allow_infinity=False))
_any_number = st.floats(allow_nan=False, allow_infinity=False)
_key = st.one_of(st.sampled_from(KEYS), st.text(min_size=1, max_size=20))
_text = st.text(max_size=20)
_word = st.sampled_from(["lock", "asked", "location", "status", "key", "_children", "__proto__"]) | _text
_about = {"task": _key, "time": st.floats(0, 253402300800), "source": st.sampled_from("st"), "seq": st.integers(0, 30)}
_metric = st.fixed_dictionaries(
    {"namespace": st.text(min_size=1, max_size=20), "name": st.text(min_size=1, max_size=20)},
    optional={"dimensions": st.dictionaries(*[st.text(min_size=1, max_size=20)] * 2, max_size=3)},
)
_data = st.recursive(
    _text | st.none() | _any_number, lambda below: st.lists(below) | st.dictionaries(_word, below), max_leaves=5
)
_start_fields = {
    **_about, "name": _text, "parent": _key, "total": _amount, "done": _amount, "unit": _text, "message": _text,
    "weight": st.sampled_from([w for w in AMOUNTS if w <= 1e18]), "estimate": st.floats(0, 1e12),
    "parallel": st.booleans(), "data": _data, "metric": _metric,
}  # fmt: skip
_FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "start": ({}, _start_fields),
    "update": (
        {},
        {**_start_fields, "progress": _any_number, "in": st.floats(0, 1e12), "status": st.sampled_from(STATUSES)},
    ),
    "stop": ({}, {**_about, "status": st.sampled_from(STATUSES[3:]), "message": _text, "cpu": st.floats(0, 1e12)}),
    "marker": ({"text": _text}, _about),
    "log": ({"text": _text}, _about),
    "metric": ({"name": _text, "value": st.floats(-1e140, 1e140)}, _about),
}


def _line(kind: str) -> st.SearchStrategy[bytes]:
    required, optional = _FIELDS[kind]
    fields = st.fixed_dictionaries({"type": st.just(kind), **required}, optional=optional)
    return fields.map(lambda record: json.dumps(record).encode())


records = st.sampled_from(["start", "update", "update", "stop", "marker", "log", "metric"]).flatmap(_line)
"""Lines that are all well formed."""
moments = st.sampled_from([0.0, 1.0, 5.5, 1e9, 1e9 + 1, 1e10, 253402300800.0])
"""What the daemon's clock may say, in any order."""
