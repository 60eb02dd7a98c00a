"""What holds for the estimates of any job, whatever came before it."""

from math import inf, isfinite
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from progressd.core.branch import walk
from progressd.core.estimate import Estimate, History, Learned
from progressd.core.tree import Tree
from tests.core.estimate.acting import JOB, Play, answers, left, restored, states

SECONDS = st.sampled_from([0.0, 0.1, 1.0, 3.0, 10.0, 60.0, 1000.0])
ENDS = st.sampled_from(["finished"] * 6 + ["failed", "canceled", "never"])

SHARES = st.floats(0.05, 0.99)
"""Before so much is done, that as much is left as went by counts more than the rate: no evidence is obvious then."""

JOBS = settings(max_examples=60)
"""Each is told to the end with all before it: some 5 ms."""


@st.composite
def plays(draw: Any, night: int = 0) -> Play:
    """A job of some parts on one or two levels: planned or not, weighed, estimated, counted, restored, side by side."""
    play, at = Play(night), 0.0
    play.start(parallel=draw(st.booleans()))
    for number in range(draw(st.integers(0, 6))):
        key = f"{JOB}.{draw(st.sampled_from(['a', 'b', 'c.deep', 'part']))}{number}"
        known = draw(
            st.fixed_dictionaries({}, optional={"weight": st.sampled_from([0.0, 1.0, 9.0]), "estimate": SECONDS})
        )
        if draw(st.booleans()):
            play.update(0.0, key, status="waiting", **known)
        begins, took = at + draw(SECONDS) / 10, draw(SECONDS)
        part(draw, play, key, begins, took)
        at = begins + took * draw(st.sampled_from([0.0, 0.5, 1.0]))
    if draw(st.booleans()):
        play.stop(max(play.length, at) + draw(SECONDS) / 10, status=draw(st.sampled_from(["finished", "failed"])))
    return play


def part(draw: Any, play: Play, key: str, begins: float, took: float) -> None:
    total = draw(st.sampled_from([None, 1.0, 10.0, 1e9]))
    done = draw(st.sampled_from([None, 0.0, 0.5]))
    play.start(begins, key, total=total, done=done * total if done is not None and total is not None else None)
    for share in draw(st.lists(st.sampled_from([0.1, 0.3, 0.6, 0.9]), max_size=3, unique=True).map(sorted)):
        if total is None:
            play.update(begins + took * share, key, progress=share)
        else:
            play.counts(key, [(begins + took * share, share * total)])
    ends = draw(ENDS)
    if ends != "never":
        play.stop(begins + took, key, ends)


@st.composite
def jobs(draw: Any) -> tuple[list[Play], Play]:
    """Earlier runs of a job, and today's."""
    return [draw(plays(night)) for night in range(draw(st.integers(0, 3)))], draw(plays(9))


def who_saw(earlier: list[Play]) -> Learned:
    history = History()
    for play in earlier:
        answers(play, Learned(history), [play.length * step / 8 for step in range(9)])
    return Learned(history)


def moments(play: Play) -> list[float]:
    """Return times in a run, at what is said, and after all of it."""
    length = max(play.length, 1.0)
    return sorted({length * share for share in (0.0, 0.01, 0.3, 0.5, 0.9, 1.0, 3.0)} | {at for at, _ in play.said})


@JOBS
@given(jobs())
def test_no_number_is_negative_or_none_at_all_and_the_interval_holds_the_answer(job: tuple[list[Play], Play]) -> None:
    earlier, today = job
    estimator = who_saw(earlier)
    for at, tree in states(today, moments(today)):
        estimator.look(tree.tasks.values(), today.began + at)
        for task in tree.tasks.values():
            check(estimator.estimate(task, today.began + at))


def check(said: Estimate) -> None:
    numbers = [said.seconds_left, said.low, said.high, said.rate]
    assert all(number is None or (isfinite(number) and number >= 0.0) for number in numbers)
    assert (said.low is None) == (said.high is None)
    if said.low is not None and said.high is not None:
        assert said.low <= left(said) <= said.high
    assert said.basis is not None or said.seconds_left == 0.0


@JOBS
@given(jobs())
def test_nothing_ends_before_what_is_in_it(job: tuple[list[Play], Play]) -> None:
    earlier, today = job
    estimator = who_saw(earlier)
    for at, tree in states(today, moments(today)):
        now = today.began + at
        for task in walk(tree.tasks[JOB]):
            if task.parent is None or task.parent.is_done:
                continue
            own, above = estimator.estimate(task, now), estimator.estimate(task.parent, now)
            if own.seconds_left is not None and above.seconds_left is not None:
                assert own.seconds_left <= above.seconds_left


@JOBS
@given(jobs())
def test_without_news_no_number_climbs(job: tuple[list[Play], Play]) -> None:
    earlier, today = job
    estimator, after = who_saw(earlier), today.length
    told: dict[str, float] = {}
    for at, tree in states(today, [after * 0.5, after, *(after + 1.0 + 20.0 * step for step in range(5))]):
        for task in tree.tasks.values():
            seconds = estimator.estimate(task, today.began + at).seconds_left
            if at > after and seconds is not None:
                # A hundredth of the time so far may always be left: that is as good as nothing.
                assert seconds <= max(told.get(task.key, inf) + 1e-6, 0.01 * (at + 1.0))
            told[task.key] = seconds if seconds is not None else inf


@given(st.lists(st.floats(10.0, 1000.0), max_size=3), SHARES, SHARES)
def test_who_is_further_at_the_same_time_is_not_said_to_need_longer(
    earlier: list[float], one: float, other: float
) -> None:
    estimator = who_saw([copying([(took / 2, 50.0), (took, 100.0)], night) for night, took in enumerate(earlier)])
    less, more = (
        left(answers(copying([(50.0, 100.0 * share)], 9), Learned(estimator.history), [50.0])[0])
        for share in sorted((one, other))
    )

    assert more <= less * (1 + 1e-6)


def copying(steps: list[tuple[float, float]], night: int) -> Play:
    """A job of one part that tells how much of a hundred it has done: (seconds, done)."""
    play = Play(night)
    play.start()
    play.start(0.0, f"{JOB}.copy", total=100.0)
    play.counts(f"{JOB}.copy", steps)
    if steps[-1][1] == 100.0:
        play.stop(steps[-1][0], f"{JOB}.copy")
        play.stop(steps[-1][0])
    return play


@JOBS
@given(jobs(), st.randoms(use_true_random=False))
def test_repeats_and_the_order_of_sources_change_no_answer(job: tuple[list[Play], Play], lots: Any) -> None:
    earlier, today = job
    numbered = [
        (at, msgspec.structs.replace(record, source=record.task, seq=number))
        for number, (at, record) in enumerate(sorted(today.said, key=lambda entry: entry[0]), 1)
    ]
    repeated = [*numbered, *lots.choices(numbered, k=len(numbered))]
    repeated = [(max(at, lots.choice([at, today.length])), record) for at, record in repeated]
    now = today.began + today.length + 1.0
    said = []
    for records in (numbered, [*numbered, *repeated]):
        tree = Tree()
        tree.apply([record for _, record in records], now)
        said.append([who_saw(earlier).estimate(task, now) for task in tree.tasks.values()])

    assert said[0] == said[1]


@JOBS
@given(jobs())
def test_a_restart_changes_no_answer(job: tuple[list[Play], Play]) -> None:
    earlier, today = job
    estimator = who_saw(earlier)
    again = Learned(restored(estimator.history))

    assert answers(today, estimator, moments(today)) == answers(today, again, moments(today))
