"""What a run tells of itself, where none came before it. Errors are shares of the whole run."""

from itertools import pairwise

import pytest

from progressd.core.estimate import Learned
from tests.core.estimate.acting import (
    JOB,
    Play,
    answers,
    errors,
    in_series,
    interval,
    learned,
    left,
    names,
    side_by_side,
    states,
)

LOAD = f"{JOB}.load"


def loading(until: float, speed: float = 1.0) -> Play:
    """A hundred units, evenly, up to a moment after which nothing is heard."""
    play = Play()
    play.start()
    play.start(key=LOAD, total=100.0, done=0.0)
    play.counts(LOAD, [(second / speed, second) for second in map(float, range(1, int(until * speed) + 1))])
    return play


def test_before_anything_is_done_it_is_too_early_to_tell() -> None:
    play = Play()
    play.start()
    (said,) = answers(play, Learned(), [100.0])

    assert (said.seconds_left, said.low, said.high, said.basis) == (None, None, None, "too early to tell")


def test_what_never_says_how_far_it_is_stays_unknown() -> None:
    play = Play()
    play.start()
    play.counts(JOB, [(float(second), 10.0 * second) for second in range(1, 1000)])

    assert {said.seconds_left for said in answers(play, Learned(), map(float, range(0, 1000, 50)))} == {None}


def test_even_parts_tell_soon() -> None:
    found = errors(in_series([10.0] * 20), Learned())

    assert max(found[15:]) < 0.2
    assert max(found[30:]) < 0.1


def test_a_slow_start_is_forgotten() -> None:
    play = loading(100.0)
    play.said = [(at + 20.0 if at > 0 else at, record) for at, record in play.said]
    play.stop(120.0, LOAD)
    play.stop(120.0)

    assert max(errors(play, Learned())[30:]) < 0.2


def test_one_slow_straggler_among_a_thousand_does_not_spoil_the_rest() -> None:
    seconds = [0.1] * 1000
    seconds[200] = 20.0

    assert max(errors(in_series(seconds), Learned())[30:]) < 0.35


def test_a_straggler_beside_the_others_is_waited_for_and_not_multiplied() -> None:
    play = side_by_side(999, 9, each=1.0)
    play.said = [(at, record) for at, record in play.said if record.task != JOB]
    play.start()
    play.start(key=f"{JOB}.straggler")
    said = answers(play, Learned(), [50.0, 100.0, 110.5])

    assert 40.0 < left(said[0]) < 90.0
    assert left(said[2]) < 60.0


def test_work_side_by_side_is_scheduled_and_not_added_up() -> None:
    found = errors(side_by_side(80, 4), Learned())

    assert max(found[15:]) < 0.2
    assert max(found[35:]) < 0.1


def test_a_stall_widens_the_interval_and_does_not_raise_the_number() -> None:
    times = [float(second) for second in range(10, 500)]
    before, said = 40, answers(loading(50.0), Learned(), times)
    times, said = times[before:], said[before:]
    latest = [at + interval(answer)[1] for at, answer in zip(times, said, strict=True)]

    assert all(0.0 < left(answer) <= left(said[0]) for answer in said)
    assert all(after > 0.9 * before for before, after in pairwise(latest))
    assert latest[-1] > 2 * latest[0]


def test_a_stall_of_a_known_job_counts_down_to_the_edge_of_its_interval_and_stays_there() -> None:
    whole = loading(100.0)
    whole.stop(100.0, LOAD)
    whole.stop(100.0)
    stalled = loading(50.0)
    stalled.night = 1
    said = answers(stalled, learned(whole), [50.0, 70.0, 100.0, 150.0, 200.0])

    assert all(0.0 < left(answer) <= left(said[0]) for answer in said)
    assert all(interval(answer)[1] > left(answer) for answer in said)


def test_a_pause_is_no_work() -> None:
    play = loading(50.0)
    play.update(50.0, status="paused")
    play.update(50.0, LOAD, status="paused")
    before, after = answers(play, Learned(), [50.0, 5000.0])

    assert left(after) == pytest.approx(left(before))


def test_resumed_work_is_no_speed() -> None:
    play = Play()
    play.start()
    play.start(key=LOAD, total=100.0, done=80.0)
    play.counts(LOAD, [(10.0 * second, 80.0 + second) for second in map(float, range(1, 11))])
    (said,) = answers(play, Learned(), [100.0])

    assert 70.0 < left(said) < 130.0


def test_progress_goes_back_only_with_the_total_that_is_shown_beside_it() -> None:
    play = loading(50.0)
    play.update(50.5, LOAD, total=400.0)
    seen = [(tree.tasks[LOAD].fraction, tree.tasks[LOAD].total) for _, tree in states(play, map(float, range(1, 60)))]
    back = [(before, after) for before, after in pairwise(seen) if (after[0] or 0.0) < (before[0] or 0.0)]

    assert back == [((0.5, 100.0), (0.125, 400.0))]


def test_a_total_that_grows_moves_the_end_at_once_and_soon_as_far_as_it_grew() -> None:
    play = loading(50.0)
    play.update(50.5, LOAD, total=400.0)
    play.counts(LOAD, [(second, second) for second in map(float, range(51, 100))])
    before, after, later = answers(play, Learned(), [50.0, 51.0, 80.0])

    assert left(before) == pytest.approx(50.0, rel=0.2)
    assert left(after) > 2 * left(before)
    assert left(later) == pytest.approx(320.0, rel=0.25)


@pytest.mark.parametrize("earlier", [False, True], ids=["alone", "after an earlier run"])
def test_a_clock_that_steps_back_or_leaps_does_no_harm(earlier: bool) -> None:
    estimator = learned(in_series([10.0] * 10)) if earlier else Learned()
    today = in_series([10.0] * 10, 1)
    today.said = [(at, record) for at, record in today.said if at <= 50.0]
    said = answers(today, estimator, [50.0, 55.0, 20.0, 5.0, 50_000.0, 60.0])

    assert all(left(answer) >= 0.0 for answer in said)
    assert left(said[3]) < 100.0
    assert left(said[-1]) == pytest.approx(40.0, abs=20.0)


def test_a_part_that_is_waited_for_knows_how_long_it_will_take() -> None:
    (said,) = answers(in_series([10.0] * 10), Learned(), [50.0], names(10)[9])

    assert left(said) == pytest.approx(10.0)


@pytest.mark.parametrize("earlier", [False, True], ids=["alone", "after an earlier run"])
def test_between_updates_the_number_counts_down(earlier: bool) -> None:
    whole = loading(100.0)
    whole.stop(100.0, LOAD)
    whole.stop(100.0)
    today = loading(50.0)
    today.night = 1
    said = answers(today, learned(whole) if earlier else Learned(), [50.0, 51.0, 52.0, 53.0, 54.0, 55.0])

    assert all(0.8 < left(before) - left(after) < 1.2 for before, after in pairwise(said))
