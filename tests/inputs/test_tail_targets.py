"""What a target may be: a file, a folder, a pattern, or nothing that can be read."""

import errno
import os
import shutil
import socket
from pathlib import Path
from unittest.mock import Mock

import pytest

from progressd.inputs.known_files import MOST_OPEN
from progressd.inputs.watched_files import REST
from tests.inputs.tailing import Tail, append, open_below


def test_a_file_that_is_not_there_yet_is_read_when_it_comes(tmp_path: Path) -> None:
    tail = Tail(str(tmp_path / "later" / "run.log"))
    assert tail.look() == []
    (tmp_path / "later").mkdir()
    append(tmp_path / "later" / "run.log", 1)
    assert tail.look() == ["1"]
    tail.files.close()


def test_a_pattern_that_fits_rotated_files_reads_every_generation_oldest_first(tmp_path: Path) -> None:
    for age, number in ((300, 3), (200, 2), (100, 1)):
        append(tmp_path / f"run.log.{number}", age)
        os.utime(tmp_path / f"run.log.{number}", (1e9 - age, 1e9 - age))
    append(tmp_path / "run.log", 0)
    tail = Tail(str(tmp_path / "run.log*"))
    assert tail.look() == ["300", "200", "100", "0"]
    tail.files.close()


def test_a_pattern_finds_new_files_in_new_folders(tmp_path: Path) -> None:
    tail = Tail(str(tmp_path / "**" / "*.jsonl"))
    tail.look()
    for number in range(150):
        folder = tmp_path / f"a{number}" / "b"
        folder.mkdir(parents=True)
        append(folder / "c.jsonl", number)
    append(tmp_path / "top.jsonl", "top")
    append(tmp_path / ".hidden.jsonl", "hidden")
    assert sorted(tail.look()) == sorted([*map(str, range(150)), "top"])
    tail.files.close()


def test_a_folder_that_is_made_anew_is_seen(tmp_path: Path) -> None:
    tail = Tail(str(tmp_path / "logs"))
    for text in ("old", "new"):
        (tmp_path / "logs").mkdir()
        append(tmp_path / "logs" / text, text)
        assert tail.look() == [text]
        shutil.rmtree(tmp_path / "logs")
    tail.files.close()


def test_a_folder_stands_for_its_plain_files(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("a.log", "b", ".hidden", "old.log.gz", "below/c"):
        append(tmp_path / name, name)
    tail = Tail(str(tmp_path))
    assert sorted(tail.look()) == ["a.log", "b"]
    tail.files.close()


def test_ten_thousand_new_files_are_all_read_with_a_bounded_number_open(tmp_path: Path) -> None:
    tail = Tail(str(tmp_path / "*"))
    for number in range(10_000):
        append(tmp_path / str(number), number)
    assert sorted(map(int, tail.look())) == list(range(10_000))
    assert 0 < open_below(tmp_path) <= MOST_OPEN
    append(tmp_path / "17", "again")
    assert tail.look() == ["again"]
    tail.files.close()


def test_a_file_that_may_not_be_read_is_read_when_it_may(
    path: Path, tail: Tail, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(path, 1)
    with monkeypatch.context() as patch:
        # Root, as whom tests may run, may read everything.
        patch.setattr(os, "open", Mock(side_effect=PermissionError(errno.EACCES, "Permission denied")))
        assert tail.look() == []
    assert "Permission denied" in tail.complaints[0]
    assert tail.look(REST) == ["1"]


def test_a_file_that_cannot_be_read_rests_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = Tail(str(tmp_path / "*"))
    append(tmp_path / "broken", 1)
    append(tmp_path / "whole", 2)
    broken = (tmp_path / "broken").stat().st_ino
    pread = os.pread

    def fail(fd: int, size: int, offset: int) -> bytes:
        if os.fstat(fd).st_ino == broken:
            raise OSError(errno.EIO, "Input/output error")
        return pread(fd, size, offset)

    monkeypatch.setattr(os, "pread", fail)
    assert tail.look() == ["2"]
    assert "Input/output error" in tail.complaints[0]
    monkeypatch.undo()
    assert tail.look(REST) == ["1"]
    tail.files.close()


@pytest.mark.parametrize("kind", ["fifo", "socket", "device", "/proc/self/status", "/dev/zero"])
def test_what_is_no_regular_file_is_refused(path: Path, kind: str) -> None:
    target = kind if kind.startswith("/") else str(path)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(str(path))
    elif kind == "device":
        path.symlink_to("/dev/null")
    tail = Tail(target)
    assert tail.look() == []
    assert tail.complaints == [f"{target} is not a regular file; it is not read"]


def test_a_name_that_is_no_text_is_read(tmp_path: Path) -> None:
    append(tmp_path / os.fsdecode(b"\xff.log"), 1)
    tail = Tail(str(tmp_path / "*.log"))
    assert tail.look() == ["1"]
    assert tail.ledger.kept[0].source == f"file:{tmp_path}/\\xff.log"
    tail.files.close()


def test_files_that_look_like_rotated_ones_but_are_not_ours_are_left_alone(path: Path, tail: Tail) -> None:
    append(Path(f"{path}.1"), "never watched")
    append(path, 1)
    assert tail.look() == ["1"]
