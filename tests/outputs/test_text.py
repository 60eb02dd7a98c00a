"""The tree as text."""

import pytest

from progressd.core.estimate import Weighted
from progressd.core.tree import Tree
from progressd.outputs.text import duration, plain, render
from progressd.records import Marker, Start, Stop, Update


def test_a_line_says_how_far_how_long_and_how_much_longer() -> None:
    tree = Tree()
    tree.apply([Start(task="main", name="Main", time=1000.0)], 1000.0)
    tree.apply([Start(task="main.downloads", total=40.0, unit="files", time=1100.0)], 1100.0)
    tree.apply([Marker(task="main.downloads", text="note", time=1190.0)], 1190.0)
    tree.apply([Update(task="main.downloads", done=10.0, time=1200.0)], 1200.0)
    tree.apply([Start(task="main.x"), Stop(task="main.x", status="failed", message="no space")], 1200.0)

    assert "\n".join(render(tree, Weighted(), 1200.0)) == "\n".join(
        [
            "▶ Main  12%  3m20s  23m20s left  no space",
            "  ▶ downloads  25%  10/40 files  1m40s  5m00s left",
            "    @190(90) note",
            "  ✖ x  0s  failed  no space",
        ]
    )


def test_nothing_is_said_to_be_nothing() -> None:
    assert list(render(Tree(), Weighted(), 0.0)) == ["nothing yet: no record has come in"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.2, "1s"),
        (58.2, "59s"),
        (59.9, "1m00s"),
        (60, "1m00s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (90061, "1d01h"),
    ],
)
def test_durations_read_as_a_person_says_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_name_does_not_command_the_terminal() -> None:
    assert plain("a\x1b[2J\nb\x9b\u202e") == "a�[2J�b��"
