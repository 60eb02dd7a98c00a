"""What is found in recorded output of real tools, and that nothing is found where nothing is."""

import pytest

from progressd.core.recognise import Finding, Recogniser
from tests.samples.score import HERE, WITHOUT, folder, reads, recall, score_folder, table

FLOORS = {"first": 0.55, "mid": 0.95, "last": 0.95, "label": 0.93, "eta": 0.88, "counter": 0.65}
"""The least share of right answers; some per cent below what is reached, for other folders of samples."""
TASKS = 0.97


def test_most_of_what_tools_print_is_recognised() -> None:
    scores = score_folder(folder())

    print(table(scores))

    assert len(scores) >= 30
    for what, floor in FLOORS.items():
        assert recall(scores, what) >= floor, f"{what}\n{table(scores)}"
    assert sum(len(score.found) for score in scores) >= TASKS * sum(score.tasks for score in scores)


def test_nothing_is_invented() -> None:
    assert {score.name: score.false for score in score_folder(folder()) if score.false} == {}


def test_there_are_samples_without_progress() -> None:
    assert sum(score.category in WITHOUT for score in score_folder(HERE)) >= 12


def told(name: str) -> dict[str, Finding]:
    """Return the last that was told of each task of a recording."""
    raw, begin = (HERE / f"{name}.raw").read_bytes(), 0
    recogniser = Recogniser(80, 24)
    last: dict[str, Finding] = {}
    for at, end in reads(HERE / f"{name}.tim"):
        last |= {finding.key: finding for finding in recogniser.feed(raw[begin:end], at).tasks}
        begin = end
    return last


@pytest.mark.parametrize(
    ("name", "inner", "outer"),
    [
        ("tqdm_nested", "batch", "epoch"),
        ("rich_nested", "batches-epoch-1", "epochs"),
        ("keras_fit", "progress", "epoch"),
        ("sh_pipeline", "cleaned", "progress"),
    ],
)
def test_a_bar_within_another_belongs_to_it(name: str, inner: str, outer: str) -> None:
    tasks = told(name)

    assert tasks[inner].parent == outer
    assert tasks[outer].parent is None


def test_what_works_on_the_third_of_four_has_done_two() -> None:
    recogniser = Recogniser()
    recogniser.feed(b"[1/4] Fetching\n[2/4] Building\n[3/4] Testing\n", 0.0)

    (step,) = recogniser.tasks()

    assert (step.done, step.total, step.fraction, step.ordinal) == (2, 4, 0.5, True)
