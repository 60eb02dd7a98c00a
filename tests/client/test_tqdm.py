"""The drop-in for tqdm: the same bars, and each is a task. With tqdm and without."""

from pathlib import Path

import pytest

from tests.client.packages import needs_package, output, path_with, shown, told
from tests.client.scripts import every_python, pythons, start

PYTHON = pythons()[0]
BARS = """
import contextlib, sys
import progressd_client as p
from progressd_client.tqdm import tqdm, trange
for i in trange(3, desc="outer"):
    for j in tqdm(range(4), desc="inner", leave=False):
        assert p.current().name == "inner"
assert p.current() is None
with tqdm(total=2000, unit="B", unit_scale=True, desc="download") as bar:
    bar.update(400)
    bar.set_postfix(loss=0.25, who="me")
    with p.task("part"):
        pass
    bar.n += 100
    assert bar.n == 500
for i in tqdm(range(10), desc="left"):
    if i == 5:
        break
with contextlib.suppress(ZeroDivisionError), tqdm(total=5, desc="failed") as bar:
    bar.update()
    1 / 0
above = tqdm(total=2, desc="above")
below = tqdm(total=3, desc="below", position=1)
beside = tqdm(total=3, desc="beside", position=0)
below.update(3); below.close(); above.update(); above.close(); beside.close()
assert [x for x in tqdm(iter("abc"), "unknown")] == ["a", "b", "c"]
assert not list(tqdm([], desc="nothing", disable=True))
try:
    raise KeyError("of before")
except KeyError:
    for x in tqdm("ab", desc="amid"):
        pass
again = tqdm(total=4, desc="again")
again.update(3); again.reset(total=8); again.update(2); again.set_description("twice")
again.close(); again.close()
tqdm.write("said", file=sys.stdout)
assert p.current() is None and p.stats().errors == 0
"""


@pytest.mark.parametrize("package", [pytest.param("tqdm", marks=needs_package("tqdm")), "none"])
@every_python()
def test_each_bar_is_a_task(python: str, package: str, tmp_path: Path) -> None:
    packages = [package] if package in ("tqdm",) else []
    without = "import sys; sys.modules['tqdm'] = None\n" if not packages else ""

    tasks = shown(python, without + BARS, tmp_path, *packages)

    inner = {f"outer.inner{number}": ("finished", 4, 4) for number in ("", "#2", "#3")}
    left = 5 if packages else 6  # tqdm counts an item when the next is asked for
    assert told(tasks) == {
        "outer": ("finished", 3, 3),
        **inner,
        "download": ("finished", 500, 2000),
        "download.part": ("finished", None, None),
        "left": ("canceled", left, 10),
        "failed": ("failed", 1, 5),
        "above": ("finished", 1, 2),
        "above.below": ("finished", 3, 3),
        "beside": ("finished", None, 3),
        "unknown": ("finished", 3, None),
        "amid": ("finished", 2, 2),
        "again": ("finished", 2, 8),
    }
    assert (tasks["download"]["unit"], tasks["download"]["message"]) == ("B", "loss=0.25, who=me")
    assert tasks["failed"]["message"] == "ZeroDivisionError: division by zero"
    assert tasks["again"]["message"] == "twice"
    assert tasks["outer.inner"]["weight"] == 0


@needs_package("tqdm")
def test_what_is_drawn_is_what_tqdm_draws(tmp_path: Path) -> None:
    script = """
    import io
    from {module} import tqdm, trange
    form = dict(bar_format="{{desc}}{{n}}/{{total}}{{postfix}} ", mininterval=0, miniters=1)
    for i in trange(3, desc="a", **form):
        for j in tqdm(range(2), desc="b", leave=False, **form):
            pass
    with tqdm(total=3, **form) as bar:
        bar.update(2)
        bar.set_postfix(x=1)
    assert tqdm(total=3, file=io.StringIO()).format_dict["total"] == 3
    """
    drawn = {
        output(
            start(
                PYTHON,
                script.format(module=module),
                f"file:{tmp_path}/out",
                PYTHONPATH=path_with(tmp_path, "tqdm"),
                PYTHONWARNINGS="ignore",
            )
        )
        for module in ("tqdm", "tqdm.auto", "progressd_client.tqdm", "progressd_client.tqdm.auto")
    }

    assert len(drawn) == 1
    assert "a3/3" in drawn.pop()[1]


@needs_package("tqdm")
@every_python()
def test_a_bar_that_is_not_drawn_for_want_of_a_terminal_counts_all_the_same(python: str, tmp_path: Path) -> None:
    script = """
    import asyncio
    from progressd_client.tqdm.auto import tqdm
    for x in tqdm(range(7), desc="loop", disable=None):
        pass
    for x in tqdm(range(7), desc="left", disable=None):
        if x == 2:
            break
    with tqdm(total=4, desc="hand", disable=None) as bar:
        bar.update(3)
    async def main():
        async for x in tqdm(range(5), desc="async", disable=None):
            pass
        await tqdm.gather(*[asyncio.sleep(0) for _ in range(3)], desc="gather")
    asyncio.run(main())
    for x in tqdm(range(7), desc="not at all", disable=True):
        pass
    """

    tasks = shown(python, script, tmp_path, "tqdm")

    assert told(tasks) == {
        "loop": ("finished", 7, 7),
        "left": ("canceled", 3, 7),
        "hand": ("finished", 3, 4),
        "async": ("finished", 5, 5),
        "gather": ("finished", 3, 3),
    }


@needs_package("tqdm")
def test_a_bar_is_read_while_it_runs_and_dropped_with_its_program(tmp_path: Path) -> None:
    script = """
    import gc
    from progressd_client.tqdm import tqdm
    from progressd_client.sender import sender
    bar = tqdm(total=10, desc="dropped", mininterval=0)
    bar.update(4)
    entry = sender.ledger.open[0]
    assert entry.task.completed == 4
    del bar
    gc.collect()
    assert entry.task._ended is not None
    never = tqdm(total=10, desc="never closed")
    """

    tasks = shown(PYTHON, script, tmp_path, "tqdm")

    assert told(tasks)["dropped"] == ("finished", 4, 10)
    assert tasks["never_closed"]["status"] == "canceled"


@needs_package("tqdm")
def test_after_a_fork_a_bar_is_its_parents(tmp_path: Path) -> None:
    script = """
    import os, progressd_client as p
    from progressd_client.tqdm import tqdm
    for x in tqdm(range(2), desc="bar"):
        pid = os.fork()
        if not pid:
            with p.task("child", key=f"bar.child{x}"):
                pass
            p.flush()
            os._exit(0)
        os.waitpid(pid, 0)
    """

    tasks = shown(PYTHON, script, tmp_path, "tqdm")

    assert told(tasks)["bar"] == ("finished", 2, 2)
    assert {key for key, view in tasks.items() if view["status"] == "finished"} == {"bar", "bar.child0", "bar.child1"}
