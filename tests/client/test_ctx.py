"""The words of the first seed, as its README has them."""

from pathlib import Path

from tests.client.packages import shown
from tests.client.scripts import every_python, pythons

PYTHON = pythons()[0]


@every_python()
def test_the_sample_of_its_readme_runs_unchanged_but_for_the_import(python: str, tmp_path: Path) -> None:
    script = """
    from progressd_client.ctx import Context as Ctx

    def important_function():
      return 7
    def function_that_speaks_for_itself(parameter):
      return parameter

    @Ctx.decorate("Most of the work")
    def my_function():
      with Ctx("downloads") as ct_download:
        # bunch_of_downloads..
        Ctx.marker("Point in time to take note of")
        # more downloads..
      print(f"downloads took: {ct_download.elapsed()}")

      Ctx.decorate("A function call I want to time", important_function)()

    my_function()

    Ctx.wrap(function_that_speaks_for_itself)("function parameter")
    """

    tasks = shown(python, script, tmp_path)

    assert {key: view["name"] for key, view in tasks.items()} == {
        "Most_of_the_work": "Most of the work",
        "Most_of_the_work.downloads": "downloads",
        "Most_of_the_work.A_function_call_I_want_to_time": "A function call I want to time",
        "function_that_speaks_for_itself": "function_that_speaks_for_itself",
    }
    assert {view["status"] for view in tasks.values()} == {"finished"}
    assert tasks["Most_of_the_work.downloads"]["markers"] == 1


def test_contexts_are_tasks_and_time_in_nanoseconds_too(tmp_path: Path) -> None:
    script = """
    import threading
    from progressd_client.ctx import Context as Ctx
    from progressd_client import current

    @Ctx.decorate
    def bare(): return current().name
    @Ctx.decorate()
    def called(): return current().name
    assert (bare(), called(), Ctx.decorate("named", bare)()) == ("bare", "called", "bare")

    def in_thread():
        with Ctx("inner"):
            pass
    c = Ctx("outer", total=2, unit="steps")
    assert (c.elapsed(), c.perf_elapsed(), c.process_elapsed()) == (0.0, 0, 0)
    with c as same:
        assert same is c is current()
        c.advance()
        thread = threading.Thread(target=Ctx.wrap(in_thread))
        thread.start(); thread.join()
        running = c.perf_elapsed()
        assert 0 < running <= c.perf_elapsed() and type(running) is int
    assert c.perf_elapsed() == c.perf_elapsed() >= running
    assert c.process_elapsed() == c.process_elapsed() > 0
    assert abs(c.elapsed() - c.perf_elapsed() / 1e9) < 0.1
    try:
        with Ctx("bad"):
            raise ValueError("no")
    except ValueError:
        pass
    """

    tasks = shown(PYTHON, script, tmp_path)

    assert set(tasks) == {
        "bare",
        "called",
        "named",
        "named.bare",
        "outer",
        "outer.in_thread",
        "outer.in_thread.inner",
        "bad",
    }
    assert (tasks["outer"]["done"], tasks["outer"]["unit"], tasks["bad"]["message"]) == (1, "steps", "ValueError: no")
