"""Which task is which."""

from pathlib import Path

import pytest

from progressd_client.keys import segment
from tests.client.scripts import every_python, of, pythons, records, run, said, start

PYTHON = pythons()[0]
ROOT = """
import sys
from progressd_client import flush, task
with task("train"):
    flush()
    print("on", flush=True)
    sys.stdin.readline()
"""


def test_siblings_of_one_name_are_counted_and_roots_begin_anew(tmp_path: Path) -> None:
    found = said(
        PYTHON,
        """
        from progressd_client import task
        for _ in range(2):
            with task("run"):
                for _ in range(2):
                    with task("v1.2 b"):
                        pass
        with task("a", key="site.a") as t, task("b", key="b"), task("c", parent=t):
            pass
        """,
        tmp_path,
    )

    keys = [record["task"] for record in found if record["type"] == "start"]
    assert keys == ["run", "run.v1_2_b", "run.v1_2_b#2"] * 2 + ["site.a", "b", "site.a.c"]
    assert of(found, "start")["run.v1_2_b"]["name"] == "v1.2 b"
    assert of(found, "start")["b"]["parent"] == "site.a"


@every_python()
def test_a_signal_handler_may_ask_for_a_key_at_any_moment_of_its_being_made(python: str, tmp_path: Path) -> None:
    script = """
    import sys
    from progressd_client import plan, reference, task
    kept, given = [], set()
    def interrupted(moment, above):
        # Only a tracer can come in at any given step; like a handler, it runs in the midst of its own thread.
        name = f"t{moment}"
        t, passed, heard = task(name), 0, []
        def step(frame, what, _):
            nonlocal passed
            frame.f_trace_opcodes = True
            passed += what == "opcode"
            if passed == moment and not heard:
                other = task(name)
                kept.append(other)
                heard.extend((t.ref, other.ref))
            return step
        sys.settrace(step)
        try:
            own = t.ref
        finally:
            sys.settrace(None)
        kept.append(t)
        refs = {own, t.ref, *heard[:1]}
        assert len(refs) == 1, (above, moment, refs)
        for ref in (own, *heard[1:]):
            assert ref not in given, (above, moment, ref)
            given.add(ref)
        return heard
    def all_moments(above, prepare):
        moment = 1
        while prepare(f"t{moment}") or interrupted(moment, above):
            moment += 1
        assert moment > 50
    interrupted(0, "nothing")  # Python 3.12 tells of each step from the second time on
    all_moments("nothing", lambda name: None)
    with task("a task"):
        all_moments("a task", lambda name: None)
    with task("a plan"):
        all_moments("a plan", lambda name: plan([name]))
    with reference("another's"):
        all_moments("another's", lambda name: None)
    """
    assert run(python, script, f"file:{tmp_path / 'said'}") == ""


def test_two_runs_at_once_do_not_overwrite_each_other_and_the_next_run_has_the_old_key(tmp_path: Path) -> None:
    target = f"file:{tmp_path / 'said'}"
    first, second = start(PYTHON, ROOT, target), start(PYTHON, ROOT, target)
    for process in (first, second):
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
    for process in (first, second):
        assert process.communicate("\n") == ("", "")
    third = start(PYTHON, ROOT, target)
    assert third.communicate("\n") == ("on\n", "")

    starts = [record["task"] for record in records(tmp_path / "said") if record["type"] == "start"]
    assert sorted(starts[:2]) == ["train", "train#2"]
    assert starts[2] == "train"


def test_a_reference_may_be_entered_twice_and_by_many_threads(tmp_path: Path) -> None:
    found = said(
        PYTHON,
        """
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier
        from progressd_client import current, reference, task
        night, meet = reference("night"), Barrier(4)
        with night, night:
            with task("in"):
                pass
        with task("out"):
            pass
        def work(n):
            with task(f"own{n}") as own:
                meet.wait()
                with night:
                    meet.wait()
                assert current() is own, current()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        assert current() is None
        """,
        tmp_path,
    )

    ends = {key.partition("#")[0] for key in of(found, "stop")}
    assert ends == {"night.in", "out", *(f"own{n}" for n in range(4))}


def test_another_process_hangs_its_tasks_under_ours(tmp_path: Path) -> None:
    found = said(
        PYTHON,
        """
        import os, pickle, subprocess, sys
        from progressd_client import task, reference
        with task("night") as t:
            assert pickle.loads(pickle.dumps(t)).ref == t.ref == "night"
            child = "from progressd_client import task\\nwith task('step'): pass\\nwith task('step'): pass"
            subprocess.run([sys.executable, "-c", child], env={**os.environ, **t.env()}, check=True)
        with reference("night") as r, task("more"):
            r.mark("seen from elsewhere")
        """,
        tmp_path,
    )

    steps = [key for key in of(found, "start") if key.startswith("night.")]
    assert [key.partition("#")[0] for key in steps] == ["night.step", "night.step", "night.more"]
    assert len(set(steps)) == 3
    assert list(of(found, "stop")) != []
    assert [r["type"] for r in found if r["task"] == "night"].count("stop") == 1
    assert "pid" in of(found, "start")[steps[0]]


def test_a_plan_is_shown_before_it_is_carried_out(tmp_path: Path) -> None:
    found = said(
        PYTHON,
        """
        from progressd_client import plan, task
        with task("night"):
            plan({"download": 30, "process": 60, "upload": 10}, parallel=True)
            with task("download", total=5):
                pass
            with task("process"):
                pass
            with task("process"):
                pass
        with task("est"):
            plan({"a": 3}, estimates=True)
        plan(["nobody's"])
        """,
        tmp_path,
    )

    waiting = {r["task"]: r for r in found if r.get("status") == "waiting"}
    assert {key: record["weight"] for key, record in waiting.items()} == {
        "night.download": 30,
        "night.process": 60,
        "night.upload": 10,
        "est.a": 3,
    }
    assert waiting["est.a"]["estimate"] == 3
    assert set(of(found, "start")) == {"night", "night.download", "night.process", "night.process#2", "est"}
    assert "weight" not in of(found, "start")["night.download"]
    assert {"type": "update", "task": "night", "parallel": True} in found


def test_deep_recursion_stays_within_what_a_key_may_be(tmp_path: Path) -> None:
    found = said(
        PYTHON,
        """
        from progressd_client import task
        @task
        def dig(n):
            return n and dig(n - 1)
        dig(400)
        """,
        tmp_path,
    )

    starts = of(found, "start")
    assert len(starts) == 401
    assert max(map(len, starts)) <= 1024


@pytest.mark.parametrize(
    ("name", "place"), [("a.b c#d", "a_b_c_d"), ("", "task"), ('"\\\n', "__"), ("naïve", "naïve"), ("\ud800", "?")]
)
def test_a_name_becomes_a_segment(name: str, place: str) -> None:
    assert segment(name) == place


def test_long_names_are_told_apart(tmp_path: Path) -> None:
    one, two = segment("x" * 500 + "1"), segment("x" * 500 + "2")

    assert one != two
    assert len(one) == len(two) <= 80


def test_roots_sent_to_another_host_name_their_own(tmp_path: Path) -> None:
    script = """
    import os
    from progressd_client import task
    with task("train") as t:
        print(t.ref == "train@" + os.uname().nodename.replace(".", "_"))
    """
    assert run(PYTHON, script, "udp:192.0.2.1:9") == "True\n"
