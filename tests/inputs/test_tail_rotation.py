"""Files that are renamed, copied, truncated, replaced or deleted while they are followed."""

import os
import shutil
from pathlib import Path

import pytest

from progressd.inputs.watched_files import ROTATE_WAIT
from tests.inputs.tailing import Tail, append, line, open_below


def test_the_last_line_of_a_rotated_file_needs_no_newline(path: Path, tail: Tail) -> None:
    path.write_bytes(line(1).strip())
    tail.look()
    path.rename(f"{path}.1")
    assert tail.look() == []
    assert tail.look(ROTATE_WAIT) == ["1"]
    assert tail.look(ROTATE_WAIT) == []


def test_both_files_are_read_while_a_writer_keeps_the_rotated_one_open(path: Path, tail: Tail) -> None:
    with path.open("ab", buffering=0) as old:
        old.write(line(1))
        tail.look()
        path.rename(f"{path}.1")
        append(path, 3)
        old.write(line(2))
        assert tail.look() == ["2", "3"]
        tail.look(ROTATE_WAIT)
        old.write(line(4))
        assert tail.look() == ["4"]


def test_what_was_rotated_keeps_its_name(path: Path, tail: Tail) -> None:
    append(path, 1)
    tail.look()
    path.rename(f"{path}.1")
    append(Path(f"{path}.1"), 2)
    tail.look()
    assert {batch.source for batch in tail.ledger.kept + tail.ledger.taken} == {f"file:{path}"}


def test_twenty_rotations_of_fifty_files_lose_nothing(tmp_path: Path) -> None:
    tail = Tail(str(tmp_path / "*.log*"))
    logs = [tmp_path / f"{number}.log" for number in range(50)]
    for generation in range(20):
        for log in logs:
            append(log, f"{log.name} {generation}")
            log.rename(f"{log}.{generation}")
        if generation % 5 == 0:
            tail.look()
    assert len(tail.look()) == 50 * 4
    assert set(tail.ledger.lines().values()) == {1}
    assert len(tail.ledger.lines()) == 50 * 20
    tail.files.close()


@pytest.mark.parametrize("generations", [1, 3])
def test_rotations_while_we_are_down_lose_nothing(path: Path, tail: Tail, generations: int) -> None:
    append(path, "seen")
    tail.look()
    append(path, "late")
    path.rename(f"{path}.{generations}")
    append(path, "new")
    again = tail.restart(str(path))
    assert again.look() == ["late", "new"]
    again.files.close()


@pytest.mark.parametrize("target", ["run.log", "*"])
def test_a_copy_made_to_truncate_is_read_on_not_again(tmp_path: Path, target: str) -> None:
    path, tail = tmp_path / "run.log", Tail(str(tmp_path / target))
    append(path, 1, 2)
    tail.look()
    append(path, 3)
    shutil.copyfile(path, f"{path}.1")
    os.truncate(path, 0)
    append(path, 4)
    assert tail.look() == ["3", "4"]
    tail.files.close()


def test_a_copy_seen_before_the_truncation_waits_for_it(tmp_path: Path) -> None:
    path, tail = tmp_path / "run.log", Tail(str(tmp_path / "*"))
    append(path, 1, 2)
    tail.look()
    shutil.copyfile(path, f"{path}.1")
    assert tail.look() == []
    append(path, 3)
    assert tail.look() == ["3"]
    os.truncate(path, 0)
    append(path, 4)
    assert tail.look() == ["4"]
    tail.files.close()


def test_a_hole_left_by_a_writer_at_its_old_offset_is_passed_over(path: Path, tail: Tail) -> None:
    with path.open("wb", buffering=0) as writer:
        writer.write(line("x" * 2_000_000))
        tail.look()
        os.truncate(path, 0)
        writer.write(line(2))
        assert tail.look() == ["2"]


def test_a_file_truncated_and_grown_less_is_read_from_its_start(path: Path, tail: Tail) -> None:
    append(path, 1, 2, 3)
    tail.look()
    path.write_bytes(line(4))
    assert tail.look() == ["4"]


@pytest.mark.parametrize("down", [False, True])
def test_a_file_truncated_and_grown_past_where_we_were_is_read_from_its_start(
    path: Path, tail: Tail, down: bool
) -> None:
    append(path, 1, 2)
    tail.look()
    os.truncate(path, 0)
    append(path, 3, 4, 5)
    tail = tail.restart(str(path)) if down else tail
    assert tail.look() == ["3", "4", "5"]
    tail.files.close()


def test_a_file_rewritten_to_the_same_size_is_read_from_its_start(path: Path, tail: Tail) -> None:
    append(path, 1, 2)
    tail.look()
    os.truncate(path, 0)
    append(path, 3, 4)
    assert tail.look() == ["3", "4"]


def test_a_file_replaced_by_a_longer_version_of_itself_is_read_on(path: Path, tail: Tail) -> None:
    append(path, *range(100))
    tail.look()
    longer = path.with_name("new")
    longer.write_bytes(path.read_bytes())
    append(longer, "more")
    longer.replace(path)
    assert tail.look() == ["more"]


def test_a_deleted_file_is_read_to_its_end_and_then_let_go(path: Path, tail: Tail) -> None:
    with path.open("ab", buffering=0) as writer:
        writer.write(line(1))
        tail.look()
        opened = open_below(path.parent)
        path.unlink()
        writer.write(line(2))
        assert tail.look() == ["2"]
        assert open_below(path.parent) == opened
        tail.look(ROTATE_WAIT)
        assert open_below(path.parent) == opened - 1


@pytest.mark.parametrize("down", [False, True])
def test_a_file_made_anew_is_read_from_its_start_even_in_the_same_inode(path: Path, tail: Tail, down: bool) -> None:
    append(path, 1, 2)
    tail.look()
    if down:
        tail.files.close()
    path.unlink()
    append(path, 3, 4, 5)
    tail = tail.restart(str(path)) if down else tail
    assert tail.look() == ["3", "4", "5"]
    tail.files.close()


def test_a_link_is_followed_wherever_it_points(tmp_path: Path, path: Path, tail: Tail) -> None:
    path.symlink_to(tmp_path / "one")
    assert tail.look() == []
    append(tmp_path / "one", 1)
    assert tail.look() == ["1"]
    append(tmp_path / "two", 2)
    path.unlink()
    path.symlink_to(tmp_path / "two")
    assert tail.look() == ["2"]
    append(tmp_path / "one", 3)
    path.unlink()
    path.symlink_to(tmp_path / "one")
    assert tail.look() == ["3"]


def test_a_link_to_itself_is_reported(path: Path, tail: Tail) -> None:
    path.symlink_to(path)
    assert tail.look() == []
    assert "cannot look at" in tail.complaints[0]


def test_positions_are_stored_before_a_rotated_file_is_closed(path: Path, tail: Tail) -> None:
    append(path, 1)
    tail.look()
    path.unlink()
    tail.look()
    assert tail.ledger.positions()[0].offset == 0
    tail.look(ROTATE_WAIT)
    assert tail.ledger.positions()[0].offset == len(line(1))
