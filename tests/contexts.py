"""Writes `.ctxt` files as the writers of context-apis do, each with its own habits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

Fraction = Callable[[int], str]
"""Microseconds since the last full second, as a writer prints them."""

HABITS: dict[str, Fraction] = {
    "python": lambda micros: f".{micros:06d}",
    "java, German": lambda micros: f",{micros:06d}",
    "c": lambda micros: f".{micros // 1000}",
    "perl": lambda micros: f".{micros}",
}
"""C prints milliseconds and Perl microseconds, both without the zeros that the fraction begins with."""


@dataclass
class Writer:
    """One thread of one process. Each call writes a line; time passes only by `wait`."""

    path: Path
    host: str = "web01"
    pid: int = 4242
    thread: str = "MainThread"
    micros: int = 1_700_000_000_123_456
    fraction: Fraction = HABITS["python"]
    end: str = "\n"

    def wait(self, seconds: float) -> None:
        self.micros += round(seconds * 1e6)

    def say(self, kind: str, text: str = "", location: str = "-") -> None:
        time = f"{self.micros // 10**6}{self.fraction(self.micros % 10**6)}"
        with self.path.open("ab") as file:
            line = f"{time} {self.host} {self.pid} {self.thread} {kind} {location} {text}{self.end}"
            file.write(line.encode("utf-8", "surrogateescape"))


@dataclass
class Call:
    """A span as it was meant: what a test compares with."""

    name: str
    start: float
    stop: float = 0.0
    status: str = "finished"
    marks: list[tuple[float, str]] = field(default_factory=list)
    below: list["Call"] = field(default_factory=list)


def program(writer: Writer, dice: Random, depth: int = 4) -> list[Call]:
    """Write a program that calls functions in functions, marks moments and fails at times; return its calls."""
    return list(_calls(writer, dice, depth))


def _calls(writer: Writer, dice: Random, depth: int) -> Iterator[Call]:
    for _ in range(dice.randint(1, 4)):
        name = dice.choice(("load app.toml", "fetch", "parse 12 rows", "größer", "SELECT 1 -- START of it"))
        call = Call(name, writer.micros / 1e6)
        writer.say("START", name, "load_cfg")
        _pass(writer, dice)
        if dice.random() < 0.3:
            call.marks.append((writer.micros / 1e6, "half way"))
            writer.say("BMARK", "half way")
            _pass(writer, dice)
        if depth and dice.random() < 0.7:
            call.below = list(_calls(writer, dice, depth - 1))
        call.status = dice.choice(("finished", "finished", "failed"))
        writer.say("ENDER" if call.status == "failed" else "ENDOK", "boom" if call.status == "failed" else "")
        call.stop = writer.micros / 1e6
        _pass(writer, dice)
        yield call


def _pass(writer: Writer, dice: Random) -> None:
    """Often no time at all: clocks are coarse."""
    writer.wait(dice.choice((0, 0, 0.000001, 0.001, 0.25, 2)))
