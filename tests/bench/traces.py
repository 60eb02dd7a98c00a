"""Recorded runs, told to a real tree on a virtual clock: a JSON line for the run, one for each task and update."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from progressd.core.tree import Tree
from progressd.records import AnyRecord, Start, Stop, Update

EPOCH, APART = 1_000_000_000.0, 10_000_000.0
"""When the first run of a job begins, Unix seconds, and how long after it the next. Any will do."""


@dataclass(slots=True, frozen=True)
class Trace:
    """One recorded run: what was said, and when."""

    job: str
    """Also the root's key: no dots, which would imply tasks above it."""
    number: int
    seconds: float
    said: list[tuple[float, AnyRecord]]

    @property
    def began(self) -> float:
        """Unix seconds."""
        return EPOCH + APART * self.number


def load(folder: Path, only: str = "") -> dict[str, list[Trace]]:
    """Return all traces below a folder by job, each job's in the order in which they ran."""
    jobs: dict[str, list[Trace]] = defaultdict(list)
    for path in sorted(folder.glob("**/*.jsonl")):
        if re.search(only, path.name):
            trace = read(path.read_text("utf-8").splitlines())
            jobs[trace.job].append(trace)
    return {job: sorted(runs, key=lambda run: run.number) for job, runs in sorted(jobs.items())}


def read(lines: Iterable[str]) -> Trace:
    """Return a trace from its lines."""
    head, *rest = (json.loads(line) for line in lines)
    job = head["job"].replace(".", "_")
    began = EPOCH + APART * head["n"]
    tasks = {line["id"]: line for line in rest if line["k"] == "task"}
    said: list[tuple[float, int, int, AnyRecord]] = []
    for task in tasks.values():
        said += _course(task, tasks, job, began)
    for line in rest:
        if line["k"] == "upd":
            key = _key(line["id"], tasks, job)
            said.append(
                (line["t"], 3, 0, Update(task=key, done=line["done"], total=line.get("total"), time=began + line["t"]))
            )
    said.sort(key=lambda entry: entry[:3])
    return Trace(job, head["n"], head["t_end"], [(t, record) for t, _, _, record in said])


def play(trace: Trace, times: Iterable[float]) -> Iterator[tuple[float, Tree]]:
    """Yield the tree at these seconds of a run, and once more when all has been said."""
    tree, spoken = Tree(), 0
    for t in times:
        first = spoken
        while spoken < len(trace.said) and trace.said[spoken][0] <= t:
            spoken += 1
        tree.apply([record for _, record in trace.said[first:spoken]], trace.began + t)
        yield t, tree
    tree.apply([record for _, record in trace.said[spoken:]], trace.began + trace.seconds)
    yield trace.seconds, tree


def _course(
    task: dict[str, Any], tasks: dict[str, Any], job: str, began: float
) -> Iterator[tuple[float, int, int, AnyRecord]]:
    """Yield what is said of a task, and when; at one instant ends go first, then plans, then beginnings."""
    key, depth = _key(task["id"], tasks, job), _depth(task, tasks)
    above = task.get("parent")
    start, stop = task.get("start_s"), task.get("stop_s")
    yield (
        task["declared_s"],
        1,
        depth,
        Update(
            task=key,
            parent=_key(above, tasks, job) if above is not None else None,
            name=task["name"],
            status="waiting",
            total=task.get("total"),
            unit=task.get("unit"),
            weight=task.get("weight"),
            estimate=task.get("estimate_s"),
            parallel=task.get("mode") == "par",
            time=began + task["declared_s"],
        ),
    )
    skipped = bool(task.get("skipped"))
    if start is not None and not skipped:
        yield start, 2, depth, Start(task=key, time=began + start)
    if stop is not None:
        last = 5 if above is None else 4 if skipped or stop == start else 0
        yield stop, last, -depth, Stop(task=key, time=began + stop)


def _key(identity: str, tasks: dict[str, Any], job: str) -> str:
    """Return a task's key: the root's is the job, the others' hang below it by their own `parent`."""
    return job if tasks[identity].get("parent") is None else f"{job}.{identity}"


def _depth(task: dict[str, Any], tasks: dict[str, Any]) -> int:
    depth = 0
    while task.get("parent") is not None:
        task, depth = tasks[task["parent"]], depth + 1
    return depth
