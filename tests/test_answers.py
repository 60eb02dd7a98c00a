"""What answers in JSON have in common, whoever gives them."""

from urllib.request import urlopen

import pytest

from tests.daemon import PATIENCE, Daemon


@pytest.mark.parametrize("path", ["/health", "/losses", "/series", "/series/a", "/logs/a", "/status/a", "/a"])
def test_an_answer_in_json_ends_its_line_and_is_kept_by_nobody(daemon: Daemon, path: str) -> None:
    daemon.post({"type": "start", "task": "a"}, {"type": "metric", "task": "a", "name": "loss", "value": 1.0})
    with urlopen(daemon.url + path, timeout=PATIENCE) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.read().endswith(b"}\n")
