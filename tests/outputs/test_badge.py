"""The badge, and who may show it."""

import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.daemon import running


def ask(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_a_badge_says_status_and_percent(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post({"type": "update", "task": "site.build", "name": "<build> & co", "progress": 0.61})
        status, picture, headers = ask(f"{daemon.url}/badge/site.build.svg")

        assert status == 200
        assert headers["Content-Type"].startswith("image/svg+xml")
        assert (ET.fromstring(picture).get("aria-label") or "").startswith("<build> & co: running 61%")


def test_a_badge_of_no_task_is_a_picture_that_says_so(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        status, picture, _ = ask(f"{daemon.url}/badge/nothing.svg")

        assert status == 404
        assert "no such task" in picture


@pytest.mark.parametrize(("options", "status"), [((), 403), (("--embed-in", "https://wiki.example"), 200)])
def test_other_sites_show_badges_only_if_allowed(tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    with running(tmp_path, "--store", "memory:", *options) as daemon:
        daemon.post({"type": "start", "task": "a"})

        assert ask(f"{daemon.url}/badge/a.svg", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0] == status
        assert ask(f"{daemon.url}/tasks", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0] == 403
        none = "'none'"
        policy = ask(daemon.url)[2]["Content-Security-Policy"]
        assert f"frame-ancestors {options[-1] if options else none}" in policy
