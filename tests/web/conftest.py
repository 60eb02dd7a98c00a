"""What every test of the page has: a browser, and patience; a daemon of the whole module, for those that want that."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.daemon import PATIENCE, Daemon, running
from tests.web.browser import chromium

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for a whole module: to start one takes as long as to look at it."""
    with running(tmp_path_factory.mktemp("standing"), "--store", "memory:") as daemon:
        yield daemon


@pytest.fixture
def emptied(standing: Daemon) -> Daemon:
    """That daemon, without a task; what was measured, what was lost and what it learned stay."""
    for key, task in standing.tasks().items():
        if task["parent"] < 0:
            assert standing.status(f"/status/{quote(key, safe='')}", method="DELETE") == 200
    return standing
