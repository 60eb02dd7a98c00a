"""Whatever a program hands over, it does not suffer for it."""

import json
import sys
from pathlib import Path

from tests.client.scripts import every_python, of, pythons, run, said

PYTHON = pythons()[0]


@every_python()
def test_hostile_values_harm_neither_the_program_nor_other_records(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        import progressd_client as p
        class Rude:
            def __str__(self): raise RuntimeError("no")
            __repr__ = __float__ = __eq__ = __ne__ = __str__
            __hash__ = None
        rude = Rude()
        nan, inf = float("nan"), float("inf")
        loop = []; loop.append(loop)
        odd = [rude, None, nan, inf, -1, 10**400, "12", b"x", "\\ud800", "\\0\\n\\"", [], {}, "x" * 3_000_000]
        for value in odd:
            with p.task(value, total=value, unit=value, weight=value, estimate=value, message=value,
                        data=value if value is not loop else loop, parallel=value) as t:
                t.completed = value
                t.total = value
                t.message = value
                t.mark(value); t.log(value, value); t.metric(value, value, value, x=value)
                p.flush(0.2)
            try:
                with p.task("raising"):
                    raise type("E", (Exception,), {"__str__": Rude.__str__})()
            except Exception:
                pass
            task = p.task("by hand").start()
            task.fail(value)
        with p.task("data", data=loop):
            pass
        with p.task("well"):
            pass
        try:
            p.task("x", totl=3)
        except TypeError as error:
            assert "totl" in str(error)
        else:
            raise AssertionError
        assert p.stats().errors > 0
        """,
        tmp_path,
    )

    assert "status" not in of(found, "stop")["well"]
    assert set(of(found, "start")) == set(of(found, "stop"))
    assert of(found, "stop")["raising"]["status"] == "failed"


def test_the_import_is_small(tmp_path: Path) -> None:
    script = """
    import sys
    before = set(sys.modules)
    import progressd_client
    print(len(set(sys.modules) - before))
    """
    for python in pythons():
        assert int(run(python, script, "off")) <= 8


def test_a_whole_run_needs_few_modules(tmp_path: Path) -> None:
    script = """
    import sys
    before = set(sys.modules)
    import progressd_client as p
    with p.task("x"):
        for _ in p.track(range(3)):
            pass
    p.flush()
    import json
    print(json.dumps(sorted(set(sys.modules) - before - {"json", "json.decoder", "json.scanner", "json.encoder"})))
    """
    found = json.loads(run(PYTHON, script, f"file:{tmp_path / 'said'}"))
    assert {name.partition(".")[0] for name in found} & {"threading", "logging", "typing", "asyncio", "socket"} == set()


def test_this_python_is_among_those_that_are_tested() -> None:
    assert any(run(python, "import sys; print(sys.version)", "off").strip() == sys.version for python in pythons())
