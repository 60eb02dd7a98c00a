"""Runs that are over as pictures of any fineness: nothing is lost from sight, and nothing is told twice."""

from hypothesis import given
from hypothesis import strategies as st

from progressd.core.estimate import Drawn, Run, Scale, Spell, picture
from progressd.core.estimate.picture import DEEPEST, PARTS
from progressd.core.estimate.runs import Branch, Piece

TIMES = st.floats(0.0, 1_000.0).map(lambda time: round(time, 2))


def run(*parts: Branch | Piece, started: float = 100.0, seconds: float = 100.0) -> Run:
    branches = [part for part in parts if isinstance(part, Branch)]
    pieces = [part for part in parts if isinstance(part, Piece)]
    root = Branch("job", "job", -1, 0.0, seconds)
    return Run("job", started, seconds, finished=True, whole=True, branches=[root, *branches], pieces=pieces)


def whole(run: Run) -> Spell:
    return Spell(run.started, run.started + run.seconds, run.key)


def seen(tracks: list[list[Drawn]]) -> list[list[tuple[str, int, int]]]:
    return [[(span.name, span.count, span.failed) for span in track] for track in tracks]


def test_a_run_lies_above_its_parts_and_those_above_theirs() -> None:
    one = run(
        Branch("build", "build", 0, 0.0, 60.0),
        Piece("build.a", "a", 1, 0.0, 30.0),
        Piece("build.b", "b", 1, 30.0, 60.0),
        Piece("test", "test", 0, 60.0, 100.0),
    )

    assert seen(picture([whole(one)], [one], Scale(100.0, 200.0, 0.1)).tracks) == [
        [("job", 1, 0)],
        [("build", 1, 0), ("test", 1, 0)],
        [("a", 1, 0), ("b", 1, 0)],
    ]


def test_what_ran_side_by_side_lies_one_below_the_other() -> None:
    one = run(*(Piece(name, name, 0, 0.0, 50.0) for name in "abc"), Piece("d", "d", 0, 60.0, 100.0))

    assert seen(picture([whole(one)], [one], Scale(100.0, 200.0, 0.1)).tracks)[1:] == [
        [("a", 1, 0), ("d", 1, 0)],
        [("b", 1, 0)],
        [("c", 1, 0)],
    ]


def test_from_far_a_run_has_no_parts_and_runs_that_lie_close_are_one_with_their_number() -> None:
    runs = [run(Piece("a", "a", 0, 0.0, 10.0), started=number * 100.0, seconds=10.0) for number in range(50)]

    assert seen(picture([whole(each) for each in runs], runs, Scale(0.0, 1e6, 1_000.0)).tracks) == [[("job", 50, 0)]]


def test_what_failed_is_seen_from_any_distance() -> None:
    spells = [Spell(number * 10.0, number * 10.0 + 5.0, "job", failed=int(number == 3)) for number in range(1_000)]

    [track] = picture(spells, [], Scale(0.0, 1e7, 10_000.0)).tracks

    assert [(span.start, span.count, span.failed) for span in track] == [(0.0, 999, 0), (30.0, 1, 1)]


def test_what_failed_lies_on_top_of_what_it_stands_among() -> None:
    spells = [Spell(number * 10.0, number * 10.0 + 5.0, "job", failed=number % 2) for number in range(1_000)]

    [track] = picture(spells, [], Scale(0.0, 1e7, 10_000.0)).tracks

    assert [span.failed for span in track] == [0, 500]


def test_several_runs_that_became_one_have_no_parts() -> None:
    one = run(Piece("a", "a", 0, 0.0, 100.0))

    assert len(picture([Spell(100.0, 5_000.0, "job", 30)], [one], Scale(100.0, 5_000.0, 0.1)).tracks) == 1


def test_what_was_laid_out_is_told_and_no_more_than_was_allowed() -> None:
    one = run(*(Piece(name, name, 0, 0.0, 50.0) for name in "abc"))

    assert picture([whole(one)], [one], Scale(100.0, 200.0, 0.1), 4).parts == 4
    assert picture([whole(one)], [one], Scale(100.0, 200.0, 0.1), 3).parts == 0


def test_runs_that_overlap_have_room_for_all_their_parts() -> None:
    runs = [run(Piece("a", "a", 0, 0.0, 100.0), started=start) for start in (100.0, 150.0)]
    spells = [whole(each) for each in runs]

    assert seen(picture(spells, runs, Scale(100.0, 250.0, 0.1)).tracks) == [[("job", 1, 0)], [("a", 1, 0)]] * 2


def test_only_the_newest_have_parts_where_there_would_be_too_many() -> None:
    parts = [
        Piece(str(number), str(number), 0, number * 0.01, number * 0.01 + 0.005) for number in range(PARTS // 2 - 1)
    ]
    runs = [run(*parts, started=start, seconds=100.0) for start in (0.0, 100.0, 200.0)]

    _, below, *_ = picture([whole(each) for each in runs], runs, Scale(0.0, 300.0, 0.001)).tracks

    assert {span.began for span in below} == {100.0, 200.0}


def test_however_much_ran_at_once_there_is_an_end_of_tracks() -> None:
    one = run(*(Piece(str(number), str(number), 0, 0.0, 50.0) for number in range(500)))
    spells = [whole(one)] * 100

    assert len(picture(spells, [one], Scale(100.0, 200.0, 0.1)).tracks) <= 2 * DEEPEST


@given(st.lists(st.tuples(TIMES, TIMES, st.booleans()), max_size=30), st.floats(0.01, 100.0))
def test_every_run_is_in_some_span_that_covers_it(times: list[tuple[float, float, bool]], step: float) -> None:
    spells = sorted(
        (Spell(start, start + took, "job", failed=int(bad)) for start, took, bad in times), key=lambda s: s.start
    )

    tracks = picture(spells, [], Scale(0.0, 2_000.0, step)).tracks

    every = [span for track in tracks for span in track]
    assert sum(span.count for span in every) == len(spells)
    assert sum(span.failed for span in every) == sum(spell.failed for spell in spells)
    assert all(any(span.start <= each.start and span.stop >= each.stop for span in every) for each in spells)
