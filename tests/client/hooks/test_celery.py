"""Celery: a worker's tasks are tasks, below the one that asked for them. With its own broker, in memory."""

from collections import Counter
from pathlib import Path
from re import sub

from tests.client.hooks.tools import tasks_of
from tests.client.packages import needs_package, told

pytestmark = needs_package("celery")

WORKER = """
import progressd_client as p
from celery import Celery
from celery.contrib.testing.worker import start_worker
app = Celery("work", broker="memory://", backend="cache+memory://")
app.conf.update(worker_hijack_root_logger=False)
{connect}
@app.task(bind=True)
def steps(self, total):
    for done in range(1, total + 1):
        self.update_state(state="PROGRESS", meta={{"current": done, "total": total}})
    with p.task("inner"):
        return done
@app.task
def bad():
    raise ValueError("no")
@app.task(bind=True, max_retries=1)
def again(self):
    if not self.request.retries:
        raise self.retry(countdown=0, exc=KeyError("x"))
with start_worker(app, perform_ping_check=False, pool="solo"):
    with p.task("batch"):
        assert steps.delay(3).get(timeout=30) == 3
        assert isinstance(bad.delay().get(timeout=30, propagate=False), ValueError)
        again.delay().get(timeout=30)
    steps.delay(2).get(timeout=30)
"""


def test_what_a_worker_does_hangs_below_what_asked_for_it(tmp_path: Path) -> None:
    tasks = tasks_of(WORKER.format(connect=""), tmp_path)

    # Another process would have begun them: the number of it is a part of their keys.
    ended = [(sub(r"#[\d-]+", "", key), *view) for key, view in told(tasks).items()]
    assert Counter(ended) == Counter(
        [
            ("batch", "finished", None, None),
            ("batch.work_steps", "finished", 3, 3),
            ("batch.work_steps.inner", "finished", None, None),
            ("batch.work_bad", "failed", None, None),
            ("batch.work_again", "canceled", None, None),
            ("batch.work_again", "finished", None, None),
            ("work_steps", "finished", 2, 2),
            ("work_steps.inner", "finished", None, None),
        ]
    )


def test_it_can_be_asked_for(tmp_path: Path) -> None:
    connect = "from progressd_client.hooks.celery import connect; connect(); connect()"

    tasks = tasks_of(
        WORKER.format(connect=connect), tmp_path, prelude="import warnings; warnings.simplefilter('ignore')"
    )

    assert told(tasks)["work_steps"] == ("finished", 2, 2)
