"""Runs of a job whose tree is not quite the same each time, or whose length is. Errors are shares of the whole run."""

import pytest

from progressd.core.estimate.ratios import Ratios
from tests.core.estimate.acting import JOB, Play, answers, errors, learned, left

BLOCKS, LONG, SHORT = 8, 40.0, 10.0


def training(night: int, *, inside: set[int]) -> Play:
    """Blocks one after the other, each with an evaluation at its start: below the block before, or beside it."""
    play = Play(night)
    play.start()
    for block in range(BLOCKS):
        begin, key = LONG * block, f"{JOB}.block{block}"
        play.start(begin, key)
        above = key if block in inside else JOB
        play.part(f"{above}.check{block}", begin, begin + SHORT)
        play.stop(begin + LONG, key)
    play.stop(LONG * BLOCKS)
    return play


@pytest.mark.parametrize(("then", "today"), [({0, 2, 3}, {1, 3, 5, 6}), (set(), {0, 1, 2})])
def test_a_task_may_have_children_in_one_run_and_none_in_the_next(then: set[int], today: set[int]) -> None:
    estimator = learned(training(0, inside=then))

    assert max(errors(training(1, inside=today), estimator)) < 0.08


def test_a_task_that_has_no_children_yet_takes_as_long_as_it_did_with_them() -> None:
    today = training(1, inside=set(range(BLOCKS)))
    today.plan([f"{JOB}.block5"])
    (said,) = answers(today, learned(training(0, inside=set(range(BLOCKS)))), [1.0], f"{JOB}.block5")

    assert left(said) == pytest.approx(LONG, rel=0.1)


def lasting(seconds: float, night: int) -> Play:
    play = Play(night)
    play.start()
    play.part(f"{JOB}.work", 0.0, seconds)
    play.stop(seconds)
    return play


def test_one_run_that_took_longer_is_an_accident_of_a_steady_job() -> None:
    nights = [100.0, 100.5, 99.5, 100.0, 100.2, 118.0]
    estimator = learned(*(lasting(seconds, night) for night, seconds in enumerate(nights)))

    assert errors(lasting(100.0, len(nights)), estimator)[0] < 0.02


def test_a_job_that_has_become_longer_is_expected_to_stay_so() -> None:
    nights = [100.0, 100.5, 99.5, 200.0, 201.0]
    estimator = learned(*(lasting(seconds, night) for night, seconds in enumerate(nights)))

    assert errors(lasting(200.0, len(nights)), estimator)[0] < 0.35


def test_what_is_done_to_a_millionth_tells_no_speed() -> None:
    ratios = Ratios(little=0.1)
    ratios.add(then=1e-4, today=0.3)
    evidence, _, _ = ratios.told()

    assert evidence < 0.01
