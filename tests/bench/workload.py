"""Records of a realistic mix, as bytes: what some thousand tasks of a pipeline say while they run, again and again."""

import json
import random
from collections.abc import Iterator
from typing import Any

STAGES, SHARDS, STEPS = 9, 10, 11
"""990 leaves under 90 shards, 9 stages and one root: 1,090 tasks in four levels."""
ENDS = 0.022
"""Of all records those that end a task, each followed by one that begins it anew."""
EXTRAS = 0.028
"""Of all records those that say something else: a message, a marker, a line, a measurement."""
BEGAN = 1_790_000_000.0


def lines(count: int) -> list[bytes]:
    """Return that many lines of NDJSON, some 150 bytes each, the same each time; 93 % of them move a task."""
    dice = random.Random(7)
    records = _records(dice)
    return [_line(next(records)) for _ in range(count)]


def keys() -> list[str]:
    """Return the leaves."""
    return [
        f"nightly-reprocessing.stage-{stage}.shard-{shard:02d}-of-{SHARDS}.step-{step:02d}-transform"
        for stage in range(STAGES)
        for shard in range(SHARDS)
        for step in range(STEPS)
    ]


def last(name: str) -> bytes:
    """Return the line of a task of its own: once it is in the tree, so is all that was sent before."""
    return _line({"type": "start", "task": name, "time": BEGAN})


def _records(dice: random.Random) -> Iterator[dict[str, Any]]:
    leaves, done = keys(), dict.fromkeys(keys(), 0)
    now = BEGAN
    for key in leaves:
        yield _start(key, now)
    while True:
        now += dice.expovariate(5_000.0)
        key, kind = dice.choice(leaves), dice.random()
        if kind < ENDS:
            yield {"type": "stop", "task": key, "time": round(now, 6), "status": "finished", "cpu": 12.25}
            done[key] = 0
            yield _start(key, now + 1e-3)
        elif kind < ENDS + EXTRAS:
            yield {**_extra(dice), "task": key, "time": round(now, 6)}
        else:
            done[key] += dice.randint(1, 9)
            yield {"type": "update", "task": key, "time": round(now, 6), "done": done[key], "total": 250_000}


def _start(key: str, now: float) -> dict[str, Any]:
    return {"type": "start", "task": key, "time": round(now, 6), "total": 250_000, "unit": "rows", "host": "node-17"}


def _extra(dice: random.Random) -> dict[str, Any]:
    return dice.choice(
        [
            {"type": "update", "message": "reading partition 17 of the customers' table", "done": 5},
            {"type": "marker", "text": "the index is complete"},
            {"type": "log", "text": "WARN retrying after a timeout of the object store", "stream": "stderr"},
            {"type": "metric", "name": "memory", "value": 812_646_400.0, "unit": "B"},
        ]
    )


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"
