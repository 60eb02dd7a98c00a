"""Every story comes out as it is written."""

import os
from pathlib import Path

import pytest

from tests.story import Story

STORIES = sorted((Path(__file__).parent / "stories").glob("*.txt"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_comes_out_as_it_is_written(path: Path) -> None:
    story = Story()
    written = path.read_text("utf-8").splitlines()
    played = [story.play(line) for line in written]
    if os.environ.get("UPDATE_STORIES"):
        path.write_text("\n".join(played) + "\n", "utf-8")
        return

    assert [line.split() for line in played] == [line.split() for line in written]


def test_there_are_stories() -> None:
    assert len(STORIES) >= 25
