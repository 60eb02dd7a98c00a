"""What the daemon knows, read back: the numbers of ProgressInsight, through a real daemon."""

import time
from pathlib import Path

import pytest

from progressd_client.reading import connect
from tests.daemon import Daemon, running

TREE = (
    # ProgressInsight's sample: seven trackers below the root, in its order.
    ("convert", None),
    ("convert.a", None),
    ("convert.a.get", None),
    ("convert.b", None),
    ("convert.b.one", None),
    ("convert.b.one.load", None),
    ("convert.b.two", None),
    ("convert.c", None),
)


def plant(daemon: Daemon) -> None:
    daemon.post(*({"type": "update", "task": key, "status": "waiting"} for key, _ in TREE))


def test_counts_and_shares_are_over_all_below(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        plant(daemon)
        daemon.post(
            *({"type": "start", "task": key} for key in ("convert", "convert.b", "convert.b.one", "convert.b.one.load"))
        )
        ask = connect(daemon.url).get
        root, b = ask("convert"), ask("convert.b")

        assert (root.count, root.counts["running"], round(root.shares["running"], 2)) == (7, 3, 0.43)
        assert (b.counts["running"], b.counts["waiting"], round(b.shares["running"], 2)) == (2, 1, 0.67)
        assert (root.done_count, root.done_share) == (0, 0.0)

        daemon.post({"type": "stop", "task": "convert.b.one.load"})
        root, one, leaf = ask("convert"), ask("convert.b.one"), ask("convert.b.one.load")

        assert (root.done_count, round(root.done_share, 2), root.counts["finished"]) == (1, 0.14, 1)
        assert (one.done_share, one.status, one.is_done) == (1.0, "running", False)
        assert (leaf.status, leaf.is_done, leaf.count, leaf.done_share) == ("finished", True, 0, 0.0)


def test_every_status_is_counted(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(
            *(
                {"type": "update", "task": f"x.{status}", "status": status}
                for status in ("waiting", "running", "paused")
            ),
            *(
                {"type": "stop", "task": f"x.{status}", "status": status}
                for status in ("finished", "failed", "canceled")
            ),
        )
        node = connect(daemon.url).get("x")

    assert set(node.counts.values()) == {1}
    assert (node.done_count, node.done_share) == (3, 0.5)
    assert {child.name: child.status for child in node.children} == {name: name for name in node.counts}


def test_estimates_add_up_and_side_by_side_the_longest_counts(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(
            {"type": "update", "task": "p", "status": "waiting", "parallel": True, "estimate": 1000},
            {"type": "update", "task": "p.ten", "status": "waiting", "estimate": 10},
            {"type": "update", "task": "p.serial.twenty", "status": "waiting", "estimate": 20},
            {"type": "update", "task": "p.serial.thirty", "status": "waiting", "estimate": 30},
        )
        node = connect(daemon.url).get("p")

        assert (node.total_estimate, node.seconds_left, node.estimate, node.parallel) == (50.0, 50.0, 1000, True)
        assert [child.total_estimate for child in node.children] == [10.0, 50.0]

        daemon.post({"type": "start", "task": "p.serial.thirty"}, {"type": "stop", "task": "p.serial.thirty"})
        node = connect(daemon.url).get("p")

        # There, a finished child went on to be waited for.
        assert (node.total_estimate, node.seconds_left) == (50.0, 20.0)


def test_elapsed_is_its_own_without_pauses_and_left_is_never_negative(tmp_path: Path) -> None:
    now = time.time()
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(
            {"type": "start", "task": "over", "time": now - 100, "estimate": 1},
            {"type": "start", "task": "paused", "time": now - 100},
            {"type": "update", "task": "paused", "time": now - 70, "status": "paused"},
            {"type": "start", "task": "ended", "time": now - 100},
            {"type": "update", "task": "ended", "time": now - 80, "status": "paused"},
            {"type": "update", "task": "ended", "time": now - 60, "status": "running"},
            {"type": "stop", "task": "ended", "time": now - 50, "message": "all of it"},
            {"type": "update", "task": "not yet", "status": "waiting"},
        )
        ask = connect(daemon.url).get

        assert 100 <= ask("over").elapsed < 130
        # Some of its time is always left of who takes longer than its producer said.
        assert (ask("over").seconds_left or 0) > 10
        assert ask("over").total_estimate == 1.0
        assert ask("paused").elapsed == pytest.approx(30)
        assert ask("ended").elapsed == pytest.approx(30)
        assert ask("ended").message == "all of it"
        assert (ask("not yet").elapsed, ask("not yet").seconds_left, ask("not yet").started) == (0.0, None, None)


def test_the_tree_is_walked_and_searched_by_key_and_by_name(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        reader = connect(daemon.url)
        assert reader.tree() == []
        plant(daemon)
        daemon.post(
            {"type": "start", "task": "other one", "name": "Ünïcode & more", "total": 4, "done": 1, "unit": "files"}
        )
        roots = reader.tree()
        odd = reader.get("other one")

    assert [root.key for root in roots] == ["convert", "other one"]
    assert [node.key for node in roots[0].walk()] == [key for key, _ in TREE]
    found = roots[0].find("convert.b.one.load")
    assert found is not None
    assert found.parent is not None
    assert found.parent.name == "one"
    assert roots[0].find("load") is found
    assert roots[0].find("nowhere") is None
    assert (odd.name, odd.fraction, odd.done, odd.total, odd.unit) == ("Ünïcode & more", 0.25, 1, 4, "files")


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path, "--store", "memory:", env={"PROGRESSD_TOKEN": "sesame"}) as daemon:
        with pytest.raises(PermissionError, match="token"):
            connect(daemon.url, token="wrong").get("x")
        monkeypatch.setenv("PROGRESSD_TOKEN", "sesame")
        monkeypatch.setenv("PROGRESSD_TARGET", daemon.url)
        with pytest.raises(KeyError, match="no/such task"):
            connect().get("no/such task")
        assert connect().tree() == []
    with pytest.raises(OSError, match="refused"):
        connect().tree()
    with pytest.raises(ValueError, match="no URL"):
        connect("unix:/x")
