"""What programs print, to the tasks that readers see of it."""

from hypothesis import given
from hypothesis import strategies as st

from tests.core.recognise.printing import WORDS, Run, finding


def bar(label: str, done: int, total: int = 40) -> str:
    return f"\r{label}{100 * done // total:3}%|{'█' * (done // 4):10}| {done}/{total} [00:01<00:05, 16.7it/s]"


def test_one_bar_without_a_name_is_the_progress_of_the_task_itself() -> None:
    run = Run()
    run.prints(bar("", 0), bar("", 10))

    assert run.parts() == {}
    assert (run.task.done, run.task.total, run.task.fraction) == (10, 40, 0.25)
    assert run.task.data == {"tool_eta": 5.0, "tool_rate": 16.7, "confidence": 0.8} | {
        "confidence": run.task.data["confidence"]
    }
    assert run.task.message == "25% 10/40 [00:01<00:05, 16.7it/s]"  # whoever shows it draws a bar of his own


def test_named_phases_are_parts_and_end_one_by_one() -> None:
    run = Run()
    run.prints(*(f"\rReceiving objects: {n:3}% ({n}/100)" for n in (0, 50, 100)), ", done.\n")
    run.prints(*(f"\rResolving deltas: {n:3}% ({n // 4}/25)" for n in (0, 40)))

    assert run.parts() == {
        "receiving-objects": ("Receiving objects", "finished", 1.0),
        "resolving-deltas": ("Resolving deltas", "running", 0.4),
    }
    assert run.task.fraction == 0.7
    run.ends("failed")
    assert run.parts()["resolving-deltas"] == ("Resolving deltas", "failed", 0.4)
    assert run.parts()["receiving-objects"][1] == "finished"


def test_when_a_second_one_comes_the_bar_without_a_name_becomes_a_part() -> None:
    run = Run()
    run.tell(finding("progress", 5, label=""))
    assert run.task.fraction == 0.5
    run.tell(finding("upload", 1))

    assert run.parts() == {"progress": ("progress", "running", 0.5), "upload": ("upload", "running", 0.1)}
    assert run.task.fraction == 0.3


def test_what_is_done_again_and_again_tells_nothing_of_the_whole() -> None:
    run = Run()
    run.tell(finding("progress", 10, label=""))
    assert run.task.fraction == 1.0
    run.tell(finding("progress", 3, label="", runs=2))

    assert run.parts() == {"progress": ("progress", "running", 0.3)}
    assert not run.task.fraction
    assert run.tree.tasks["run.progress"].weight == 0


def test_a_named_one_that_begins_anew_leaves_no_whole_either() -> None:
    run = Run()
    run.tell(finding("copy", 10))
    run.tell(finding("copy", 2, runs=2))
    run.tell(finding("copy", 4, runs=2))

    assert run.parts() == {"copy": ("copy", "running", 0.4)}
    assert not run.task.fraction


def test_what_begins_anew_before_its_end_was_seen_has_ended_and_begun() -> None:
    run = Run()
    run.tell(finding("batch", 8))
    run.tell(finding("epoch", 1, 4.0), finding("batch", 2, runs=2, parent="epoch"))

    assert run.parts()["batch"] == ("batch", "running", 0.2)
    assert run.tree.tasks["run.batch"].parent is run.tree.tasks["run.epoch"]


def test_a_bar_within_a_step_leaves_the_counting_to_the_step() -> None:
    run = Run()
    run.tell(finding("epoch", 1, 4.0))
    run.tell(finding("batch", 9, parent="epoch"))

    assert run.tree.tasks["run.batch"].parent is run.tree.tasks["run.epoch"]
    assert run.tree.tasks["run.epoch"].fraction == run.task.fraction == 0.25


def test_nothing_goes_back_unless_it_begins_anew_or_becomes_more() -> None:
    run = Run()
    run.tell(finding("copy", 6))
    run.tell(finding("copy", 4))
    assert run.task.fraction == 0.6
    run.tell(finding("copy", 6, 12.0))
    assert run.task.fraction == 0.5


def test_what_is_not_believed_any_more_is_taken_back_and_may_come_again() -> None:
    run = Run()
    run.tell(finding("shard", 2), finding("copy", 5))
    run.tell(finding("shard", 3, confidence=0.25))
    assert run.parts()["shard"][1] == "canceled"
    assert run.task.fraction == 0.5
    run.tell(finding("shard", 4, confidence=0.25))
    run.tell(finding("shard", 4))
    assert run.parts()["shard"] == ("shard", "running", 0.4)
    assert run.task.fraction == 0.45


def test_the_tasks_own_progress_is_taken_back_as_well() -> None:
    run = Run()
    run.tell(finding("progress", 5, label=""))
    run.tell(finding("progress", 5, label="", confidence=0.25))

    assert run.task.fraction is None
    assert not run.children.is_going


def test_counters_and_phases_are_shown_without_a_fraction() -> None:
    run = Run()
    run.tell(finding("files", 12, None, kind="counter", unit="files"))

    assert (run.tree.tasks["run.files"].done, run.tree.tasks["run.files"].unit) == (12, "files")
    assert run.parts()["files"][2] is None


def test_two_outputs_may_find_the_same() -> None:
    run = Run()
    run.tell(finding("copy", 2), source="stdout")
    run.tell(finding("copy", 4), source="stderr")

    assert {key: part[2] for key, part in run.parts().items()} == {"copy": 0.2, "copy-2": 0.4}


def test_without_texts_nothing_is_told_that_was_printed() -> None:
    run = Run(texts=False)
    run.tell(finding("token-hunter2", 2), finding("token-hunter3", 2))

    assert list(run.parts()) == ["part", "part-2"]
    assert "hunter" not in repr(list(run.tree.tasks.values()))


def test_of_ten_thousand_tasks_a_few_places_are_used_again() -> None:
    run = Run()
    for number in range(10_000):
        run.tell(finding(f"package-{number}", 3), finding(f"package-{number}", 10))

    assert len(run.tree.tasks) < 50
    assert "package-9999" in [name for name, *_ in run.parts().values()]


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map("".join), max_size=9), st.sampled_from("\n\r"))
def test_any_text_makes_records_that_the_daemon_takes(texts: list[str], end: str) -> None:
    run = Run()
    run.prints(*(text + end for text in texts))
    run.ends("finished")

    assert all(status in ("finished", "canceled") for _, status, _ in run.parts().values())
