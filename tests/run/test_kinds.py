"""What a changed file is, and how often a command may be started again."""

import pytest

from progressd.run.kinds import Kinds, named
from progressd.run.pace import LONGEST, MOST, REST, SPAN, Pace


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/w/a.css", "style"),
        ("/w/pages/INDEX.HTML", "content"),
        ("/w/data.json", "content"),
        ("/w/main.py", "code"),
        ("/w/app.js", "code"),
        ("/w/Makefile", "code"),
        ("/elsewhere/lib.c", "code"),
        ("/w/run.log", None),
        ("/w/app.db-wal", None),
        ("/w/4913", None),
        ("/w/.ruff_cache/0/a", None),
        ("/w/gen/a.css", None),
        ("/w/x.gen", None),
        ("/w/views/page.html", "code"),
    ],
)
def test_a_file_is_style_content_code_or_nobody_s_business(path: str, kind: str | None) -> None:
    kinds = Kinds("/w", ignored=["gen/*", "*.gen"], code=["views/*.html"])

    assert kinds.kind(path) == kind


def test_files_are_named_without_what_steers_a_terminal() -> None:
    assert named(["a\x1b[2J\nb.py"]) == "a\ufffd[2J\ufffdb.py"
    assert named(["a", "b", "c"]) == "a and 2 more"


def test_a_person_may_restart_as_often_as_persons_do() -> None:
    pace = Pace()
    for restart in range(100):
        now = restart * (SPAN / MOST + 2)
        assert pace.pause(now) == 0.0
        pace.restarted(now)


def test_who_restarts_without_end_waits_longer_each_time() -> None:
    pace, now, waits = Pace(), 1000.0, []
    for _ in range(8 * MOST):
        if wait := pace.pause(now):
            assert pace.pause(now + wait / 2) == wait / 2
            waits.append(wait)
            now += wait
            assert pace.pause(now) == 0.0
        pace.restarted(now)
        now += 1.0

    assert waits[:3] == [REST, 2 * REST, 4 * REST]
    assert max(waits) == LONGEST


def test_after_a_calm_time_it_begins_anew() -> None:
    pace, now = Pace(), 1000.0
    for _ in range(3):
        for _ in range(MOST):
            pace.restarted(now)
        assert pace.pause(now) == REST
        now += REST + 2 * SPAN + 1
