"""Bars that do not say what they are of, below lines that do."""

import pytest

from progressd.core.recognise import Recogniser
from tests.core.recognise.printing import Run, finding

RULE = "━" * 10
HEADER = "sending incremental file list\n"


def titles(*texts: str) -> list[str]:
    """Return what is told one after the other to be the file, each text a moment after the one before it."""
    recogniser, told = Recogniser(80, 24), [""]
    for at, text in enumerate(texts):
        told += [each.title for each in recogniser.feed(text.encode(), float(at)).tasks if each.title != told[-1]]
    return told[1:]


def pip(name: str) -> list[str]:
    bars = [f"\r\x1b[2K     {RULE} {done}/12.4 MB 1.2 MB/s eta 0:00:0{done}" for done in (0, 4, 8)]
    return [
        f"  Downloading {name} (12.4 MB)\n",
        *bars,
        f"\r\x1b[2K     {RULE} 12.4/12.4 MB 1.2 MB/s\n",
        "Collecting x\n",
    ]


def rsync(name: str, left: int) -> list[str]:
    return [
        f"{name}\n",
        "\r        400,000  20%   62.27MB/s    0:00:01  ",
        f"\r      2,000,000 100%   62.27MB/s    0:00:00 (xfr#{9 - left}, to-chk={left}/9)\n",
    ]


def test_a_download_of_pip_has_the_name_of_its_file() -> None:
    names = ["pandas-3.0-cp311-cp311-linux.whl", "https://host.example/a/b/click-8.5.1-py3-none-any.whl"]

    assert titles(*pip(names[0]), *pip(names[1])) == [names[0], "click-8.5.1-py3-none-any.whl"]


def test_pips_raw_progress_has_it_too() -> None:
    raw = [f"Progress {done} of 35349300\n" for done in (0, 262144, 35349300)]

    assert titles("  Downloading scipy-1.17.1.whl (35.3 MB)\n", *raw) == ["scipy-1.17.1.whl"]


@pytest.mark.parametrize(
    "line", ["Downloading data...", "Downloading and extracting", "Uploading 3 of them.", "see a.bin"]
)
def test_a_line_that_names_no_file_gives_no_name(line: str) -> None:
    assert titles(*pip("x")[1:4]) == titles(f"{line}\n", *pip("x")[1:4]) == []


def test_a_bar_that_has_a_name_keeps_it() -> None:
    bars = [f"\rmodel.bin: {n}0%|{'█' * n:10}| {n}/10 [00:0{n}<00:0{10 - n}, 1.0it/s]" for n in range(1, 5)]

    assert titles("Downloading config.json\n", *bars) == []


def test_rsyncs_bars_have_the_name_of_each_file_once_they_are_seen_to_be_of_one_each() -> None:
    said = titles(HEADER, "d/\n", *rsync("d/a 1.bin", 3), *rsync("d/b.bin", 2), *rsync("d/c.bin", 0))

    assert said == ["d/b.bin", "d/c.bin"]


def test_rsyncs_bar_of_all_files_together_has_the_name_of_none() -> None:
    bars = [f"\r      {n},000,000  {n}5%   62.27MB/s    0:00:0{n} (xfr#{n}, to-chk={9 - n}/9)\n" for n in range(1, 9)]
    done = "\r      9,000,000 100%   62.27MB/s    0:00:00 (xfr#9, to-chk=0/9)\n"

    assert titles(HEADER, *(text for n, bar in enumerate(bars) for text in (f"d/{n}.bin\n", bar)), "d/9\n", done) == []


def test_the_part_that_begins_again_has_another_name_each_time() -> None:
    run = Run()
    run.prints(*pip("one-1.whl"))
    assert run.task.message == "one-1.whl: 12.4/12.4 MB 1.2 MB/s"

    run.prints(*pip("two-2.whl")[:3])
    assert run.parts() == {"progress": ("two-2.whl", "running", 4 / 12.4)}
    run.prints(*pip("two-2.whl")[3:], *pip("three-3.whl"))
    assert run.parts() == {"progress": ("three-3.whl", "finished", 1.0)}


def test_a_part_whose_file_is_known_late_gets_its_name_then_and_loses_one_that_was_wrong() -> None:
    run, names = Run(), []
    for done, title in ((1, ""), (2, "late.bin"), (3, "late.bin"), (4, "")):
        run.tell(finding("bar", done, label="", title=title), finding("other", done))
        names.append(run.parts()["bar"][0])

    assert names == ["bar", "late.bin", "late.bin", "bar"]


def test_without_texts_no_file_is_named() -> None:
    run = Run(texts=False)
    run.prints(*pip("secret-1.whl"), *pip("secret-2.whl"))

    assert run.task.message is None
    assert [name for name, _, _ in run.parts().values()] == ["part"]


@pytest.mark.timeout(30)
def test_a_line_that_only_seems_to_name_a_file_costs_no_more_than_another() -> None:
    # Where two parts of a pattern want the same colons, a line of them takes a quarter of a second, at every redraw.
    bars = [f"\r\x1b[2K     {RULE} {done}/1000 MB 1.2 MB/s" for done in range(600)]

    assert titles(f"Downloading {':' * 4_000}\n", *bars) == []
