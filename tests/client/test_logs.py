"""Log records as lines of the task that they were made in."""

from pathlib import Path

from tests.client.packages import shown
from tests.client.scripts import every_python, of, pythons, said

PYTHON = pythons()[0]


@every_python()
def test_records_are_lines_of_the_current_task(python: str, tmp_path: Path) -> None:
    script = """
    import logging
    from progressd_client import task
    from progressd_client.logs import TaskLog
    handler = TaskLog("INFO")
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel("DEBUG")
    with task("root"):
        logging.getLogger("db").info("opened %d", 3)
        with task("child"):
            logging.debug("not this")
            try:
                1 / 0
            except ZeroDivisionError:
                logging.exception("broke")
    logging.warning("after all")
    """

    tasks = shown(python, script, tmp_path)

    assert (tasks["root"]["lines"], tasks["root"]["last_line"]) == (2, "root: after all")
    # A traceback is as many lines as it has.
    assert tasks["root.child"]["lines"] >= 4
    assert tasks["root.child"]["last_line"] == "ZeroDivisionError: division by zero"


def test_the_level_is_the_stream(tmp_path: Path) -> None:
    script = """
    import logging, progressd_client as p
    from progressd_client.logs import TaskLog
    logging.getLogger().addHandler(TaskLog())
    with p.task("x"):
        logging.error("bad")
    """

    assert of(said(PYTHON, script, tmp_path), "log")["x"]["stream"] == "error"


def test_it_neither_raises_nor_goes_round(tmp_path: Path) -> None:
    script = """
    import logging, progressd_client as p
    from progressd_client.logs import TaskLog
    logging.raiseExceptions = True
    logging.getLogger().addHandler(TaskLog())
    class Loud:
        def __str__(self):
            logging.warning("while it is written")
            return "loud"
    class Broken:
        def __str__(self):
            raise RuntimeError
    with p.task("x"):
        logging.warning("%s", Loud())
        logging.warning("%s", Broken())
        logging.warning("%d %d", 1)
        logging.warning("still here")
    assert p.stats().errors == 2
    """

    lines = [record["text"] for record in said(PYTHON, script, tmp_path) if record["type"] == "log"]

    assert lines == ["loud", "still here"]
