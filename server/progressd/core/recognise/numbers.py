"""Amounts in a text: percents, pairs such as `3/7` or `1.2 MiB of 5 MiB`, durations, rates, the tool's own ETA.

All expressions are possessive (`++`) and begin at a boundary, so that no text takes more than linear time.
"""

import re
from typing import NamedTuple

NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,5}+(?:\.\d{1,9}+)?|\d{1,18}+(?:[.,]\d{1,18}+)?)"
"""English thousands, or a decimal point or comma. What has more digits counts nothing."""
SIZE = r"(?:[kKMGTPE]i?(?:[Bb](?:ytes?)?)?|[Bb](?:ytes?)?|bytes?|Bytes?)(?![A-Za-z])"
PREFIXES = {"": 1, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}

PERCENT = re.compile(rf"(?<![\w.,+\-%])({NUMBER})(?: ?[%％]| ?percent\b| ?pct\b)(?![\w%])")
OF_SIZE = re.compile(rf"[ )\]]{{0,3}}(?:of|/)\s*~?\s*({NUMBER}) ?({SIZE})")
"""After a percent: of what."""
PAIR = re.compile(
    rf"(?<![\w.,:/\\+\-])(?P<n>{NUMBER})(?: ?(?P<u>{SIZE})| (?!out )(?P<noun>[a-z]{{3,12}}+))?"
    rf"(?: ?[/／∕] ?| of | out of +| von | sur | de | из |中 ?)(?:total |about |~)?"
    rf"(?P<m>{NUMBER})\+?(?: ?(?P<v>{SIZE}))?(?![\w/\\]|[.,:\-]\d|\.\w)"
)
SECONDS = r"\d{1,9}+(?:[.,]\d{1,9}+)?"
CLOCK = r"(?:\d{1,3}(?:d|days?) ?,? ?)?\d{1,4}:\d\d(?::\d\d)?(?:\.\d{1,9}+)?"
WORDED = (
    r"(?:\d{1,4} ?d(?:ays?)? ?)?(?:\d{1,3} ?h(?:(?:ou)?rs?)?:? ?)?(?:\d{1,4} ?m(?:in(?:ute)?s?)?(?![A-Za-z]*\/):? ?)?"
    rf"(?:{SECONDS} ?(?:ms|s(?:ec(?:ond)?s?)?))?"
)
PART = re.compile(rf"({SECONDS}) ?(ms|[dhms])")
DURATION = rf"(?P<clock>{CLOCK})|(?P<worded>(?=\d){WORDED})"
CLOCKS = re.compile(
    rf"(?<![\w:.,\-+/])(?:(?P<clock>{CLOCK})(?![\w:])|(?P<worded>{SECONDS} ?(?:s|sec|secs|seconds)\b))(?!/)"
)
OF_CLOCK = re.compile(rf"(?<![\w:.])(?P<n>{CLOCK}) ?(?:/|of|-) ?(?P<m>{CLOCK})(?![\w:])")
RUNNING = re.compile(r"\((?P<n>\d{1,9}+) \+ \d++\) ?/ ?(?P<m>\d{1,9}+)(?!\d)")
"""Spark's tasks: done, and those that run."""
SECONDS_OF = re.compile(rf"(?<![\w:.])(?P<n>{SECONDS}) ?s(?:ecs?)? ?(?:/|of) ?(?P<m>{SECONDS}) ?s(?:ecs?)?\b")
ETA = re.compile(
    r"(?i:\b(?:eta|remaining|restzeit|time left|left in|est(?:imated)?|about|~)\b[ :=]*~? ?|(?<=\d)<|\(~|~)"
    rf"(?:{DURATION})"
)
LEFT = re.compile(rf"(?<![\w:.])(?:{DURATION}) (?:remaining|left|to go|verbleibend)\b")
SAYS_LEFT = re.compile("remaining|left|to go|verbl")
SAYS_ETA = re.compile(r"[eE][tT][aA]|emaining|estzeit|left|est|about|\d<|~")
"""What there is in every text in which these can be found: much quicker to look for."""
RATE = re.compile(
    rf"(?<![\w.,])(?P<n>{NUMBER}) ?(?P<u>[^\W\d_]{{0,12}})(?:/s(?:ec(?:onds?)?)?| per second|ps)(?!\w)"
    rf"|(?<![\w.,])(?P<inverse>{NUMBER}) ?(?P<time>s|ms|us|µs)/(?P<of>[^\W\d_]{{1,12}})"
)
LEFT_OVER = re.compile(r" (?:left|remaining|to go)\b")
"""After a percent of what is still to do."""
FRACTION = re.compile(r"(?i:\bprogress|\bfraction)\s*+[:=]\s*+(0?\.\d++|[01](?:\.\d++)?)(?![\d%/.,]| ?%)")
SIZED = re.compile(rf"(?<![\w.,/-]){NUMBER} ?{SIZE}(?!/)")


class Span(NamedTuple):
    """Where something stands in a text."""

    begin: int
    end: int


class Percent(NamedTuple):
    """A share of a whole, 0…1, as printed; `total` in bytes if it was said of what."""

    value: float
    step: float
    """What the last printed digit is worth."""
    total: float | None
    span: Span


class Pair(NamedTuple):
    """So much of so much."""

    done: float
    total: float
    unit: str | None
    """`B`, `s`, or a noun; None if nothing is said."""
    step: float
    """How far `done` or `total` may be off, rounded as they are."""
    span: Span


class Rate(NamedTuple):
    """Units per second."""

    value: float
    unit: str
    span: Span


def number(text: str) -> float:
    """Return what a NUMBER says."""
    if "," in text:
        whole, _, rest = text.rpartition(",")
        text = text.replace(",", "") if len(rest) == 3 or "." in rest else f"{whole.replace(',', '')}.{rest}"
    return float(text)


def step(text: str) -> float:
    """Return what the last digit of a NUMBER is worth."""
    point = text.rfind(".")
    return 1.0 if point < 0 else 10.0 ** (point + 1 - len(text))


def factor(unit: str | None) -> float:
    """Return how many bytes (or ones) a unit is: 1024 to the power of … with an `i`, else 1000."""
    if not unit or unit[0] in "Bb":
        return 1.0
    return (1024.0 if unit[1:2] == "i" else 1000.0) ** PREFIXES[unit[0].lower()]


def seconds(found: re.Match[str]) -> float:
    """Return how long a DURATION is."""
    if found["clock"]:
        return clock(found["clock"])
    worth = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    return sum(float(amount.replace(",", ".")) * worth[unit] for amount, unit in PART.findall(found["worded"]))


def clock(text: str) -> float:
    """Return the seconds of `[[d days, ]h:]m:s`."""
    days, _, rest = text.rpartition("d") if "d" in text else ("", "", text)
    total = 0.0
    for part in rest.lstrip("ays, ").split(":"):
        total = total * 60 + float(part)
    return total + (float(days.split("d")[0]) * 86400 if days else 0)


def percents(text: str) -> list[Percent]:
    """Return the percents of a text that may be shares of a whole."""
    found = []
    for match in PERCENT.finditer(text):
        value = number(match[1]) / 100
        if value <= 1.0:
            of = OF_SIZE.match(text, match.end())
            total = number(of[1]) * factor(of[2]) if of else None
            value = 1.0 - value if LEFT_OVER.match(text, match.end()) else value
            span = Span(match.start(), of.end() if of else match.end())
            found.append(Percent(value, step(match[1]) / 100, total, span))
    shares = FRACTION.finditer(text) if "=" in text or ":" in text else ()
    return found + [Percent(float(match[1]), step(match[1]), None, Span(*match.span(1))) for match in shares]


def pairs(text: str) -> list[Pair]:
    """Return the pairs of a text that may be so much of so much."""
    found = []
    for match in PAIR.finditer(text):
        pair = _pair(match)
        alike = pair.unit == "B" or ("." in match["n"]) == ("." in match["m"])
        if pair.total > 0 and alike:
            found.append(pair)
    for expression, sign in ((OF_CLOCK, ":"), (SECONDS_OF, "s"), (RUNNING, "+")):
        for match in () if sign not in text else expression.finditer(text):
            read = clock if expression is OF_CLOCK else number
            done, total = read(match["n"]), read(match["m"])
            if total > 0:
                timed = expression is not RUNNING
                span = Span(*match.span())
                found.append(Pair(done, total, "s" if timed else None, float(timed), span))
    return found


def _pair(match: re.Match[str]) -> Pair:
    ours, theirs = match["u"], match["v"]
    if theirs is None and ours is not None and match["noun"] is None:
        theirs = ours
    if ours is None:
        ours = theirs
    done, total = number(match["n"]) * factor(ours), number(match["m"]) * factor(theirs)
    off = max(step(match["n"]) * factor(ours), step(match["m"]) * factor(theirs)) if ours else 0.0
    unit = ("B" if ours[-1:] in "Bbse" else None) if ours else match["noun"]
    return Pair(done, total, unit, off, Span(*match.span()))


def sizes(text: str) -> list[Span]:
    """Return where a text tells sizes."""
    return [Span(*match.span()) for match in SIZED.finditer(text)]


def eta(text: str) -> tuple[float, Span] | None:
    """Return how many seconds the tool itself says are left, and where."""
    for expression, sign in ((LEFT, SAYS_LEFT), (ETA, SAYS_ETA)):
        match = expression.search(text) if sign.search(text) else None
        if match and (match["clock"] or match["worded"]):
            return seconds(match), Span(*match.span())
    return None


def rate(text: str) -> Rate | None:
    """Return the first speed of a text."""
    match = RATE.search(text) if "/" in text or "ps" in text or " per " in text else None
    if match is None:
        return None
    if match["inverse"]:
        scale = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}[match["time"]]
        value = number(match["inverse"]) * scale
        return Rate(1 / value, match["of"], Span(*match.span())) if value else None
    unit = match["u"]
    size = re.fullmatch(SIZE, unit) if unit else None
    return Rate(number(match["n"]) * (factor(unit) if size else 1), "B" if size else unit, Span(*match.span()))


def clocks(text: str) -> list[tuple[float, Span]]:
    """Return all durations of a text, whatever they are of."""
    found = []
    for match in CLOCKS.finditer(text):
        value = clock(match["clock"]) if match["clock"] else number(match["worded"].rstrip("econds "))
        found.append((value, Span(*match.span())))
    return found
