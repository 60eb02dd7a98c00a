"""Plays a story: times and records in, views out. The format stands in stories/README.md."""

import json
from collections.abc import Iterator
from typing import Any

from progressd.core.decode import decode_block
from progressd.core.estimate import Weighted, total_estimate
from progressd.core.task import Task
from progressd.core.tree import Tree
from progressd.core.view import view


class Story:
    """A tree, and the time that it is there."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.now = 0.0
        self.estimator = Weighted()
        self.bad: list[str] = []

    def play(self, line: str) -> str:
        """Do what a line says; return it, an expectation as it really is."""
        first, _, rest = line.partition(" ")
        if not line.strip() or first == "#":
            return line
        if first == "=":
            return self._seen(rest)
        self.now = float(first)
        decoded = decode_block(rest.strip().encode() + b"\n")
        self.bad += [bad.why for bad in decoded.bad]
        self.tree.apply(decoded.records, self.now)
        return line

    def _seen(self, expected: str) -> str:
        key, *columns = expected.split()
        if key == "bad":
            return _row("bad", str(len(self.bad)))
        task = self.tree.tasks.get(key)
        if task is None:
            return _row(key, "-")
        seen = view(task, self.estimator, self.now)
        named = [column.partition("=")[0] for column in columns[3:]]
        extra = [f"{name}={_shown(self._field(task, name))}" for name in named]
        return _row(key, seen.status, _shown(seen.fraction), _shown(seen.seconds_left), *extra)

    def _field(self, task: Task, name: str) -> Any:
        match name:
            case "elapsed":
                return task.elapsed(self.now)
            case "total_estimate":
                return total_estimate(task)
            case "marks":
                return [mark.text for mark in task.marks or ()]
            case "metrics":
                return {name: metric.value for name, metric in (task.metrics or {}).items()}
            case "data":
                return task.data
            case "children":
                return list(task.children or ())
            case _:
                return getattr(view(task, self.estimator, self.now), name)


def lines(text: str) -> Iterator[str]:
    """Yield a story's lines with single spaces between the columns of expectations."""
    yield from text.splitlines()


def _row(*columns: str) -> str:
    widths = (18, 9, 8, 6)
    padded = [column.ljust(width) for column, width in zip(columns, widths, strict=False)]
    return "=   " + " ".join([*padded, *columns[4:]]).rstrip()


def _shown(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, float):
        return f"{round(value, 6):g}"
    if isinstance(value, (str, bool, int)):
        return json.dumps(value, ensure_ascii=False).replace(" ", "_")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace(" ", "_")
