"""The book of series: what it tells readers, what it tells the store, and what it refuses."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progressd.core import series as module
from progressd.core.bucket import merged, single
from progressd.core.series import AHEAD, NAMES, RECENT, SERIES, Identity, SeriesBook, Unsaved
from progressd.records import Bucket, Metric, Said, Samples, StoredRecord

NOW = 1.7e9


def measure(book: SeriesBook, *records: StoredRecord, now: float = NOW) -> None:
    book.measure([(record, record.time if record.time is not None else now) for record in records], now)


def metric(value: float, time: float = NOW, name: str = "loss", task: str = "train") -> Metric:
    return Metric(task=task, name=name, value=value, time=time)


def every(_station: str) -> bool:
    return True


def seen(book: SeriesBook, since: int) -> dict[str, list[tuple[int, int]]]:
    return {
        series.identity.name: [(bucket.start, bucket.count) for bucket in buckets]
        for series, buckets in book.changed(since, every)
    }


def total(unsaved: Unsaved) -> int:
    return sum(bucket.count for series in unsaved.series for bucket in series.buckets)


def test_readers_are_told_whole_seconds_that_changed_since_what_they_have_seen() -> None:
    book = SeriesBook()
    measure(book, metric(1.0), metric(2.0, NOW + 1))
    first = book.revision
    measure(book, metric(3.0, NOW + 1), metric(9.0, name="accuracy"))

    assert seen(book, 0) == {"accuracy": [(NOW, 1)], "loss": [(NOW, 1), (NOW + 1, 2)]}
    assert seen(book, first) == {"accuracy": [(NOW, 1)], "loss": [(NOW + 1, 2)]}
    assert seen(book, book.revision) == {}


def test_only_the_newest_seconds_are_remembered_but_all_are_given_to_the_store() -> None:
    book = SeriesBook()
    measure(book, *(metric(1.0, NOW + second) for second in range(100)))

    assert len(seen(book, 0)["loss"]) == RECENT
    assert total(book.take_unsaved(NOW)) == 100
    assert not book.take_unsaved(NOW)


@given(st.lists(st.integers(0, 5) | st.none() | st.just("fails"), max_size=40))
def test_what_the_store_could_not_keep_it_is_told_again_and_nothing_twice(steps: list[object]) -> None:
    book, kept, measured = SeriesBook(), 0, 0
    for step in steps:
        if isinstance(step, int):
            measure(book, metric(1.0, NOW + step), Said(task="train", text=str(measured)))
            measured += 1
        else:
            unsaved = book.take_unsaved(NOW)
            measure(book, metric(1.0))
            measured += 1
            if step == "fails":
                book.give_back(unsaved)
            else:
                kept += total(unsaved)

    assert kept + total(book.take_unsaved(NOW)) == measured


def test_a_series_is_a_station_a_name_and_dimensions_in_any_order() -> None:
    book = SeriesBook()
    measure(
        book,
        Metric(task="a", name="x", value=1.0, dimensions={"gpu": "0", "host": "h"}, unit="W"),
        Metric(task="a", name="x", value=2.0, dimensions={"host": "h", "gpu": "0"}),
        Metric(task="a", name="x", value=2.0, dimensions={"host": "h", "gpu": "1"}),
        Metric(name="x", value=1.0),
    )

    (first, second) = book.of("a")
    assert first.identity == Identity("a", "x", (("gpu", "0"), ("host", "h")))
    assert (first.whole and first.whole.count, first.unit) == (2, "W")
    assert second.identity.dimensions[0] == ("gpu", "1")
    assert len(book.of("(no task)")) == 1


def test_the_newest_word_of_a_station_stands_also_if_an_older_one_comes_late() -> None:
    book = SeriesBook()
    measure(book, Said(task="api", text="up", time=NOW), Said(task="api", text="down", time=NOW - 5))

    assert [(station, status.text) for station, status in book.said(0, every)] == [("api", "up")]
    assert book.take_unsaved(NOW).statuses["api"].text == "up"


def test_too_many_series_are_counted_and_one_that_is_silent_for_long_makes_room() -> None:
    book = SeriesBook()
    measure(book, *(metric(1.0, name=f"n{number}") for number in range(SERIES + 5)))
    assert book.take_lost() == {f"beyond {SERIES} series": 5}
    assert not book.take_lost()
    measure(book, *(metric(1.0, NOW + 1, name=f"n{number}") for number in range(1, SERIES)))
    book.take_unsaved(NOW)

    measure(book, metric(1.0, NOW + 86402, name="new"), now=NOW + 86402)

    assert not book.lost
    assert len(book.series) == SERIES
    assert book.take_unsaved(NOW).forgotten == [Identity("train", "n0")]


def test_what_is_from_a_far_future_or_named_too_long_is_counted() -> None:
    book = SeriesBook()
    measure(book, metric(1.0, NOW + AHEAD + 1), metric(1.0, name="x" * NAMES))
    measure(book, Metric(task="a", name="x", value=1.0, dimensions={"x" * NAMES: "y"}))

    assert book.take_lost() == {"measured in the future": 1, f"named by more than {NAMES} characters": 2}
    assert not book.series


def test_what_waits_for_a_failing_store_is_bounded_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNSAVED", 10)
    book = SeriesBook()
    measure(book, *(metric(1.0, NOW + second) for second in range(30)))
    unsaved = book.take_unsaved(NOW)
    measure(book, *(metric(1.0, NOW + second) for second in range(5)))
    book.give_back(unsaved)
    measure(book, metric(1.0, NOW), metric(1.0, NOW + 50))

    assert total(unsaved) == 10
    assert book.take_lost() == {"not stored in time": 21}
    assert total(book.take_unsaved(NOW)) == 16


def test_what_a_store_kept_goes_on_where_it_was() -> None:
    bucket = merged(single(1.0, NOW), single(3.0, NOW + 0.5))
    book = SeriesBook()
    kept = partial(module.KeptSeries, Identity("api", "departures"), "s")
    book.restore(Unsaved(NOW, [kept([bucket], bucket)], {"api": module.Status("up", NOW)}))
    measure(book, Samples(task="api", name="departures", bucket=single(5.0, NOW + 0.7)))

    ((series, (newest,)),) = book.changed(0, every)
    assert isinstance(newest, Bucket)
    assert (newest.count, newest.open, newest.close, newest.mean) == (3, 1.0, 5.0, 3.0)
    assert series.whole is not None
    assert series.whole.count == 3
    assert total(book.take_unsaved(NOW)) == 1
