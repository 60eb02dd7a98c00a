"""The process that starts the command and waits for it: small, so that nothing but the command ends it.

It exists for two reasons. A command at the head of a terminal's session cannot be stopped by ^Z: nobody in its session
could continue it. And whoever outlives `progressd run` (see `reporter.py`) must hear how the command ended.

What it says, one message each: `started PID`, `failed ERRNO`, `stopped SIGNAL`, `halted`, `continued`, and
`ended STATUS CPU-SECONDS PEAK-BYTES`, STATUS being that of wait(2). Then it waits to hear that this was told on, and
does so itself if nobody is left for it. After `stopped` it waits for an answer, stops the runner if that is ready, and
says `halted`: to be read when the runner goes on. One process stops and continues the runner, in the order in which
that happens to the command; if it stopped itself, it could do so after it was continued.
"""

from __future__ import annotations

import _socket
import errno
import fcntl
import os
import resource
import sys
import termios

from .account import Ending
from .wiring import Wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn
else:
    import _signal as signal  # see signals.py


LONGEST = 256
"""Bytes of a message."""
READY, ALL_READY, REFUSED = b"ready", b"all ready", b"refused"
"""Answers to `stopped`. All are the runner's process group: the rest of a pipeline."""
TOLD = b"told"
"""The answer to `ended`."""
KIB = 1024 if sys.platform == "linux" else 1
"""What getrusage(2) counts memory in."""


class Launch:
    """What is to be started: a command, its environment, and the signals that its caller had blocked."""

    __slots__ = ("blocked", "command", "environment")

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], blocked: set[int]) -> None:
        self.command = command
        self.environment = environment
        self.blocked = blocked


def lead(channel: _socket.socket, wiring: Wiring, launch: Launch, tell_alone: Callable[[Ending], None]) -> NoReturn:
    """Be the leader, in a forked process whose signals are blocked. Ends when nobody listens to it any more.

    `tell_alone` is called if nobody is left then who could tell how it ended.
    """
    runner = os.getppid()
    try:
        if wiring.has_session:
            os.setsid()
            fcntl.ioctl(wiring.slave, termios.TIOCSCTTY, 0)
        pid = _fork(channel)
        if not pid:
            _become(channel, wiring, launch)
        wiring.release_given()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nowhere, fd)  # somebody may wait until all have let go of them
        ending = _follow(pid, channel, runner, wiring)
        if not _is_told(channel):
            tell_alone(ending)
        while channel.recv(LONGEST):
            pass
    finally:
        os._exit(0)


def _fork(channel: _socket.socket) -> int:
    try:
        return os.fork()
    except OSError as error:  # as many processes run as may
        _tell(channel, f"failed {error.errno}")
        raise


def _follow(pid: int, channel: _socket.socket, runner: int, wiring: Wiring) -> Ending:
    """Tell what becomes of the command; return its end."""
    _tell(channel, f"started {pid}")
    while True:
        _, status, used = os.wait4(pid, os.WUNTRACED | os.WCONTINUED)
        if os.WIFSTOPPED(status):
            _tell(channel, f"stopped {os.WSTOPSIG(status)}")
            _halt(runner, _answer(channel))
            _tell(channel, "halted")
        elif os.WIFCONTINUED(status):
            _tell(channel, "continued")
            if os.getppid() == runner:
                os.kill(runner, signal.SIGCONT)
        else:
            break
    if wiring.has_session:
        _take_front()
    ending = Ending(status, used.ru_utime + used.ru_stime, _peak(used) * KIB)
    _tell(channel, f"ended {ending.status} {ending.cpu:.6f} {ending.peak}")
    return ending


def _is_told(channel: _socket.socket) -> bool:
    """Wait for whoever listens to have told the end; False if all who did are gone before."""
    return _answer(channel) == TOLD


def _answer(channel: _socket.socket) -> bytes:
    """Wait for an answer; empty if all who listened are gone."""
    for _ in range(2):
        try:
            return channel.recv(LONGEST)
        except OSError:  # they left what we said unread, and are gone; what they had answered is still to be had
            continue
    return b""


def _halt(runner: int, answer: bytes) -> None:
    """Stop the runner, before all others: a shell that sees those stopped may continue them at once."""
    if answer in (b"", REFUSED) or os.getppid() != runner:
        return
    os.kill(runner, signal.SIGSTOP)
    if answer == ALL_READY:
        os.killpg(os.getpgid(runner), signal.SIGTSTP)


def _peak(used: resource.struct_rusage) -> int:
    """Return the command's peak memory, 0 if unknown: what our fork took before it became the command counts too."""
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used.ru_maxrss if used.ru_maxrss > 1.2 * ours else 0


def _take_front() -> None:
    """Come to the terminal's front, as a shell does: when it goes, those in its front are hung up, and only those."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR)
        os.tcsetpgrp(fd, os.getpgrp())
        os.close(fd)
    except OSError:
        return


def _tell(channel: _socket.socket, text: str) -> None:
    try:
        channel.send(text.encode(), _socket.MSG_NOSIGNAL)
    except OSError:  # nobody is left to hear it
        return


def _become(channel: _socket.socket, wiring: Wiring, launch: Launch) -> NoReturn:
    """Be the command."""
    try:
        if wiring.has_session:
            os.setpgid(0, 0)
            os.tcsetpgrp(wiring.slave, os.getpid())
        for fd, end in wiring.given.items():
            os.dup2(end, fd)
        for fd in wiring.closed:
            if fd not in wiring.given:
                os.close(fd)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, launch.blocked)
        execute(launch.command, launch.environment)
    except OSError as error:
        _tell(channel, f"failed {error.errno}")
    finally:
        os._exit(127)


def execute(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Find a command and become it, as execvp(3) does. Raises OSError."""
    reason: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    for folder in [""] if "/" in command[0] else os.get_exec_path(environment):
        path = os.path.join(folder, command[0])  # noqa: PTH118
        try:
            _execute(path, command, environment)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError as error:  # it may be elsewhere as well
            reason = error
    raise reason


def _execute(path: str, command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    try:
        os.execve(path, list(command), environment)  # noqa: S606 - that is what we are for
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    # A script without its first line: the shell runs it, and it must be the one that was found.
    os.execve("/bin/sh", ["/bin/sh", path, *command[1:]], environment)  # noqa: S606
