"""pytest: a session is a task, each test a unit, what failed a task below it."""

from pathlib import Path

import pytest

from tests.client.hooks.tools import run_pytest
from tests.client.packages import needs_package, told
from tests.client.scripts import CLIENT, of, records
from tests.daemon import eventually, running

TESTS = """
import pytest
@pytest.mark.parametrize("n", range(4))
def test_number(n):
    assert n != 3, "three\\nis too many"
def test_skipped():
    pytest.skip("not today")
@pytest.mark.xfail
def test_expected():
    assert 0
@pytest.fixture
def broken():
    raise OSError("disk")
def test_set_up(broken):
    pass
"""
SAID = "1 error, 1 failed, 3 passed, 1 skipped, 1 xfailed"


def project(home: Path, text: str = TESTS) -> Path:
    folder = home / "project"
    folder.mkdir()
    (folder / "test_it.py").write_text(text)
    return folder


@needs_package("xdist")
@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_session_is_a_task_and_what_failed_is_below_it(options: tuple[str, ...], tmp_path: Path) -> None:
    folder = project(tmp_path)
    with running(tmp_path, "--store", "memory:") as daemon:
        status, _ = run_pytest(folder, *options, PROGRESSD_TARGET=f"unix:{daemon.socket}")
        eventually(lambda: daemon.tasks().get("pytest_project", {}).get("status") == "failed")
        tasks = daemon.tasks()

    assert status == 1
    failed = {view["name"]: (view["message"], view["weight"]) for key, view in tasks.items() if "." in key}
    assert told(tasks)["pytest_project"] == ("failed", 7, 7)
    assert (tasks["pytest_project"]["unit"], tasks["pytest_project"]["message"]) == ("tests", SAID)
    assert failed == {
        "test_it.py::test_number[3]": ("AssertionError: three", 0),
        "test_it.py::test_set_up": ("OSError: disk", 0),
    }
    assert tasks["pytest_project.test_it_py::test_number[3]"]["lines"] > 1


def test_it_says_which_test_it_is_at_and_how_long_a_failed_one_took(tmp_path: Path) -> None:
    # What it is at is looked at ten times a second, if the machine gives time for that.
    is_told = f"'\"message\":\"test_it.py::test_slow' in open('{tmp_path}/said').read()"
    body = f"    time.sleep(0.2)\n    while not {is_told}: time.sleep(0.01)\n    assert 0\n"
    folder = project(tmp_path, f"import time\ndef test_slow():\n{body}")

    run_pytest(folder, PROGRESSD_TARGET=f"file:{tmp_path}/said")

    said = records(tmp_path / "said")
    key = "pytest_project.test_it_py::test_slow"
    assert of(said, "stop")[key]["time"] - of(said, "start")[key]["time"] >= 0.2
    assert of(said, "marker")["pytest_project"]["text"] == "failed: test_it.py::test_slow"
    assert "test_it.py::test_slow" in {record.get("message") for record in said}


@pytest.mark.parametrize(
    ("options", "env"),
    [
        (("-p", "no:progressd"), {}),
        ((), {"PROGRESSD_DISABLE": "tqdm, pytest"}),
        (("-p", "no:progressd"), {"PROGRESSD_AUTO": "1"}),
        (("--collect-only",), {}),
    ],
)
def test_it_can_be_kept_out(options: tuple[str, ...], env: dict[str, str], tmp_path: Path) -> None:
    folder = project(tmp_path, "def test(): pass\n")

    status, out = run_pytest(folder, *options, PROGRESSD_TARGET=f"file:{tmp_path}/said", **env)

    assert (status, (tmp_path / "said").exists()) == (0, False), out


def test_without_a_daemon_nobody_notices_it(tmp_path: Path) -> None:
    folder = project(tmp_path)

    lines = [
        run_pytest(
            folder, "-q", "--durations=0", "--durations-min=99", *options, PROGRESSD_TARGET=f"unix:{tmp_path}/no"
        )
        for options in ((), ("-p", "no:progressd"))
    ]

    with_it, without = ((status, [line for line in out.splitlines() if " in " not in line]) for status, out in lines)
    assert with_it == without


@pytest.mark.parametrize(
    ("text", "status"), [("", "finished"), ("raise KeyboardInterrupt", "canceled"), ("1/0", "failed")]
)
def test_the_session_ends_as_pytest_did(text: str, status: str, tmp_path: Path) -> None:
    folder = project(tmp_path, f"{text}\ndef test(): pass\n")

    run_pytest(folder, PROGRESSD_TARGET=f"file:{tmp_path}/said")

    stop = of(records(tmp_path / "said"), "stop")["pytest_project"]
    assert stop.get("status", "finished") == status


def test_tests_see_no_task_unless_the_hooks_were_asked_for(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        "from os import environ\nfrom progressd_client import current\n"
        "def test(): assert (current() is not None) == ('PROGRESSD_AUTO' in environ)\n",
    )

    plain, armed = (
        run_pytest(
            folder, PROGRESSD_TARGET=f"file:{tmp_path}/said", PYTHONPATH=f"{CLIENT}/progressd_client/shim", **env
        )
        for env in ({}, {"PROGRESSD_AUTO": "1"})
    )

    assert (plain[0], armed[0]) == (0, 0), plain[1] + armed[1]
    assert set(of(records(tmp_path / "said"), "stop")) == {"pytest_project"}


def test_a_wheel_and_the_hooks_go_together(tmp_path: Path) -> None:
    # pytest rewrites the modules of its plugins, and warns of those that it finds loaded.
    info = tmp_path / "site" / "progressd_client-1.dist-info"
    info.mkdir(parents=True)
    (tmp_path / "site" / "progressd_client").symlink_to(CLIENT / "progressd_client")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: progressd-client\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[pytest11]\nprogressd = progressd_client.hooks.pytest\n")
    (info / "RECORD").write_text("progressd_client/__init__.py,,\nprogressd_client/hooks/pytest.py,,\n")
    folder = project(tmp_path, "def test(): pass\n")
    path = f"{tmp_path}/site/progressd_client/shim:{tmp_path}/site"

    status, out = run_pytest(folder, PROGRESSD_AUTO="1", PYTHONPATH=path, PROGRESSD_TARGET=f"file:{tmp_path}/said")

    assert status == 0, out
    assert "pytest_project" in of(records(tmp_path / "said"), "stop")


@needs_package("xdist")
def test_a_test_that_kills_its_worker_is_counted(tmp_path: Path) -> None:
    folder = project(tmp_path, "import os\ndef test_dies(): os._exit(1)\ndef test_lives(): pass\n")

    run_pytest(folder, "-n", "1", PROGRESSD_TARGET=f"file:{tmp_path}/said")

    said = records(tmp_path / "said")
    assert of(said, "update")["pytest_project"]["done"] == 2
    assert of(said, "stop")["pytest_project"]["message"] == "1 failed, 1 passed"


def test_of_very_many_failures_the_first_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    text = "import pytest\n@pytest.mark.parametrize('n', range(130))\ndef test(n): assert 0\n"
    folder = project(tmp_path, text)

    run_pytest(folder, "-q", PROGRESSD_TARGET=f"file:{tmp_path}/said")

    said = records(tmp_path / "said")
    assert len(of(said, "stop")) == 101
    assert of(said, "stop")["pytest_project"]["message"] == "130 failed"
    assert of(said, "marker")["pytest_project"]["text"].startswith("more than 100 tests failed")
