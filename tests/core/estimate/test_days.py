"""When jobs ran: each run of late, and how many there were in an hour of long ago."""

from itertools import pairwise

from progressd.core.estimate import History, Learned, Spell
from progressd.core.estimate.days import ALL_SPELLS, ROOM, SPELLS, Days
from progressd.core.tree import Tree
from progressd.records import Start, Stop
from tests.core.estimate.acting import JOB, in_series, learned

HOUR, DAY = 3600.0, 86_400.0


def ran(days: Days, times: int, every: float, key: str = "job", took: float = 5.0) -> None:
    for number in range(times):
        days.note(Spell(number * every, number * every + took, key, failed=int(number % 10 == 0)))


def test_each_run_of_late_is_known_and_of_long_ago_how_many_there_were() -> None:
    days = Days()
    ran(days, 5_000, HOUR)
    spells = days.of("job")

    assert SPELLS / 2 < len(spells) <= SPELLS
    assert sum(spell.runs for spell in spells) == 5_000
    assert sum(spell.failed for spell in spells) == 500
    assert all(spell.runs == 1 for spell in spells[-SPELLS // 4 :])
    assert (spells[0].start, spells[-1].stop) == (0.0, 4_999 * HOUR + 5.0)
    assert all(one.last < other.start for one, other in pairwise(spells))


def test_a_run_is_noted_once_however_often_it_is_told() -> None:
    days = Days()
    ran(days, 5_000, HOUR)
    for number in (0, 7, 4_000, 4_999):
        assert days.note(Spell(number * HOUR, number * HOUR + 5.0, "job", failed=int(number % 10 == 0))) == set()

    assert sum(spell.runs for spell in days.of("job")) == 5_000


def test_a_run_that_goes_on_takes_its_own_place() -> None:
    days = Days()
    days.note(Spell(0.0, 5.0, "job"))

    assert days.note(Spell(0.0, 9.0, "job", failed=1)) == {"job"}
    assert days.of("job") == [Spell(0.0, 9.0, "job", failed=1)]


def test_a_run_beside_those_that_became_one_is_not_taken_for_one_of_them() -> None:
    days = Days()
    ran(days, 2_000, HOUR, took=3_000 * HOUR)
    before = sum(spell.runs for spell in days.of("job"))

    days.note(Spell(1_999.5 * HOUR, 2_000 * HOUR, "job"))

    assert sum(spell.runs for spell in days.of("job")) == before + 1


def test_a_long_run_that_ends_late_is_noted_also_where_it_began_among_others() -> None:
    days = Days()
    ran(days, 1_200, 60.0, took=30.0)
    before = sum(spell.runs for spell in days.of("job"))

    assert days.note(Spell(630.0, 1_200 * 60.0, "job")) == {"job"}
    assert sum(spell.runs for spell in days.of("job")) == before + 1


def test_jobs_of_all_names_have_their_bound() -> None:
    days = Days()
    gone: set[str] = set()
    for number in range(ALL_SPELLS + 10):
        word = "".join(chr(ord("g") + int(digit)) for digit in str(number))
        gone |= days.note(Spell(float(number), number + 1.0, word)) - {word}

    assert ROOM * ALL_SPELLS <= len(days.jobs) <= ALL_SPELLS
    assert len(gone) == ALL_SPELLS + 10 - len(days.jobs)


def test_what_ended_long_ago_is_forgotten() -> None:
    days = Days()
    ran(days, 10, HOUR)

    assert days.forget(3 * HOUR) == {"job"}
    assert [spell.start for spell in days.of("job")] == [number * HOUR for number in range(3, 10)]
    assert days.forget(100 * HOUR) == {"job"}
    assert days.jobs == []


def test_the_estimator_notes_every_run_also_one_from_which_nothing_is_to_be_learned() -> None:
    tree, estimator = Tree(), Learned()
    tree.apply([Start(task="quick", time=5.0), Stop(task="quick", status="failed", time=5.0)], 5.0)

    assert estimator.look(tree.tasks.values(), 6.0) == {"quick"}
    assert estimator.history.days.of("quick") == [Spell(5.0, 5.0, "quick", failed=1)]


def test_the_days_of_a_job_outlive_the_daemon() -> None:
    known = learned(*(in_series([10.0] * 3, night) for night in range(20))).history
    again = History()

    assert again.decode(known.encode(JOB))
    assert again.days.of(JOB) == known.days.of(JOB)
    assert len(again.days.of(JOB)) == 20
    assert len(again.runs_for(JOB)) == 10
