"""What ProgressInsight's README promises, through the client's tasks and its reading, with the numbers given there.

Where its code did otherwise than it promised, what it promised holds: time left is never negative, what is finished is
credited, and a pause is no work. One number is told otherwise (`--estimator weighted` keeps it): who takes longer than
was said has not 0 seconds left, but some.
"""

import sys
from pathlib import Path
from textwrap import dedent

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from tests.client.scripts import run
from tests.daemon import running

TREE = """
from progressd_client import connect, flush, plan, task

def see(key="convert"):
    assert flush(30)
    return connect().get(key)

root = task("Convert all", key="convert")
a, b, c = (task(f"Workflow {name}", parent=root) for name in "ABC")
one, two = task("Transcode", parent=b), task("Publish", parent=b)
load = task("Load", parent=one)
plan(["Workflow A", "Workflow B", "Workflow C"], parent=root)
plan(["Clean up"], parent=a)
plan(["Transcode", "Publish"], parent=b)
plan(["Load"], parent=one)
"""
"""Its sample: trackers that are declared before any of them starts, seven below the root."""


def play(home: Path, script: str) -> str:
    """Run a program against a daemon; return what the daemon told Prometheus after it."""
    with running(home, "--store", "memory:") as daemon:
        run(sys.executable, TREE + dedent(script), daemon.url)
        return daemon.text("/metrics")


def test_counts_and_shares_of_all_below_at_any_node(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
        found = see()
        assert (found.count, found.counts["waiting"], found.shares["waiting"]) == (7, 7, 1.0)

        load.start(parents=True)
        found, branch = see(), see(b.ref)
        assert (found.counts["running"], round(found.shares["running"], 2)) == (3, 0.43)
        assert (branch.count, branch.counts["running"], round(branch.shares["running"], 2)) == (3, 2, 0.67)
        assert (found.done_count, found.done_share) == (0, 0.0)

        load.finish("all of it")
        found, above, leaf = see(), see(one.ref), see(load.ref)
        assert (found.done_count, round(found.done_share, 2)) == (1, 0.14)
        assert (found.counts["finished"], round(found.shares["finished"], 2)) == (1, 0.14)
        # Status does not bubble: what is above is done only once somebody says so.
        assert (above.done_share, above.status, above.is_done) == (1.0, "running", False)
        assert (leaf.status, leaf.is_done, leaf.count, leaf.done_share) == ("finished", True, 0, 0.0)

        two.start().fail("no room")
        c.start().cancel()
        found = see()
        assert (found.counts["failed"], found.counts["canceled"], found.done_count) == (1, 1, 3)
        """,
    )


def test_starting_a_leaf_starts_what_is_above_it_and_nothing_else(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
        load.start(parents=True)
        statuses = {node.name: node.status for node in see().walk()}
        assert statuses == {
            "Convert all": "running", "Workflow A": "waiting", "Clean up": "waiting", "Workflow B": "running",
            "Transcode": "running", "Load": "running", "Publish": "waiting", "Workflow C": "waiting",
        }
        begun = see(load.ref).started
        load.start()
        assert see(load.ref).started == begun
        """,
    )


def test_estimates_add_up_in_series_and_the_longest_counts_side_by_side(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
        work = task("Import", key="import", parallel=True, estimate=1000).start()
        plan({"ten": 10, "series": 1}, estimates=True, parent=work)
        series = task("series", parent=work)
        plan({"twenty": 20, "thirty": 30}, estimates=True, parent=series)
        found = see("import")
        # A node's own estimate does not count any more once it has children.
        assert (found.total_estimate, found.seconds_left, found.estimate) == (50.0, 50.0, 1000)
        assert [child.total_estimate for child in found.children] == [10.0, 50.0]
        """,
    )


def test_time_left_credits_what_is_finished_and_is_never_negative(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
        work = task("Import", key="import").start()
        plan({"short": 1, "long": 100}, estimates=True, parent=work)
        assert see("import").total_estimate == 101.0
        with task("short", parent=work):
            pass
        found = see("import")
        assert (found.total_estimate, found.seconds_left) == (101.0, 100.0)

        late = task("late", key="late", estimate=1e-9).start()
        found = see("late")
        assert 0.0 <= found.seconds_left < found.elapsed
        """,
    )


def test_elapsed_is_a_tasks_own_and_a_pause_is_no_work(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
        from time import monotonic, sleep
        load.start(parents=True)
        load.pause()
        found = see()
        assert (found.counts["paused"], see(load.ref).status) == (1, "paused")
        before = see(load.ref).elapsed
        sleep(0.05)  # What is paused must not count.
        assert see(load.ref).elapsed == before
        load.resume()
        load.finish()
        found = see(load.ref)
        assert (found.status, found.stopped is not None) == ("finished", True)
        assert abs(found.elapsed - load.elapsed()) < 0.01
        assert found.elapsed < found.stopped - found.started - 0.05
        # What is above has a clock of its own, what never started has none.
        assert see(one.ref).elapsed > found.elapsed
        assert (see(two.ref).elapsed, see(two.ref).started) == (0.0, None)
        """,
    )


def test_each_transition_has_its_message_and_its_time(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
        from time import time
        work = task("Import", key="import", message="getting ready").start()
        first = see("import")
        work.message = "half way"
        second = see("import")
        work.fail("the disk is full")
        third = see("import")
        assert [node.message for node in (first, second, third)] == ["getting ready", "half way", "the disk is full"]
        assert first.started <= first.heard <= second.heard <= third.heard <= time()
        assert third.stopped >= third.started
        """,
    )


def test_a_task_is_found_by_its_own_key_and_by_its_friendly_name(tmp_path: Path) -> None:
    play(
        tmp_path,
        """
        found = see()
        assert (found.key, found.find("Transcode").key, found.find(load.ref).name) == ("convert", one.ref, "Load")
        assert found.find("Load").parent.parent.name == "Workflow B"
        assert found.find("nobody") is None
        # Any part of the tree is loaded by itself, and whole.
        branch = connect().get(b.ref)
        assert [node.name for node in branch.walk()] == ["Workflow B", "Transcode", "Load", "Publish"]
        assert branch.parent is None
        """,
    )


@pytest.mark.parametrize(("end", "status"), [("finish", "finished"), ("fail", "failed"), ("cancel", "canceled")])
def test_an_end_is_counted_once_with_how_long_it_took(end: str, status: str, tmp_path: Path) -> None:
    told = play(
        tmp_path,
        f"""
        metric = {{"namespace": "OS", "name": "Startup", "dimensions": {{"Region": "eu"}}}}
        system = task("Boot", key="boot", metric=metric).start()
        system.{end}()
        system.finish()
        assert see("boot").status == "{status}"
        """,
    )

    samples = {
        sample.name: sample
        for family in parse(told)
        for sample in family.samples
        if sample.name.startswith("progressd_task_seconds")
    }
    labels = {"namespace": "OS", "name": "Startup", "status": status, "dimension_Region": "eu"}
    assert all(sample.labels == labels for sample in samples.values())
    assert samples["progressd_task_seconds_count"].value == 1
    assert samples["progressd_task_seconds_sum"].value > 0
