"""Counters: so much is done, of nobody knows how much."""

import re

from .bars import find_bar
from .numbers import NUMBER, SIZE, factor, number, rate
from .reading import Reading
from .words import without_stamp, word_set

AMOUNT = rf"(?P<n>{NUMBER})(?: ?(?P<size>{SIZE})| ?(?P<noun>[A-Za-z]{{1,16}}+)(?! ?=))?(?![\w:/.%])"
COUNTED = re.compile(AMOUNT)
RATED = re.compile(rf"(?<![\w.,:/#\-+]){AMOUNT}")
AFTER_WORD = re.compile(r"\d(?<=[a-z:= ][:= ]\d)")
"""Where a number begins after a word. It begins with a digit, so that it is quick."""
LAST_WORD = re.compile(r"([A-Za-z]{4,12})[:= ]{1,4}\Z")
VERBS = word_set("""
    complete completed processed done finished downloaded uploaded scanned copied read written wrote imported indexed
    inserted exported checked converted compiled parsed received sent transferred loaded handled consumed
""")
"""What is done, is counted after these."""
LABEL_LENGTH = 60


def count(text: str, rewritten: bool, unfinished: bool = False) -> list[Reading]:
    """Return the one counter of a text: after its verb, or, in a row that is written over and over, with its speed.

    `unfinished` if the last number of the text may go on.
    """
    match, points, speed = _after_verb(text), 1, None
    if rewritten:
        speed = rate(text)
        bar = find_bar(text)
        if match is None and (speed or (bar and bar.swings)):
            first = bar is not None and not text[: bar.span.begin].strip("|/-\\ ")
            match = RATED.search(text, bar.span.end if bar and first else without_stamp(text))
            points = 2
    if match is None or (unfinished and match.end() == len(text)):
        return []
    label = _label(text[without_stamp(text) : match.start()])
    return [
        Reading(
            key=f"count:{label.lower()}",
            label=label,
            points=points + (speed is not None),
            done=number(match["n"]) * factor(match["size"]),
            unit="B" if match["size"] else match["noun"],
            rate=speed.value if speed else None,
        )
    ]


def _after_verb(text: str) -> re.Match[str] | None:
    for digit in AFTER_WORD.finditer(text):
        begin = digit.start()
        word = LAST_WORD.search(text[max(0, begin - 16) : begin])
        if word and word[1].lower() in VERBS:
            return COUNTED.match(text, begin)
    return None


def _label(text: str) -> str:
    """Return the words before a count."""
    label = " ".join(text.strip(" :|-=([/\\").split())
    return label[:LABEL_LENGTH] if any(char.isalpha() for char in label) else ""
