"""What is served of the page: its code without comments, within what a first visit over a phone may cost."""

import re
import shutil
from pathlib import Path

from progressd.outputs.page import load_page
from tests.daemon import running

WEB = Path(__file__).parents[2] / "web"
CODE = (".js", ".css")
COMMENT = re.compile(r"\s*//.*|(\s*/|\s+)\*([^*]|\*(?!/))*(\*/)?\s*")
"""A line of nothing else, be it one of many."""
LARGEST = 90_000
"""Bytes of all code, packed: half a second on a bad phone line."""


def test_all_code_is_small_enough_for_a_phone() -> None:
    files = load_page().files

    assert sum(len(file.packed) for name, file in files.items() if name.endswith(CODE)) <= LARGEST


def test_lines_of_comment_stay_at_home_all_others_are_served_in_their_places() -> None:
    for name, file in load_page().files.items():
        for served, source in zip(file.body.decode().split("\n"), (WEB / name).read_text().split("\n"), strict=True):
            if name.endswith(CODE) and COMMENT.fullmatch(source):
                assert served == ""
            else:
                assert served == source


def test_no_text_is_taken_for_a_comment() -> None:
    """Only a template may run over lines, and so hold one that looks like a comment."""
    for path in WEB.glob("*.js"):
        for line in path.read_text("utf-8").split("\n"):
            assert line.count("`") % 2 == 0 or line.lstrip().startswith(("//", "*")), (path.name, line)


def test_a_page_of_which_anything_is_new_is_another_version(tmp_path: Path) -> None:
    seen = {load_page().version}
    shutil.copytree(WEB, tmp_path / "web")
    for name in ("index.html", "main.js", "style.css"):
        with (tmp_path / "web" / name).open("a") as file:
            file.write("\n")
        seen.add(load_page(tmp_path / "web").version)

    assert len(seen) == 4


def test_the_tree_tells_which_page_belongs_to_it(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        assert daemon.get("/tasks")["version"].endswith(f"-{load_page().version}")
