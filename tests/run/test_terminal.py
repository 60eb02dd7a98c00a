"""A command at a terminal, under `progressd run` and with a person before it."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.daemon import eventually
from tests.needs import needs, wants
from tests.run.people import RUN, WIDE, Person, Said, at_shell, at_terminal, children, environment, is_stopped

pytestmark = needs("bash")
ASK = "import sys; print('name?', flush=True); print('hello', sys.stdin.readline().strip(), flush=True)"
SIZES = """
import os, signal, time
def tell(*_): print(*os.get_terminal_size(), flush=True)
signal.signal(signal.SIGWINCH, tell)
tell()
while True: time.sleep(0.1)  # pause() would wait for the next one if this came just before it
"""


def run(person: Person, script: str, around: str = "{}") -> None:
    """Type a command that runs a Python program."""
    path = Path(person.folder) / "script.py"
    path.write_text(script)
    person.type(around.format(f"run -- {sys.executable} {path}") + "\n")


def status_of_the_last(person: Person) -> int:
    """Return the shell's `$?`."""
    person.type('echo "status=$?"\n')
    person.waits_for('?"\r\n')
    person.waits_for("status=")
    return int(person.waits_for("\r\n"))


def test_it_looks_the_same_byte_for_byte(said: Said) -> None:
    script = """
printf '\\033[31mred\\033[0m\\n\\ttab\\r\\nbar 10%%\\rbar 99%%\\n'
tput cols
stty -a
test -t 0 -a -t 1 -a -t 2 && echo all
"""
    seen = []
    for command in (["sh", "-c", script], [*RUN, "--", "sh", "-c", script]):
        with at_terminal(command, environment(said.target), columns=97, rows=31) as person:
            assert person.waits_for_the_end() == 0
            seen.append(person.seen)

    assert seen[0] == seen[1]
    said.end()
    assert said.lines()[:3] == ["\x1b[31mred\x1b[m", "        tab", "bar 99%"]


def test_keys_reach_the_command(said: Said) -> None:
    with at_shell(environment(said.target)) as person:
        run(person, ASK)
        person.waits_for("name?")
        person.type("wörld\n")
        person.waits_for("hello wörld")
        person.waits_for("$ ")

        assert status_of_the_last(person) == 0


def test_the_terminal_is_as_before_after_every_end(said: Said) -> None:
    with at_shell(environment(said.target)) as person:
        before = person.mode()
        for script in ("raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)", "import os; os.system('stty raw')"):
            run(person, script)
            person.waits_for("\r\n")
            person.waits_for("$ ")
            eventually(lambda: person.mode() == before)


def test_ctrl_c_interrupts_the_command_and_the_shell_hears_of_it(said: Said) -> None:
    with at_shell(environment(said.target)) as person:
        run(
            person,
            "import time\nprint('<up>', flush=True)\nwhile True: time.sleep(0.05)",
            around="{}; echo not reached",
        )
        person.waits_for("<up>")
        person.type("\x03")
        person.waits_for("KeyboardInterrupt")
        person.waits_for("$ ")

        assert status_of_the_last(person) == 130
        assert "not reached" not in person.waits_for("$ ")
    assert said.end()["status"] == "canceled"


def test_ctrl_z_stops_both_and_fg_goes_on(said: Said) -> None:
    with at_shell(environment(said.target)) as person:
        before = person.mode()
        run(person, "print('<up>', flush=True); print('then', input(), flush=True)")
        person.waits_for("<up>")
        person.type("\x1a")
        person.waits_for("Stopped")
        person.waits_for("$ ")
        assert person.mode() == before
        person.type("fg\n")
        person.has_it_in_front()
        person.type("on\n")

        person.waits_for("then on")
    said.end()
    statuses = [update["status"] for update in said.of("update") if "status" in update]
    # What it was for a moment may be merged into how it ended: records are absolute.
    assert statuses in (["paused", "running"], ["paused"])


def test_ctrl_z_stops_a_whole_pipeline(said: Said) -> None:
    with at_shell(environment(said.target)) as person:
        run(person, "print('<up>', flush=True); print('then', input(), flush=True)", around="{} | tee /dev/null")
        person.waits_for("<up>")
        person.type("\x1a")
        person.waits_for("Stopped")
        person.waits_for("$ ")
        person.type("fg\n")
        person.has_it_in_front()
        person.type("on\n")

        person.waits_for("then on")


def test_a_new_size_reaches_the_command(said: Said) -> None:
    with at_shell(environment(said.target)) as person:
        run(person, SIZES)
        person.waits_for(f"{WIDE} 24")
        person.resize(132, 50)

        person.waits_for("132 50")
        person.type("\x03")
        person.waits_for("$ ")


def test_in_the_background_it_leaves_the_terminal_alone_until_fg(said: Said) -> None:
    with at_shell(environment(said.target)) as person:
        before = person.mode()
        run(person, ASK, around="{} &")
        person.waits_for("name?")
        eventually(lambda: person.mode() == before)  # the shell may just be about to prompt
        person.type("fg\n")
        person.has_it_in_front()
        person.type("you\n")

        person.waits_for("hello you")


def test_with_stdin_from_elsewhere_the_terminal_itself_can_still_be_asked(said: Said) -> None:
    ask = """
tty = open("/dev/tty")
print("password?", flush=True)
print(tty.readline()[-2::-1], len(input()), flush=True)
"""
    with at_shell(environment(said.target)) as person:
        run(person, ask, around="echo data | {}")
        person.waits_for("password?")
        person.type("drow\n")

        person.waits_for("word 4")


@wants("less")
def test_a_pager_at_the_end_of_a_pipe_gets_its_keys(said: Said) -> None:
    with at_shell(environment(said.target, LESS="")) as person:
        before = person.mode()
        person.type("seq 100000 | run -- less\n")
        person.waits_for("\n20")
        person.type("G")
        person.waits_for("99999")
        person.type("q")
        person.waits_for("$ ")

        assert status_of_the_last(person) == 0
        eventually(lambda: person.mode() == before)


def test_who_else_asks_at_the_terminal_is_answered_while_the_command_wants_nothing(said: Said) -> None:
    other = "read -p 'password? ' it </dev/tty; echo $it"
    ask = "import sys; first = input(); print('now?', flush=True); print(first, open('/dev/tty').readline())"
    with at_shell(environment(said.target)) as person:
        run(person, ask, around=f'bash -c "{other}" | {{}}'.replace("$it", "\\$it"))
        person.waits_for("password? ")
        person.type("secret\n")
        person.waits_for("now?")
        person.type("then\n")

        person.waits_for("secret then")


def test_ctrl_c_comes_once_where_the_terminal_sends_it_to_all(said: Said) -> None:
    count = """
import signal, time
came = []
def count(*_):
    came.append(1)
    print("came", len(came), flush=True)
signal.signal(signal.SIGINT, count)
print("<up>", flush=True)
while True: time.sleep(0.1)
"""
    with at_shell(environment(said.target)) as person:
        run(person, count, around="echo | {}")
        person.waits_for("<up>")
        person.type("\x03")
        person.waits_for("came 1")
        person.type("\x03")
        person.waits_for("came 2")
        person.type("\x1a")
        person.waits_for("Stopped")
        person.waits_for("$ ")
        eventually(lambda: is_stopped(children(children(person.pid)[0])[0]))
        person.type("fg\n")
        person.has_it_in_front()
        person.type("\x03")

        person.waits_for("came 3")


def test_a_killed_run_leaves_terminal_command_and_output_in_order(said: Said, tmp_path: Path) -> None:
    script = f"""
import os, sys, time
print("<up>", flush=True)
while not os.path.exists({str(tmp_path / "go")!r}): time.sleep(0.01)
print("still here", flush=True)
sys.exit(6)
"""
    with at_shell(environment(said.target)) as person:
        before = person.mode()
        run(person, script)
        person.waits_for("<up>")
        eventually(said.lines)  # what it has in its hands it takes with it
        os.kill(runner(person), signal.SIGKILL)
        person.waits_for("Killed")
        person.waits_for("$ ")
        eventually(lambda: person.mode() == before)
        (tmp_path / "go").touch()

        person.waits_for("still here")
    assert said.end()["message"] == "exit status 6"
    assert said.lines() == ["<up>", "still here"]


def runner(person: Person) -> int:
    """Return the process of the run in the shell's foreground."""
    return os.tcgetpgrp(person.fd)


def test_a_terminal_that_goes_hangs_the_command_up(said: Said, tmp_path: Path) -> None:
    script = f"""
import signal, sys, time
def leave(*_): open({str(tmp_path / "hup")!r}, "w").close(); sys.exit(1)
signal.signal(signal.SIGHUP, leave)
print("<up>", flush=True)
while True: time.sleep(0.1)
"""
    with at_terminal([*RUN, "--", sys.executable, "-c", script], environment(said.target)) as person:
        person.waits_for("<up>")
        person.hang_up()

        eventually((tmp_path / "hup").exists)
    assert said.end()["message"] == "exit status 1"


def test_what_it_left_in_the_background_lives_on_and_is_seen(said: Said, tmp_path: Path) -> None:
    with at_shell(environment(said.target)) as person:
        script = f"(while ! test -e {tmp_path}/go; do sleep 0.02; done; echo late; touch {tmp_path}/done) & echo early"
        person.type(f'run -- sh -c "{script}"\n')
        person.waits_for('early"')
        person.waits_for("early")
        person.waits_for("$ ")
        (tmp_path / "go").touch()

        person.waits_for("late")
        eventually((tmp_path / "done").exists)
    eventually(lambda: said.lines() == ["early", "late"])


@pytest.mark.parametrize("around", ["{} | cat", "{} 2>&1 | cat", "{} 2>/dev/null", "cat /dev/null | {}"])
def test_every_mixture_of_pipes_and_terminal_works(said: Said, around: str) -> None:
    with at_shell(environment(said.target)) as person:
        run(person, "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)", around=around)
        person.waits_for("\r\n")
        person.waits_for("out")

        person.waits_for("$ ")
    assert said.end()["message"] == "exit status 3"
