"""`GET /events` against a real daemon: no gap, no repeat, no growth."""

import json
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progressd.outputs.frames import event
from tests.daemon import Daemon, eventually, running
from tests.events import Event, Reader, reading


def follow(reader: Reader, known: dict[str, object], key: str, done: float) -> Event:
    """Apply what a reader hears until a task is so far; return the last event."""
    for heard in reader:
        if heard.name != "change":
            continue
        for gone in heard.content["removed"]:
            known.pop(gone, None)
        known.update({task["key"]: task for task in heard.content["tasks"]})
        if known.get(key, {}).get("done") == done:  # type: ignore[attr-defined]
            return heard
    raise AssertionError("the stream ended")


def test_a_snapshot_and_the_stream_from_its_id_have_no_gap(daemon: Daemon) -> None:
    daemon.post({"type": "start", "task": "a", "total": 9}, {"type": "start", "task": "b"})
    snapshot = daemon.get("/tasks")
    daemon.post({"type": "update", "task": "a", "done": 3})

    with reading(daemon.url, f"/events?since={snapshot['id']}") as reader:
        change = reader.until("change")

    assert [task["key"] for task in change.content["tasks"]] == ["a"]
    assert change.content["tasks"][0]["done"] == 3


def test_who_comes_back_gets_what_it_missed_and_nothing_twice(daemon: Daemon) -> None:
    daemon.post({"type": "start", "task": "a", "total": 9}, {"type": "marker", "task": "a", "text": "one"})
    with reading(daemon.url) as reader:
        last = reader.until("change").identity
    daemon.post({"type": "update", "task": "a", "done": 3}, {"type": "marker", "task": "a", "text": "two"})
    daemon.post({"type": "start", "task": "b"})

    with reading(daemon.url, Last_Event_ID=last or "") as reader:
        change = reader.until("change")

    assert [marker["text"] for marker in change.content["markers"]] == ["two"]
    assert {task["key"] for task in change.content["tasks"]} == {"a", "b"}


@pytest.mark.parametrize("seen", ["6000-1", "nonsense", "x-99999999999999999999999", "{epoch}-7777", "{epoch}--1", "-"])
def test_who_has_seen_what_never_was_is_told_to_begin_anew(daemon: Daemon, seen: str) -> None:
    epoch = daemon.get("/health")["epoch"]
    daemon.post({"type": "start", "task": "a"})

    with reading(daemon.url, Last_Event_ID=seen.format(epoch=epoch)) as reader:
        assert reader.until("reset").content["epoch"] == epoch


def test_a_subtree_is_followed_alone(daemon: Daemon) -> None:
    daemon.post({"type": "start", "task": "a.x"}, {"type": "start", "task": "ab"}, {"type": "start", "task": "b"})

    with reading(daemon.url, "/events?task=a") as reader:
        assert [task["key"] for task in reader.until("change").content["tasks"]] == ["a", "a.x"]
        daemon.post({"type": "update", "task": "b", "progress": 0.5})
        daemon.post({"type": "start", "task": "y", "parent": "a"})
        assert {task["key"] for task in reader.until("change").content["tasks"]} == {"a", "y"}


def test_what_moves_away_leaves_the_subtree(daemon: Daemon) -> None:
    daemon.post({"type": "start", "task": "a.x"}, {"type": "start", "task": "b"})

    with reading(daemon.url, "/events?task=a") as old, reading(daemon.url) as every:
        old.until("change")
        every.until("change")
        daemon.post({"type": "update", "task": "a.x", "parent": "b"})
        assert "a.x" in old.until("change").content["removed"]
        assert "a.x" in {task["key"] for task in every.until("change").content["tasks"]}


def test_the_first_words_are_a_wait_of_each_readers_own_and_a_heartbeat(daemon: Daemon) -> None:
    waits = set()
    for _ in range(4):
        with reading(daemon.url) as reader:
            assert "text/event-stream" in reader.head
            assert "X-Accel-Buffering: no" in reader.head
            raw = reader.stream.readline() + reader.stream.readline()
            waits.add(raw.split(b"retry: ")[1])
            assert reader.stream.readline() == b"\n"
    assert len(waits) > 1
    with reading(daemon.url) as reader:
        beat = reader.until("beat").content
        assert beat["epoch"] == daemon.get("/health")["epoch"]
        assert beat["bad"] == 0


def test_old_http_gets_the_same_events(daemon: Daemon) -> None:
    daemon.post({"type": "start", "task": "a"})

    with reading(daemon.url, version="1.0") as reader:
        assert "chunked" not in reader.head.lower()
        assert reader.until("change").content["tasks"][0]["key"] == "a"


def test_a_reader_that_takes_nothing_costs_no_memory_and_then_gets_the_newest_state(daemon: Daemon) -> None:
    blob = "x" * 2000
    daemon.post(*({"type": "start", "task": f"t{n}", "message": blob} for n in range(50)))
    before = resident(daemon)
    with reading(daemon.url) as slow:
        slow.until("change")
        for number in range(300):
            daemon.post(*({"type": "update", "task": f"t{n}", "done": number, "message": blob} for n in range(50)))
        assert resident(daemon) - before < 20 << 20
        known: dict[str, object] = {}
        follow(slow, known, "t49", 299)


def resident(daemon: Daemon) -> int:
    """Bytes of memory that the daemon has."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def test_readers_that_leave_are_forgotten(daemon: Daemon) -> None:
    for _ in range(20):
        with reading(daemon.url) as reader:
            reader.until("beat")

    eventually(lambda: daemon.get("/health")["readers"] == 0)


def test_a_reader_that_is_behind_by_removals_hears_of_them(tmp_path: Path) -> None:
    options = ("--store", "memory:")
    with running(tmp_path, *options) as daemon, reading(daemon.url) as reader:
        daemon.post({"type": "start", "task": "a"}, {"type": "start", "task": "a.b"}, {"type": "stop", "task": "a.b"})
        reader.until("change")
        daemon.post({"type": "stop", "task": "a"})
        daemon.post({"type": "start", "task": "a"})
        removed = next(event for event in reader if event.name == "change" and event.content["removed"])
        assert removed.content["removed"] == ["a.b"]


def test_who_cannot_be_told_of_all_that_went_is_told_to_begin_anew(daemon: Daemon) -> None:
    daemon.post({"type": "start", "task": "job"})
    daemon.post(*({"type": "stop", "task": f"job.{number}"} for number in range(12_000)))
    daemon.post({"type": "stop", "task": "job"})
    with reading(daemon.url) as reader:
        reader.until("change")
        daemon.post({"type": "start", "task": "job"})
        assert reader.until("reset").content["epoch"] == daemon.get("/health")["epoch"]


@given(st.text(), st.text())
def test_no_text_breaks_out_of_its_event(name: str, text: str) -> None:
    raw = event("change", {name: text}, "e-1")

    assert raw.count(b"\n\n") == 1
    assert raw.endswith(b"\n\n")
    head, identity, data = raw[:-2].split(b"\n")
    assert (head, identity) == (b"event: change", b"id: e-1")
    assert json.loads(data.removeprefix(b"data: ")) == {name: text}
    assert b"\r" not in raw


def test_a_hundred_readers_get_the_same(daemon: Daemon) -> None:
    connections = [socket.create_connection(("127.0.0.1", int(daemon.url.rpartition(":")[2]))) for _ in range(100)]
    readers = []
    try:
        for connection in connections:
            connection.settimeout(30)
            connection.sendall(f"GET /events HTTP/1.1\r\nHost: {daemon.url.removeprefix('http://')}\r\n\r\n".encode())
            readers.append(Reader(connection))
        daemon.post({"type": "update", "task": "a", "done": 5, "total": 10})
        for reader in readers:
            follow(reader, {}, "a", 5)
    finally:
        for connection in connections:
            connection.close()
        for reader in readers:
            reader.stream.close()
