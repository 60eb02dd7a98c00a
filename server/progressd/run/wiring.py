"""How a command's streams are connected: a terminal stays one, the rest is looked at in passing or left alone.

| the caller's stream | the command gets |
|---|---|
| stdout, stderr: a terminal | a pseudo-terminal (PTY), one for both, so that their order is kept |
| stdin: a terminal, and there is a PTY | that PTY, in a session of its own: keys pass through us |
| stdin: anything else | the very same; keys pass through us as well, but only while it wants some (see `asking.py`) |
| stdout in a file of its own | the very same: that is data, which may be seeked in or made without a copy |
| stdout and stderr in one file or pipe | one pipe, so that their order is kept |
| else, a pipe or a socket | a pipe each |

What is not a terminal is the very same with `--no-log`. What goes through a pipe or a PTY arrives byte for byte.
"""

import fcntl
import os
import stat
import sys
import termios

COLUMNS, ROWS = 160, 50
"""Of a terminal that nobody looks at: bars are not cropped."""


class Output:
    """Something that the command writes, on its way to where the caller wants it."""

    __slots__ = ("is_terminal", "sink", "source", "stream")

    def __init__(self, source: int, sink: int, stream: str, is_terminal: bool) -> None:
        self.source = source
        self.sink = sink
        self.stream = stream
        """Which of the command's streams it is, empty if it may be both."""
        self.is_terminal = is_terminal


class Wiring:
    """The ends on both sides. All that is made here stays out of the command but for what it gets as 0, 1 and 2."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.given: dict[int, int] = {}
        """Of the command's 0, 1 and 2 those that are not simply the caller's."""
        self.closed = [fd for fd in (0, 1, 2) if not _is_open(fd)]
        """What the caller had closed, the command has closed."""
        self.master = -1
        """Our end of the PTY."""
        self.terminal = -1
        """The caller's terminal, if the PTY stands in for it."""
        self.slave = -1
        """The other end, until it was given away, and"""
        self.name = ""
        """what it is called."""
        self.keys = -1
        """Where keys for the PTY come from: stdin, or else the terminal itself, which others in a pipe share."""
        for _ in self.closed:
            os.open(os.devnull, os.O_RDWR)  # so that nothing of ours gets the numbers 0, 1 and 2

    @property
    def has_session(self) -> bool:
        """The command has a session of its own, on the PTY."""
        return self.keys >= 0

    @property
    def is_shared(self) -> bool:
        """Others may want the same keys."""
        return self.keys > 0

    @property
    def is_headless(self) -> bool:
        """There is a PTY, but no terminal behind it."""
        return self.master >= 0 and self.terminal < 0

    def release_given(self) -> None:
        """Let go of the command's ends: the command's own are the only ones from now on."""
        for fd in set(self.given.values()):
            os.close(fd)
        self.given = {}


def wire(pty: bool | None, log: bool) -> Wiring:
    """Connect the streams of a command that is about to start. Raises OSError if the system has no more to give."""
    made = Wiring()
    on_pty = [fd for fd in (1, 2) if pty or (pty is None and os.isatty(fd) and fd not in made.closed)]
    if on_pty:
        _add_pty(made, on_pty)
    rest = [fd for fd in (1, 2) if fd not in on_pty and fd not in made.closed]
    if log and rest:
        _add_pipes(made, rest)
    return made


def _add_pty(made: Wiring, on_pty: list[int]) -> None:
    made.master, made.slave = os.openpty()
    made.terminal = next((fd for fd in on_pty if os.isatty(fd)), -1)
    made.name = os.ttyname(made.slave)
    made.keys = _keys(made)
    _set_up(made.slave, made)
    os.set_blocking(made.master, False)
    for fd in (*on_pty, *([0] if made.keys == 0 else [])):
        made.given[fd] = made.slave
    sink = made.terminal if made.terminal >= 0 else next((fd for fd in on_pty if fd not in made.closed), -1)
    made.outputs.append(Output(made.master, sink, "", is_terminal=True))


def _keys(made: Wiring) -> int:
    if made.terminal < 0:
        return -1
    if os.isatty(0) and 0 not in made.closed:
        return 0
    try:
        os.tcgetpgrp(made.terminal)  # only if it is the one that controls us
        return os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return -1


def _set_up(slave: int, made: Wiring) -> None:
    """Have the PTY behave as the caller's terminal does."""
    mode = termios.tcgetattr(made.terminal if made.terminal >= 0 else slave)
    if made.keys != 0:
        mode[1] &= ~termios.OPOST  # newlines become what they must where they arrive
    if not made.has_session:
        mode[3] &= ~termios.ECHO  # keys go elsewhere
    termios.tcsetattr(slave, termios.TCSANOW, mode)
    set_size(made.master, size_of(made.terminal))


def size_of(terminal: int) -> bytes:
    """Return the size of a terminal, as the kernel has it; that of nobody's if it is -1."""
    if terminal >= 0:
        try:
            return fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            pass
    return b"".join(number.to_bytes(2, sys.byteorder) for number in (ROWS, COLUMNS, 0, 0))


def set_size(master: int, size: bytes) -> None:
    """Give a PTY a size; those in its foreground hear of it."""
    fcntl.ioctl(master, termios.TIOCSWINSZ, size)


def _add_pipes(made: Wiring, rest: list[int]) -> None:
    together = rest == [1, 2] and os.path.sameopenfile(1, 2)
    if together:
        _add_pipe(made, rest, "")
        return
    for fd in rest:
        if fd == 2 or not _is_data(fd):
            _add_pipe(made, [fd], "stdout" if fd == 1 else "stderr")


def _add_pipe(made: Wiring, fds: list[int], stream: str) -> None:
    source, end = os.pipe()
    os.set_blocking(source, False)
    made.given |= dict.fromkeys(fds, end)
    made.outputs.append(Output(source, fds[0], stream, is_terminal=False))


def _is_data(fd: int) -> bool:
    mode = os.fstat(fd).st_mode
    return not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(fd))


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
