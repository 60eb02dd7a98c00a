"""What a task says of itself."""

from pathlib import Path

from tests.client.scripts import every_python, of, pythons, said

PYTHON = pythons()[0]


@every_python()
def test_a_block_is_a_task_from_its_beginning_to_its_end(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        from progressd_client import task
        with task("resize", total=40, unit="files", weight=2, estimate=3.5, message="hi", data={"a": [1]}) as t:
            t.advance(3)
            t.completed += 4
        """,
        tmp_path,
    )

    begin, end = of(found, "start")["resize"], of(found, "stop")["resize"]
    assert (begin["total"], begin["unit"], begin["weight"], begin["estimate"]) == (40, "files", 2, 3.5)
    assert (begin["message"], begin["data"]) == ("hi", {"a": [1]})
    assert of(found, "update")["resize"]["done"] == 7
    assert end["time"] >= begin["time"]
    assert "status" not in end


@every_python()
def test_an_exception_fails_the_task_with_its_text_and_goes_on_up(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        import asyncio
        from progressd_client import task
        for name, error in (("a", ValueError("no such shoe")), ("b", KeyboardInterrupt()), ("c", SystemExit(3)),
                            ("d", asyncio.CancelledError())):
            try:
                with task(name):
                    raise error
            except BaseException as caught:
                assert caught is error
        """,
        tmp_path,
    )

    ends = {key: (stop["status"], stop["message"]) for key, stop in of(found, "stop").items()}
    assert ends == {
        "a": ("failed", "ValueError: no such shoe"),
        "b": ("canceled", "KeyboardInterrupt"),
        "c": ("failed", "SystemExit: 3"),
        "d": ("canceled", "CancelledError"),
    }


@every_python()
def test_tasks_hang_under_the_block_that_they_begin_in(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        import asyncio
        from progressd_client import current, task
        async def work(name):
            async with task(name):
                await asyncio.sleep(0)
                with task("in") as t:
                    await asyncio.sleep(0)
                    assert current() is t
        async def main():
            with task("root"):
                await asyncio.gather(work("x"), work("y"))
        asyncio.run(main())
        assert current() is None
        """,
        tmp_path,
    )

    assert set(of(found, "start")) == {"root", "root.x", "root.y", "root.x.in", "root.y.in"}
    assert set(of(found, "stop")) == set(of(found, "start"))


def test_markers_lines_and_measurements_are_numbered(tmp_path: Path) -> None:
    found = said(
        PYTHON,
        """
        import progressd_client as p
        with p.task("x") as t:
            t.mark("half way")
            p.log("oops", stream="stderr")
            p.metric("loss", 0.25, unit="nats", epoch=3)
        """,
        tmp_path,
    )

    notes = [record for record in found if "seq" in record]
    assert [note["seq"] for note in notes] == [1, 2, 3]
    assert len({note["source"] for note in notes}) == 1
    assert of(found, "marker")["x"]["text"] == "half way"
    assert of(found, "log")["x"]["stream"] == "stderr"
    assert of(found, "metric")["x"]["dimensions"] == {"epoch": "3"}


def test_a_task_may_be_begun_paused_and_ended_by_hand(tmp_path: Path) -> None:
    found = said(
        PYTHON,
        """
        from progressd_client import current, task
        t = task("x", cpu=True)
        assert t.elapsed() == 0.0
        t.start()
        assert current() is None
        t.pause()
        waited = t.elapsed()
        assert t.elapsed() == waited
        t.resume()
        t.fail("out of paper")
        t.finish()
        assert t.elapsed() == t.elapsed() > 0
        task("y").start().cancel()
        u = task("v", parent=task("u"))
        u.start(parents=True)
        """,
        tmp_path,
    )

    assert [r["status"] for r in found if r["type"] == "update"] == ["paused", "running"]
    assert of(found, "stop")["x"]["message"] == "out of paper"
    assert of(found, "stop")["y"]["status"] == "canceled"
    assert set(of(found, "start")) >= {"u", "u.v"}
    # Nobody can end them any more.
    assert of(found, "stop")["u.v"] == of(found, "stop")["u.v"] | {"status": "canceled", "message": "its process ended"}


@every_python()
def test_functions_are_decorated_by_name_or_bare(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        import asyncio, inspect
        from progressd_client import current, task

        @task
        def plain(x):
            "doc"
            return x + 1

        @task("named", weight=2)
        async def coroutine(x):
            await asyncio.sleep(0)
            return x + 1

        @task
        def numbers():
            got = yield 1
            with task("inside"):
                yield got
            return 9

        @task
        async def anumbers():
            yield 1
            yield 2

        @task
        def broken():
            raise OSError("disk")

        assert plain(1) == 2 and plain(1) == 2 and plain.__doc__ == "doc"
        assert inspect.iscoroutinefunction(coroutine)
        assert asyncio.run(coroutine(1)) == 2
        it = numbers()
        assert next(it) == 1
        assert current() is None
        assert it.send(5) == 5
        try:
            next(it)
        except StopIteration as end:
            assert end.value == 9
        closed = numbers(); next(closed); closed.close()
        async def drain():
            return [x async for x in anumbers()]
        assert asyncio.run(drain()) == [1, 2]
        try:
            broken()
        except OSError:
            pass
        """,
        tmp_path,
    )

    ends = {key: stop.get("status", "finished") for key, stop in of(found, "stop").items()}
    assert [r["type"] for r in found if r["task"] == "plain"] == ["start", "stop", "start", "stop"]
    assert ends["named"] == ends["anumbers"] == ends["numbers.inside"] == "finished"
    assert {"numbers", "numbers.inside"} <= set(ends)
    assert [r.get("status") for r in found if r["task"] == "numbers" and r["type"] == "stop"] == [None, "canceled"]
    assert ends["broken"] == "failed"


@every_python()
def test_a_loop_counts_what_it_took(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        import asyncio
        from progressd_client import current, task, track
        assert sum(track(range(1000), "all")) == 499500
        for x in track((n for n in range(10)), "unknown", unit="n"):
            assert current().name == "unknown"
        assert current() is None
        for x in track(range(100), "broken off"):
            if x == 9:
                break
        try:
            for x in track([1, 2, 3], "raises"):
                raise ValueError
        except ValueError:
            pass
        assert current() is None
        bar = track([1, 2], "held")
        for x in bar:
            bar.message = str(x)
        for a in track("ab", "outer"):
            for b in track("cd", "inner"):
                pass
        async def items():
            yield 1
            yield 2
        async def main():
            return [x async for x in track(items(), "async", total=2)]
        assert asyncio.run(main()) == [1, 2]
        try:
            track(3)
        except TypeError:
            pass
        """,
        tmp_path,
    )

    done = {key: update["done"] for key, update in of(found, "update").items()}
    ends = {key: stop.get("status", "finished") for key, stop in of(found, "stop").items()}
    assert done == {
        "all": 1000,
        "unknown": 10,
        "broken_off": 10,
        "raises": 1,
        "held": 2,
        "outer": 2,
        "async": 2,
        "outer.inner": 2,
        "outer.inner#2": 2,
    }
    assert of(found, "start")["all"]["total"] == 1000
    assert {key for key, status in ends.items() if status == "canceled"} == {"broken_off", "raises"}
    assert "2" in [record.get("message") for record in found if record["task"] == "held"]
    # Who counts knows best how far it is: what is done in the loop must not outweigh that.
    assert of(found, "start")["outer.inner"]["weight"] == 0


def test_a_task_may_be_entered_while_it_is_entered(tmp_path: Path) -> None:
    found = said(
        PYTHON,
        """
        from progressd_client import current, task
        t, u = task("outer"), task("inner")
        with t, u, t:
            with task("below"):
                pass
            assert current() is t
        assert current() is None
        with task("started").start():
            pass
        """,
        tmp_path,
    )

    assert {end.get("status", "finished") for end in of(found, "stop").values()} == {"finished"}
    assert set(of(found, "start")) >= {"outer", "outer.inner", "started"}


def test_leaving_the_program_with_success_is_no_failure(tmp_path: Path) -> None:
    found = said(PYTHON, "import sys\nfrom progressd_client import task\nwith task('main'):\n    sys.exit(0)", tmp_path)

    assert of(found, "stop")["main"].get("status", "finished") == "finished"
