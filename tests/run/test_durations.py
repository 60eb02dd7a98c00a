"""What the arguments of a batch took, from one run to the next, and what they weigh by that."""

from pathlib import Path

import pytest

from progressd.run import durations
from progressd.run.durations import Durations, weights


def test_what_took_how_long_is_known_the_next_time(tmp_path: Path) -> None:
    Durations("a", str(tmp_path)).keep({"x": 1.5, "\udcff": 2.0})
    Durations("a", str(tmp_path)).keep({"x": 3.0})

    assert Durations("a", str(tmp_path)).read() == {"x": 3.0, "\udcff": 2.0}
    assert Durations("b", str(tmp_path)).read() == {}


SENSELESS = ["", "[]", "{}", '{"key":"a","seconds":[]}', "[" * 100_000]
NO_SECONDS = ['"y"', "Infinity", "-Infinity", "NaN", "1e999", "-1", "1" + "0" * 400]


@pytest.mark.parametrize(
    "content", SENSELESS + [f'{{"key":"a","seconds":{{"x":{seconds}}}}}' for seconds in NO_SECONDS]
)
def test_a_file_that_makes_no_sense_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    kept = Durations("a", str(tmp_path))
    kept.keep({"x": 1.0})
    next(tmp_path.iterdir()).write_text(content)

    assert kept.read() == {}
    kept.keep({"x": 2.0})
    assert kept.read() == {"x": 2.0}


def test_where_nothing_can_be_kept_nothing_is_said() -> None:
    Durations("a", "/proc/no/such").keep({"x": 1.0})


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durations, "ARGUMENTS", 3)
    monkeypatch.setattr(durations, "BATCHES", 2)
    for number in range(5):
        Durations(f"{number}", str(tmp_path)).keep({"x": 1.0})
    last = Durations("4", str(tmp_path))
    last.keep({"a": 1.0, "b": 1.0, "c": 1.0})

    assert list(last.read()) == ["a", "b", "c"]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("sizes", "known", "expected"),
    [
        (None, {}, [1, 1, 1]),
        ([10, 30, 0], {}, [10, 30, 1]),
        (None, {"a": 4.0, "b": 2.0}, [4, 2, 4]),
        ([10, 30, 50], {"a": 2.0, "b": 2.0}, [2, 2, 5]),
        ([0, 0, 50], {"a": 2.0}, [2, 2, 2]),
        ([10, 30, 50], {"a": 0.0, "b": 1.0}, [0.001, 1, 1.25]),
        (None, {"z": 9.0}, [1, 1, 1]),
    ],
)
def test_what_is_new_weighs_what_the_others_let_expect(
    sizes: list[int] | None, known: dict[str, float], expected: list[float]
) -> None:
    assert weights(["a", "b", "c"], sizes, known) == pytest.approx(expected)


def test_many_arguments_are_weighed_with_a_few_looks_at_each() -> None:
    class Counted(float):
        added = 0

        def __radd__(self, other: float) -> float:
            Counted.added += 1
            return float(self) + other

    names = [str(number) for number in range(3000)]
    known = {name: Counted(2.0) for name in names[::2]}

    assert weights(names, [10] * 3000, known) == [2.0] * 3000
    assert Counted.added <= 2 * 3000
