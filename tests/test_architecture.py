"""The house stays as it was drawn: layers, sizes, first lines, and documents that are true."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from progressd.config import Config
from progressd.httpd import URLS

ROOT = Path(__file__).parent.parent
SERVER = ROOT / "server" / "progressd"
MODULES = sorted([*SERVER.rglob("*.py"), *(ROOT / "client").rglob("*.py")])
PAGE = sorted([*(ROOT / "web").glob("*.js"), *(ROOT / "web").glob("*.css")])
SOURCES = [path for path in (*MODULES, *PAGE, *(ROOT / "tests").rglob("*.py")) if "__pycache__" not in path.parts]
README = (ROOT / "README.md").read_text("utf-8")
API = (ROOT / "server" / "API.md").read_text("utf-8")
MAP = (ROOT / "server" / "ARCHITECTURE.md").read_text("utf-8")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_each_layer_imports_only_what_stands_below_it() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_file_is_longer_than_300_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300


def test_most_files_are_short() -> None:
    lengths = sorted(len(path.read_text("utf-8").splitlines()) for path in MODULES)

    assert lengths[len(lengths) // 2] <= 100


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_the_first_line_says_what_a_module_is_for(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    opening = {".py": ('"""', 'r"""'), ".js": ("// ", "/** "), ".css": ("/* ",)}[path.suffix]

    assert first.startswith(opening)
    assert len(first) > 20


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 60, f"{node.name} of {name(path)}"


def test_every_setting_is_in_the_readme() -> None:
    for field in msgspec.structs.fields(Config):
        flag = "`-v`" if field.name == "verbosity" else f"`--{field.name.replace('_', '-')}"
        assert flag in README, f"{flag} is not in the README"


def test_every_url_is_documented() -> None:
    for url in URLS:
        if url.path not in ("/", "/static/{version}/{name}"):
            assert f"`{url.method} {url.path}" in API, f"{url.method} {url.path} is not in server/API.md"


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 250


def test_the_map_is_short_and_names_every_module() -> None:
    assert len(MAP.splitlines()) <= 120
    for path in SERVER.rglob("*.py"):
        if path.name not in ("__init__.py", "__main__.py"):
            assert path.name in MAP, f"{path.name} is not in ARCHITECTURE.md"


def test_the_map_names_no_module_that_is_not_there() -> None:
    named = set(re.findall(r"\b([a-z_]+(?:/[a-z_]+)*\.(?:py|js))\b", MAP))
    there = {path.name for path in (*SOURCES, *ROOT.rglob("tests/**/*.py"))}

    assert {path.rpartition("/")[2] for path in named} <= there


def test_the_documents_pictures_are_there() -> None:
    for picture in re.findall(r"\]\(([^)]+\.png)\)", README):
        assert (ROOT / picture).is_file()
