"""SCA's progress service, seed 002: its clients' posts and questions against a real daemon."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from progressd.core.task import Task
from progressd.outputs.status import render
from tests.daemon import PATIENCE, Daemon, eventually, running
from tests.events import reading
from tests.needs import needs

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with running(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


@pytest.fixture
def daemon(shared: Daemon) -> Iterator[Daemon]:
    """One for all tests, with no tasks."""
    yield shared
    for key in [key for key, task in shared.tasks().items() if task["parent"] == -1]:
        assert ask(shared, "DELETE", f"/status/{quote(key, safe='')}")[0] == 200


def ask(daemon: Daemon, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
    request = Request(daemon.url + path, data, headers or (JSON if data is not None else {}), method=method)
    try:
        with urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def post(daemon: Daemon, key: str, body: object) -> None:
    assert ask(daemon, "POST", f"/status/{quote(key, safe='')}", body) == (200, {"status": "published"})


def get(daemon: Daemon, key: str, depth: int = 1) -> Any:
    return ask(daemon, "GET", f"/status/{quote(key, safe='')}?depth={depth}")[1]


GOLDEN: dict[str, tuple[list[tuple[str, dict[str, object]]], dict[str, float | None]]] = {
    "the readme": (
        [
            ("_p.job.stage_input", {"weight": 10}),
            ("_p.job.stage_input.abc", {"progress": 0.2, "msg": "a fifth"}),
            ("_p.job.qrprocess", {"weight": 100}),
            ("_p.job.output", {"weight": 2}),
        ],
        {"_p.job.stage_input": 0.2, "_p.job": 10 * 0.2 / 112, "_p": None},
    ),
    "the author's test": (
        [
            ("r.1", {"progress": 0.5}),
            ("r.2.c", {"progress": 1}),
            ("r.2.a", {"progress": 0.1}),
            ("r.2.b.i", {}),
            ("r.2.b.ii", {}),
            ("r.3.b", {"progress": 0.2}),
            ("r.4", {}),
            ("r.5", {"progress": 0.9, "weight": 100}),
        ],
        {"r.2.b": 0.0, "r.2": 1.1 / 3, "r.3": 0.2, "r.4": None, "r": 0.875641},
    ),
    "an only child without weight": ([("p.a", {"weight": 0, "progress": 1})], {"p": None}),
    "the workflow service": (
        [
            ("t", {"name": "task", "status": "waiting", "progress": 0, "msg": "Task Requested"}),
            ("t.prep", {"name": "prep", "status": "finished", "progress": 1, "weight": 0}),
            ("t.service", {"status": "running", "progress": 0.4}),
            ("t", {"status": "finished", "msg": "done"}),
        ],
        {"t": 0.4, "t.service": 0.4},
    ),
    "a value posted on a parent": ([("p.a", {"progress": 0.5}), ("p", {"progress": 0.99})], {"p": 0.99}),
    "and a child's word after it": (
        [("p.a", {"progress": 0.5}), ("p", {"progress": 0.99}), ("p.a", {"progress": 0.6})],
        {"p": 0.6},
    ),
    "a changed weight": ([("p.a", {"progress": 1}), ("p.b", {"progress": 0}), ("p.a", {"weight": 9})], {"p": 0.9}),
    "a first child": ([("p", {"progress": 0.8}), ("p.a", {})], {"p": 0.0}),
    "a thousand children and no drift": (
        [(f"p.{number}", {"progress": step / 10}) for step in (1, 7, 10) for number in range(40)],
        {"p": 1.0},
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_sca_golden_values_hold(daemon: Daemon, name: str) -> None:
    posts, expected = GOLDEN[name]
    for key, body in posts:
        post(daemon, key, body)

    for key, progress in expected.items():
        assert get(daemon, key).get("progress") == (None if progress is None else pytest.approx(progress, abs=1e-6))


def test_sca_clients_read_what_they_know(daemon: Daemon) -> None:
    post(daemon, "_p.j.a", {"progress": 0.5, "msg": "half", "sub": {"x": [1, None]}, "null": None})
    post(daemon, "_p.j.b", {"progress": 0, "name": "last", "status": "Staging", "weight": 1})

    tree = get(daemon, "_p.j", depth=2)

    first, second = tree["tasks"]
    assert (tree["key"], tree["progress"], tree["msg"], tree["weight"]) == ("_p.j", 0.25, "half", 1)
    assert tree["_children"] == ["_p.j.a", "_p.j.b"]
    assert (first["key"], first["progress"], first["_children"]) == ("_p.j.a", 0.5, [])
    assert first["sub"] == {"x": [1, None]}
    assert "null" not in first
    assert "tasks" not in first
    assert (second["name"], second["status"], second["progress"]) == ("last", "Staging", 0)
    assert 1.7e12 < first["start_time"] <= first["update_time"] < 1e13
    assert "tasks" not in get(daemon, "_p.j")
    post(daemon, "_p.j.b", {"status": "finished"})
    assert get(daemon, "_p.j.b")["status"] == "finished"


def test_what_was_posted_is_seen_by_the_next_question(daemon: Daemon) -> None:
    for number in range(100):
        post(daemon, "a", {"progress": number / 100})
        assert get(daemon, "a")["progress"] == number / 100


def test_what_was_posted_is_there_after_kill_9(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        post(daemon, "a.b", {"progress": 0.5, "note": "mine"})
        daemon.stop(9)
    with running(tmp_path) as daemon:
        assert (get(daemon, "a")["progress"], get(daemon, "a.b")["note"]) == (0.5, "mine")


WRONG = {
    b'{"progress":"0.3"}': "progress: Expected `float`, got `str`; a number goes without quotes",
    b'{"weight":"10"}': "weight: Expected `float`, got `str`; a number goes without quotes",
    b'{"in":"60"}': "in: Expected `float`, got `str`; a number goes without quotes",
    b'{"progress":true}': "progress: Expected `float`, got `bool`",
    b'{"progress":NaN}': "progress: NaN and infinity are no numbers in JSON",
    b'{"weight":1e999}': "weight: NaN and infinity are no numbers in JSON",
    b'{"weight":-1}': "weight: Expected `float` >= 0.0",
    b'{"msg":5}': "msg: Expected `str`, got `int`",
    b'{"status":["running"]}': "status: Expected `str`, got `array`",
    b"[0.3]": "not a JSON object: Expected `object`, got `array`",
    b"": "not a JSON object: Input data was truncated",
    b"progress=0.3": "not a JSON object: JSON is malformed: invalid character (byte 0)",
    b'{"a":"\xff"}': "not a JSON object: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    b'{"a":' * 40 + b"1" + b"}" * 40: "nested deeper than 32 levels",
    b'{"a":' * 9000 + b"1" + b"}" * 9000: "nested too deeply",
}


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_named_and_nothing_of_it_taken(daemon: Daemon, body: bytes) -> None:
    post(daemon, "p.a", {"progress": 0.5})
    before = get(daemon, "p", depth=2)

    assert ask(daemon, "POST", "/status/p.a", body, **JSON) == (400, {"message": WRONG[body]})
    assert get(daemon, "p", depth=2) == before
    assert daemon.get("/losses")["bad"][-1]["where"] == "http status/p.a"


def test_what_is_not_sent_as_json_is_told_the_header_that_is_missing(daemon: Daemon) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, answer = ask(daemon, "POST", "/status/a", {"progress": 1}, **form)

    assert (status, "Content-Type: application/json" in answer["message"]) == (415, True)
    assert ask(daemon, "POST", "/status/a", {}, **JSON, **{"Content-Encoding": "gzip"})[0] == 415


def test_too_much_is_refused(daemon: Daemon) -> None:
    assert ask(daemon, "POST", "/status/a", b'{"x":"' + b"x" * (1 << 20) + b'"}', **JSON)[0] == 413
    assert ask(daemon, "POST", "/status/" + "k" * 1025, {})[0] == 400
    before = daemon.get("/health")["forgotten"]
    assert ask(daemon, "POST", "/status/a", {f"x{number}": number for number in range(100)})[0] == 200
    assert daemon.get("/health")["forgotten"] - before == 36


@pytest.mark.parametrize("key", ["a b", "a/b", "é.日本", "100%", "a%2Fb", "?x=1", "..", "a\nb\0", "status"])
def test_any_key_comes_back_as_it_was_sent(daemon: Daemon, key: str) -> None:
    post(daemon, key, {"progress": 0.5})

    assert get(daemon, key)["key"] == key
    assert ask(daemon, "GET", f"/{quote(key, safe='')}")[1]["key"] == key
    assert key in daemon.tasks()


def test_a_key_that_is_not_there_is_missing_and_elsewhere_not_found(daemon: Daemon) -> None:
    assert ask(daemon, "GET", "/status/a.b?depth=3") == (200, {"key": "a.b", "missing": True})
    assert ask(daemon, "GET", "/a.b") == (404, {"message": "no such key:a.b"})
    assert ask(daemon, "DELETE", "/a.b") == (404, {"message": "no such key:a.b"})


@pytest.mark.parametrize("door", ["/status/", "/"])
def test_a_deleted_task_takes_its_children_along_and_corrects_its_parent(daemon: Daemon, door: str) -> None:
    for key, progress in (("p.a.x", 0), ("p.a.y", 0), ("p.b", 1)):
        post(daemon, key, {"progress": progress})

    assert ask(daemon, "DELETE", f"{door}p.a") == (200, {"status": "removed p.a and its children"})
    assert get(daemon, "p.a.x")["missing"]
    assert (get(daemon, "p")["progress"], get(daemon, "p")["_children"]) == (1, ["p.b"])


@pytest.mark.parametrize("depth", ["0", "-1", "x", "", "1e3", "²", "9" * 40])
def test_a_depth_that_is_none_is_refused(daemon: Daemon, depth: str) -> None:
    assert ask(daemon, "GET", f"/status/a?depth={quote(depth)}")[0] == 400


def test_an_answer_has_a_bound_and_says_so() -> None:
    root = Task("r", "r")
    root.children = {f"r.{number}": Task(f"r.{number}", "x", started=float(-number)) for number in range(20)}

    whole, cut = render(root, 9), render(root, 9, most=11)

    assert len(whole["tasks"]) == 20
    assert whole["tasks"][0]["key"] == "r.19"
    assert "truncated" not in whole
    assert len(cut["tasks"]) == 10
    assert cut["truncated"].startswith("11 tasks are shown")
    assert len(cut["_children"]) == 20


def test_a_fraction_with_a_time_is_reached_by_itself(daemon: Daemon) -> None:
    post(daemon, "p.a", {"progress": 0.6, "in": 3600})
    post(daemon, "q.a", {"progress": 0.6, "in": 1.5})

    assert get(daemon, "p.a")["progress"] < 0.1
    eventually(lambda: 0 < get(daemon, "p")["progress"] < 0.1)
    eventually(lambda: get(daemon, "q")["progress"] == 0.6)


def test_a_subtree_is_its_segments_not_a_part_of_the_text(daemon: Daemon) -> None:
    """What `socket.on('subscribe')` was for; there, `_t.1` got `_t.10` as well."""
    for key in ("_t.1.a", "_t.10.a", "_t.1x"):
        post(daemon, key, {"progress": 0.1})

    with reading(daemon.url, "/events?task=_t.1") as reader:
        assert [task["key"] for task in reader.until("change").content["tasks"]] == ["_t.1", "_t.1.a"]
        post(daemon, "_t.10.a", {"progress": 0.2})
        post(daemon, "_t.1.a", {"progress": 0.3})
        heard = reader.until("change").content["tasks"]
        assert [task["key"] for task in heard] == ["_t.1", "_t.1.a"]
        assert [task["fraction"] for task in heard] == [0.3, 0.3]


def matlab(url: str) -> list[str]:
    """Matlab's `webwrite(url, struct(…), weboptions('MediaType', 'application/json'))`, as it goes over the wire."""
    body = '{"status":"running","progress":0.33333333333333331,"msg":"x","frames":[1,2,3],"done":false}'
    headers = ("-H", "Content-Type: application/json; charset=UTF-8", "-H", "User-Agent: MATLAB 24.2")
    return ["curl", "-sS", *headers, "--data-binary", body, url]


def shell(url: str) -> list[str]:
    """The line of its README for scripts."""
    script = """curl -s -H 'Content-Type: application/json' -X POST ${SCA_PROGRESS_URL} \\
  -d '{"status":"running","progress":0.33333333333333331,"msg":"x"}'"""
    return ["env", f"SCA_PROGRESS_URL={url}", "bash", "-c", script]


def node(url: str) -> list[str]:
    """What its Node clients do: a JSON body by HTTP's own module."""
    script = f"""const body = JSON.stringify({{status: 'running', progress: 1/3, msg: 'x', name: undefined}});
const headers = {{'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body)}};
const request = require('http').request('{url}', {{method: 'POST', headers}}, answer => answer.pipe(process.stdout));
request.end(body);"""
    return ["node", "-e", script]


@needs("curl", "bash", "node")
@pytest.mark.parametrize("client", [shell, node, matlab])
def test_sca_clients_in_their_own_languages_are_understood(daemon: Daemon, client: Any) -> None:
    url = f"{daemon.url}/status/_sca.job.task.service"
    done = subprocess.run(client(url), capture_output=True, text=True, check=True, timeout=PATIENCE)

    assert json.loads(done.stdout) == {"status": "published"}
    seen = get(daemon, "_sca.job.task.service")
    assert (seen["status"], seen["progress"], seen["msg"]) == ("running", pytest.approx(1 / 3), "x")
    assert get(daemon, "_sca.job")["progress"] == pytest.approx(1 / 3)
