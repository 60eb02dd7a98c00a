"""Files that grow: what comes of them, case by case."""

import asyncio
import os
from collections import Counter
from pathlib import Path

from tests.inputs.tailing import Tail, append, line, step


def test_what_a_file_already_holds_is_read_from_its_start(path: Path, tail: Tail) -> None:
    append(path, 1, 2)
    assert tail.look() == ["1", "2"]
    assert tail.look() == []


def test_what_is_appended_is_read_once(path: Path, tail: Tail) -> None:
    append(path, 1)
    tail.look()
    append(path, 2, 3)
    assert tail.look() == ["2", "3"]


def test_a_burst_of_lines_comes_whole_and_in_order(path: Path, tail: Tail) -> None:
    append(path, *range(100_000))
    assert tail.look() == [str(number) for number in range(100_000)]


def test_a_hint_is_enough(path: Path, tail: Tail) -> None:
    append(path, 1)
    tail.look()
    append(path, 2)
    asyncio.run(step(tail.files, tail.ledger, {os.path.realpath(path)}))
    assert tail.ledger.lines()[line(2).strip()] == 1


def test_the_last_line_waits_for_its_newline(path: Path, tail: Tail) -> None:
    path.write_bytes(line(1)[:-9])
    assert tail.look() == []
    with path.open("ab") as file:
        file.write(line(1)[-9:])
    assert tail.look() == ["1"]
    assert not tail.ledger.rejected


def test_half_a_line_survives_a_restart(path: Path, tail: Tail) -> None:
    path.write_bytes(line(1) + line(2)[:9])
    tail.look()
    with path.open("ab") as file:
        file.write(line(2)[9:])
    again = tail.restart(str(path))
    assert again.look() == ["2"]
    again.files.close()


def test_a_change_is_seen_though_the_time_of_change_was_set_back(path: Path, tail: Tail) -> None:
    append(path, 1)
    os.utime(path, (1, 1))
    tail.look()
    append(path, 2)
    os.utime(path, (1, 1))
    assert tail.look(10) == ["2"]


def test_a_big_file_does_not_keep_small_ones_waiting(tmp_path: Path) -> None:
    append(tmp_path / "big", *("x" * 1_000 for _ in range(20_000)))
    for number in range(100):
        append(tmp_path / f"small{number}", number)
    tail = Tail(str(tmp_path / "*"))
    asyncio.run(step(tail.files, tail.ledger))
    asyncio.run(step(tail.files, tail.ledger, ()))
    sources = Counter(batch.source for batch in tail.ledger.taken)
    assert len(sources) == 101
    assert sum(len(batch.lines or b"") for batch in tail.ledger.taken) < 1 << 20
    tail.files.close()


def test_a_file_is_known_to_the_store_before_it_is_read(path: Path, tail: Tail) -> None:
    append(path, 1)
    asyncio.run(step(tail.files, tail.ledger))
    assert not tail.ledger.lines()
    assert [position.offset for position in tail.ledger.positions()] == [0]
    assert tail.look() == ["1"]
