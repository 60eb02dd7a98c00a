"""What all tests share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.daemon import Daemon, running

# The same examples each time, and no limit on how slow a busy machine may be: a test must not depend on luck.
settings.register_profile("progressd", deadline=None, derandomize=True, max_examples=200)
settings.load_profile("progressd")

# A shell starts what goes on in its background with SIGINT ignored, and all that tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon of the test's own, that keeps its tasks in memory; modules that need another give that this name."""
    with running(tmp_path, "--store", "memory:") as daemon:
        yield daemon
