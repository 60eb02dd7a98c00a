"""What `progressd run` may be told."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class UsageError(Exception):
    """What cannot be run as it was said. The text is one line."""


HISTORY, SIZE, SAME = "history", "size", "same"
"""How the arguments of a batch are weighed: see `durations.py`."""
DEEPEST = 800
"""Characters of a key: the daemon takes 1024, and what is below it shall have room."""
VALUES = {
    "name": ("TEXT", "what people read; the command line unless said"),
    "key": ("KEY", "the task's identity; made of the name unless said"),
    "parent": ("KEY", "the task it hangs under; unless said $PROGRESSD_PARENT, which commands within a run have"),
    "weight": ("N", "its share among its siblings (1)"),
    "estimate": ("SECONDS", "how long it is expected to take"),
    "target": ("URL", "where the daemon is: unix:PATH, http://HOST:PORT, udp:HOST:PORT, file:PATH, or off"),
    "each": ("GLOB", "run the command for each file; quote it; repeatable"),
    "each-line": ("FILE", "run the command for each line of a file, or of stdin if it is -"),
    "jobs": ("N", "with --each: so many at once (1); the order of their output is that of its lines"),
    "retry": ("N", "with --each: run what failed again, up to so many times"),
    "weigh": ("HOW", "with --each: by `history`, what each took before (the default), by `size`, or all the `same`"),
    "reload": ("DIR", "start the command again when a file below it changes; repeatable; see below"),
    "reload-ignore": ("GLOB", "with --reload: files that do not count, by name or path; repeatable"),
    "reload-code": ("GLOB", "with --reload: files that are code whatever their name ends in; repeatable"),
    "check": (
        "COMMAND",
        "with --reload: start again only if the shell says that this succeeds, else what runs goes on",
    ),
}
"""By name: what stands for the value in the help, and what it means."""
SWITCHES = {
    "pty": "give the command a terminal where there is none; some tools show progress only there",
    "no-pty": "give it none where there is one",
    "no-log": "keep its output out of the log, of which what goes into a file is no part anyway; pipes are left alone",
    "spawn": "start a daemon if none listens",
    "open": "open the page in the browser",
    "keep-going": "with --each: go on after a failure (the default)",
    "stop-at-failure": "with --each: begin nothing more after a failure",
    "static": "with --reload: watch nothing, as if it were not there",
    "production": "with --reload: tell pages of changes, but start nothing again",
    "quiet": "say nothing of its own",
    "help": "this",
}
SHORT = {"-q": "--quiet", "-h": "--help", "-j": "--jobs"}
EXAMPLES = """\
  progressd run -- make -j8                          a task `make -j8`, with its output, its end and its CPU time
  progressd run --name backup -- ./backup.sh         in a crontab: the name stays the same every night
  progressd run --parent nightly --weight 3 -- make  a part of the task `nightly`, three times as heavy as others
  progressd run --no-log -- ./deploy --token=…       its output may hold secrets: only progress and end are told
  progressd run --each 'in/*.csv' -j 4 -- ./load {}  a task for each file, four at once, weighed by history
  find . -name '*.wav' | progressd run --each-line - --retry 2 -- flac {}
  progressd run --key site --reload src --check 'python -m compileall -q src' -- ./serve

With --reload, `.css` is style; `.html`, `.md`, `.json`, images and the like are content; all else is code. What is
code starts the command again, as SIGTERM, then SIGKILL 3 s later, end it and all that it started; any file does if it
has ended by itself. What git ignores, logs and caches do not count, nor what the command has open for writing. A page
of your server with <script src="http://localhost:8765/reload.js?task=site"></script> swaps style, shows new content
and reloads for code, once the server answers again; start the daemon with --allow-origin http://localhost:5000.

Progress that it prints is shown as its own, or as that of its parts. With --no-log these have no names.
What it runs has the same terminal, output, signals and exit status as without it, and goes on if progressd dies.
Commands and programs within it hang their tasks under its own. Of the environment nothing is told, and of the
command line not what looks like a secret.
"""


class Order:
    """A command line, understood. What was not said is None or empty."""

    __slots__ = (
        "arguments",
        "command",
        "estimate",
        "jobs",
        "key",
        "name",
        "parent",
        "reload",
        "retry",
        "switches",
        "target",
        "weigh",
        "weight",
    )

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self.name: str | None = None
        self.key: str | None = None
        self.parent: str | None = None
        self.target: str | None = None
        self.weight: float | None = None
        self.estimate: float | None = None
        self.switches: set[str] = set()
        self.arguments: list[str] | None = None
        """With --each: what to run it for."""
        self.jobs = 1
        self.retry = 0
        self.reload: Reload | None = None
        self.weigh = HISTORY
        """How the arguments get their weights."""

    @property
    def pty(self) -> bool | None:
        """Whether the command shall have a terminal; None is where its caller has one."""
        return True if "pty" in self.switches else False if "no-pty" in self.switches else None

    def has(self, switch: str) -> bool:
        """Return whether a switch was given."""
        return switch in self.switches


class Reload:
    """What --reload and its kin say: folders to watch, files that do not count or are code, a check before each."""

    __slots__ = ("check", "code", "folders", "ignored")

    def __init__(self, given: Mapping[str, Sequence[str]]) -> None:
        self.folders = [os.path.realpath(folder) for folder in given["reload"]]
        self.ignored = given.get("reload-ignore", ())
        self.code = given.get("reload-code", ())
        self.check = given.get("check", [""])[-1]


def parse(arguments: Sequence[str]) -> Order | None:
    """Return what a command line says, None if it asks for help. Raises UsageError."""
    given: dict[str, list[str]] = {}
    switches: set[str] = set()
    rest = _options(iter(arguments), given, switches)
    if "help" in switches:
        return None
    if not rest:
        raise UsageError("say which command: progressd run [options] -- COMMAND …; see progressd run --help")
    _exclude(switches, "pty", "no-pty")
    _exclude(switches, "keep-going", "stop-at-failure")
    order = Order(rest)
    order.switches = switches
    for name in ("name", "key", "parent", "target"):
        setattr(order, name, given.get(name, [""])[-1] or None)
    for name in ("key", "parent"):
        if len(given.get(name, [""])[-1]) > DEEPEST:
            raise UsageError(f"--{name} is too long: {DEEPEST} characters are the most")
    order.weight = _number("weight", given)
    order.estimate = _number("estimate", given)
    _take_batch(order, given)
    _take_reload(order, given)
    return order


def _options(words: Iterator[str], given: dict[str, list[str]], switches: set[str]) -> list[str]:
    """Read options up to the command; return the command."""
    for word in words:
        if word == "--":
            return list(words)
        option = SHORT.get(word, word)
        if word[:2] == "-j" and word[2:].isdigit():
            option = f"--jobs={word[2:]}"
        name, equals, value = option.removeprefix("--").partition("=")
        if option.startswith("--") and name in SWITCHES and not equals:
            switches.add(name)
        elif option.startswith("--") and name in VALUES:
            said = value if equals else next(words, None)
            if said is None:
                raise UsageError(f"--{name} needs a value")
            given.setdefault(name, []).append(said)
        elif word.startswith("-"):
            raise UsageError(f"there is no option {word!r}; see progressd run --help")
        else:
            return [word, *words]
    return []


def _exclude(switches: set[str], one: str, other: str) -> None:
    if one in switches and other in switches:
        raise UsageError(f"--{one} and --{other} exclude each other")


def _number(name: str, given: dict[str, list[str]]) -> float | None:
    if name not in given:
        return None
    said = given[name][-1]
    try:
        number = float(said)
    except ValueError:
        number = -1.0
    # The daemon takes no more: see `records.py`.
    if not 0 <= number <= 1e12:
        raise UsageError(f"--{name} is {said!r}; say a number from 0 on")
    return number


def _take_batch(order: Order, given: dict[str, list[str]]) -> None:
    if "each" not in given and "each-line" not in given:
        for name in ("jobs", "retry", "weigh", "keep-going", "stop-at-failure"):
            if name in given or name in order.switches:
                raise UsageError(f"--{name} goes with --each or --each-line")
        return
    import glob  # noqa: PLC0415 - with it comes re, which few need

    patterns, first = given.get("each", []), order.command[0]
    if os.path.isfile(first) and not os.access(first, os.X_OK) and patterns == [glob.escape(each) for each in patterns]:  # noqa: PTH113
        raise UsageError(f"{first} is no command: quote the pattern of --each, or the shell makes many words of it")
    found = [path for pattern in given.get("each", ()) for path in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    for name in given.get("each-line", ()):
        found += _lines(name)
    if not found:
        raise UsageError(f"there is nothing to run it for: {', '.join(given.get('each', given.get('each-line', ())))}")
    order.arguments = found
    order.jobs = max(1, int(_number("jobs", given) or 1))
    order.retry = int(_number("retry", given) or 0)
    order.weigh = given.get("weigh", [HISTORY])[-1]
    if order.weigh not in (HISTORY, SIZE, SAME):
        raise UsageError(f"--weigh is {order.weigh!r}; say {HISTORY}, {SIZE} or {SAME}")


def _take_reload(order: Order, given: dict[str, list[str]]) -> None:
    if "reload" not in given:
        for name in ("reload-ignore", "reload-code", "check", "static", "production"):
            if name in given or name in order.switches:
                raise UsageError(f"--{name} goes with --reload")
        return
    if order.arguments is not None:
        raise UsageError("--reload does not go with --each")
    for folder in given["reload"]:
        if not os.path.isdir(folder):  # noqa: PTH112
            raise UsageError(f"--reload needs a folder; {folder!r} is none")
    order.reload = Reload(given)


def _lines(name: str) -> list[str]:
    try:
        with open(0 if name == "-" else name, encoding="utf-8", errors="surrogateescape", closefd=name != "-") as file:
            return [line.rstrip("\n") for line in file if line.strip()]
    except OSError as error:
        raise UsageError(f"cannot read {name}: {os.strerror(error.errno or 0)}") from None


def help_text() -> str:
    """Return what `progressd run --help` prints."""
    rows = [(f"--{name} {value}", meaning) for name, (value, meaning) in VALUES.items()]
    rows += [(f"--{name}", meaning) for name, meaning in SWITCHES.items()]
    short = {long: f"{letter}, {long}" for letter, long in SHORT.items()}
    options = []
    for flag, meaning in rows:
        long, blank, value = flag.partition(" ")
        options.append(f"  {short.get(long, long) + blank + value:20} {meaning}")
    head = ["Run a command as a task: live output, progress, end.", "", "  progressd run [options] [--] COMMAND …", ""]
    return "\n".join([*head, "options:", *options, "", "examples:", EXAMPLES])
