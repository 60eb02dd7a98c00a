"""Progress in the text of watched files."""

from progressd.core.decode import decode_block
from progressd.core.formats import Formats
from progressd.core.recognise import PASSED_OVER
from progressd.core.task import Task
from progressd.core.texts import BURST, MOST
from progressd.core.tree import Tree
from progressd.records import Log


class Watch:
    """Files that grow, in a tree."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.formats = Formats()
        self.now = 0.0
        self.logged: list[str] = []
        self._at: dict[str, int] = {}

    def grows(self, *blocks: str, path: str = "a.log") -> None:
        for block in blocks:
            self.now += 1
            at = self._at.get(path, 0)
            self._at[path] = at + len(block.encode())
            decoded = self.formats.decode(path, at, block.encode(), self.now)
            assert decode_block(decoded.lines).records == decoded.records
            self.logged += [record.text for record in decoded.records if isinstance(record, Log)]
            self.tree.apply(decoded.records, self.now)

    def begins_anew(self, path: str = "a.log") -> None:
        self._at[path] = 0

    @property
    def file(self) -> Task:
        return self.tree.tasks["a_log"]


def bar(done: int) -> str:
    return f"\r{done:3}%|{'█' * (done // 10):10}| {done}/100 [00:01<00:05, 16.7it/s]"


def test_a_file_with_a_bar_is_work_from_then_on_until_the_bar_is_full() -> None:
    watch = Watch()
    watch.grows("loading data\n")
    assert (watch.file.status, watch.file.weight) == ("finished", 0)
    watch.grows(bar(0) + "\r", bar(10) + "\r", bar(40) + "\r")
    assert (watch.file.status, watch.file.weight, watch.file.fraction) == ("running", 1, 0.4)
    assert watch.logged == ["loading data"]
    watch.grows(bar(100) + "\n", "saved\n")
    assert (watch.file.status, watch.file.fraction) == ("finished", 1)
    assert watch.logged == ["loading data", bar(100).lstrip("\r"), "saved"]
    assert watch.file.lines == 3


def test_lines_with_percents_are_progress_and_lines_as_well() -> None:
    watch = Watch()
    watch.grows(*(f"copying: {number}% done\n" for number in range(0, 60, 10)))

    assert watch.file.lines == 6
    assert watch.file.status == "running"
    assert watch.file.fraction == 0.5


def test_named_progress_is_a_part_of_the_file() -> None:
    watch = Watch()
    watch.grows(*(f"\rReceiving objects: {n}% ({n}/100)\r" for n in (10, 20, 30)))

    assert watch.tree.tasks["a_log.receiving-objects"].fraction == watch.file.fraction == 0.3


def test_text_without_progress_is_what_it_was() -> None:
    watch = Watch()
    watch.grows(*(f"10:00:{n:02} INFO request {n * 7919 % 100} served in {n * 31 % 90} ms\n" for n in range(60)))

    assert list(watch.tree.tasks) == ["a_log"]
    assert (watch.file.status, watch.file.weight, watch.file.data) == ("finished", 0, None)


def test_what_comes_too_fast_is_all_logged_and_counted_and_its_end_is_looked_at() -> None:
    watch = Watch()
    lines = [f"[{number}/50000] Compiling part of it\n" for number in range(1, 40_001)]
    watch.grows("".join(lines[:20_000]), "".join(lines[20_000:]))

    assert watch.file.lines == 40_000
    assert watch.file.data[PASSED_OVER] > 20_000
    assert watch.file.done == 40_000
    assert sum(map(len, lines)) > 3 * BURST


def test_a_file_that_begins_anew_ends_what_was_under_way_in_it() -> None:
    watch = Watch()
    watch.grows(*(f"\rReceiving objects: {n}% ({n}/100)\r" for n in (10, 20, 30)))
    watch.begins_anew()
    watch.grows("another day\n")

    assert watch.tree.tasks["a_log.receiving-objects"].status == "canceled"
    assert watch.file.status == "finished"


def test_so_many_files_are_looked_at_and_not_more() -> None:
    watch = Watch()
    for number in range(3 * MOST):
        watch.grows(bar(10) + "\r", bar(20) + "\r", path=f"{number}.log")

    assert len(watch.formats._texts._texts) == MOST
    assert {task.status for task in watch.tree.tasks.values()} == {"running"}


def test_half_of_a_record_is_not_taken_for_text_that_was_written_over() -> None:
    watch = Watch()
    watch.grows("\x01\x02binary\r", '{"type":"update","task":"t","done":1}\r')

    assert watch.tree.tasks["t"].done == 1
    assert "a_log" not in watch.tree.tasks
