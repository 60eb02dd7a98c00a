"""`GET /series`: what is measured where. `GET /series/{station}`: its values over time, column by column."""

from collections.abc import Mapping, Sequence

from aiohttp import web
from msgspec import Struct

from ..answers import as_json
from ..batches import StoreError
from ..core.bucket import variance
from ..core.series import Series, SeriesBook, Status
from ..core.steps import MOST, Range, fit
from ..parts import ENGINE
from ..records import Bucket
from .query import instant, seconds
from .samples import SeriesView, identify

USUAL = 3600.0
"""Seconds before now from which values are shown, unless it is said otherwise."""
POINTS = 50_000
"""In an answer, of all of its series together: some 5 MB."""
TOGETHER = 250
"""Series in an answer; the others are counted, and asked for by name."""


class Summary(SeriesView, frozen=True, kw_only=True):
    """All that a series ever measured, in short. Times are Unix seconds."""

    count: int
    first: float
    last: float
    close: float
    """The newest value."""


class Columns(Struct, frozen=True):
    """Values over time: each list has one for each step in which something was measured."""

    start: list[int]
    count: list[int]
    open: list[float]
    low: list[float]
    high: list[float]
    close: list[float]
    mean: list[float]
    variance: list[float]


class Values(SeriesView, frozen=True, kw_only=True):
    """A series, and its values over time."""

    columns: Columns


async def get_series(request: web.Request) -> web.Response:
    """All stations: what each said of itself, and its series with their units and newest values."""
    engine = request.app[ENGINE]
    book, stations = engine.series.book, dict[str, list[Summary]]()
    for series in sorted(book.series.values(), key=lambda series: series.identity):
        if series.whole is not None:
            stations.setdefault(series.identity.station, []).append(_summary(series, series.whole))
    content = [
        {"station": station, "status": _status(book, station), "series": stations.get(station, [])}
        for station in sorted({*stations, *book.statuses})
    ]
    return as_json({"now": engine.now(), "stations": content})


async def get_station(request: web.Request) -> web.Response:
    """`?name=` one of its series, `?from=&to=` Unix seconds (negative: before now), `?step=` seconds at least.

    404 if there is no such station or series, 400 if a number is none, 503 while the store cannot be read.
    """
    engine, station = request.app[ENGINE], request.match_info["station"]
    book, name = engine.series.book, request.query.get("name")
    found = [series for series in book.of(station) if name in (None, series.identity.name)]
    if not found and (name is not None or station not in book.statuses):
        return web.Response(status=404, text="there is no such station or series; see /series\n")
    try:
        asked = _asked(request.query, engine.now(), len(found[:TOGETHER]))
        values = await engine.series.read(found[:TOGETHER], asked)
    except ValueError as error:
        return web.Response(status=400, text=f"{error}\n")
    except StoreError as error:
        return web.Response(status=503, text=f"{error}\n")
    content = {
        "now": engine.now(),
        "station": station,
        "status": _status(book, station),
        "from": asked.start,
        "to": asked.end,
        "step": asked.step,
        "series": [_values(series, buckets) for series, buckets in zip(found, values, strict=False)],
        "left_out": len(found[TOGETHER:]),
    }
    return as_json(content)


def _asked(query: Mapping[str, str], now: float, series: int) -> Range:
    """Return the range that a query asks for. Raises ValueError, which says what is wrong with it."""
    end = instant(query, "to", now)
    end = now if end is None else end
    start = instant(query, "from", now)
    start = max(0.0, end - USUAL if start is None else start)
    step = seconds(query, "step") or 0.0
    if end <= start:
        raise ValueError("`to` is not after `from`")
    if step < 0:
        raise ValueError("`step` is below 0")
    return fit(start, end, step or None, now, min(MOST, POINTS // max(1, series)))


def _summary(series: Series, whole: Bucket) -> Summary:
    return Summary(*identify(series), count=whole.count, first=whole.first, last=whole.last, close=whole.close)


def _values(series: Series, buckets: Sequence[Bucket]) -> Values:
    columns = Columns(
        [b.start for b in buckets],
        [b.count for b in buckets],
        [b.open for b in buckets],
        [b.low for b in buckets],
        [b.high for b in buckets],
        [b.close for b in buckets],
        [b.mean for b in buckets],
        [variance(b) for b in buckets],
    )
    return Values(*identify(series), columns=columns)


def _status(book: SeriesBook, station: str) -> Status | None:
    _, status = book.statuses.get(station, (0, None))
    return status
