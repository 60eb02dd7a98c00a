"""What a reporter holds while no daemon takes anything: bounded, and of state nothing is missing afterwards."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from progressd.run.telling import Telling
from progressd_client import pipe
from progressd_client.doors import UnixDoor
from tests.daemon import eventually

FULL = 2000


@pytest.fixture
def telling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Telling, pipe.Pipe]]:
    monkeypatch.setattr(pipe, "FULL", FULL)
    made = pipe.Pipe(UnixDoor(str(tmp_path / "late.sock")))
    yield Telling(made, "source", is_expected=True), made
    made.door.close()


def update(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "update", "task": "t", "time": float(number), "done": number, **more}


def heard(telling: Telling, path: Path) -> list[dict[str, Any]]:
    """Be the daemon that comes at last."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def tell() -> bool:
            telling.pump()
            return telling.is_done

        eventually(tell)
        daemon = listener.accept()[0]
        with daemon:
            return [json.loads(line) for line in daemon.recv(1 << 20).splitlines()]


@pytest.mark.parametrize("has_ended", [False, True])
def test_updates_for_which_there_is_no_room_are_said_as_one(
    tmp_path: Path, telling: tuple[Telling, pipe.Pipe], has_ended: bool
) -> None:
    this, held = telling
    this.say({"type": "start", "task": "t", "time": 0.0, "name": "T"})
    for number in range(1, 5000):
        this.say(update(number, data={f"k{number // 1000}": number}))
        this.pump()
    assert held.size < FULL + 200
    if has_ended:
        this.say({"type": "stop", "task": "t", "time": 5000.0, "status": "finished"})
    records = heard(this, tmp_path / "late.sock")

    assert [record["type"] for record in records].count("stop") == has_ended
    last = [record for record in records if record["type"] == "update"][-1]
    assert (last["time"], last["done"]) == (4999.0, 4999)
    assert last["data"] == {"k0": 999, "k1": 1999, "k2": 2999, "k3": 3999, "k4": 4999}
    assert records[-1]["type"] == ("stop" if has_ended else "update")
