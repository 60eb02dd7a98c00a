"""What tests of `progressd run` have: what a run said, and a server to fetch from."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.run.people import Said


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Where a run of the test reports to; it said nothing yet."""
    return Said(tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The URL under which the folder of the test is served."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(tmp_path))) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()
