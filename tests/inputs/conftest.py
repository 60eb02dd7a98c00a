"""A followed file, for the tests of the tail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inputs.tailing import Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.log"


@pytest.fixture
def tail(path: Path) -> Iterator[Tail]:
    tail = Tail(str(path))
    yield tail
    tail.files.close()
