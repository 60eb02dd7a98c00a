"""Whether a command wants keys of a terminal that others share is seen from its first moment on."""

import sys
from pathlib import Path

from tests.run.people import Said, at_terminal, environment

ASKS = """
import os, select, tty
fd = os.open("/dev/tty", os.O_RDWR)
tty.setraw(fd)
open({flag!r}, "w").close()
print("ready", flush=True)
select.select([fd], [], [])
print("got", os.read(fd, 9), flush=True)
"""
RUNS = """
import os, signal, sys, time
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
from progressd.run.command import Course
from progressd.run.leader import Launch
from progressd.run.options import parse
from progressd.run.outset import Outset
from progressd.run.signals import BLOCKED
from progressd.run.wiring import wire
blocked = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
outset, wiring = Outset(parse(["--", sys.executable, "-c", {asks!r}])), wire(None, log=True)
course = Course(outset, wiring)
course.begin(Launch(outset.order.command, outset.environment(headless=False), set(blocked)))
while not os.path.exists({flag!r}):
    time.sleep(0.01)
course.copying.run()
"""


def test_a_command_that_sets_its_terminal_at_once_gets_the_keys(tmp_path: Path) -> None:
    flag = str(tmp_path / "is-set")
    script = RUNS.format(asks=ASKS.format(flag=flag), flag=flag)
    with at_terminal([sys.executable, "-c", script], environment(Said(tmp_path).target)) as person:
        person.waits_for("ready")
        person.type("x")
        assert person.waits_for("got b'x'")
