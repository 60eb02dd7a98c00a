"""Counters: how much is done of nobody knows how much."""

import re

from .bars import find_bar
from .numbers import NUMBER, SIZE, factor, number, rate
from .reading import Reading
from .words import without_stamp

RATED = re.compile(rf"(?<![\w.,:/#\-+])(?P<n>{NUMBER})(?: ?(?P<size>{SIZE})| ?(?P<noun>[A-Za-z]{{1,16}}+))?(?![\w:/.%])")
VERBED = re.compile(
    rf"(?i:\b(?:completed?|processed|done|finished|downloaded|uploaded|scanned|copied|read|written|wrote|imported|"
    rf"indexed|inserted|exported|checked|converted|compiled|parsed|received|sent|transferred|loaded|handled|consumed))"
    rf"[:= ] {{0,4}}(?P<n>{NUMBER})(?: (?P<size>{SIZE})| (?P<noun>[a-z]{{2,16}}+))?(?![\w:/.%])"
)
CLEAR = re.compile(r"[\d.,]+ ?\S{0,12}/s(?:ec)?\b|\bper second\b")


def count(text: str, rewritten: bool, unfinished: bool = False) -> list[Reading]:
    """Return the one counter of a text: with its verb, or, in a row that is written over and over, with its speed."""
    begin = without_stamp(text)
    match = VERBED.search(text, begin)
    points = 1
    speed = rate(text) if rewritten else None
    bar = find_bar(text) if rewritten else None
    if match is None and (speed or (bar and bar.swings)):
        match = RATED.search(text, bar.span.end if bar and bar.span.begin <= begin + 12 else begin)
        points = 2
    if match is None or (unfinished and match.end() == len(text)):
        return []
    size = match["size"]
    label = " ".join(text[begin : match.start()].strip(" :|-=([/\\").split())[:60]
    return [
        Reading(
            key=f"count:{label.lower() if any(char.isalpha() for char in label) else ''}",
            label=label if any(char.isalpha() for char in label) else "",
            points=points + (speed is not None),
            done=number(match["n"]) * factor(size),
            unit="B" if size else match["noun"],
            rate=speed.value if speed else None,
        )
    ]
