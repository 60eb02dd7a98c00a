"""What `progressd send` may be told: records, their options, which values fit."""

import os
from math import isfinite
from time import time

from .wire import KEY, NAME, WORD, quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TARGETS = "unix:PATH, udp:HOST:PORT, http://HOST:PORT, https://…, file:PATH or off"
STATUSES = ("waiting", "running", "paused", "finished", "failed", "canceled")


class UsageError(Exception):
    """What cannot be sent as it was said. The text is one line: what is wrong, and what would be right."""


def _text(longest: int, least: int = 0) -> "Callable[[str], str]":
    def read(value: str) -> str:
        # What is no UTF-8 on the command line would cost the whole record.
        clean = os.fsencode(value).decode("utf-8", "replace")
        if not least <= len(clean) <= longest:
            raise UsageError(f"has {len(clean)} characters; it may have {least} to {longest}")
        return quote(clean)

    return read


def _number(least: float, most: float, example: str) -> "Callable[[str], str]":
    def read(value: str) -> str:
        try:
            number = float(value)
        except ValueError:
            raise UsageError(f"is {value!r}, which is no number; say for example {example}") from None
        if not isfinite(number) or not least <= number <= most:
            bounds = f"{least:g} or more" if most > 1e300 else f"{least:g} to {most:g}"
            raise UsageError(f"is {value}; it is {bounds}, for example {example}")
        return repr(number)

    return read


def _whole(value: str) -> str:
    if not (value.isascii() and value.isdigit()) or int(value[:17]) > 2**53:
        raise UsageError(f"is {value!r}, which is no whole number from 0 to 2⁵³")
    return str(int(value))


def _status(value: str) -> str:
    if value not in STATUSES:
        raise UsageError(f"is {value!r}; it is one of {', '.join(STATUSES)}")
    return quote(value)


def _json(value: str) -> str:
    import json  # noqa: PLC0415 - only those who send data wait for it

    try:
        said = json.dumps(json.loads(value), allow_nan=False, ensure_ascii=False)
        return said.encode("utf-8", "replace").decode()
    except (ValueError, RecursionError):
        raise UsageError(f'is {value!r}, which is no JSON; say for example \'{{"commit": "a48e01b"}}\'') from None


def _metric(value: str) -> str:
    namespace, slash, name = value.rpartition("/")
    if not slash or not 1 <= len(namespace) <= 255 or not 1 <= len(name) <= 240:
        raise UsageError(f"is {value!r}; it is a namespace, / and a name, for example Backups/photos")
    return f'"namespace":{_text(NAME)(namespace)},"name":{_text(NAME)(name)}'


def _dimension(value: str) -> str:
    name, equals, said = value.partition("=")
    if not equals or not name:
        raise UsageError(f"is {value!r}; it is NAME=VALUE, for example disk=sda")
    return f"{_text(NAME)(name)}:{_text(NAME)(said)}"


_AMOUNT = _number(0, float("inf"), "20")
_LONG = _text(1 << 20)

OPTIONS: "dict[str, tuple[str, Callable[[str], str], str]]" = {
    "name": ("TEXT", _text(NAME), "what people read; of a metric, what is measured"),
    "parent": ("KEY", _text(KEY, 1), "the task it hangs under; a KEY without dots: $PROGRESSD_PARENT"),
    "total": ("N", _AMOUNT, "how much there is to do"),
    "done": ("N", _AMOUNT, "how much of it is done by now, since the beginning"),
    "progress": ("0…1", _number(0, 1, "0.4 for 40 %"), "how far it is, where nothing can be counted"),
    "in": ("SECONDS", _number(0, 1e12, "3600"), "until --progress is reached; it moves there evenly, by itself"),
    "unit": ("WORD", _text(WORD), "what is counted or measured, such as files, B, s"),
    "weight": ("N", _number(0, 1e18, "3"), "its share among its siblings; 1 unless said"),
    "estimate": ("SECONDS", _AMOUNT, "how long it is expected to take"),
    "status": ("STATUS", _status, ", ".join(STATUSES)),
    "message": ("TEXT", _LONG, "what it is at; at the end, how it ended"),
    "cpu": ("SECONDS", _AMOUNT, "CPU time that it took"),
    "host": ("NAME", _text(WORD), "where it runs; with start: this host"),
    "pid": ("N", _whole, "its process, such as $$"),
    "thread": ("NAME", _text(WORD), "its thread"),
    "data": ("JSON", _json, "anything else, shown with its details"),
    "text": ("TEXT", _LONG, "the same as TEXT after KEY"),
    "stream": ("WORD", _text(WORD), "where the line came from, such as stderr"),
    "value": ("N", _number(-1.8e308, 1.8e308, "3.2"), "what was measured"),
    "metric": ("SPACE/NAME", _metric, "what its end is counted as, with how long it took"),
    "dimension": ("NAME=VALUE", _dimension, "of which it was measured, or is counted; repeatable"),
    "time": ("SECONDS", _number(0, 253402300800, "1767225600.5"), "when, in Unix seconds; now unless said"),
    "source": ("WORD", _text(WORD), "who says so; with --seq, repeats are recognised"),
    "seq": ("N", _whole, "its number among the records of the source; they count up"),
}
"""By name: what stands for the value in the help, what makes JSON of it or raises UsageError, and what it means."""
_BEGIN = "name parent total done unit weight estimate parallel host pid thread message data metric dimension"
RECORDS: "dict[str, tuple[str, str, str]]" = {
    "start": ("start", _BEGIN, ""),
    "update": ("update", f"{_BEGIN} progress in status", ""),
    "stop": ("stop", "status message cpu", ""),
    "mark": ("marker", "text", "text"),
    "log": ("log", "text stream", "text"),
    "metric": ("metric", "name value unit dimension", "name value"),
}
"""By the word after `send`: the record's type, its options, and those it cannot do without."""
SWITCHES = {
    "help": "help",
    "h": "help",
    "quiet": "quiet",
    "q": "quiet",
    "strict": "strict",
    "parallel": "parallel",
    "no-parallel": "in series",
}


class Call:
    """One command line, understood. `fields` are the record's, their values as JSON."""

    __slots__ = ("fields", "quiet", "strict", "target")

    def __init__(self, fields: "dict[str, str]", switches: "set[str]", target: str) -> None:
        self.fields = fields
        self.quiet = "quiet" in switches
        self.strict = "strict" in switches
        self.target = target

    def line(self) -> bytes:
        """Return the record as it crosses the wire."""
        return ("{" + ",".join(f'"{name}":{value}' for name, value in self.fields.items()) + "}\n").encode()


def parse(arguments: "Sequence[str]", environment: "Mapping[str, str]") -> "Call | None":
    """Return what a command line says, None if it asks for help. Raises UsageError."""
    words, options, switches = _split(iter(arguments))
    if "help" in switches:
        return None
    if not words or words[0] not in RECORDS:
        said = f"there is no `send {words[0]}`; it is" if words else "say what to send:"
        raise UsageError(f"{said} {', '.join(RECORDS)}. See progressd send --help")
    what, *rest = words
    if not rest:
        raise UsageError(f"say which task: progressd send {what} KEY, such as nightly.backup")
    key, *text = rest
    if text:
        _take_text(what, text, options)
    target = options.pop("target", [""])[-1]
    fields = _fields(what, key, options)
    _add_parallel(what, switches, fields)
    if what in ("start", "update"):
        _inherit(key, fields, environment.get("PROGRESSD_PARENT"))
    if what == "start":
        fields.setdefault("host", quote(os.uname().nodename[:WORD]))
    return Call(fields, switches, target)


def _split(arguments: "Iterator[str]") -> "tuple[list[str], dict[str, list[str]], set[str]]":
    """Part words, options with values, and switches. A value may begin with a dash."""
    words: list[str] = []
    options: dict[str, list[str]] = {}
    switches: set[str] = set()
    for argument in arguments:
        name, equals, value = argument.removeprefix("--").partition("=")
        if argument == "--":
            words.extend(arguments)
        elif argument in ("-q", "-h") or (argument.startswith("--") and name in SWITCHES and not equals):
            switches.add(SWITCHES[argument.lstrip("-")])
        elif argument.startswith("--") and (name in OPTIONS or name == "target"):
            given = value if equals else next(arguments, None)
            if given is None:
                raise UsageError(f"--{name} needs a value")
            options.setdefault(name, []).append(given)
        elif argument.startswith("-") and argument != "-":
            raise UsageError(f"there is no option {argument!r}; text that begins with a dash goes after `--`")
        else:
            words.append(argument)
    return words, options, switches


def _take_text(what: str, text: "Sequence[str]", options: "dict[str, list[str]]") -> None:
    if "text" not in RECORDS[what][1].split():
        raise UsageError(f"send {what} takes a KEY and options; what is {text[0]!r}?")
    if "text" in options:
        raise UsageError(f"the text is said twice: {' '.join(text)!r} and --text {options['text'][-1]!r}")
    options["text"] = [" ".join(text)]


def _fields(what: str, key: str, options: "Mapping[str, Sequence[str]]") -> "dict[str, str]":
    kind, takes, needs = RECORDS[what]
    for name in needs.split():
        if name not in options:
            raise UsageError(f"send {what} needs " + ("a TEXT after the KEY" if name == "text" else f"--{name}"))
    fields = {"type": quote(kind), "task": _read("KEY", OPTIONS["parent"][1], key), "time": f"{time():.6f}"}
    for name, values in options.items():
        if name not in f"{takes} time source seq".split():
            raise UsageError(f"send {what} has no --{name}; it has --{takes.replace(' ', ' --')}")
        said = [_read(f"--{name}", OPTIONS[name][1], value) for value in values]
        if name == "dimension":
            fields["dimensions"] = "{" + ",".join(said) + "}"
        else:
            fields[name] = said[-1]
    if what in ("start", "update"):
        _gather_metric(fields)
    if what == "stop" and fields.get("status", '"failed"') not in ('"finished"', '"failed"', '"canceled"'):
        raise UsageError(f"--status is {fields['status']}, which is no end; it is finished, failed or canceled")
    return fields


def _gather_metric(fields: "dict[str, str]") -> None:
    """Put the dimensions of a task's metric where they belong."""
    dimensions = fields.pop("dimensions", None)
    if dimensions and "metric" not in fields:
        raise UsageError("--dimension needs --metric SPACE/NAME: of what is it?")
    if "metric" in fields:
        fields["metric"] = "{" + fields["metric"] + (f',"dimensions":{dimensions}' if dimensions else "") + "}"


def _read(where: str, read: "Callable[[str], str]", value: str) -> str:
    try:
        return read(value)
    except UsageError as mistake:
        raise UsageError(f"{where} {mistake}") from None


def _add_parallel(what: str, switches: "set[str]", fields: "dict[str, str]") -> None:
    asked = switches & {"parallel", "in series"}
    if asked and what not in ("start", "update"):
        raise UsageError(f"send {what} has no --parallel; start and update have")
    if asked:
        fields["parallel"] = "true" if asked == {"parallel"} else "false"


def _inherit(key: str, fields: "dict[str, str]", parent: "str | None") -> None:
    """Hang a task without a place of its own under the parent that the script was given."""
    if parent and "." not in key and parent.partition(".")[0] != key and "parent" not in fields:
        fields["parent"] = _read("$PROGRESSD_PARENT", OPTIONS["parent"][1], parent)


def help_text() -> str:
    """Return what `progressd send --help` prints."""
    rows = [("--parallel", "what is below it runs side by side; --no-parallel: one after another")]
    rows += [(f"--{name} {value}", meaning) for name, (value, _, meaning) in OPTIONS.items()]
    rows += [
        ("--target URL", TARGETS.replace(", https://…", "")),
        ("", "unless said $PROGRESSD_TARGET, else the socket of this user's daemon"),
        ("--strict", "exit with 1 if nobody takes it; else that is a warning, and the script goes on"),
        ("-q, --quiet", "no warning"),
    ]
    uses, goes = [], []
    for what, (_, takes, needs) in RECORDS.items():
        uses.append(f"  progressd send {what} KEY{' TEXT' if needs == 'text' else ''} [options]")
        goes.append(f"  {what:8} {takes.replace(_BEGIN, 'as start, and') if what == 'update' else takes}")
    return "\n".join(
        [
            "Tell progressd from a shell script how far along the work is: one record a call.",
            "",
            *uses,
            "",
            "options:",
            *(f"  {flag:22} {meaning}" for flag, meaning in rows),
            "",
            "which record has which (each also has time, source and seq):",
            *goes,
            "",
            "A KEY such as nightly.backup is a part of the task nightly. Numbers are absolute, so repeats do no harm.",
            "Exit status: 0; 1 if --strict and nobody took it; 2 if the command line says what cannot be.",
            "",
            "  progressd send start backup --total 20 --unit files",
            "  progressd send update backup --done 7 --message 'photos'",
            "  progressd send stop backup --status failed --message 'disk full'",
            "",
        ]
    )
