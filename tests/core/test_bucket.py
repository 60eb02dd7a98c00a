"""Buckets: the same whichever way measurements are put together, and as exact as floats are."""

import math
import statistics
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progressd.core.bucket import coarser, merged, moved, of_nanoseconds, single, values, variance
from progressd.core.steps import MOST, RETENTION, STEPS, fit
from progressd.records import Bucket

VALUES = st.floats(-1e9, 1e9)
SAMPLES = st.lists(st.tuples(VALUES, st.integers(0, 9_999)), min_size=1, max_size=40, unique_by=lambda each: each[1])
"""Values with times that are apart."""


def near(a: Bucket, b: Bucket) -> None:
    assert values(a)[:8] == values(b)[:8]
    scale = max(abs(a.low), abs(a.high), 1.0)
    assert math.isclose(a.mean, b.mean, rel_tol=1e-9, abs_tol=1e-9 * scale)
    assert math.isclose(a.m2, b.m2, rel_tol=1e-9, abs_tol=1e-9 * scale * scale)


def whole(value: float, time: float) -> Bucket:
    return moved(single(value, time), 0)


@given(SAMPLES, st.randoms(), st.integers(0, 40))
def test_measurements_make_the_same_bucket_in_any_order_and_grouping(
    samples: list[tuple[float, float]], random: object, cut: int
) -> None:
    in_order = reduce(merged, (whole(*each) for each in sorted(samples, key=lambda each: each[1])))
    random.shuffle(samples)  # type: ignore[attr-defined]
    parts = [part for part in (samples[:cut], samples[cut:]) if part]
    near(in_order, reduce(merged, (reduce(merged, (whole(*each) for each in part)) for part in parts)))


@given(SAMPLES)
def test_a_bucket_says_what_the_statistics_say(samples: list[tuple[float, float]]) -> None:
    bucket = reduce(merged, (whole(*each) for each in samples))
    plain = [value for value, _ in samples]
    scale = max(map(abs, plain), default=1.0) + 1.0

    assert (bucket.count, bucket.low, bucket.high) == (len(plain), min(plain), max(plain))
    assert bucket.open == min(samples, key=lambda each: each[1])[0]
    assert bucket.close == max(samples, key=lambda each: each[1])[0]
    assert math.isclose(bucket.mean, statistics.fmean(plain), rel_tol=1e-9, abs_tol=1e-9 * scale)
    assert math.isclose(variance(bucket), statistics.pvariance(plain), rel_tol=1e-6, abs_tol=1e-6 * scale * scale)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40))
def test_durations_of_any_length_are_summed_exactly(durations: list[int]) -> None:
    bucket = of_nanoseconds(durations, 7.25, 7.5)
    one_by_one = reduce(merged, (single(each / 1e9, 7.25) for each in durations))

    assert (bucket.start, bucket.count, bucket.first, bucket.last) == (7, len(durations), 7.25, 7.5)
    assert (bucket.open, bucket.low, bucket.high, bucket.close) == (
        one_by_one.open,
        one_by_one.low,
        one_by_one.high,
        one_by_one.close,
    )
    assert math.isclose(bucket.mean, one_by_one.mean, rel_tol=1e-9)
    assert math.isclose(bucket.m2, one_by_one.m2, rel_tol=1e-6, abs_tol=1e-9 * (bucket.high**2 + 1))


def test_of_two_at_the_same_time_the_one_that_came_first_opens() -> None:
    bucket = merged(single(1.0, 5.0), single(2.0, 5.0))

    assert (bucket.open, bucket.close) == (1.0, 2.0)


def test_a_billion_measurements_far_from_zero_keep_their_variance() -> None:
    bucket = merged(single(1e6 - 0.5, 0.0), single(1e6 + 0.5, 0.0))
    for _ in range(29):
        bucket = merged(bucket, bucket)
    for _ in range(100_000):
        bucket = merged(bucket, single(1e6 + 0.5, 0.0))

    assert bucket.count == 2**30 + 100_000
    assert math.isclose(bucket.mean, 1e6, rel_tol=1e-9)
    assert math.isclose(variance(bucket), 0.25, rel_tol=1e-6)


def test_the_largest_values_stay_finite() -> None:
    bucket = merged(single(1e140, 0.0), single(-1e140, 0.0))
    for _ in range(60):
        bucket = merged(bucket, bucket)

    assert all(map(math.isfinite, values(bucket)))


@given(st.lists(st.tuples(VALUES, st.integers(0, 90_000)), min_size=1, max_size=30))
def test_coarser_buckets_hold_all_of_the_finer_ones(samples: list[tuple[float, int]]) -> None:
    buckets = coarser([single(value, float(time)) for value, time in samples], 1)
    for finer, step in pairwise(STEPS):
        buckets = coarser(buckets, step)
        assert finer < step
        assert all(bucket.start % step == 0 for bucket in buckets)
        assert sum(bucket.count for bucket in buckets) == len(samples)
    (whole_of_it,) = coarser(buckets, 0)
    assert whole_of_it.start == 0


@given(
    st.floats(0, 4e9), st.floats(1e-6, 4e9), st.none() | st.floats(1e-3, 1e9), st.floats(0, 4e9), st.integers(2, MOST)
)
def test_a_range_never_has_more_points_than_allowed(
    start: float, length: float, step: float | None, now: float, most: int
) -> None:
    found = fit(start, start + length, step, now, most)

    assert found.start <= start
    assert found.end >= start + length
    assert (found.end - found.start) / found.step <= most + 1
    assert found.step % found.kept == 0
    assert found.start % found.step == 0
    assert step is None or found.step >= step
    assert now - start <= RETENTION[found.kept] or found.kept == STEPS[-1]


@pytest.mark.parametrize(
    ("ago", "step", "expected"),
    [
        (600, None, (1, 1)),
        (3000, None, (5, 1)),
        (4000, None, (10, 10)),
        (86_000, 60, (60, 60)),
        (7 * 86_400, None, (1_200, 600)),
        (400 * 86_400, None, (57_600, 3600)),
        (3000, 7, (7, 1)),
        (86_400, 1, (50, 10)),
    ],
)
def test_the_step_fits_the_range_and_what_is_kept_of_it(ago: float, step: float | None, expected: object) -> None:
    now = 1.7e9
    found = fit(now - ago, now, step, now)

    assert (found.step, found.kept) == expected
