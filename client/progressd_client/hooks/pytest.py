"""pytest: a session is a task, and each test one of its units. Tests that failed are tasks below it.

Where this package is installed pytest finds it by itself (`pytest11`, an entry point); `-p no:progressd` keeps it out.
With pytest-xdist the process that was started tells what its workers did, and they say nothing.
"""

import sys
from collections import Counter
from time import monotonic

import pytest

from .. import tasks as hot
from ..auto import is_armed, is_off
from ..sender import sender
from ..tasks import Task, task
from . import after_init, quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Report = pytest.TestReport | pytest.CollectReport

NAME = "progressd"
"""Of the plugin, as in our `pyproject.toml`: pytest loads none twice of that name."""
SHOWN = 100
"""Tests that failed, shown one by one: who has more reads no list. All are counted."""
WHEN = ("setup", "call", "teardown")


def pytest_configure(config: pytest.Config) -> None:
    """Follow the session, unless it is a worker's, or only says what there is."""
    only_says = config.option.collectonly or getattr(config.option, "help", False)
    if not (is_off("pytest") or hasattr(config, "workerinput") or only_says):
        config.pluginmanager.register(Session(config), f"{NAME}-session")


class Session:
    """The task of a session."""

    def __init__(self, config: pytest.Config) -> None:
        self._each = getattr(config.option, "dist", "no") == "each"
        self._task = task(f"pytest {config.rootpath.name}", unit="tests", message="collecting")
        self._counts: Counter[str] = Counter()
        self._canceled = False

    @quiet
    def pytest_sessionstart(self) -> None:
        """Begin."""
        # Tests may look at what is reported: that they are run by pytest is their task's affair only if that was asked.
        if is_armed():
            self._task.__enter__()
        else:
            self._task.start()

    @quiet
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """So many there are."""
        self._task.total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    @quiet
    def pytest_xdist_node_collection_finished(self, ids: "list[str]") -> None:
        """Each worker has found all of them; with `--dist=each` each runs all, too."""
        self._task.total = len(ids) + ((self._task.total or 0) if self._each else 0)

    @quiet
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file of tests may fail before there are any."""
        if report.failed:
            self._counts["error"] += 1
            self._show(report)

    @quiet
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say which test it is at."""
        self._task.message = nodeid

    @quiet
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a part of a test ended: its set-up, itself, or what tidies up."""
        kind = outcome(report)
        if kind is None:
            return
        self._counts[kind] += 1
        if report.when not in WHEN:
            self._task.advance()  # xdist's, of a worker that died: nobody else tells of the end
        if kind in ("failed", "error"):
            self._show(report)

    @quiet
    def pytest_runtest_logfinish(self) -> None:
        """Count a test."""
        self._task.advance()

    @quiet
    def pytest_keyboard_interrupt(self, excinfo: "pytest.ExceptionInfo[BaseException]") -> None:
        """Somebody has had enough, or a test called `pytest.exit()`; pytest itself, if no tests could be collected."""
        self._canceled = not isinstance(excinfo.value, pytest.Session.Interrupted)

    @quiet
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """End, as pytest's exit status says."""
        said = ", ".join(f"{number} {kind}" for kind, number in sorted(self._counts.items())) or "no tests"
        with sender.lock:
            sender.collect()  # what failed below it; the last message is the one that is shown
        if self._canceled:
            self._task.cancel(said)
        elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            self._task.finish(said)
        else:
            self._task.fail(said)
        self._task.__exit__(None, None, None)

    def _show(self, report: "Report") -> None:
        shown = self._counts["failed"] + self._counts["error"]
        if shown <= SHOWN:
            text = report.longreprtext
            self._task.mark(f"failed: {report.nodeid}")
            _past(report.nodeid, self._task, getattr(report, "duration", 0.0), _reason(report)).log(text, "stderr")
        elif shown == SHOWN + 1:
            self._task.mark(f"more than {SHOWN} tests failed; the others are counted")


def outcome(report: pytest.TestReport) -> "str | None":
    """Return what pytest calls it; None for a part that is no news."""
    if report.outcome == "failed":
        return "error" if report.when in ("setup", "teardown") else "failed"
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.outcome == "skipped" else "xpassed"
    if report.outcome == "passed" and report.when != "call":
        return None
    return report.outcome


def _reason(report: "Report") -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = (str(crash.message) if crash is not None else report.longreprtext.strip()).splitlines()
    return lines[0] if lines else "failed"


def _past(name: str, above: Task, seconds: float, message: str) -> Task:
    """Tell of a task that has failed just now, after so many seconds."""
    told = task(name)
    told._before, told._ended = above, monotonic()
    told._begun = told._ended - seconds
    told._more["outcome"] = ("failed", message)
    hot._offer(told)  # type: ignore[arg-type] # the queue takes both
    return told


def install(kind: "Any") -> "Any":
    """Have each of pytest's plugin managers know this plugin, before it looks for others; return the class."""
    return after_init(kind, _join)


@quiet
def _join(manager: pytest.PytestPluginManager) -> None:
    manager.register(sys.modules[__name__], NAME)
