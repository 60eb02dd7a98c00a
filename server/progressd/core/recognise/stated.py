"""Totals that are told once, and counts that are measured against them later."""

import re
from math import isfinite

from .jsonlines import read_fields
from .numbers import CLOCK, clock
from .reading import Reading

TOTAL = re.compile(
    rf"\s*(?:Duration: ({CLOCK})|(?:nsteps|n_?steps|total[_ ]steps|max[_ ]steps|steps)\s*[=:]\s*(\d{{1,15}}+)\s*\Z)"
)
"""ffmpeg's duration of what it reads; the steps of a simulation, as in gromacs."""
END_TIME = re.compile(r"\s*(?:endTime|end_time|t_end)\s*[=: ]\s*([\d.eE+-]++);?\s*\Z")
"""The end of simulated time, as in OpenFOAM."""
TIME = re.compile(
    rf"(?:frame= *\d++ .*?|size= *\S++ .*?|^out_)time=(?P<time>{CLOCK})(?:.*?speed= *(?P<speed>[\d.]++)x)?"
)
TIME_END = re.compile(r"progress=end\Z")
STEP = re.compile(r"\s*(?i:step)[ =:]+(\d{1,15}+)\b(?! ?/| of)")
SIMULATED = re.compile(r"Time = ([\d.]++(?:e-?\d++)?)s?\Z")
FIELD = re.compile(r"(?<![\w.])([A-Za-z_]\w{0,31}+)=(-?\d++(?:\.\d++)?)(?![\w./:%])")
"""A number in logfmt."""


class Stated:
    """Remembers what totals were told. `read` does not change it, `learn` does."""

    def __init__(self) -> None:
        self._duration = self._steps = self._end_time = 0.0

    def learn(self, text: str) -> None:
        """Take note of a total."""
        if match := TOTAL.match(text):
            if match[1]:
                self._duration = max(self._duration, clock(match[1]))
            else:
                self._steps = float(match[2])
        elif match := END_TIME.match(text):
            self._end_time = _number(match[1])
        elif text.startswith("ffmpeg version"):
            self._duration = 0.0

    def read(self, text: str) -> list[Reading] | None:
        """Return what a text says, measured against what was told; None if it says nothing of that."""
        if "=" not in text and not self._steps:
            return None
        if self._duration and (match := TIME.match(text)):
            speed = match["speed"]
            return [share("time", clock(match["time"]), self._duration, "s", _number(speed) if speed else None)]
        if self._duration and TIME_END.match(text):
            return [share("time", self._duration, self._duration, "s")]
        if self._steps and (match := STEP.match(text)) and float(match[1]) <= self._steps:
            return [share("step", float(match[1]), self._steps, "steps")]
        if self._end_time and (match := SIMULATED.match(text)):
            return [share("Time", _number(match[1]), self._end_time, None)]
        fields = {key: float(value) for key, value in FIELD.findall(text)}
        found = read_fields(dict(fields)) if len(fields) > 1 else None
        return [found] if found and found.total else None


def share(label: str, done: float, total: float, unit: str | None = None, rate: float | None = None) -> Reading:
    """Return the reading of so much of so much, said outright."""
    fraction = min(1.0, done / total) if total else None
    return Reading(label, label, 0, fraction=fraction, done=done, total=total, unit=unit, rate=rate, certain=True)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if isfinite(value) else 0.0
