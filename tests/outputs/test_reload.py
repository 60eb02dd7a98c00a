"""What pages of other origins may have: the script of --reload, and the stream if they are named."""

from pathlib import Path

import pytest

from tests.asking import ask
from tests.daemon import Daemon, eventually, refused, running
from tests.events import reading

PAGE = "http://localhost:5000"
ALLOWED = ("--store", "memory:", "--allow-origin", PAGE)


def follow(daemon: Daemon, **headers: str) -> str:
    """Return the head of the stream's answer."""
    with reading(daemon.url, "/events?task=site", **headers) as reader:
        return reader.head


def test_a_page_that_is_named_follows_the_stream_and_nothing_else(tmp_path: Path) -> None:
    with running(tmp_path, *ALLOWED) as daemon:
        head = follow(daemon, Origin=PAGE, Sec_Fetch_Site="same-site")

        assert "200 OK" in head
        assert f"Access-Control-Allow-Origin: {PAGE}\r\n" in head
        assert "Access-Control-Allow-Credentials: true\r\n" in head
        assert "Vary: Origin\r\n" in head
        for path in ("/tasks", "/tree", "/status/site", "/events/", "/"):
            assert ask(daemon, path, Origin=PAGE, Sec_Fetch_Site="same-site").status == 403
        assert ask(daemon, "/events", "OPTIONS", Origin=PAGE).status == 403
        assert ask(daemon, "/records", "POST", "{}\n", Content_Type="application/json", Origin=PAGE).status == 403


@pytest.mark.parametrize("origin", ["http://localhost:5001", "https://localhost:5000", "http://localhost", "null", "*"])
def test_a_page_that_is_not_named_does_not(tmp_path: Path, origin: str) -> None:
    with running(tmp_path, *ALLOWED) as daemon:
        head = follow(daemon, Origin=origin, Sec_Fetch_Site="same-site")

        assert "403" in head
        assert "Access-Control" not in head


def test_a_page_that_is_named_needs_the_token_as_well(tmp_path: Path) -> None:
    with running(tmp_path, *ALLOWED, env={"PROGRESSD_TOKEN": "correct horse"}) as daemon:
        assert "401" in follow(daemon, Origin=PAGE)
        assert "200 OK" in follow(daemon, Origin=PAGE, Authorization="Bearer correct horse")


def test_the_script_is_for_any_page(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", env={"PROGRESSD_TOKEN": "correct horse"}) as daemon:
        answer = ask(daemon, "/reload.js?task=site", Sec_Fetch_Site="cross-site")

        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "origin", ["*", "http://*", "localhost:5000", "http://a/b", "http://a/", "file://", "http://", "http://[x"]
)
def test_only_an_exact_origin_can_be_named(tmp_path: Path, origin: str) -> None:
    assert "--allow-origin needs an origin" in refused(tmp_path, "--allow-origin", origin)


def test_a_marker_s_kind_reaches_readers_also_after_a_restart(tmp_path: Path) -> None:
    said = {"task": "site", "time": 1e9, "text": "a.css changed", "kind": "style"}
    for _ in range(2):
        with running(tmp_path) as daemon:
            if not daemon.tasks():
                daemon.post({"type": "marker", **said})
            assert eventually(lambda daemon=daemon: daemon.get("/tasks")["markers"]) == [said]
            with reading(daemon.url, "/events?task=site") as reader:
                assert reader.until("change").content["markers"] == [said]
