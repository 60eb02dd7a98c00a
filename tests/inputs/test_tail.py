"""Files that grow: what comes of them, case by case."""

import asyncio
import errno
import mmap
import os
import resource
import shutil
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from progressd.core.decode import BadLine
from progressd.engine import Batch, Position
from progressd.inputs.known_files import MOST_OPEN
from progressd.inputs.tail import take
from progressd.inputs.watched_files import REST, ROTATE_WAIT, WatchedFiles
from progressd.records import Log


class Crash(Exception):
    """The process dies here."""


class Ledger:
    """Stands in for engine and store: what was committed survives a crash, what was only submitted does not."""

    def __init__(self) -> None:
        self.kept: list[Batch] = []
        self.taken: list[Batch] = []
        self.rejected: list[tuple[str, BadLine]] = []
        self.fuse: int | None = None
        """So many more calls until the process dies."""

    def positions(self) -> Sequence[Position]:
        rows = {(b.position.device, b.position.inode): b.position for b in self.kept if b.position}
        return list(rows.values())

    async def submit(self, batch: Batch) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Crash
        self.taken.append(batch)

    async def commit(self, batch: Batch) -> None:
        await self.submit(batch)
        self.flush()

    def reject(self, where: str, bad: BadLine) -> None:
        self.rejected.append((where, bad))

    def flush(self) -> None:
        self.kept += self.taken
        self.taken.clear()

    def crash(self) -> None:
        self.taken.clear()

    def lines(self) -> Counter[bytes]:
        """All lines that came and were not lost with the process, and how often."""
        return Counter(line for batch in (*self.kept, *self.taken) for line in (batch.lines or b"").splitlines())


class Tail:
    """The tail input over a folder, driven pass by pass, with a clock that moves only when it is told to."""

    def __init__(self, target: str, ledger: Ledger | None = None) -> None:
        self.ledger = ledger or Ledger()
        self.now = 0.0
        self.complaints: list[str] = []
        self.files = WatchedFiles(
            (target,), self.ledger.positions(), lambda: self.now, lambda _, text: self.complaints.append(text)
        )

    def look(self, seconds: float = 0.0) -> list[str]:
        """Let time pass, read until nothing is left to do, and return the texts that came since the last look."""
        before = len(self.ledger.kept) + len(self.ledger.taken)
        self.now += seconds
        asyncio.run(self._settle())
        batches = [*self.ledger.kept, *self.ledger.taken][before:]
        return [record.text for batch in batches for record in batch.records if isinstance(record, Log)]

    async def _settle(self) -> None:
        await take(self.files, self.ledger)
        for _ in range(2_000):
            if self.files.wait(1.0):
                return
            await take(self.files, self.ledger, ())
        raise AssertionError("it never comes to rest")

    def restart(self, target: str) -> "Tail":
        """The process dies after what it said was stored; another one begins."""
        self.files.close()
        self.ledger.flush()
        return Tail(target, self.ledger)

    def open_files(self) -> int:
        return len(os.listdir("/proc/self/fd"))

    def why(self) -> list[str]:
        return [bad.why for _, bad in self.ledger.rejected]


def line(text: object) -> bytes:
    return b'{"type":"log","text":"%s"}\n' % str(text).encode()


def append(path: Path, *texts: object) -> None:
    with path.open("ab") as file:
        file.write(b"".join(map(line, texts)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.log"


@pytest.fixture
def tail(path: Path) -> Iterator[Tail]:
    tail = Tail(str(path))
    yield tail
    tail.files.close()


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
    asyncio.run(take(tail.files, tail.ledger, {os.path.realpath(path)}))
    assert tail.ledger.lines()[line(2).strip()] == 1


def test_a_file_that_is_not_there_yet_is_read_when_it_comes(tmp_path: Path) -> None:
    tail = Tail(str(tmp_path / "later" / "run.log"))
    assert tail.look() == []
    (tmp_path / "later").mkdir()
    append(tmp_path / "later" / "run.log", 1)
    assert tail.look() == ["1"]
    tail.files.close()


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


def test_twenty_rotations_between_two_looks_lose_nothing(tmp_path: Path) -> None:
    tail = Tail(str(tmp_path / "*.log"))
    logs = [tmp_path / f"{number}.log" for number in range(50)]
    for log in logs:
        append(log, "first")
    tail.look()
    for generation in range(20, 0, -1):
        for log in logs:
            append(log, generation)
            log.rename(f"{log}.{generation}")
            log.touch()
            if generation % 5 == 0:
                tail.look()
    # Only generations that a look has seen can be known again by a pattern that does not match their new name.
    assert sum(tail.ledger.lines().values()) >= 50 + 4 * 50
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


def test_a_pattern_that_fits_rotated_files_reads_every_generation_oldest_first(tmp_path: Path) -> None:
    for age, number in ((300, 3), (200, 2), (100, 1)):
        append(tmp_path / f"run.log.{number}", age)
        os.utime(tmp_path / f"run.log.{number}", (1e9 - age, 1e9 - age))
    append(tmp_path / "run.log", 0)
    tail = Tail(str(tmp_path / "run.log*"))
    assert tail.look() == ["300", "200", "100", "0"]
    tail.files.close()


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
        opened = tail.open_files()
        path.unlink()
        writer.write(line(2))
        assert tail.look() == ["2"]
        assert tail.open_files() == opened
        tail.look(ROTATE_WAIT)
        assert tail.open_files() == opened - 1


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
    before = tail.open_files()
    for number in range(10_000):
        append(tmp_path / str(number), number)
    assert sorted(map(int, tail.look())) == list(range(10_000))
    assert tail.open_files() - before <= MOST_OPEN
    append(tmp_path / "17", "again")
    assert tail.look() == ["again"]
    tail.files.close()


def test_a_change_is_seen_though_the_time_of_change_was_set_back(path: Path, tail: Tail) -> None:
    append(path, 1)
    os.utime(path, (1, 1))
    tail.look()
    append(path, 2)
    os.utime(path, (1, 1))
    assert tail.look(10) == ["2"]


MIB = 1 << 20


@pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 100 * MIB])
def test_a_line_may_have_a_mebibyte_and_no_more(path: Path, tail: Tail, size: int) -> None:
    path.write_bytes(line("x" * (size - len(line("")) + 1)) + line("next"))
    texts = tail.look()
    assert texts[-1] == "next"
    assert len(texts) == (2 if size <= MIB else 1)
    assert tail.why() == ([] if size <= MIB else ["longer than 1 MiB"])


def test_a_line_of_ten_gibibytes_costs_neither_memory_nor_what_follows(path: Path, tail: Tail) -> None:
    with path.open("wb") as file:
        file.write(b'{"type":')
        file.truncate(10 << 30)
        file.seek(10 << 30)
        file.write(b"\n" + line("next"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert tail.look() == ["next"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 << 10
    assert tail.why() == ["longer than 1 MiB"]
    assert tail.ledger.rejected[0][0] == f"file:{path} at byte 0"


@pytest.mark.parametrize(
    ("noise", "rejected"),
    [
        (b"\xff\xfe\x80\n", 1),
        ("{}\n".encode("utf-16"), 1),
        (b"\xef\xbb\xbf", 0),
        (b"\r\n", 0),
        (b"\r", 0),
        (b"\0" * 100, 0),
        (b"\0" * 3_000_000, 0),
        (bytes(range(128, 256)) + b"\n", 1),
        (b"plain text\n", 1),
        (line(0)[:9] + b"\0" * 500, 1),
    ],
)
def test_noise_costs_only_itself(path: Path, tail: Tail, noise: bytes, rejected: int) -> None:
    path.write_bytes(line("before") + noise + line("after"))
    assert tail.look() == ["before", "after"]
    assert min(1, len(tail.ledger.rejected)) == rejected


def test_it_is_said_where_a_bad_line_is(path: Path, tail: Tail) -> None:
    path.write_bytes(line(1) + b"\0" * 20 + b"bad\n" + line(2) + b"worse\n")
    tail.look()
    first = len(line(1)) + 20
    assert [where for where, _ in tail.ledger.rejected] == [
        f"file:{path} at byte {first}",
        f"file:{path} at byte {first + 4 + len(line(2))}",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_read_when_it_may(path: Path, tail: Tail) -> None:
    append(path, 1)
    path.chmod(0)
    assert tail.look() == []
    assert "Permission denied" in tail.complaints[0]
    path.chmod(0o600)
    assert tail.look(1) == ["1"]


def test_a_file_that_cannot_be_read_rests_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    name = os.fsencode(tmp_path) + b"/\xff.log"
    with open(name, "wb") as file:
        file.write(line(1))
    tail = Tail(str(tmp_path / "*.log"))
    assert tail.look() == ["1"]
    assert tail.ledger.kept[0].source == f"file:{tmp_path}/\\xff.log"
    tail.files.close()


def test_a_big_file_does_not_keep_small_ones_waiting(tmp_path: Path) -> None:
    append(tmp_path / "big", *("x" * 1_000 for _ in range(20_000)))
    for number in range(100):
        append(tmp_path / f"small{number}", number)
    tail = Tail(str(tmp_path / "*"))
    asyncio.run(take(tail.files, tail.ledger))
    asyncio.run(take(tail.files, tail.ledger, ()))
    sources = Counter(batch.source for batch in tail.ledger.taken)
    assert len(sources) == 101
    assert sum(len(batch.lines or b"") for batch in tail.ledger.taken) < 1 << 20
    tail.files.close()


def test_lines_written_through_a_mapping_are_seen(path: Path, tail: Tail) -> None:
    path.write_bytes(bytes(8_192))
    tail.look()
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 8_192) as mapping:
        for number in range(3):
            tail.look(10)
            mapping.write(line(number))
            assert tail.look(1) == [str(number)]


def test_a_file_is_known_to_the_store_before_it_is_read(path: Path, tail: Tail) -> None:
    append(path, 1)
    asyncio.run(take(tail.files, tail.ledger))
    assert not tail.ledger.lines()
    assert [position.offset for position in tail.ledger.positions()] == [0]
    assert tail.look() == ["1"]


def test_positions_are_stored_before_a_rotated_file_is_closed(path: Path, tail: Tail) -> None:
    append(path, 1)
    tail.look()
    path.unlink()
    tail.look()
    assert tail.ledger.positions()[0].offset == 0
    tail.look(ROTATE_WAIT)
    assert tail.ledger.positions()[0].offset == len(line(1))


def test_files_that_look_like_rotated_ones_but_are_not_ours_are_left_alone(path: Path, tail: Tail) -> None:
    append(Path(f"{path}.1"), "never watched")
    append(path, 1)
    assert tail.look() == ["1"]
