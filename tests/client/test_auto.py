"""Programs that know nothing of progressd: their bars are tasks, and nothing else about them changes."""

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.client.packages import needs_package, output, path_with
from tests.client.scripts import CLIENT, every_python, of, old_pythons, pythons, records, start
from tests.daemon import eventually, running

PYTHON = pythons()[0]
APP = """
import os, subprocess, sys
from tqdm import tqdm
for x in tqdm(range(5), desc=sys.argv[1]):
    pass
if "child" not in sys.argv:
    for x in tqdm("ab"):
        pass
    subprocess.run([sys.executable, __file__, "child"], check=True, stderr=subprocess.DEVNULL)
assert "progressd_client" in sys.modules and __name__ == "__main__"
print(sys.argv[1:], sys.flags.dev_mode)
"""


def app(home: Path, text: str = APP) -> str:
    file = home / "app.py"
    file.write_text(textwrap.dedent(text))
    return str(file)


def launch(python: str, home: Path, *command: str, target: str = "", **env: str) -> tuple[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROGRESSD_", "PYTHON"))}
    env = {**kept, "PYTHONPATH": path_with(home, "tqdm"), "PROGRESSD_TARGET": target or f"file:{home}/said", **env}
    return output(subprocess.Popen([python, *command], env=env, stdout=-1, stderr=-1, text=True))


@needs_package("tqdm")
@every_python()
def test_a_program_is_run_with_the_hooks_and_so_are_its_children(python: str, tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        out, _ = launch(
            python,
            tmp_path,
            *("-X", "dev", "-m", "progressd_client", app(tmp_path), "parent", "a b"),
            target=f"unix:{daemon.socket}",
        )
        ended = ["app", "child", "parent"]
        eventually(lambda: sorted(k for k, v in daemon.tasks().items() if v.get("status") == "finished") == ended)
        tasks = daemon.tasks()

    assert out.splitlines() == ["['child'] False", "['parent', 'a b'] True"]
    counted = {key: (view["done"], view["total"]) for key, view in tasks.items()}
    assert counted == {"parent": (5, 5), "child": (5, 5), "app": (2, 2)}
    assert tasks["parent"]["pid"] == tasks["app"]["pid"] != tasks["child"]["pid"]


@needs_package("tqdm")
def test_modules_and_code_are_run_too(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__main__.py").write_text("from tqdm import trange\nfor x in trange(2): pass\n")

    launch(
        PYTHON, tmp_path, "-m", "progressd_client", "-m", "pack", PYTHONPATH=f"{path_with(tmp_path, 'tqdm')}:{tmp_path}"
    )
    launch(PYTHON, tmp_path, "-m", "progressd_client", "-c", "import tqdm; list(tqdm.tqdm('abc'))")

    assert {key: r["done"] for key, r in of(records(tmp_path / "said"), "update").items()} == {"pack": 2, "loop": 3}


@needs_package("tqdm")
def test_the_variable_is_enough_where_the_directory_is_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sitecustomize.py").write_text("import builtins; builtins.mine = 1\n")
    script = "import sys, tqdm; list(tqdm.tqdm('abc', desc='x')); print(mine, 'progressd_client' in sys.modules)"
    shim = launch(PYTHON, tmp_path, "-m", "progressd_client", "--path")[0].strip()
    # The library itself is not on the path: it belongs to another environment.
    path = f"{shim}:{tmp_path / 'own'}:{path_with(tmp_path, 'tqdm').partition(':')[2]}"

    hooked = launch(PYTHON, tmp_path, "-c", script, PYTHONPATH=path, PROGRESSD_AUTO="1")[0]
    said = of(records(tmp_path / "said"), "stop")
    (tmp_path / "said").unlink()
    plain = [launch(PYTHON, tmp_path, "-c", script, PYTHONPATH=path, **env)[0] for env in ({}, {"PROGRESSD_AUTO": "0"})]

    assert hooked == "1 True\n"
    assert "x" in said
    assert not (tmp_path / "said").exists()
    assert plain == ["1 False\n", "1 False\n"]


@needs_package("tqdm")
@pytest.mark.parametrize("first", [True, False])
def test_nothing_runs_for_each_item(first: bool, tmp_path: Path) -> None:
    arm = "from progressd_client import auto; auto.arm(); auto.arm()"
    script = f"""
    {arm if first else "import tqdm.std"}
    {arm}
    from tqdm import tqdm
    assert tqdm.update.__module__ == "tqdm.std" and not hasattr(tqdm.update, "__wrapped__")
    bar = tqdm(range(3), desc="x")
    loop = iter(bar)
    # tqdm's own generator, with nothing around it.
    assert loop.gi_code is tqdm.__iter__.__wrapped__.__code__
    assert list(loop) == [0, 1, 2]
    import inspect, sys
    assert list(inspect.signature(tqdm.__init__).parameters)[1] == "iterable"
    assert not hasattr(sys.modules["tqdm.std"].__loader__, "__dict__") or (
        "exec_module" not in vars(sys.modules["tqdm.std"].__loader__))
    """

    output(start(PYTHON, script, f"file:{tmp_path}/said", PYTHONPATH=path_with(tmp_path, "tqdm")))

    assert of(records(tmp_path / "said"), "update")["x"]["done"] == 3


def test_without_a_program_it_says_how_it_is_used(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": path_with(tmp_path)}
    done = subprocess.run([PYTHON, "-m", "progressd_client"], env=env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ")


@needs_package("tqdm")
def test_packages_are_left_alone_that_are_named_and_nothing_is_loaded_for_those_that_are_not_imported(
    tmp_path: Path,
) -> None:
    script = """
    import sys
    from progressd_client import auto
    auto.arm()
    before = {name for name in sys.modules if name.startswith("progressd_client")}
    from tqdm import tqdm
    list(tqdm("abc"))
    loaded = {name for name in sys.modules if name.startswith("progressd_client")} - before
    assert "progressd_client.hooks" not in sys.modules or "logging" in sys.modules, loaded
    assert hasattr(tqdm, "_progressd_installed") == (not auto.is_off("tqdm"))
    """

    for off in ("", "rich, tqdm"):
        env = {"PYTHONPATH": path_with(tmp_path, "tqdm"), "PROGRESSD_DISABLE": off}
        output(start(PYTHON, script, f"file:{tmp_path}/said{off[:1]}", **env))

    assert (tmp_path / "said").exists()
    assert not (tmp_path / "saidr").exists()


def test_a_hook_that_breaks_is_counted_and_its_tool_goes_on(tmp_path: Path) -> None:
    (tmp_path / "joblib").mkdir()
    (tmp_path / "joblib" / "__init__.py").write_text("from joblib.parallel import work\n")
    (tmp_path / "joblib" / "parallel.py").write_text("def work(): return 7\n")
    script = """
    from progressd_client import auto, stats
    auto.arm()
    import joblib
    assert joblib.work() == 7
    assert stats().errors == 1
    """

    output(start(PYTHON, script, "off", PYTHONPATH=f"{path_with(tmp_path)}:{tmp_path}"))


@pytest.mark.parametrize(
    "python", old_pythons() or [pytest.param("", marks=pytest.mark.skip(reason="would need an old Python"))]
)
def test_a_python_that_is_too_old_passes_by(python: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.mine = 1\n")
    path = f"{CLIENT}/progressd_client/shim:{tmp_path}"

    out, errors = launch(python, tmp_path, "-c", "import sys; print(sys.mine)", PYTHONPATH=path, PROGRESSD_AUTO="1")

    assert (out, errors) == ("1\n", "")
