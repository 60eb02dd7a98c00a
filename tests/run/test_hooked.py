"""Python programs with the client's hooks under `progressd run`: their bars are told once, by the hooks."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

import progressd_client
from progressd.run.hooked import is_hooked
from tests.run.found import parts, run, tree
from tests.run.people import Said

SHIM = str(Path(progressd_client.__file__).parent / "shim")
ARMED: dict[str, Any] = {"PROGRESSD_AUTO": "1", "PYTHONPATH": SHIM}
SCRIPT = """
import time
from progressd_client import task
from tqdm import tqdm
for n in tqdm(range(30), desc="items", mininterval=0):
    time.sleep(0.02)
    if n == 5:
        with task("within"): pass
"""


@pytest.mark.parametrize("how", ["armed", "by hand"])
def test_a_bar_is_told_once_and_hangs_under_the_run(tmp_path: Path, how: str) -> None:
    said, script = Said(tmp_path), tmp_path / "script.py"
    script.write_text(SCRIPT)
    if how == "armed":
        run(said, sys.executable, str(script), **ARMED)
    else:
        run(said, sys.executable, "-m", "progressd_client", str(script))

    [bar, *within] = parts(said)
    assert bar.startswith("items#")
    assert parts(said)[bar] == ("finished", 1.0)
    assert [key.rpartition(".")[2] for key in within] == ["within"]
    assert tree(said).tasks[f"run.{bar}"].done == 30
    assert any("30/30" in line for line in said.lines("stderr"))


def test_a_bar_that_no_hook_tells_is_recognised_all_the_same(tmp_path: Path) -> None:
    said, script = Said(tmp_path), tmp_path / "script.py"
    script.write_text(SCRIPT)
    run(said, sys.executable, str(script), **ARMED, PROGRESSD_DISABLE="tqdm")

    assert parts(said)["items"] == ("finished", 1.0)


def test_what_is_python_is_seen_by_its_name_or_its_first_line(tmp_path: Path) -> None:
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for name, first in (("tool", "#!/usr/bin/env python3"), ("other", "#!/bin/sh")):
        (tmp_path / name).write_text(f"{first}\n")
        (tmp_path / name).chmod(0o755)

    assert is_hooked(["tool"], ARMED | path)
    assert is_hooked(["/usr/bin/python3.11", "x.py"], ARMED | path)
    assert not is_hooked(["other"], ARMED | path)
    assert not is_hooked(["no-such-program"], ARMED | path)
    assert not is_hooked(["tool"], {"PROGRESSD_AUTO": "1", **path})
    assert not is_hooked(["tool"], {**ARMED, "PROGRESSD_AUTO": "0", **path})
    assert is_hooked(["python3", "-u", "-m", "progressd_client", "x.py"], path)


@pytest.mark.parametrize(
    ("options", "loads"),
    [
        ("-I x.py", False),
        ("-uE x.py", False),
        ("-W error -X dev -S x.py", False),
        ("-Wignore -Sm x", False),
        ("-W S -X I x.py -I", True),
        ("-c pass -S", True),
        ("-um x -E", True),
        ("- -E", True),
        ("-I -m progressd_client x.py", True),
    ],
)
def test_a_python_that_leaves_the_shim_out_is_looked_at(tmp_path: Path, options: str, loads: bool) -> None:
    assert is_hooked(["python3", *options.split()], ARMED) == loads

    (tmp_path / "tool").write_text(f"#!/usr/bin/env -S python3 {options}\n")
    (tmp_path / "tool").chmod(0o755)
    assert is_hooked([f"{tmp_path}/tool"], ARMED) == (loads and "progressd_client" not in options)


def test_a_program_beside_python_is_none(tmp_path: Path) -> None:
    for name, is_one in (("python3-config", False), ("python-argcomplete", False), ("python3.13t", True)):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)

        assert is_hooked([f"{tmp_path}/{name}"], ARMED) == is_one
