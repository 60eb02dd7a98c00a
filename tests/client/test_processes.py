"""Forks, pools, threads, signals and the end: whatever a program does with its processes."""

import subprocess
from pathlib import Path

from tests.client.scripts import every_python, of, pythons, run, said
from tests.daemon import has, running

PYTHON = pythons()[0]


@every_python()
def test_a_forked_child_is_a_process_of_its_own(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        import os, progressd_client as p
        with p.task("parent", total=10) as t:
            p.flush()
            for _ in range(3):
                pid = os.fork()
                if not pid:
                    with p.task("child") as c:
                        t.mark("from below")
                        c.advance()
                    t.finish("not mine to say")
                    p.flush()
                    os._exit(0)
                os.waitpid(pid, 0)
                t.advance()
        assert p.stats().errors == 0
        """,
        tmp_path,
    )

    assert [r["task"] for r in found if r["type"] == "stop"].count("parent") == 1
    assert "message" not in of(found, "stop")["parent"]
    assert of(found, "update")["parent"]["done"] == 3
    children = [key for key in of(found, "stop") if key.startswith("parent.child#")]
    assert len(children) == 3
    assert len({r["source"] for r in found if r["type"] == "marker"}) == 3


@every_python()
def test_a_child_that_leaves_the_block_of_its_parent_does_not_end_it(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        import os, sys
        from progressd_client import task, track
        with task("parent") as t:
            pid = os.fork()
            if not pid:
                sys.exit(0)
            os.waitpid(pid, 0)
        for x in track(range(3), "loop"):
            pid = os.fork()
            if not pid:
                break
            os.waitpid(pid, 0)
        """,
        tmp_path,
    )

    assert [(r["task"], r.get("status")) for r in found if r["type"] == "stop"] == [("parent", None), ("loop", None)]


@every_python()
def test_pools_of_processes_say_all_that_they_do(python: str, tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(
        "from progressd_client import task\n"
        "def job(given):\n"
        "    with task('job', parent=given[1], total=3) as t:\n"
        "        t.advance(3)\n"
        "    return given[0]\n"
    )
    script = """
    import multiprocessing, sys
    sys.path.insert(0, {home!r})
    from jobs import job
    from progressd_client import task
    if __name__ == "__main__":
        for method in ("fork", "spawn"):
            with task(method) as t:
                with multiprocessing.get_context(method).Pool(3) as pool:
                    assert sorted(pool.map(job, [(n, t.ref) for n in range(20)])) == list(range(20))
                    pool.close()
                    pool.join()
    """
    file = tmp_path / "main.py"
    file.write_text(subprocess.list2cmdline([]) + __import__("textwrap").dedent(script.format(home=str(tmp_path))))
    found = said(python, f"import runpy; runpy.run_path({str(file)!r}, run_name='__main__')", tmp_path)

    for method in ("fork", "spawn"):
        ends = [key for key in of(found, "stop") if key.startswith(f"{method}.job")]
        assert len(ends) == 20
        assert all(of(found, "update")[key]["done"] == 3 for key in ends)


@every_python()
def test_threads_count_together_and_hang_where_they_are_bound(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        from concurrent.futures import ThreadPoolExecutor
        from progressd_client import bind, task, wrap
        def work(t):
            for _ in range(20_000):
                t.advance()
            with task("piece"):
                pass
        with task("root", total=80_000) as t, ThreadPoolExecutor(4) as pool:
            list(pool.map(bind(work), [t] * 4))
            list(pool.map(wrap(len, "measure"), ["a", "bb"]))
        """,
        tmp_path,
    )

    assert of(found, "update")["root"]["done"] == 80_000
    pieces = {"root.piece", "root.piece#2", "root.piece#3", "root.piece#4", "root.measure", "root.measure#2"}
    assert set(of(found, "stop")) == {"root"} | pieces


@every_python()
def test_signals_and_the_end_of_the_interpreter_are_survived(python: str, tmp_path: Path) -> None:
    script = """
    import atexit, signal, progressd_client as p
    @atexit.register
    def late():
        with p.task("at the end"):
            pass
    def alarm(number, frame):
        with p.task("in a handler") as t:
            t.mark("now")
            t.ref
    p.flush()
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    with p.task("busy") as t:
        for n in range(30_000):
            with p.task("x"):
                t.advance()
    signal.setitimer(signal.ITIMER_REAL, 0)
    p.flush(20)
    print(p.stats().errors, p.stats().lost)
    class Slow:
        def __del__(self):
            p.task("very late").start()
    slow = Slow()
    """
    with running(tmp_path, "--store", "memory:") as daemon:
        assert run(python, script, f"unix:{daemon.socket}") == "0 0\n"
        has(daemon, "at_the_end", status="finished")
        assert daemon.tasks()["busy"]["done"] == 30_000
        assert daemon.get("/health")["bad"] == 0


@every_python()
def test_what_is_said_last_waits_for_a_thread_that_is_given_no_time(python: str, tmp_path: Path) -> None:
    script = """
    import threading, time
    from progressd_client import task
    from progressd_client.sender import sender
    with task("x"):
        pass
    held = threading.Event()
    def send():
        with sender.lock:
            held.set()
            time.sleep(0.3)
    t = task("last").start()
    threading.Thread(target=send, daemon=True).start()
    held.wait()
    t.finish()
    """
    assert set(of(said(python, script, tmp_path), "stop")) == {"x", "last"}


@every_python()
def test_a_fork_waits_for_a_thread_that_is_given_no_time(python: str, tmp_path: Path) -> None:
    script = """
    import os, threading, time, warnings
    from progressd_client import task
    from progressd_client.sender import sender
    warnings.simplefilter("always")  # as an error, what Python has to say of a fork is not heard of
    at_it = threading.Event()
    def tick():
        at_it.set()
        time.sleep(0.3)
    with task("parent"):
        sender.tick = tick
        at_it.wait()
        pid = os.fork()
        if not pid:
            os._exit(0)
        os.waitpid(pid, 0)
        del sender.tick
    """
    assert set(of(said(python, script, tmp_path), "stop")) == {"parent"}


def test_forking_often_warns_of_nothing_and_loses_nothing(tmp_path: Path) -> None:
    script = """
    import os, warnings, progressd_client as p
    warnings.simplefilter("always")
    with p.task("parent", total=50) as t:
        for n in range(50):
            pid = os.fork()
            if not pid:
                os._exit(0)
            os.waitpid(pid, 0)
            t.advance()
            with p.task("step"):
                pass
    """
    for python in pythons():
        home = tmp_path / str(pythons().index(python))
        home.mkdir()
        found = said(python, script, home)
        assert of(found, "update")["parent"]["done"] == 50
        assert len(of(found, "stop")) == 51


@every_python()
def test_after_a_fork_that_fails_the_program_goes_on_at_its_own_speed(python: str, tmp_path: Path) -> None:
    script = """
    import os, resource, sys, time
    import progressd_client as p
    with p.task("a"):
        p.flush()
        if os.geteuid() == 0:
            os.setuid(65534)  # who is not bounded
        soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        resource.setrlimit(resource.RLIMIT_NPROC, (0, hard))
        def fork():
            os.fork()
        try:
            fork()
        except BlockingIOError:
            print("failed")
        resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))
        def is_watched():
            return sys.version_info >= (3, 12) and sys.monitoring.get_tool(4) is not None
        until = time.monotonic() + 20
        while is_watched() and time.monotonic() < until:
            pass
        print(is_watched())
    """
    assert run(python, script, f"file:{tmp_path}/said") == "failed\nFalse\n"
