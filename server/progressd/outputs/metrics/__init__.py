"""Who counts the ends of tasks with a metric. To add one: a file beside this one, and a line in the table."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from ...config import SetupError
from ...core.endings import Ending
from .cloudwatch import CloudWatch
from .graphite import Graphite
from .outlet import Outlet, Sink
from .statsd import Statsd
from .totals import Totals

METRICS: dict[str, Callable[[str, Callable[[], float]], Sink]] = {
    "statsd": lambda url, _clock: Statsd(url),
    "graphite": lambda url, _clock: Graphite(url),
    "cloudwatch": CloudWatch,
}
"""By URL scheme. Each takes the whole URL, and the clock (Unix seconds); raises SetupError."""


@dataclass(slots=True)
class Meters:
    """All who count ends in one daemon."""

    outlets: Sequence[Outlet] = ()
    totals: Totals = field(default_factory=Totals)

    @property
    def listeners(self) -> list[Callable[[Sequence[Ending]], None]]:
        """What the engine tells of ends."""
        return [self.totals.take, *(outlet.take for outlet in self.outlets)]

    @property
    def unsent(self) -> int:
        """Ends that could not be sent to somebody."""
        return sum(outlet.lost for outlet in self.outlets)

    async def run(self) -> None:
        """Send until closed."""
        async with asyncio.TaskGroup() as tasks:
            for outlet in self.outlets:
                tasks.create_task(outlet.run(), name=f"metrics to {outlet.url}")

    def close(self) -> None:
        """Have what is left sent, and `run` return."""
        for outlet in self.outlets:
            outlet.close()


METERS = web.AppKey("meters", Meters)


def open_meters(urls: Sequence[str], clock: Callable[[], float]) -> Meters:
    """Return who counts, with all that the setting `metrics` asks for; nothing is sent yet. Raises SetupError."""
    outlets = []
    for url in dict.fromkeys(urls):
        scheme, found, _ = url.partition("://")
        if not found or scheme not in METRICS:
            known = ", ".join(f"{name}://" for name in METRICS)
            raise SetupError(f"metrics cannot be sent to {url!r}; there are {known}, and GET /metrics for Prometheus")
        outlets.append(Outlet(url, METRICS[scheme](url, clock)))
    return Meters(outlets)
