"""The UDP door: whole lines, junk, floods; nothing stops it, and what is lost is counted."""

import asyncio
import json
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progressd.batches import Batch
from progressd.engine import Engine, Limits
from progressd.inputs.llpp import LENGTHS, STATIONS, STATUS, Gathered
from progressd.inputs.udp import Door, dropped_by_kernel
from progressd.queue import QUEUE, RECORD
from progressd.records import Samples, Update
from progressd.stores.memory import MemoryStore
from tests.client.scripts import pythons, run
from tests.daemon import eventually, refused
from tests.datagrams import departure, listening, message, port

HOSTILE = {
    b"abc": "not a JSON object",
    b"llp": "not a JSON object",
    b"llpp": "4 bytes are too few",
    b"llppdprt\xff": "9 bytes are too few",
    b"llppdprt\xff\x08api": "13 bytes, but it says that it has 273",
    b"llppdprt\x03\x08api\x00": "14 bytes, but it says that it has 21",
    message("dprt", "api", b"1234567"): "7 bytes of content",
    message("rrvl", "api", b"x"): "1 bytes of content",
    message("what", "api"): "llpp has no message b'llppwhat'",
    b"llpprrvl\x02\x00\xff\xfe": "not UTF-8",
    b"llppstts\x01\x01a\xff": "not UTF-8",
    b'{"type":"update","task":"\xff"}': "UTF-8",
    b'{"type":"update"': "truncated",
    b"x" * 60_000: "not a JSON object",
    b"[" * 60_000: "not a JSON object",
    b'{"type":"metric","task":"a","name":"x","value":NaN}': "malformed",
    b'{"type":"metric","task":"a","name":"x","value":1e999}': "out of range",
    b'{"type":"metric","task":"a","name":"x","value":1e141}': "<= 1e+140",
    b'{"type":"samples","task":"a","name":"x","bucket":[]}': "unknown type 'samples'",
    b'{"type":"said","task":"a","text":"x"}': "unknown type 'said'",
}


def test_junk_is_shown_with_its_reason_and_stops_nothing(tmp_path: Path) -> None:
    with listening(tmp_path) as (daemon, sender):
        for number, junk in enumerate(HOSTILE):
            sender.send(junk)
            sender.send(b"")
            sender.send(json.dumps({"type": "update", "task": f"good.{number}", "done": 1}).encode())
            sender.send(departure("api", 1.0))
        eventually(lambda: f"good.{len(HOSTILE) - 1}" in daemon.tasks())
        shown = eventually(lambda: len(found := daemon.get("/losses")["bad"]) == len(HOSTILE) and found)

        assert len([key for key in daemon.tasks() if key.startswith("good.")]) == len(HOSTILE)
        whys = sorted(each["why"] for each in shown)
        for expected in HOSTILE.values():
            assert any(expected in why for why in whys), (expected, whys)
        assert {each["where"] for each in shown} == {"udp"}
        (station,) = eventually(lambda: daemon.get("/series")["stations"])
        assert [each["name"] for each in station["series"]] == ["departures"]


def test_many_lines_in_a_datagram_and_misspelt_fields(tmp_path: Path) -> None:
    lines = [{"type": "update", "task": f"t{n}", "done": n, "totl": 5} for n in range(200)]
    with listening(tmp_path) as (daemon, sender):
        sender.send("\n".join(map(json.dumps, lines)).encode())

        eventually(lambda: len(daemon.tasks()) == 200)
        assert "totl" in daemon.get("/losses")["bad"][0]["why"]


def test_the_client_sends_to_it(tmp_path: Path) -> None:
    script = """
    import progressd_client as p
    with p.task("work", total=20) as t:
        for n in range(20):
            with p.task("piece"):
                t.advance()
    p.flush(20)
    """
    with listening(tmp_path) as (daemon, _):
        run(pythons()[0], script, f"udp:127.0.0.1:{port(daemon)}")

        eventually(lambda: daemon.tasks().get("work", {}).get("status") == "finished")
        assert len(daemon.tasks()) == 21


def test_repeated_measurements_count_once(tmp_path: Path) -> None:
    record = {"type": "metric", "task": "train", "name": "loss", "value": 0.5, "source": "s", "seq": 1}
    with listening(tmp_path) as (daemon, sender):
        for _ in range(5):
            sender.send(json.dumps(record).encode())
        sender.send(json.dumps({**record, "seq": 2}).encode())

        # The datagram after those that are equal may be stored after them.
        eventually(lambda: [each["series"][0]["count"] for each in daemon.get("/series")["stations"]] == [2])
        assert daemon.get("/health")["repeated"] == 4


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("0.0.0.0:12345", "no token"),
        ("[::]:12345", "no token"),
        ("192.0.2.1:12345", "no token"),
        ("12345", "127.0.0.1:12345"),
        ("somewhere:12345", "127.0.0.1:12345"),
        ("127.0.0.1:", "no port"),
        ("127.0.0.1:123456", "no port"),
    ],
)
def test_only_an_address_of_this_machine_is_taken(target: str, why: str, tmp_path: Path) -> None:
    assert why in refused(tmp_path, "--udp", target)


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        assert "in use" in refused(tmp_path, "--udp", f"127.0.0.1:{other.getsockname()[1]}")


async def test_what_the_kernel_drops_is_counted() -> None:
    engine = Engine(MemoryStore(), lambda: 1.7e9, Limits(1.0, 1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.settimeout(0)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        receiver.bind(("127.0.0.1", 0))
        sender.connect(receiver.getsockname())
        for _ in range(1000):
            sender.send(departure("api", 1.0))
        dropped = dropped_by_kernel(receiver)
        assert 0 < dropped < 1000
        door = Door(receiver, engine)
        door.open()
        door.close()

    group = await engine._queue.take()
    taken = [record.bucket.count for pending in group for record in pending.batch.records]  # type: ignore[union-attr]
    assert sum(taken) + dropped == 1000
    assert engine.losses.counts.lost == {"udp: no room in the kernel": dropped}
    assert engine.losses.counts.dropped == dropped
    await engine.store.close()


async def test_what_finds_the_queue_full_is_counted_message_by_message() -> None:
    engine = Engine(MemoryStore(), lambda: 1.7e9, Limits(1.0, 1))
    await engine.submit(Batch("test", [Update(task="a")] * (QUEUE // RECORD)))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.settimeout(0)
    with theirs:
        door = Door(ours, engine)
        door.open()
        for datagram in (departure("api", 1.0), departure("api", 2.0), b'{"type":"update","task":"b"}\n'):
            theirs.send(datagram)
        await asyncio.sleep(0)
        door.close()

    assert engine.losses.counts.lost == {"udp: too much is waiting for the store": 3}
    await engine.store.close()


def test_invented_stations_are_bounded() -> None:
    gathered, refusals = Gathered(), 0
    for number in range(STATIONS + 100):
        try:
            gathered.take(message("rrvl", str(number)), 1.0)
        except ValueError:
            refusals += 1

    assert refusals == 100
    assert len(gathered.records()) == STATIONS


@given(
    st.lists(
        st.binary(max_size=30).map(lambda tail: b"llpp" + tail)
        | st.tuples(st.sampled_from([STATUS, *LENGTHS]), st.binary(max_size=24)).map(b"".join)
        | st.builds(message, st.sampled_from(["stts", "rrvl"]), st.text(max_size=9)),
        max_size=20,
    )
)
def test_any_bytes_are_taken_or_refused_and_never_more(messages: list[bytes]) -> None:
    gathered, taken = Gathered(), 0
    for number, each in enumerate(messages):
        try:
            gathered.take(each, 5.0 + number / 100)
            taken += not each.startswith(STATUS)
        except ValueError:
            pass

    assert sum(record.bucket.count for record in gathered.records() if isinstance(record, Samples)) == taken
