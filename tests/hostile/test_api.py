"""`GET /openapi.json` describes all that is there, and any request made from it is answered as described."""

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from progressd.access import OPEN
from progressd.httpd import URLS
from progressd.outputs.openapi import Url, describe
from tests.daemon import PATIENCE, Daemon, running

TOKEN = "a token for tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
ENDLESS = "/events"
"""A stream has no end that a test could wait for; tests/outputs/test_events.py reads it."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl")
def _ndjson(_context: Any, value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("api")
    with running(home, "--store", "memory:", env={"PROGRESSD_TOKEN": TOKEN}) as daemon:
        yield daemon
        assert "Traceback" not in daemon.log.read_text()


schema = schemathesis.openapi.from_dict(json.loads(describe(URLS))).exclude(path=ENDLESS)


@schema.parametrize()
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_any_request_is_answered_as_described(case: schemathesis.Case[Any], daemon: Daemon) -> None:
    case.call_and_validate(base_url=daemon.url, headers=dict(HEADERS), checks=CHECKS, timeout=30, allow_redirects=False)


def test_what_is_described_is_what_there_is(daemon: Daemon) -> None:
    described = daemon.get("/openapi.json", HEADERS)
    listed = {(url.method.lower(), url.path) for url in URLS}

    assert described["openapi"].startswith("3.1")
    assert {(method, path) for path, methods in described["paths"].items() for method in methods} == listed
    for methods in described["paths"].values():
        for operation in methods.values():
            assert operation["summary"]


def test_what_is_described_as_open_is_what_is_open() -> None:
    assert {url.path for url in URLS if url.open} == OPEN


def test_records_are_described_in_full(daemon: Daemon) -> None:
    components = daemon.get("/openapi.json", HEADERS)["components"]["schemas"]

    assert {"Start", "Update", "Stop", "Marker", "Log", "Metric"} <= components.keys()
    assert components["Update"]["properties"]["type"]["enum"] == ["update"]
    assert {"progress", "status", "done", "total"} <= components["Update"]["properties"].keys()
    assert not {"Forget", "Kept", "Heard"} & components.keys()


def test_nothing_over_http_chooses_a_file_or_a_command() -> None:
    names = {query.name for url in URLS for query in url.query}

    assert not names & {"path", "file", "watch", "command", "run", "url"}


@pytest.mark.parametrize("url", URLS, ids=lambda url: f"{url.method} {url.path}")
def test_every_url_but_the_open_ones_wants_the_token(url: Url, daemon: Daemon) -> None:
    connection = http.client.HTTPConnection(daemon.url.removeprefix("http://"), timeout=PATIENCE)
    connection.request(url.method, re.sub(r"{\w+}", "x", url.path))
    answer = connection.getresponse()
    connection.close()

    # The form, too, answers 401; only what is closed says which key opens it.
    assert (answer.headers["WWW-Authenticate"] == "Bearer") != url.open
    assert url.open or answer.status == 401
