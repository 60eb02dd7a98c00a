"""logging: what a program warns of is a line of its task, and its own handlers are as before."""

import sys
from pathlib import Path

from tests.client.scripts import records, run

SCRIPT = """
from progressd_client import auto, task
auto.arm()
import logging
class Upper(logging.Formatter):
    def formatException(self, info):
        return "UPPER"
logging.basicConfig(format="own: %(message)s")
assert len(logging.getLogger().handlers) == 1
out = logging.StreamHandler(open(OUT, "w"))
out.setFormatter(Upper("%(message)s"))
logging.getLogger("db").addHandler(out)
logging.getLogger("db").propagate = False
logging.getLogger("db").setLevel("INFO")
logging.getLogger("db").warning("before any task")
with task("job"):
    logging.getLogger("db").info("no")
    logging.getLogger("db").warning("slow: %d s", 3)
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("db").exception("broke")
"""


def test_warnings_are_lines_of_the_task_they_come_from(tmp_path: Path) -> None:
    run(sys.executable, f"OUT = {str(tmp_path / 'out')!r}\n{SCRIPT}", f"file:{tmp_path}/said")

    lines = [record for record in records(tmp_path / "said") if record["type"] == "log"]
    assert [(line["task"], line["text"], line["stream"]) for line in lines] == [
        ("job", "db: slow: 3 s", "warning"),
        ("job", "db: broke\nUPPER", "error"),
    ]
    assert (tmp_path / "out").read_text() == "before any task\nno\nslow: 3 s\nbroke\nUPPER\n"
