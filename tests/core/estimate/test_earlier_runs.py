"""What earlier runs tell of a run that is like them, or not quite. Errors are shares of the whole run."""

import pytest
from msgspec import structs

from progressd.core.estimate import Learned
from progressd.records import AnyRecord
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
)

STEADY = [10.0, 40.0, 5.0, 25.0, 20.0]


def nights(*speeds: float, planned: bool = True) -> Learned:
    """Return who has seen a job each night, once for each of these factors of its time."""
    runs = enumerate(speeds)
    return learned(*(in_series([speed * each for each in STEADY], night, planned=planned) for night, speed in runs))


def copy(restored: float, night: int) -> Play:
    """A hundred units, one a second; some were there when it began."""
    play = Play(night)
    play.start(key=f"{JOB}.copy", total=100.0, done=restored)
    play.counts(f"{JOB}.copy", [(done - restored, done) for done in map(float, range(int(restored) + 1, 101))])
    play.stop(100.0 - restored, f"{JOB}.copy")
    play.stop(100.0 - restored)
    return play


def scan(night: int) -> Play:
    """It finds out bit by bit how much there is to do: twice as fast as it does it."""
    play = Play(night)
    play.start(key=f"{JOB}.scan", total=10.0, done=0.0)
    for second in map(float, range(1, 100)):
        play.counts(f"{JOB}.scan", [(second, second)], min(100.0, 10.0 + 2 * second))
    play.stop(100.0, f"{JOB}.scan")
    play.stop(100.0)
    return play


@pytest.mark.parametrize("planned", [True, False], ids=["planned", "found one by one"])
def test_a_run_like_those_before_it_is_known_from_the_first_moment(planned: bool) -> None:
    estimator = nights(1.0, 1.02, 0.98, planned=planned)

    assert max(errors(in_series(STEADY, 3, planned=planned), estimator)) < 0.05


def test_one_earlier_run_is_enough_to_tell() -> None:
    assert max(errors(in_series(STEADY, 1), nights(1.0))) < 0.1


def test_it_says_what_it_rests_on() -> None:
    (said,) = answers(in_series(STEADY, 3), nights(1.0, 1.1, 0.9), [30.0])
    low, high = interval(said)

    assert said.basis == "from 3 earlier runs"
    assert low < 70.0 < high


def test_the_interval_is_narrow_where_runs_were_alike_and_wide_where_they_were_not() -> None:
    steady, wild = (
        interval(answers(in_series(STEADY, 4), estimator, [5.0])[0])
        for estimator in (nights(1.0, 1.02, 0.98, 1.01), nights(1.0, 3.0, 0.6, 1.8))
    )

    assert steady[1] - steady[0] < (wild[1] - wild[0]) / 2


def test_a_machine_that_is_slower_today_is_noticed() -> None:
    today = in_series([2 * each for each in STEADY], 3)

    assert max(errors(today, nights(1.0, 1.3, 0.8))[25:]) < 0.2


def test_restored_work_is_no_speed() -> None:
    assert max(errors(copy(90.0, 1), learned(copy(0.0, 0)))[5:]) < 0.15


def test_a_run_of_which_all_but_the_last_is_cached_is_nearly_done() -> None:
    today = Play(1)
    today.start()
    for key in names(4):
        today.stop(0.1, key)
    today.part(names(5)[4], 0.1, 20.1)
    today.stop(20.1)

    assert max(errors(today, nights(1.0))[1:]) < 0.1


def test_a_run_of_which_all_is_cached_has_nothing_left() -> None:
    today = Play(1)
    today.start()
    for key in names(5):
        today.stop(0.1, key)
    (said,) = answers(today, nights(1.0), [0.5])

    assert left(said) < 3.0


def test_a_cold_cache_after_warm_runs_is_noticed_before_two_thirds_are_over() -> None:
    quick = [in_series([0.1, 0.2, 0.1, 0.1, 1.0], night) for night in range(3)]
    today = in_series(STEADY, 4)

    assert max(errors(today, learned(in_series(STEADY, 3), *quick))[33:]) < 0.4


def test_a_total_that_was_found_out_bit_by_bit_is_known_the_next_time() -> None:
    assert max(errors(scan(1), learned(scan(0)))) < 0.15


def test_a_part_that_is_left_out_is_not_waited_for() -> None:
    today = Play(1)
    today.start()
    today.plan([names(5)[number] for number in (0, 2, 3, 4)])
    for number, start, stop in ((0, 0, 10), (2, 10, 15), (3, 15, 40), (4, 40, 60)):
        today.part(names(5)[number], start, stop)
    today.stop(60.0)

    assert max(errors(today, nights(1.0))) < 0.1


def test_a_part_that_is_skipped_is_work_that_is_done_and_no_speed() -> None:
    today = in_series([10.0, 0.0, 5.0, 25.0, 20.0], 3)

    assert max(errors(today, nights(1.0, 1.02, 0.98))[15:]) < 0.1


def test_a_part_that_is_new_is_taken_for_one_of_its_kind() -> None:
    assert max(errors(in_series([20.0] * 5, 1), learned(in_series([20.0] * 4)))) < 0.15


def test_a_rename_of_half_the_parts_costs_little() -> None:
    today = in_series(STEADY, 3)
    new = {key: f"{JOB}.other{number}" for number, key in enumerate(names(5)[::2])}
    today.said = [(at, renamed(record, new)) for at, record in today.said]

    assert max(errors(today, nights(1.0, 1.02, 0.98))) < 0.2


def renamed(record: AnyRecord, names: dict[str, str]) -> AnyRecord:
    return structs.replace(record, task=names.get(record.task or "", record.task))


def test_who_takes_longer_than_ever_is_never_all_but_done() -> None:
    today = in_series([*STEADY, 60.0], 3, planned=False)
    said = answers(today, nights(1.0, 1.02, 0.98, planned=False), [130.0, 140.0, 150.0])

    assert all(answer.basis == "longer than any earlier run" for answer in said)
    assert all(left(answer) > 1.0 for answer in said)
    assert all(interval(answer)[1] > 30.0 for answer in said)


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_run_that_ended_half_way_does_not_spoil_what_is_known(status: str) -> None:
    broken = Play(2)
    broken.start()
    broken.plan(names(5))
    broken.part(names(5)[0], 0.0, 10.0)
    broken.stop(12.0, status=status)
    estimator = learned(in_series(STEADY), in_series(STEADY, 1), broken)

    assert max(errors(in_series(STEADY, 3), estimator)) < 0.05


def test_the_course_of_a_part_that_counts_is_known_after_its_end() -> None:
    """Its first tenth takes four fifths of the time; that it ended is no number of units."""
    runs = [Play(night) for night in range(4)]
    for play in runs:
        play.start()
        play.start(key=f"{JOB}.slow", total=100.0)
        play.counts(f"{JOB}.slow", [(8.0 * done, done) for done in map(float, range(1, 11))], total=100.0)
        play.counts(f"{JOB}.slow", [(80.0 + 2.0 * done / 9.0, 10.0 + done) for done in map(float, range(9, 91, 9))])
        play.stop(100.0, f"{JOB}.slow")
        play.stop(100.0)
    [said] = answers(runs.pop(), learned(*runs), [40.0])

    assert left(said) == pytest.approx(60.0, rel=0.2)


def test_who_asked_before_the_past_was_known_is_answered_from_it() -> None:
    play, estimator, past = Play(3), Learned(), nights(1.0, 1.0)
    play.start()
    [early] = answers(play, estimator, [10.0])
    for job in past.history.jobs:
        estimator.history.decode(past.history.encode(job))
    estimator.forget_forecasts()

    assert early.basis == "too early to tell"
    assert answers(play, estimator, [10.0])[0].basis == "from 2 earlier runs"


@pytest.mark.parametrize(("status", "known"), [("failed", True), ("canceled", False)])
def test_what_was_always_ended_by_somebody_tells_nothing_of_how_long_it_takes(status: str, *, known: bool) -> None:
    plays = [Play(night) for night in range(4)]
    for play in plays:
        play.start()
        play.stop(30.0, status=status)
    [said] = answers(plays.pop(), learned(*plays), [10.0])

    assert (said.seconds_left is not None) is known


def test_parts_side_by_side_are_not_added_up() -> None:
    assert max(errors(side_by_side(16, 4, 1), learned(side_by_side(16, 4)))) < 0.1


def test_twice_the_parts_on_as_many_workers_take_twice_as_long() -> None:
    assert max(errors(side_by_side(32, 4, 2), learned(side_by_side(16, 4), side_by_side(16, 4, 1)))) < 0.15


def test_nights_of_a_job_are_of_one_kind_and_shards_are_not() -> None:
    estimator = Learned()
    for number, took in ((1, 10.0), (2, 1000.0)):
        play = Play(number)
        play.start(key=f"shard{number}")
        play.stop(took, f"shard{number}")
        answers(play, estimator, [took / 2, took], f"shard{number}")

    assert [run.seconds for run in estimator.history.runs_for("shard1")] == [10.0]
    assert [run.seconds for run in estimator.history.runs_for("shard3")] == [1000.0, 10.0]


def test_a_restart_in_the_middle_of_a_run_changes_little() -> None:
    times, estimator = [35.0, 50.0, 80.0], nights(1.0, 1.1, 0.9)
    stayed = answers(in_series(STEADY, 3), estimator, [5.0, 20.0, *times])[2:]
    anew = [answers(in_series(STEADY, 3), Learned(estimator.history), [at])[0] for at in times]

    assert [left(said) for said in anew] == pytest.approx([left(said) for said in stayed], rel=0.1)
