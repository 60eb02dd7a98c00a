"""Who is let in: rows 1 to 8 of the list of threats, against a real daemon."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.asking import ask
from tests.daemon import Daemon, running

SECRET = "correct horse battery"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Daemon]:
    with running(tmp_path, "--store", "memory:", env={"PROGRESSD_TOKEN": SECRET}) as daemon:
        yield daemon


@pytest.mark.parametrize(
    "host", ["evil.test", "localhost.evil.test", "127.0.0.1.nip.io", "evil.test:80", "", "[::2]", "[x"]
)
def test_a_name_that_is_not_ours_is_refused(daemon: Daemon, host: str) -> None:
    assert ask(daemon, "/tasks", Host=host).status in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "127.9.9.9", "[::1]:8765", "LOCALHOST"])
def test_names_of_this_machine_are_ours(daemon: Daemon, host: str) -> None:
    assert ask(daemon, "/tasks", Host=host).status == 200


def test_a_name_may_be_allowed(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", "--allow-host", "build.lan") as daemon:
        assert ask(daemon, "/tasks", Host="build.lan:8765").status == 200
        assert ask(daemon, "/tasks", Host="other.lan").status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_foreign_page_changes_and_reads_nothing(daemon: Daemon, headers: dict[str, str]) -> None:
    record = '{"type":"start","task":"planted"}\n'
    sent = ask(daemon, "/records", "POST", record, Content_Type="application/x-ndjson", **headers)

    assert sent.status == 403
    assert ask(daemon, "/tasks", **headers).status == 403
    assert "planted" not in daemon.tasks()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send_is_not_taken(daemon: Daemon, kind: str) -> None:
    assert ask(daemon, "/records", "POST", '{"type":"start","task":"planted"}\n', Content_Type=kind).status == 415


def test_our_own_page_is_let_through(daemon: Daemon) -> None:
    own = {"Origin": daemon.url, "Sec_Fetch_Site": "same-origin"}

    assert (
        ask(daemon, "/records", "POST", '{"type":"start","task":"a"}\n', Content_Type="application/json", **own).status
        == 200
    )


def test_every_answer_keeps_foreign_pages_out(daemon: Daemon) -> None:
    for path in ("/", "/tasks", "/nothing", "/login", "/health", "/tree"):
        answer = ask(daemon, path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/tasks", "/events", "/tree", "/losses", "/static/x/app.js", "/nothing"])
def test_without_the_token_there_is_nothing_but_health(guarded: Daemon, path: str) -> None:
    assert ask(guarded, path).status == 401
    assert ask(guarded, path, Authorization="Bearer wrong").status == 401
    assert ask(guarded, "/records", "POST", "{}\n", Content_Type="application/json").status == 401
    assert ask(guarded, "/health").status == 200


def test_the_token_opens_by_header_and_by_form(guarded: Daemon) -> None:
    assert ask(guarded, "/tasks", Authorization=f"Bearer {SECRET}").status == 200
    assert ask(guarded, "/", Accept="text/html").headers["Location"] == "/login"
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = ask(guarded, "/login", "POST", urlencode({"token": SECRET}), **form)

    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert SECRET not in cookie
    assert ask(guarded, "/tasks", Cookie=cookie.partition(";")[0]).status == 200


def test_a_login_link_works_once_and_the_token_is_never_in_the_log(guarded: Daemon) -> None:
    link = re.search(r"/login\?code=(\S+)", guarded.log.read_text())
    assert link is not None

    first, second = ask(guarded, link[0]), ask(guarded, link[0])

    assert (first.status, second.status) == (303, 401)
    assert SECRET not in guarded.log.read_text()


def test_guessing_is_slowed_down(guarded: Daemon) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    answers = [ask(guarded, "/login", "POST", urlencode({"token": f"guess{n}"}), **form).status for n in range(11)]

    assert answers == [401] * 10 + [429]
    assert ask(guarded, "/login", "POST", urlencode({"token": SECRET}), **form).status == 429
    assert ask(guarded, "/tasks", Authorization=f"Bearer {SECRET}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://["},
        {"Authorization": "Bearer \xff"},
        {"Cookie": "progressd=\xff"},
        {"Content_Type": "application/x-www-form-urlencoded; charset=foo"},
        {"Content_Type": "multipart/form-data"},
        {"Content_Type": "multipart/form-data; boundary=x"},
    ],
)
def test_no_header_is_a_fault_of_ours(guarded: Daemon, headers: dict[str, str]) -> None:
    for path, method in (("/tasks", "GET"), ("/login", "POST")):
        assert ask(guarded, path, method, "token=\xff" if method == "POST" else None, **headers).status < 500
    assert "Traceback" not in guarded.log.read_text()


def test_packed_requests_are_not_unpacked(daemon: Daemon) -> None:
    answer = ask(daemon, "/records", "POST", "x" * 100, Content_Type="application/json", Content_Encoding="gzip")

    assert answer.status == 415
