"""What others would use instead of progressd_client, as far as it is installed. None of it is needed for the tests."""

import contextlib
import io
import logging
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from time import perf_counter
from typing import Any

from slices import Loop, iteration, loop

PEERS = ("tqdm", "rich", "alive-progress", "opentelemetry-sdk", "prometheus_client", "statsd")


def installed() -> tuple[list[str], list[str]]:
    """Return the peers that are there, with their versions, and those that are not."""
    there, absent = [], []
    for name in PEERS:
        try:
            there.append(f"{name} {version(name)}")
        except ModuleNotFoundError:
            absent.append(name)
    return there, absent


def items() -> dict[str, Loop]:
    """Return loops over items."""
    found: dict[str, Loop] = {}
    with contextlib.suppress(ModuleNotFoundError):
        tqdm: Any = import_module("tqdm").tqdm
        found["tqdm(it)"] = warm(lambda items: tqdm(items, file=io.StringIO()))
        found["tqdm(it, disable=True)"] = iteration(lambda items: tqdm(items, disable=True))
    with contextlib.suppress(ModuleNotFoundError):
        progress: Any = import_module("rich.progress")
        console: Any = import_module("rich.console").Console(file=io.StringIO())
        found["rich track(it)"] = warm(lambda items: progress.track(items, console=console))
    return found


def calls() -> dict[str, Loop]:
    """Return loops over calls that say «one more»."""
    found: dict[str, Loop] = {}
    with contextlib.suppress(ModuleNotFoundError):
        bar: Any = import_module("tqdm").tqdm(file=io.StringIO(), total=1 << 40)
        found["tqdm.update()"] = loop("bar.update()", bar=bar)
    with contextlib.suppress(ModuleNotFoundError):
        progress: Any = import_module("rich.progress").Progress(
            console=import_module("rich.console").Console(file=io.StringIO())
        )
        row = progress.add_task("x", total=1 << 40)
        found["rich advance()"] = loop("advance(row)", advance=progress.advance, row=row)
    with contextlib.suppress(ModuleNotFoundError):
        alive: Any = import_module("alive_progress").alive_bar(file=io.StringIO()).__enter__()
        found["alive_bar bar()"] = loop("bar()", bar=alive)
    with contextlib.suppress(ModuleNotFoundError):
        counter: Any = import_module("prometheus_client").Counter("things", "", registry=None)
        found["prometheus Counter.inc()"] = loop("inc()", inc=counter.inc)
    return found


def pairs() -> dict[str, Loop]:
    """Return loops over blocks that have a beginning and an end."""
    found: dict[str, Loop] = {}
    with contextlib.suppress(ModuleNotFoundError):
        found["OpenTelemetry span"] = loop("with span('x'): pass", span=tracer().start_as_current_span)
    with contextlib.suppress(ModuleNotFoundError):
        histogram: Any = import_module("prometheus_client").Histogram("seconds", "", registry=None)
        found["prometheus Histogram.time()"] = loop("with time(): pass", time=histogram.time)
    with contextlib.suppress(ModuleNotFoundError):
        client: Any = import_module("statsd").StatsClient("127.0.0.1", 9)
        found["statsd timer"] = loop("with timer('x'): pass", timer=client.timer)
    return found


def tracer() -> Any:
    """Return an OpenTelemetry tracer whose spans go, batched, to an exporter that does nothing."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    sdk: Any = import_module("opentelemetry.sdk.trace")
    export: Any = import_module("opentelemetry.sdk.trace.export")

    class Nowhere(export.SpanExporter):  # type: ignore[misc, name-defined]
        def export(self, spans: object) -> object:
            return export.SpanExportResult.SUCCESS

    provider = sdk.TracerProvider()
    provider.add_span_processor(export.BatchSpanProcessor(Nowhere()))
    return provider.get_tracer("bench")


def warm(wrap: Callable[[range], Any]) -> Loop:
    """Return a loop over one bar that has been running for a while: at first tqdm looks at the clock at each item."""
    endless = iter(wrap(range(1 << 60)))

    def timed(times: int) -> float:
        begun = perf_counter()
        for _ in islice(endless, times):
            pass
        return perf_counter() - begun

    return timed
