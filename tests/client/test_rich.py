"""Displays of rich: each of their tasks is one of ours."""

from pathlib import Path

from tests.client.packages import needs_package, shown, told
from tests.client.scripts import every_python, pythons

PYTHON = pythons()[0]
SCRIPT = """
import contextlib, io
import progressd_client as p
from rich.console import Console
console = Console(file=io.StringIO())
{made}
with p.task("job"):
    with display:
        a = display.add_task("[red]Download[/] [bold]all", total=10, result=4, display="x")
        b = display.add_task("part", total=10)
        c = display.add_task("later", total=None, start=False)
        d = display.add_task("taken away", total=3)
        display.advance(a, 10)
        display.update(b, advance=3, description="part two")
        display.start_task(c)
        display.stop_task(c)
        display.remove_task(d)
        for x in display.track(range(3), description="loop"):
            pass
with contextlib.suppress(KeyError), display:
    display.add_task("broken", total=2)
    raise KeyError("key")
assert p.stats().errors == 0
"""
OURS = "from progressd_client.rich import Progress; display = Progress(console=console)"
ATTACHED = """
from rich.progress import Progress
from progressd_client.rich import attach
display = Progress(console=console)
before = display.add_task("before", total=1)
assert attach(display) is display and isinstance(display, Progress)
display.advance(before)
"""
HOOKED = """
from progressd_client import auto; auto.arm()
from rich.progress import Progress
display = Progress(console=console)
assert not hasattr(Progress.advance, "__wrapped__") and not hasattr(Progress.update, "__wrapped__")
"""
EXPECTED = {
    "job": ("finished", None, None),
    "job.Download_all": ("finished", 10, 10),
    "job.part": ("canceled", 3, 10),
    "job.later": ("finished", None, None),
    "job.taken_away": ("canceled", None, 3),
    "job.loop": ("finished", 3, 3),
    "broken": ("failed", None, 2),
}


@needs_package("rich")
@every_python()
def test_what_a_display_shows_are_tasks(python: str, tmp_path: Path) -> None:
    tasks = shown(python, SCRIPT.format(made=OURS), tmp_path, "rich")

    assert told(tasks) == EXPECTED
    assert tasks["job.Download_all"]["name"] == "Download all"
    assert tasks["job.part"]["message"] == "part two"
    assert tasks["broken"]["message"] == "KeyError: 'key'"


@needs_package("rich")
def test_a_display_may_be_adopted_later(tmp_path: Path) -> None:
    tasks = shown(PYTHON, SCRIPT.format(made=ATTACHED), tmp_path, "rich")

    assert told(tasks) == {**EXPECTED, "before": ("finished", 1, 1)}


@needs_package("rich")
def test_displays_are_hooked_where_the_program_does_not_know(tmp_path: Path) -> None:
    tasks = shown(PYTHON, SCRIPT.format(made=HOOKED), tmp_path, "rich")

    assert told(tasks) == EXPECTED


@needs_package("rich")
def test_what_is_full_is_finished_though_the_display_goes_on(tmp_path: Path) -> None:
    script = """
    import io, time
    import progressd_client as p
    from progressd_client.rich import Progress
    from progressd_client.sender import sender
    from rich.console import Console
    with Progress(console=Console(file=io.StringIO())) as display:
        task = display.add_task("full", total=2)
        mirror = sender.ledger.open[0].task
        display.advance(task, 2)
        until = time.monotonic() + 30
        while mirror._ended is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        display.reset(task)
        display.advance(task)
    """

    assert told(shown(PYTHON, script, tmp_path, "rich"))["full"] == ("canceled", 1, 2)
