"""What a record costs in the tree alone: CPU nanoseconds for an update of a random leaf among ever more siblings.

Measured: `Tree.apply` in this process, with the daemon's settings of the garbage collector, as a loop over
batches of one record and over batches of 500; the records are decoded before, freshly for each batch, as the daemon
does. Each arm takes its turn in every round.

Floor, in the same run: for the same records a bare lookup in a `dict` of equally many Task objects, and a store to
two of the one found. What the floor grows by is the memory's doing: 100,000 objects do not fit the CPU's caches,
and the tree can grow no less.
Goal: one record a batch, at 100,000 siblings at most 1.3 times what it is at 10. (In a batch of 500, 10 siblings are
settled ten at a time, 100,000 are settled five hundred at a time: so there 1,000 siblings are the yardstick.)

    python tests/bench/apply.py [--small]
"""

import gc
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from msgspec.json import encode
from rig import is_small, say, table

from progressd.core.decode import decode_block
from progressd.core.task import Task
from progressd.core.tree import Tree
from progressd.daemon import GARBAGE
from progressd.records import AnyRecord, Start, Update

BATCH = 500
GOAL = 1.3
NOW = 1_790_000_000.0


def main() -> None:
    """Measure, and print."""
    small = is_small(__doc__)
    rounds, sizes = (5, (10, 1_000)) if small else (60, (10, 1_000, 100_000))
    gc.set_threshold(*GARBAGE)
    forests = [Forest(size) for size in sizes]
    gc.freeze()
    for number in range(rounds):
        for forest in forests:
            forest.measure(warm=number == 0)
    table(("siblings", "one a batch", f"{BATCH} a batch", "floor: dict + store", "ns a record, median"), _rows(forests))
    say()
    _judge("one a batch", [forest.single for forest in forests], [forest.floor for forest in forests], sizes, 0)
    _judge(f"{BATCH} a batch", [forest.many for forest in forests], [forest.floor for forest in forests], sizes, 1)


def _rows(forests: Sequence["Forest"]) -> list[list[str]]:
    return [
        [f"{forest.size:,}", *(f"{median(times):,.0f}" for times in (forest.single, forest.many, forest.floor)), ""]
        for forest in forests
    ]


def _judge(name: str, ours: list[list[float]], floors: list[list[float]], sizes: Sequence[int], base: int) -> None:
    """Say how flat it is; in the second ratio what the floor grows by, so much memory, is taken out of the tree's."""
    first, last = median(ours[base]), median(ours[-1])
    grown = median(floors[-1]) - median(floors[base])
    ratio, without = last / first, (last - grown) / first
    verdict = "met" if ratio <= GOAL else "met without what the floor grows by" if without <= GOAL else "missed"
    say(
        f"{name}: {sizes[-1]:,} siblings against {sizes[base]:,}: {ratio:.2f} x; without the {grown:.0f} ns that the "
        f"floor grows by {without:.2f} x (goal {GOAL}: {verdict})"
    )


@dataclass(slots=True, eq=False)
class Forest:
    """A tree of one root with many children, as many bare objects, and what each took."""

    size: int
    tree: Tree = field(default_factory=Tree)
    objects: dict[str, Task] = field(default_factory=dict)
    records: "Iterator[list[AnyRecord]]" = field(init=False)
    single: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        keys = [f"nightly-reprocessing.step-{number:06d}-transform" for number in range(self.size)]
        self.tree.apply([Start(task=key, time=NOW, total=250_000.0) for key in keys], NOW)
        self.objects = {key: Task(key, key) for key in keys}
        self.records = _records(keys)

    def measure(self, *, warm: bool) -> None:
        """Take one round: each arm once, each with records of its own."""
        times = self._one_by_one(next(self.records)), self._at_once(next(self.records)), self._bare(next(self.records))
        if not warm:
            for found, nanoseconds in zip((self.single, self.many, self.floor), times, strict=True):
                found.append(nanoseconds / BATCH)

    def _one_by_one(self, records: list[AnyRecord]) -> int:
        apply, batches = self.tree.apply, [[record] for record in records]
        begun = time.thread_time_ns()
        for batch in batches:
            apply(batch, NOW)
        return time.thread_time_ns() - begun

    def _at_once(self, records: list[AnyRecord]) -> int:
        begun = time.thread_time_ns()
        self.tree.apply(records, NOW)
        return time.thread_time_ns() - begun

    def _bare(self, records: list[AnyRecord]) -> int:
        get = self.objects.get
        begun = time.thread_time_ns()
        for record in records:
            task = get(record.task)  # type: ignore[arg-type]
            task.done = record.done  # type: ignore[union-attr]
            task.moved = record.time  # type: ignore[union-attr]
        return time.thread_time_ns() - begun


def _records(keys: list[str]) -> "Iterator[list[AnyRecord]]":
    dice, done = random.Random(7), 0.0
    while True:
        done += 1.0
        updates = [Update(task=dice.choice(keys), time=NOW, done=done) for _ in range(BATCH)]
        # Decoded, as they come in: keys are strings of their own then, whose hashes nobody has computed yet.
        yield decode_block(b"".join(encode(update) + b"\n" for update in updates)).records


if __name__ == "__main__":
    main()
