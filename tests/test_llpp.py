"""What llpp's users have: their senders, unchanged, and more than its page showed."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from progressd.outputs.series import Columns
from tests.daemon import Daemon, eventually
from tests.datagrams import departure, listening, message, port
from tests.events import reading

SENDER = """
import socket, struct, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def send(kind, station, content=b""):
    head = struct.pack("!8sBB", kind, len(station), len(content))
    sock.sendto(head + station + content, ("127.0.0.1", int(sys.argv[1])))
send(b"llppstts", b"api", "läuft".encode())
for number in range(1, 101):
    send(b"llpprrvl", b"api")
    send(b"llppdprt", b"api", struct.pack("!Q", number * 100_000_000))
"""


def series(daemon: Daemon, station: str = "api", query: str = "?from=-60") -> dict[str, dict[str, list[float]]]:
    return {each["name"]: each["columns"] for each in daemon.get(f"/series/{station}{query}")["series"]}


def count(daemon: Daemon, name: str = "departures", station: str = "api") -> int:
    stations = {each["station"]: each["series"] for each in daemon.get("/series")["stations"]}
    return sum(each["count"] for each in stations.get(station, []) if each["name"] == name)


def test_a_sender_of_ten_lines_is_seen_with_more_than_llpp_told(tmp_path: Path) -> None:
    with listening(tmp_path) as (daemon, _):
        subprocess.run([sys.executable, "-c", SENDER, str(port(daemon))], check=True)
        eventually(lambda: count(daemon) == count(daemon, "arrivals") == 100)

        ((station,),) = (daemon.get("/series")["stations"],)
        assert station["status"]["text"] == "läuft"
        assert [(each["name"], each["unit"]) for each in station["series"]] == [("arrivals", None), ("departures", "s")]
        (values,) = series(daemon, query="?name=departures&step=600").values()
        assert set(values) == set(Columns.__struct_fields__)
        assert sum(values["count"]) == 100
        assert (min(values["low"]), max(values["high"])) == (0.1, 10.0)
        assert (values["open"][0], values["close"][-1]) == (0.1, 10.0)
        if len(values["count"]) == 1:
            assert math.isclose(values["mean"][0], 5.05)
            assert math.isclose(values["variance"][0], (100**2 - 1) / 12 / 100)
        # None of it is a task, nor was anything left out.
        assert not daemon.tasks()
        assert daemon.get("/losses")["bad"] == []


def test_services_of_any_length_are_told(tmp_path: Path) -> None:
    longest = (2**64 - 1) / 1e9
    with listening(tmp_path) as (daemon, sender):
        for seconds in (3.04, 86_400.0):
            sender.send(departure("slow", seconds))
        sender.send(message("dprt", "slow", b"\xff" * 8))
        eventually(lambda: count(daemon, station="slow") == 3)

        values = series(daemon, "slow")["departures"]
        assert (min(values["low"]), max(values["high"])) == (3.04, longest)
        assert all(map(math.isfinite, values["variance"]))


def test_what_was_handed_on_survives_kill_9_and_counts_once(tmp_path: Path) -> None:
    total = 0
    for _ in range(3):
        with listening(tmp_path) as (daemon, sender):
            assert count(daemon) == total
            for _ in range(50):
                sender.send(departure("api", 0.25))
            total += 50
            eventually(lambda: count(daemon) == total)  # noqa: B023
            daemon.stop(9)
    with listening(tmp_path) as (daemon, _):
        assert count(daemon) == total
        values = series(daemon, query="?from=-7200&step=3600")["departures"]
        assert sum(values["count"]) == total
        assert set(values["mean"]) == {0.25}


def test_what_had_arrived_at_the_end_is_brought_in(tmp_path: Path) -> None:
    with listening(tmp_path) as (daemon, sender):
        # More than are read in one go, and no more than the kernel holds for a daemon that may not ask for room.
        for _ in range(300):
            sender.send(departure("api", 1.0))
        daemon.stop()
    with listening(tmp_path) as (daemon, _):
        assert count(daemon) == 300


def test_its_page_is_a_stream_that_tells_the_newest_seconds_whole(tmp_path: Path) -> None:
    with listening(tmp_path) as (daemon, sender):
        sender.send(departure("other", 1.0))
        sender.send(departure("api", 1.0))
        eventually(lambda: count(daemon) == count(daemon, station="other") == 1)
        with reading(daemon.url, "/events?series=api") as reader:
            first = reader.until("samples")
            assert first.identity is None
            assert [(each["station"], len(each["points"])) for each in first.content["series"]] == [("api", 1)]
            seconds = {point["start"]: point["count"] for point in first.content["series"][0]["points"]}
            for _ in range(20):
                sender.send(departure("api", 2.0))
            sender.send(message("stts", "api", b"up"))
            status = None
            while sum(seconds.values()) < 21 or status is None:
                content = reader.until("samples").content
                assert {each["station"] for each in content["series"]} <= {"api"}
                for each in content["series"]:
                    seconds.update({point["start"]: point["count"] for point in each["points"]})
                status = content["statuses"].get("api", status)
            assert sum(seconds.values()) == 21
            assert status["text"] == "up"


@pytest.mark.parametrize("path", ["/events", "/events?task=x"])
def test_who_did_not_ask_for_series_hears_of_none(path: str, tmp_path: Path) -> None:
    with listening(tmp_path) as (daemon, sender), reading(daemon.url, path) as reader:
        sender.send(departure("api", 1.0))
        eventually(lambda: count(daemon) == 1)
        daemon.post({"type": "start", "task": "x"})

        names = []
        for event in reader:
            names.append(event.name)
            if event.name == "change":
                break
        assert "samples" not in names
