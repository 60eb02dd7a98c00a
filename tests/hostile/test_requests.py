"""Requests that are no HTTP, or too much of it: each gets its answer, and nobody else notices."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon import Daemon, running
from tests.hostile.raw import HOST, NDJSON, ask, connect, get, post

GOOD = b'{"type":"start","task":"good"}\n'
SIZE = b"Content-Length: %d\r\n" % len(GOOD)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CLOSE = b"Connection: close\r\n"

REQUESTS = {
    "two hosts": (get("/tasks", HOST + CLOSE), 400),
    "no host": (b"GET /tasks HTTP/1.1\r\n\r\n", 400),
    "two lengths": (post(SIZE + b"Content-Length: 5\r\n", GOOD), 400),
    "the same length twice": (post(SIZE + SIZE, GOOD), 400),
    "length and chunks": (post(SIZE + CHUNKED, b"0\r\n\r\n"), 400),
    "a negative length": (post(b"Content-Length: -5\r\n"), 400),
    "a length of 23 digits": (post(b"Content-Length: " + b"9" * 23 + b"\r\n"), 400),
    "a chunk that is none": (post(CHUNKED, b"zz\r\n" + GOOD), 400),
    "a good chunk, then one that is none": (post(CHUNKED, b"%x\r\n%s\r\nzz\r\n" % (len(GOOD), GOOD)), 400),
    "a header of 16 kB": (get("/tasks", b"X: " + b"x" * 16384 + b"\r\n"), 400),
    "2000 headers": (get("/tasks", b"".join(b"X%d: y\r\n" % n for n in range(2000))), 400),
    "a URL of 20 kB": (get("/tasks?task=" + "x" * 20000), 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100, 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a NUL": (b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "bytes that are no URL": (b"GET /tree?task=\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a folded header": (get("/tasks", b"X: a\r\n b\r\n"), 400),
    "an odd expectation": (post(b"Expect: wonders\r\n" + SIZE + CLOSE, GOOD), 417),
    "a gzip body": (post(b"Content-Encoding: gzip\r\n" + SIZE + CLOSE, GOOD), 415),
    "a body of no known type": (b"POST /records HTTP/1.1\r\n" + HOST + SIZE + CLOSE + b"\r\n" + GOOD, 415),
    "a body above the limit": (post(b"Content-Length: %d\r\n" % (9 << 20) + CLOSE, b" " * (9 << 20)), 413),
    "a way up": (get("/static/../../etc/passwd"), 404),
    "a hidden way up": (get("/static/x/%2e%2e%2f%2e%2e%2fetc%2fpasswd"), 404),
    "a key that is no UTF-8": (get("/tasks?task=%ff%fe%00"), 404),
    "a key that is a command to the terminal": (get("/tree?task=%1b%5b2J%0d%0a"), 404),
    "a proxy's request": (b"CONNECT evil.test:443 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", 404),
    "another method": (b"PUT /tasks HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", 405),
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with running(tmp_path_factory.mktemp("requests"), "--store", "memory:") as daemon:
        yield daemon
        assert daemon.get("/health")["status"] == "ok"
        assert "Traceback" not in daemon.log.read_text()


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_no_request_is_answered_and_tells_nothing(name: str, daemon: Daemon) -> None:
    request, status = REQUESTS[name]

    answer = ask(daemon.url, request)

    assert answer.status == status, answer
    assert "Traceback" not in answer.body
    assert ".py" not in answer.body
    assert str(Path(__file__).parents[2]) not in answer.body
    assert "\x1b" not in answer.body


def test_who_asks_whether_to_go_on_is_told_to(daemon: Daemon) -> None:
    with connect(daemon.url) as connection:
        connection.sendall(post(b"Expect: 100-continue\r\n" + SIZE + CLOSE))
        stream = connection.makefile("rb")
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert stream.readline() == b"\r\n"
        connection.sendall(GOOD)
        assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
        stream.close()


def test_a_hundred_requests_at_once_get_a_hundred_answers(daemon: Daemon) -> None:
    with connect(daemon.url) as connection:
        connection.sendall(get("/health", b"") * 99 + get("/health"))
        answers = connection.makefile("rb").read()

    assert answers.count(b"HTTP/1.1 200 OK") == 100


def test_what_is_no_http_leaves_no_traces_in_the_log(daemon: Daemon) -> None:
    before = daemon.log.read_text()
    for _ in range(20):
        assert ask(daemon.url, post(CHUNKED, b"zz\r\n")).status == 400
        assert ask(daemon.url, b"\x16\x03\x01" + b"x" * 100).status == 400

    assert daemon.log.read_text() == before


def test_half_a_body_is_not_taken(daemon: Daemon) -> None:
    with connect(daemon.url) as connection:
        connection.sendall(b"POST /records HTTP/1.1\r\n" + HOST + NDJSON + b"Content-Length: 999\r\n\r\n")
        connection.sendall(b'{"type":"start","task":"half"}\n')

    daemon.post({"type": "start", "task": "after"})
    assert "half" not in daemon.tasks()
