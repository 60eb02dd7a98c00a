"""Prints what tailing costs: `python tests/bench/tail.py` (Linux; some 40 seconds)."""

import asyncio
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from progressd.batches import Batch, Position
from progressd.core.decode import BadLine, Decoded
from progressd.core.tree import Tree
from progressd.inputs.tail import serve

RECORD = (
    b'{"type":"update","task":"build.part-%07d","time":1760000000.123456,"done":%d,"total":100000,"unit":"files"}\n'
)
IDLE = 10.0
APPENDS = 200


class Count:
    """Takes what an engine would take, and notes when."""

    def __init__(self) -> None:
        self.records = 0
        self.came = asyncio.Event()
        self.tree = Tree()
        self.losses = self

    def positions(self) -> Sequence[Position]:
        return ()

    async def submit(self, batch: Batch) -> None:
        self.records += len(batch.records)
        self.came.set()

    async def commit(self, batch: Batch) -> None:
        await self.submit(batch)

    def notice(self, where: object, block: bytes) -> None:
        pass

    def reject(self, where: str, bad: BadLine) -> None:
        raise AssertionError(where, bad)

    def reject_all(self, where: object, decoded: Decoded) -> None:
        assert not decoded.bad, (where, decoded.bad)

    async def until(self, records: int) -> None:
        while self.records < records:
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), 60)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def latency(folder: Path) -> str:
    count, path = Count(), folder / "run.log"
    path.write_bytes(RECORD % (0, 0))
    seconds = []
    async with asyncio.TaskGroup() as tasks:
        tail = tasks.create_task(serve([str(path)], count, time.monotonic, asyncio.Event()))  # type: ignore[arg-type]
        await count.until(1)
        await asyncio.sleep(1.5)
        for number in range(APPENDS):
            with path.open("ab") as file:
                file.write(RECORD % (1, number))
            start = time.perf_counter()
            await count.until(number + 2)
            seconds.append(time.perf_counter() - start)
            await asyncio.sleep(0.02 + number % 7 / 100)
        tail.cancel()
    seconds.sort()
    return f"{seconds[len(seconds) // 2] * 1e3:.0f} ms median, {seconds[-len(seconds) // 100 - 1] * 1e3:.0f} ms p99"


async def idle(folder: Path, files: int, active: int = 0) -> str:
    count = Count()
    for number in range(files):
        (folder / f"{number}.log").write_bytes(RECORD % (number, 1))
    async with asyncio.TaskGroup() as tasks:
        tail = tasks.create_task(serve([str(folder / "*.log")], count, time.monotonic, asyncio.Event()))  # type: ignore[arg-type]
        await count.until(files)
        await asyncio.sleep(4)
        start, used = time.perf_counter(), cpu()
        while time.perf_counter() - start < IDLE:
            for number in range(active):
                with (folder / f"{number}.log").open("ab") as file:
                    file.write(RECORD % (number, 2))
            await asyncio.sleep(0.5)
        share = (cpu() - used) / (time.perf_counter() - start)
        tail.cancel()
    return f"{share:.1%} of a core"


async def throughput(folder: Path) -> str:
    count, path = Count(), folder / "run.log"
    path.write_bytes(b"".join(RECORD % (number % 1000, number) for number in range(1_000_000)))
    used = cpu()
    async with asyncio.TaskGroup() as tasks:
        tail = tasks.create_task(serve([str(path)], count, time.monotonic, asyncio.Event()))  # type: ignore[arg-type]
        await count.until(1_000_000)
        tail.cancel()
    used = cpu() - used
    return f"{path.stat().st_size / used / 1e6:.0f} MB/s, {1_000_000 / used / 1e3:.0f} k records/s, per CPU second"


def main() -> None:
    for name, measure in {
        "append to delivered": latency,
        "1,000 files, idle": lambda folder: idle(folder, 1_000),
        "5,000 files, 10 of them written twice a second": lambda folder: idle(folder, 5_000, 10),
        "one big file": throughput,
    }.items():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name:48}{asyncio.run(measure(Path(folder)))}", flush=True)


if __name__ == "__main__":
    main()
