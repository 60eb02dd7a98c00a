"""Measurements consolidated: one to a bucket, buckets to coarser ones, in any grouping the same."""

from collections.abc import Iterable, Sequence
from operator import mul

from ..records import Bucket

NANO = 10**9


def single(value: float, time: float) -> Bucket:
    """Return one measurement as the bucket of its second."""
    return Bucket(int(time), 1, time, value, value, value, time, value, value, 0.0)


def merged(a: Bucket, b: Bucket) -> Bucket:
    """Return both in one, at the start of `a`. Of two that were measured at the same time, `a` came first.

    Mean and squared deviations by Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing
    sample variances" (1979): no sum of squares that could overflow or cancel out.
    """
    count = a.count + b.count
    apart = b.mean - a.mean
    opens, closes = (b if b.first < a.first else a), (a if a.last > b.last else b)
    return Bucket(
        a.start,
        count,
        opens.first,
        opens.open,
        min(a.low, b.low),
        max(a.high, b.high),
        closes.last,
        closes.close,
        a.mean + apart * (b.count / count),
        a.m2 + b.m2 + apart * apart * (a.count * (b.count / count)),
    )


def of_nanoseconds(values: Sequence[int], first: float, last: float) -> Bucket:
    """Return durations, in the order in which they came between two times of one second, as a bucket of seconds.

    Sums are exact: integers in Python have no largest.
    """
    count, total = len(values), sum(values)
    spread = count * sum(map(mul, values, values)) - total * total
    opening, low, high, closing = (value / NANO for value in (values[0], min(values), max(values), values[-1]))
    mean, m2 = total / (count * NANO), spread / (count * NANO * NANO)
    return Bucket(int(first), count, first, opening, low, high, last, closing, mean, m2)


def variance(bucket: Bucket) -> float:
    """Return the variance of all that was measured, not of a sample of it: squared deviations by their number."""
    return bucket.m2 / bucket.count


def coarser(buckets: Iterable[Bucket], step: int) -> list[Bucket]:
    """Return the buckets of so many seconds, from 1970 on, that these make; in order of their start.

    `step` 0 is the whole of time.
    """
    found: dict[int, Bucket] = {}
    for bucket in buckets:
        start = bucket.start - bucket.start % step if step else 0
        known = found.get(start)
        found[start] = merged(known, bucket) if known is not None else moved(bucket, start)
    return [found[start] for start in sorted(found)]


def moved(bucket: Bucket, start: int) -> Bucket:
    """Return the same measurements as a bucket that begins elsewhere."""
    if bucket.start == start:
        return bucket
    _, count, first, opening, low, high, last, close, mean, m2 = values(bucket)
    return Bucket(start, count, first, opening, low, high, last, close, mean, m2)


def values(bucket: Bucket) -> tuple[int, int, float, float, float, float, float, float, float, float]:
    """Return the fields in their order."""
    b = bucket
    return b.start, b.count, b.first, b.open, b.low, b.high, b.last, b.close, b.mean, b.m2
