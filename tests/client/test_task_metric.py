"""What the end of a task is counted as: said at its beginning, by whichever way that is."""

from pathlib import Path

from tests.client.scripts import every_python, of, pythons, said


@every_python()
def test_a_metric_is_said_wherever_a_task_begins(python: str, tmp_path: Path) -> None:
    found = said(
        python,
        """
        from progressd_client import task, track
        startup = {"namespace": "OS", "name": "Startup", "dimensions": {"Region": "eu", "size": 3}}
        with task("block", metric=startup):
            pass
        task("by hand", metric=startup).start().finish()
        for _ in track("ab", "loop", metric=startup):
            pass

        @task("call", metric={"namespace": "é\\\\\\"", "name": "x"})
        def call():
            pass

        call()
        """,
        tmp_path,
    )

    starts = of(found, "start")
    startup = {"namespace": "OS", "name": "Startup", "dimensions": {"Region": "eu", "size": "3"}}
    assert {key: starts[key]["metric"] for key in ("block", "by_hand", "loop")} == dict.fromkeys(
        ("block", "by_hand", "loop"), startup
    )
    assert starts["call"]["metric"] == {"namespace": 'é\\"', "name": "x"}


def test_a_metric_that_the_daemon_would_not_take_costs_nothing_but_itself(tmp_path: Path) -> None:
    found = said(
        pythons()[0],
        """
        from progressd_client import flush, stats, task
        fine = {"namespace": "n", "name": "m"}
        bad = [3, {}, {"namespace": "n"}, {**fine, "name": ""}, {**fine, "name": "x" * 241},
               {**fine, "namespace": "x" * 256}, {**fine, "dimensions": {"a": ""}}, {**fine, "dimensions": 7},
               {**fine, "dimensions": {str(n): "x" for n in range(11)}}, {**fine, "dimensions": {"a": "x" * 257}}]
        for number, metric in enumerate(bad):
            with task(f"t{number}", metric=metric):
                pass
        with task("widest", metric={"namespace": "x" * 255, "name": "x" * 240,
                                    "dimensions": {str(n) * 256: "x" * 256 for n in range(10)}}):
            pass
        flush()
        assert stats().errors == len(bad), stats()
        """,
        tmp_path,
    )

    assert len(of(found, "stop")) == 11
    assert [key for key, start in of(found, "start").items() if "metric" in start] == ["widest"]
