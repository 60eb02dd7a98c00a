"""`/events?log=`: lines as they are written, with numbers that tell what a slow reader has missed."""

import socket
from pathlib import Path

from progressd.core.chunk import Line
from progressd.core.transcript import Transcript
from progressd.outputs.lines import MOST, TEXT, newest
from tests.daemon import Daemon, eventually, running
from tests.events import Reader, reading


def log(text: str, task: str = "build") -> dict[str, object]:
    return {"type": "log", "task": task, "text": text}


def follow(reader: Reader, task: str, upto: int) -> dict[int, str]:
    """Read until line `upto` is known; return all lines by number."""
    found: dict[int, str] = {}
    while upto not in found:
        content = reader.until("lines").content
        if content["task"] == task:
            found.update(enumerate((text for _, _, text in content["lines"]), content["first"]))
    return found


def test_a_reader_gets_what_there_is_and_then_each_line(daemon: Daemon) -> None:
    daemon.post(*(log(f"line {n}") for n in range(10)))
    with reading(daemon.url, "/events?log=build&log=later") as reader:
        assert follow(reader, "build", 9) == {n: f"line {n}" for n in range(10)}
        daemon.post(log("line 10"), log("other", "not asked for"), log("first", "later"))
        assert follow(reader, "build", 10) == {10: "line 10"}
        daemon.post(log("second", "later"))
        assert 1 in follow(reader, "later", 1)


def test_lines_and_series_in_one_stream(daemon: Daemon) -> None:
    with reading(daemon.url, "/events?log=build&series=build") as reader:
        daemon.post(log("x"), {"type": "metric", "task": "build", "name": "loss", "value": 1.0})
        seen: set[str] = set()
        while not {"change", "lines", "samples"} <= seen:
            seen.add(next(iter(reader)).name)


def test_a_slow_reader_skips_and_is_told_what_it_missed(daemon: Daemon) -> None:
    with reading(daemon.url, "/events?log=build") as slow:
        slow.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for first in range(0, 40_000, 2_000):
            daemon.post(*(log(f"line {n} " + "x" * 200) for n in range(first, first + 2_000)))
        found = follow(slow, "build", 39_999)
    assert len(found) < 40_000
    assert all(text.startswith(f"line {number} ") for number, text in found.items())
    missed = next(number for number in range(40_000) if number not in found)
    answer = daemon.get(f"/logs/build?from={missed}&to={missed + 1}")
    assert answer["lines"][0][2].startswith(f"line {missed} ")


def test_who_comes_when_nothing_is_in_memory_is_told_where_the_log_stands(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post(log("a"), log("b"))
        eventually(lambda: daemon.get("/logs/build")["total"] == 2)
        daemon.stop()
    with running(tmp_path) as daemon:
        eventually(lambda: daemon.get("/logs/build")["total"] == 2)
        with reading(daemon.url, "/events?log=build") as reader:
            content = reader.until("lines").content
            assert content["first"] + len(content["lines"]) == 2


def test_a_frame_has_the_newest_lines_as_far_as_they_fit() -> None:
    many = Transcript("a", 0, 0, lines=[Line(1.0, None, str(n)) for n in range(MOST + 5)])
    assert (newest(many, 0).first, len(newest(many, 0).lines)) == (5, MOST)
    assert newest(many, 1_000).first == 1_000
    wide = Transcript("a", 10, 10, lines=[Line(1.0, None, "x" * (TEXT // 3))] * 9)
    assert (newest(wide, 0).first, len(newest(wide, 0).lines)) == (16, 3)
    huge = Transcript("a", lines=[Line(1.0, None, "x" * (TEXT + 1))] * 2)
    assert len(newest(huge, 0).lines) == 1
