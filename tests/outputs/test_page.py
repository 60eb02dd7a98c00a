"""What is served of the page: its code without comments, within what a first visit over a phone may cost."""

import re
from pathlib import Path

from progressd.outputs.page import load_page

WEB = Path(__file__).parents[2] / "web"
CODE = (".js", ".css")
LARGEST = 90_000
"""Bytes of all code, packed: half a second on a bad phone line."""


def test_all_code_is_small_enough_for_a_phone() -> None:
    files = load_page().files

    assert sum(len(file.packed) for name, file in files.items() if name.endswith(CODE)) <= LARGEST


def test_comments_stay_at_home_and_every_line_keeps_its_number() -> None:
    for name, file in load_page().files.items():
        served, source = file.body.decode(), (WEB / name).read_text("utf-8")

        assert not re.search(r"^\s*(//|/\*)", served, re.MULTILINE), name
        assert len(served.split("\n")) == len(source.split("\n"))
        for ours, theirs in zip(served.split("\n"), source.split("\n"), strict=True):
            assert ours in ("", theirs)


def test_no_text_is_taken_for_a_comment() -> None:
    """Only a template may run over lines, and so hold one that looks like a comment."""
    for path in WEB.glob("*.js"):
        for line in path.read_text("utf-8").split("\n"):
            assert line.count("`") % 2 == 0 or line.lstrip().startswith(("//", "*")), (path.name, line)
