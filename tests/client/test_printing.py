"""The tasks of a process as text, in its own terminal."""

import re
import subprocess
from pathlib import Path

from tests.client.packages import output
from tests.client.scripts import every_python, pythons, run, start
from tests.daemon import running

PYTHON = pythons()[0]
WORK = """
import time
from progressd_client import task
with task("Main") as main:
    with task("Most of the work") as work:
        with task("downloads") as t:
            t.mark("point in\\ntime")
        with task("a call"):
            pass
    for x in range(2):
        with task("again"):
            pass
    open_ = task("still open").start()
    try:
        with task("bad"):
            raise ValueError("no\\x1b[31m")
    except ValueError:
        pass
"""
EXPECTED = """\
Main N sec
  Most of the work N sec
    downloads N sec
      @N(N) point in�time
    a call N sec
  again N sec
  again N sec
  still open N sec ⏳
  bad N sec failed: ValueError: no�[31m
"""


def unnumbered(text: str) -> str:
    return re.sub(r"\d+(\.\d+)?", lambda found: found[0] if found[0] == "31" else "N", text)


@every_python()
def test_the_tree_is_printed_on_demand(python: str, tmp_path: Path) -> None:
    late = WORK + "from progressd_client.printing import print_tree\nprint_tree()\n"
    early = "from progressd_client.printing import print_tree\n" + WORK + "print_tree()\n"

    with running(tmp_path, "--store", "memory:") as daemon:
        assert unnumbered(run(python, late, f"unix:{daemon.socket}")) == EXPECTED
        assert unnumbered(run(python, early, f"unix:{daemon.socket}")) == EXPECTED
    # No daemon is needed.
    assert unnumbered(run(python, late, f"unix:{tmp_path}/nobody")) == EXPECTED


@every_python()
def test_or_at_the_end_by_this_process_alone(python: str, tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom progressd_client.printing import print_at_exit\nprint_at_exit(); print_at_exit()\n"
        + WORK
        + "pid = os.fork()\nif not pid:\n    sys.exit(0)\nos.waitpid(pid, 0)\n"
    )

    out, errors = output(start(python, script, f"unix:{tmp_path}/nobody"))

    assert out == ""
    assert unnumbered(errors) == EXPECTED


def test_seconds_have_the_digits_that_matter_and_markers_both_times(tmp_path: Path) -> None:
    script = """
    import sys
    from progressd_client.printing import _lines, print_tree
    from progressd_client.retold import retell
    lines = [
        '{"type":"start","task":"a","time":1000,"name":"Main"}',
        '{"type":"start","task":"a.b","time":1100.0,"name":"downloads"}',
        '{"type":"marker","task":"a.b","time":1190.0,"text":"note"}',
        '{"type":"stop","task":"a.b","time":1300.25}',
        '{"type":"stop","task":"a","time":2000,"status":"canceled"}',
        '{"type":"stop","task":"gone","time":2000}',
        '{"type":"start","task":"x#7","time":2000,"name":"below another process","parent":"elsewhere"}',
        '{"type":"stop","task":"x#7","time":2000.0345}',
    ]
    print("\\n".join(_lines(retell(lines))))
    """

    assert run(PYTHON, script, "off").splitlines() == [
        "Main 1000 sec canceled",
        "  downloads 200 sec",
        "    @190(90) note",
        "below another process 0.0345 sec",
    ]


def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    script = """
    from progressd_client import retold, task
    retold.MOST = 10
    from progressd_client.printing import print_tree
    for x in range(20):
        with task(f"t{x}"):
            pass
    print_tree()
    """

    lines = run(PYTHON, script, f"unix:{tmp_path}/nobody").splitlines()

    assert [line.split()[0] for line in lines] == ["t15", "t16", "t17", "t18", "t19", "(30"]


def test_a_closed_terminal_is_no_error(tmp_path: Path) -> None:
    script = (
        "from progressd_client.printing import print_at_exit\nprint_at_exit()\nimport sys\nsys.stderr.close()\n" + WORK
    )

    process = start(PYTHON, script, f"unix:{tmp_path}/nobody")
    process.communicate(timeout=60)

    assert process.returncode == 0
    assert isinstance(process, subprocess.Popen)
