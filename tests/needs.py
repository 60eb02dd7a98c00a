"""What a test needs of the machine beside Python: where it is missing the test is skipped, and says so."""

import os
import shutil

import pytest

PROGRAMS = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
"""Programs that go by several names; all others go by their own."""


def needs(*tools: str) -> pytest.MarkDecorator:
    """Return a mark that skips a test unless all these programs are there; `root` is the user of that name.

    With PROGRESSD_TESTS_REQUIRE=all nothing may be skipped: what is missing fails the run before it begins.
    """
    return unless_there([tool for tool in tools if not _is_there(tool)])


def unless_there(missing: list[str]) -> pytest.MarkDecorator:
    """Return the mark for a test that cannot do without what is missing here, if anything is."""
    if missing and os.environ.get("PROGRESSD_TESTS_REQUIRE") == "all":
        pytest.fail(f"missing: {', '.join(missing)}; PROGRESSD_TESTS_REQUIRE=all forbids to skip", pytrace=False)
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


def wants(*tools: str) -> pytest.MarkDecorator:
    """Return a mark as `needs` does, for what any run may lack: languages too large to install for one test each."""
    missing = [tool for tool in tools if not _is_there(tool)]
    return pytest.mark.skipif(bool(missing), reason=f"would need {', '.join(missing)}")


def find(tool: str) -> str | None:
    """Return the path of a program, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS.get(tool, (tool,)))), None)


def _is_there(tool: str) -> bool:
    return os.geteuid() == 0 if tool == "root" else find(tool) is not None
