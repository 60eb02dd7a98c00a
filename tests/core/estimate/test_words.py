"""What the producer says of its work is heard: estimates, weights, progress that moves by itself, a plan in percent."""

import pytest

from progressd.core.estimate import Learned
from tests.core.estimate.acting import JOB, Play, answers, errors, in_series, interval, learned, left, names

WORD = "from its estimates"


def declared(*estimates: float, parallel: bool = False) -> Play:
    """A job of which nothing has begun."""
    play = Play()
    play.start(parallel=parallel)
    for key, estimate in zip(names(len(estimates)), estimates, strict=True):
        play.plan([key], estimate=estimate)
    return play


@pytest.mark.parametrize(("parallel", "expected"), [(False, 60.0), (True, 30.0)], ids=["in series", "side by side"])
def test_estimates_are_taken_for_it_before_there_is_more(parallel: bool, expected: float) -> None:
    (said,) = answers(declared(10.0, 20.0, 30.0, parallel=parallel), Learned(), [0.0])
    low, high = interval(said)

    assert (said.seconds_left, said.basis) == (expected, WORD)
    assert low < expected < high


def test_series_within_parallel_work_is_added_up_and_the_longest_counts() -> None:
    play = declared(10.0, 500.0, parallel=True)
    play.plan([f"{JOB}.part1.a"], estimate=20.0)
    play.plan([f"{JOB}.part1.b"], estimate=30.0)

    assert left(answers(play, Learned(), [0.0])[0]) == 50.0


def test_what_runs_counts_down() -> None:
    play = declared(10.0, 20.0)
    play.start(0.0, names(1)[0])

    assert [left(said) for said in answers(play, Learned(), [0.0, 4.0, 8.0])] == pytest.approx([30.0, 26.0, 22.0])


@pytest.mark.parametrize("parallel", [False, True], ids=["in series", "side by side"])
def test_one_that_ends_early_is_credited_and_says_nothing_of_the_others(parallel: bool) -> None:
    play = declared(10.0, 20.0, parallel=parallel)
    play.part(names(1)[0], 0.0, 1.0)
    before, after = answers(play, Learned(), [0.0, 2.0])

    assert (left(before), left(after)) == (20.0 if parallel else 30.0, 20.0)


def test_who_overruns_its_estimate_is_not_all_but_done() -> None:
    play = declared(10.0)
    play.start(0.0, names(1)[0])

    assert [left(said) > 1.0 for said in answers(play, Learned(), [10.0, 20.0, 30.0])] == [True, True, True]


def test_estimates_count_as_far_as_they_are_kept() -> None:
    today = in_series([40.0] * 10, estimate=10.0)
    found = errors(today, Learned())

    assert max(found[15:]) < 0.3
    assert max(found[30:]) < 0.15


def test_a_new_part_of_a_known_job_is_taken_at_its_word() -> None:
    today = in_series([20.0] * 4, 1)
    today.plan([f"{JOB}.extra"], estimate=100.0)
    (said,) = answers(today, learned(in_series([20.0] * 4)), [1.0])

    assert left(said) == pytest.approx(179.0, rel=0.1)


def test_weights_say_what_is_large() -> None:
    play = Play()
    play.start()
    play.plan([f"{JOB}.small"], weight=1.0)
    play.plan([f"{JOB}.large"], weight=9.0)
    play.part(f"{JOB}.small", 0.0, 10.0)
    (said,) = answers(play, Learned(), [10.0])

    assert left(said) > 40.0


def test_a_plan_in_percent_is_one() -> None:
    shares = {"download": 30.0, "process": 60.0, "upload": 10.0}
    play, at = Play(), 0.0
    play.start()
    for name, share in shares.items():
        play.plan([f"{JOB}.{name}"], weight=share)
    for name, share in shares.items():
        play.start(at, f"{JOB}.{name}", total=10.0)
        play.counts(f"{JOB}.{name}", [(at + share * step / 10, float(step)) for step in range(1, 11)])
        at += share
        play.stop(at, f"{JOB}.{name}")
    play.stop(at)

    found = errors(play, Learned())

    assert max(found[10:]) < 0.2
    assert max(found[20:]) < 0.15


def test_weights_that_are_wrong_are_believed_less_and_less() -> None:
    """By the weights the first tenth of the work is nine tenths of it."""
    today = in_series([10.0] * 20)
    for key in names(2):
        today.update(0.0, key, weight=81.0)
    found = errors(today, Learned())

    assert max(found[25:]) < 0.3
    assert max(found[40:]) < 0.12


def test_progress_that_moves_by_itself_ends_when_its_producer_says() -> None:
    play = Play()
    play.start()
    play.update(10.0, progress=0.6, within=60.0)
    said = answers(play, Learned(), [10.0, 40.0])

    assert [left(answer) for answer in said] == pytest.approx([100.0, 70.0], rel=0.05)


def test_what_is_posted_on_a_parent_is_how_far_it_is() -> None:
    play = Play()
    play.start()
    play.plan(names(3))
    play.update(50.0, progress=0.25)

    assert left(answers(play, Learned(), [50.0])[0]) == pytest.approx(150.0, rel=0.2)
