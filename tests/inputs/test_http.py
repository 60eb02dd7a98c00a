"""`POST /records` against a real daemon."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.daemon import Daemon


def post(daemon: Daemon, body: bytes) -> tuple[int, Any]:
    request = Request(daemon.url + "/records", body, {"Content-Type": "application/x-ndjson"})
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, error.read()


def test_the_answer_names_the_lines_that_were_left_out(daemon: Daemon) -> None:
    lines = [b'{"type":"update","task":"t","done":%d}' % number for number in range(1000)]
    lines[499] = b'{"type":"update","task":"t","done":"many"}'

    status, answer = post(daemon, b"\n".join(lines))

    assert status == 207
    assert (answer["accepted"], answer["rejected"]) == (999, 1)
    assert answer["bad"][0]["line"] == 500
    assert "$.done" in answer["bad"][0]["why"]
    assert daemon.tasks()["t"]["done"] == 999


def test_what_was_answered_is_seen_by_the_next_question(daemon: Daemon) -> None:
    for number in range(50):
        post(daemon, b'{"type":"update","task":"t","done":%d}' % number)
        assert daemon.tasks()["t"]["done"] == number


def test_nothing_good_is_a_bad_request(daemon: Daemon) -> None:
    assert post(daemon, b"hello")[0] == 400


def test_an_empty_body_is_no_mistake(daemon: Daemon) -> None:
    assert post(daemon, b"") == (200, {"accepted": 0, "rejected": 0, "stored": True, "bad": []})


def test_a_misspelt_field_is_not_lost_in_silence(daemon: Daemon) -> None:
    assert post(daemon, b'{"type":"update","task":"t","pogress":0.5}')[0] == 200

    assert daemon.get("/losses")["bad"][0]["why"] == "unknown field pogress"
    assert daemon.get("/health")["unknown"] == 1


def test_a_flood_of_nonsense_is_counted_and_not_kept(daemon: Daemon) -> None:
    status, answer = post(daemon, b"x\n" * (1 << 19) + b'{"type":"start","task":"a"}')

    assert status == 207
    assert (answer["accepted"], answer["rejected"], len(answer["bad"])) == (1, 1 << 19, 100)
    assert daemon.get("/health")["bad"] == 1 << 19


def test_too_much_is_refused(daemon: Daemon) -> None:
    assert post(daemon, b" " * (9 << 20))[0] == 413
    assert post(daemon, b'{"type":"log","text":"' + b"x" * (1 << 20) + b'"}')[0] == 413
