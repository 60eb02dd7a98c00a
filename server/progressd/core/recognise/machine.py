"""Formats that programs write for programs: what they say needs no weighing.

apt's `APT::Status-Fd`, `e2fsck -C`, pip's raw progress bar, curl's columns, TAP, TeamCity's and Azure's
service messages, groups of GitHub and GitLab, ConEmu's OSC 9;4; JSON is in `jsonlines.py`, what needs a total
that was told before in `stated.py`.
"""

import re

from .jsonlines import read_json
from .numbers import CLOCK, NUMBER, clock, factor, number
from .reading import Reading
from .stated import share

APT = re.compile(r"(dlstatus|pmstatus):([^:]*+):(\d{1,15}+(?:\.\d{1,15}+)?):(.*)")
E2FSCK = re.compile(r"(\d) (\d{1,15}+) (\d{1,15}+) (/\S++)\Z")
PIP = re.compile(r"Progress (\d{1,15}+) of (\d{1,15}+)\Z")
CURL = re.compile(
    r" *(?P<percent>\d{1,3}) +(?P<total>[\d.]+[kMGTP]?) +\d{1,3} +(?P<done>[\d.]+[kMGTP]?) +\d{1,3} +[\d.]+[kMGTP]?"
    r" +[\d.]+[kMGTP]? +[\d.]+[kMGTP]? +(?P<whole>\S+) +\S+ +(?P<left>\S+) +(?P<speed>[\d.]+[kMGTP]?)\Z"
)
CURL_PARALLEL = re.compile(
    r"(?P<percent>\d{1,3}) +(?:\d{1,3}|--) +(?P<done>[\d.]+[kMGTP]?) +[\d.]+[kMGTP]? +\d+ +\d+ +\S+ +\S+ +(?P<left>\S+)"
    r" +(?P<speed>[\d.]+[kMGTP]?)\Z"
)
WHOLE_CLOCK = re.compile(rf"{CLOCK}\Z")
AMOUNT = re.compile(rf"({NUMBER})([kMGTP]?)")
PLAN = re.compile(r"1\.\.(\d{1,15}+)(?: |\Z)")
TEST = re.compile(r"(?:not )?ok (\d{1,15}+)\b(?: - | )?(.*)")
TEAMCITY = re.compile(r"##teamcity\[(\w++) (.*)\]")
NAMED = re.compile(r"(?:name|count)='((?:[^'|]|\|.)*+)'|^'((?:[^'|]|\|.)*+)'")
GROUP = re.compile(r"(?:::group::|##\[group\]|section_start:\d{1,15}+:(?:\w++\[[^]]*+\])?)(.*)")
GROUP_END = re.compile(r"::endgroup::|##\[endgroup\]|section_end:")
AZURE = re.compile(r"##vso\[task\.setprogress value=(\d{1,3});?[^]]*+\](.*)")
OSC = re.compile(rb"\]9;4;([0-4])(?:;(\d{0,3}))?")
LONGEST_COUNT = 12
"""Digits."""
LIKELY = re.compile(r"pmstatus:|dlstatus:|Progress |\d|not ok|ok|##|::|section_|\{| ")
"""How a line begins that may be one of these."""


class Machine:
    """Reads lines in the formats above. `learn` takes note of what the later ones are measured against."""

    def __init__(self) -> None:
        self._plan = 0
        self._tests = 0
        self._groups: list[str] = []

    def learn(self, text: str) -> None:
        """Take note of a line that is final: a plan, a group that opens or closes."""
        if match := PLAN.match(text):
            self._plan = int(match[1])
        elif (match := GROUP.match(text)) or (match := TEAMCITY.match(text)):
            self._nest(match)
        elif GROUP_END.match(text) and self._groups:
            self._groups.pop()

    def _nest(self, match: re.Match[str]) -> None:
        if match.re is GROUP or match[1] == "blockOpened":
            self._groups.append(match[1] if match.re is GROUP else _named(match[2]))
        elif match[1] == "blockClosed" and self._groups:
            self._groups.pop()
        elif match[1] == "testCount":
            count = _named(match[2])
            self._plan, self._tests = int(count) if count.isdecimal() and len(count) < LONGEST_COUNT else 0, 0
        elif match[1] == "testFinished":
            self._tests += 1

    def read(self, text: str) -> list[Reading] | None:
        """Return what a line says, or None if it is in no format for machines."""
        if LIKELY.match(text) is None:
            return None
        text = text.rstrip()
        for read in (self._tools, self._tests_of, self._groups_of):
            found = read(text)
            if found is not None:
                return found
        return read_json(text) if text.lstrip()[:1] == "{" else None

    def _tools(self, text: str) -> list[Reading] | None:
        if match := APT.match(text):
            return [_exact(match[1], float(match[3]) / 100)]
        if match := E2FSCK.match(text):
            return [share(f"pass {match[1]}", int(match[2]), int(match[3]))]
        if match := PIP.match(text):
            return [share("Progress", int(match[1]), int(match[2]), "B")]
        if match := CURL.match(text) or CURL_PARALLEL.match(text):
            return [_curl(match)]
        return None

    def _tests_of(self, text: str) -> list[Reading] | None:
        if match := TEST.match(text):
            done = int(match[1])
            if self._plan and done <= self._plan:
                return [share("tests", done, self._plan, "tests")]
            return [Reading("tests", "tests", 0, done=done, unit="tests", certain=True)]
        if match := AZURE.match(text):
            return [_exact(match[2] or "progress", min(1.0, int(match[1]) / 100))]
        return [] if PLAN.match(text) else None

    def _groups_of(self, text: str) -> list[Reading] | None:
        if match := GROUP.match(text):
            return [_phase(match[1], self._groups)]
        if GROUP_END.match(text):
            return [_phase(self._groups[-1], self._groups[:-1], finished=True)] if self._groups else []
        match = TEAMCITY.match(text)
        if match is None:
            return None
        name = _named(match[2])
        if match[1] == "blockOpened":
            return [_phase(name, self._groups)]
        if match[1] == "blockClosed":
            return [_phase(name, self._groups[:-1], finished=True)] if self._groups else []
        if match[1] == "testFinished" and self._plan:
            return [share("tests", min(self._tests + 1, self._plan), self._plan, "tests")]
        return []


def read_string(string: bytes) -> Reading | None:
    """Return what OSC 9;4 says of the whole command: `9;4;STATE;PERCENT`, where state 0 clears and 3 is busy."""
    match = OSC.match(string)
    if match is None or match[1] == b"0":
        return None
    busy = match[1] == b"3" or not match[2]
    return Reading("command", "", 0, fraction=None if busy else min(1.0, int(match[2]) / 100), certain=True)


def _curl(match: re.Match[str]) -> Reading:
    known = match.groupdict()
    total, done = _amount(known.get("total") or "0"), _amount(match["done"])
    left = known["left"] or ""
    percent = min(1.0, int(match["percent"]) / 100)
    of_nothing = known.get("whole", "").startswith("-") and done > 0 and total == done
    fraction = None if of_nothing else percent
    return Reading(
        "curl",
        "",
        0,
        fraction=fraction,
        done=done,
        total=total or None,
        unit="B",
        eta=clock(left) if WHOLE_CLOCK.match(left) else None,
        rate=_amount(match["speed"]),
        certain=True,
    )


def _amount(text: str) -> float:
    match = AMOUNT.match(text)
    return number(match[1]) * factor(match[2]) if match else 0.0


def _named(attributes: str) -> str:
    match = NAMED.search(attributes)
    return re.sub(r"\|(.)", r"\1", match[1] or match[2] or "") if match else ""


def _exact(label: str, fraction: float) -> Reading:
    return Reading(label.lower(), label, 0, fraction=min(1.0, fraction), certain=True)


def _phase(name: str, within: list[str], finished: bool = False) -> Reading:
    parent = ".".join(within) or None
    return Reading(".".join([*within, name]), name, 0, certain=True, finished=finished, parent=parent)
