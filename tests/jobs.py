"""Records of jobs that have run before."""

from time import time
from typing import Any

DAY = 86_400.0
BEGUN = 1_700_000_000.0


def night(number: int, status: str = "finished", key: str = "nightly") -> list[dict[str, Any]]:
    """A job of two stages, of 10 and of 30 seconds."""
    now = BEGUN + number * DAY
    return [
        {"type": "start", "task": key, "time": now},
        {"type": "start", "task": f"{key}.build", "time": now},
        {"type": "stop", "task": f"{key}.build", "time": now + 10},
        {"type": "start", "task": f"{key}.test", "time": now + 10},
        {"type": "stop", "task": f"{key}.test", "time": now + 40, "status": status},
        {"type": "stop", "task": key, "time": now + 40, "status": status},
    ]


def shards(*numbers: int) -> list[dict[str, Any]]:
    """Records of jobs of one kind that took some minutes each, an hour ago."""
    records: list[dict[str, Any]] = []
    for number in numbers:
        began = time() - 3600.0
        records += [
            {"type": "start", "task": f"shard-{number}", "time": began},
            {"type": "start", "task": f"shard-{number}.all", "time": began},
            {"type": "stop", "task": f"shard-{number}.all", "time": began + 300.0 + number},
            {"type": "stop", "task": f"shard-{number}", "time": began + 300.0 + number},
        ]
    return records
