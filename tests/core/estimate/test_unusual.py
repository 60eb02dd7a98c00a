"""A run of a known job that is later than expected, or suspiciously fast, is told: once, and nothing else is."""

import pytest

from progressd.core.estimate import Learned, Watch
from progressd.core.estimate.unusual import between
from progressd.records import Marker
from tests.core.estimate.acting import JOB, Play, answers, in_series, learned, names, states

STEADY = [10.0, 40.0, 5.0, 25.0, 20.0]


def nights(*speeds: float) -> Learned:
    return learned(*(in_series([speed * each for each in STEADY], night) for night, speed in enumerate(speeds)))


def told(play: Play, estimator: Learned, until: float, first: float = 0.0) -> list[tuple[float, str | None, str]]:
    """Return when what was told, by one who looks each second and has the markers put into the tree."""
    watch, found = Watch(estimator), []
    for at, tree in states(play, [first + second for second in range(int(until - first) + 1)]):
        notices: list[Marker] = watch.look(tree, play.began + at)
        tree.apply(notices, play.began + at)
        found += [(at, notice.kind, notice.text) for notice in notices]
    return found


def hanging(at: float, night: int = 5) -> Play:
    """A run that says no more from this second on."""
    play = in_series(STEADY, night)
    play.said = [(time, record) for time, record in play.said if time <= at]
    return play


def test_a_run_that_hangs_is_told_once_to_be_late() -> None:
    ((at, kind, text),) = told(hanging(60.0), nights(1.0, 1.02, 0.98, 1.01), 1000.0)

    assert 105.0 < at < 150.0
    assert kind == "late"
    assert text.startswith("later than expected (9")


def test_a_run_that_never_says_more_than_that_it_began_is_told_to_be_late() -> None:
    assert [kind for _, kind, _ in told(hanging(0.0), nights(1.0, 1.02, 0.98, 1.01), 1000.0)] == ["late"]


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_a_run_that_is_like_the_others_is_not_told(speed: float) -> None:
    assert told(in_series([speed * each for each in STEADY], 5), nights(1.0, 1.1, 0.9, 1.05), 200.0) == []


def test_what_varies_much_is_late_only_after_long() -> None:
    ((at, _, _),) = told(hanging(60.0), nights(1.0, 3.0, 0.5, 2.0), 10_000.0)

    assert at > 150.0  # A job that does not vary is told before that.


def test_a_restart_of_the_daemon_tells_nothing_twice() -> None:
    play, estimator = hanging(60.0), nights(1.0, 1.02, 0.98, 1.01)
    ((at, kind, text),) = told(play, estimator, 1000.0)
    play.said.append((at, Marker(task=JOB, kind=kind, text=text, time=play.began + at)))

    assert told(play, Learned(estimator.history), 2000.0, first=at + 10.0) == []


def test_a_restart_while_a_run_is_young_changes_nothing() -> None:
    estimator = nights(1.0, 1.02, 0.98, 1.01)
    ((at, _, text),) = told(hanging(60.0), estimator, 1000.0, first=5.0)

    assert (at, text) == told(hanging(60.0), Learned(estimator.history), 1000.0)[0][::2]


def test_a_run_that_hung_while_nobody_looked_is_told_at_once() -> None:
    ((at, kind, _),) = told(hanging(60.0), nights(1.0, 1.02, 0.98, 1.01), 2000.0, first=1000.0)

    assert (at, kind) == (1000.0, "late")


def test_a_run_that_is_first_seen_half_way_is_not_late() -> None:
    assert told(in_series(STEADY, 5), nights(1.0, 1.1, 0.9, 1.05), 200.0, first=50.0) == []


def test_a_run_that_has_more_to_do_is_measured_by_that() -> None:
    today = in_series([10.0] * 60, 5)

    assert told(today, learned(*(in_series([10.0] * 10, night) for night in range(4))), 600.0) == []


def quick(status: str = "finished", night: int = 5, ends: float = 2.0) -> Play:
    play = Play(night)
    play.start()
    play.plan(names(5))
    for key in names(5):
        play.stop(1.0, key)
    play.stop(ends, status=status)
    return play


def test_a_run_that_did_nothing_is_told_to_be_suspiciously_fast() -> None:
    ((_, kind, text),) = told(quick(), nights(1.0, 1.1, 0.9), 60.0)

    assert (kind, text) == ("fast", "suspiciously fast (earlier runs took 90–110 s)")


def test_a_word_after_its_end_tells_nothing_again() -> None:
    play = quick()
    play.update(30.0, message="the log is kept")

    assert len(told(play, nights(1.0, 1.1, 0.9), 60.0)) == 1


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_who_failed_is_not_called_fast(status: str) -> None:
    assert told(quick(status), nights(1.0, 1.1, 0.9), 60.0) == []


def test_of_whom_only_the_end_was_told_nobody_knows_how_fast_it_was() -> None:
    play = Play(5)
    play.stop(2.0)

    assert told(play, nights(1.0, 1.1, 0.9), 60.0) == []


def test_two_runs_are_too_few_to_call_a_third_one_fast() -> None:
    assert told(quick(), nights(1.0, 1.1), 60.0) == []


def test_a_second_run_that_did_nothing_is_told_like_the_first() -> None:
    ((_, kind, text),) = told(quick(), nights(1.0, 1.1, 0.06, 0.9), 60.0)

    assert (kind, text) == ("fast", "suspiciously fast (most earlier runs took 90–110 s)")


def test_what_more_than_one_in_four_runs_was_like_is_not_suspicious() -> None:
    assert told(quick(), nights(1.0, 1.1, 0.06, 0.9, 0.06), 60.0) == []


def test_what_was_over_before_anybody_looked_is_not_told() -> None:
    assert told(quick(), nights(1.0, 1.1, 0.9), 60.0, first=10.0) == []


def test_the_next_run_is_told_for_itself() -> None:
    first, estimator = hanging(60.0), nights(1.0, 1.02, 0.98, 1.01)
    first.stop(500.0)
    first.start(500.5)

    assert [kind for _, kind, _ in told(first, estimator, 1000.0)] == ["late", "late"]


def test_of_many_runs_that_begin_at_once_all_are_told() -> None:
    estimator, play = Learned(), Play(5)
    for number in range(3):
        earlier = Play(number)
        earlier.part(f"shard{number}", 0.0, 100.0 + number)
        answers(earlier, estimator, [50.0, 110.0], f"shard{number}")
    for number in range(10, 40):
        play.start(0.0, f"shard{number}")

    assert [kind for _, kind, _ in told(play, estimator, 400.0)] == ["late"] * 30


def test_who_is_not_known_is_not_told() -> None:
    assert told(hanging(60.0), Learned(), 1000.0) == []


def test_ranges_are_said_as_a_person_would() -> None:
    said = [between(low, high) for low, high in ((0.5, 3.2), (59.8, 60.2), (300.0, 500.0), (7000.0, 2e4), (8e4, 3e5))]

    assert said == ["0.5–3.2 s", "60 s", "5–8.3 min", "1.9–5.6 h", "0.9–3.5 d"]
