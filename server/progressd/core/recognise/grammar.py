"""A text to readings: which of its numbers may be progress, of what, and what speaks for it."""

import re

from .bars import Bar, find_bar
from .counts import LABEL_LENGTH, count
from .numbers import Pair, Percent, Rate, Span, clocks, eta, pairs, percents, rate, sizes
from .reading import Reading
from .words import AGAINST, FOR, SMALL_WORDS, WORKED_ON, without_stamp, words

LONGEST = 512
"""Characters of a text that are looked at: bars stand at the begin of what is long."""
MOST, MOST_PERCENTS = 4, 2
"""Readings, and percents, of one text. Tables have more, and are no progress."""
PROMISING = re.compile(
    r"\d(?: ?[%％]| ?[A-Za-z]{0,12}+ ?[/／∕中] ?\d"
    r"| (?:[a-z]{1,12} )?(?:out )?of | (?:von|sur|de|из) \d| ?(?:percent|pct)\b|\) / )"
)
"""What there is in all texts with amounts, but for `progress = 0.5`. It begins with a digit, so that it is quick."""
SMALL = 12
"""`[3/7]` works on the third of seven; `[3/700]` tells what is done, or it does not matter."""
LONGEST_INTEGER = 8
"""Characters of a percent on its own, with the blanks around it."""
NEAR, BESIDE = 4, 2
"""Words before and after a number that say what is being done; those that say what it is a number of."""
CLAUSE = re.compile(r"[,;|{}=\t]|\.\s|(?:^| )- ")
GAP = re.compile(r"[,;|{}=\t]|\.\s|(?:^| )- |  ")
"""Between what belongs together and what does not."""
RATIO = re.compile(r"(?:^| )=>[ ~(]*\Z")
"""Before what a size was compressed to."""
OPEN, CLOSE = "[(", "])"
NOISE = " \t:;,.|-–—=>*#·•…()[]{}<⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏✓✔✗→"
HEX = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{6,}+\b|\d++(?:[.,]\d++)*+")

AGAINST_IT = -6
"""Points of what a word speaks against: more than all else can say for it."""

Amount = Percent | Pair


def read(text: str, rewritten: bool, unfinished: bool = False) -> list[Reading]:
    """Return what a text says.

    `rewritten` if it stands in a row that is written over and over; `unfinished` if its last number may go on.
    """
    text = text[:LONGEST]
    readings: list[Reading] = []
    if rewritten or PROMISING.search(text) or "rogress" in text:
        readings = Line(text, rewritten, unfinished).readings()
    if readings and max(reading.points for reading in readings) > -BESIDE:
        return readings
    return count(text, rewritten, unfinished) or readings or _integer(text, unfinished)


def _integer(text: str, unfinished: bool) -> list[Reading]:
    """Return what a text says that is only an integer: a percent, as `pv -n` prints it, if it behaves like one."""
    if len(text) > LONGEST_INTEGER or unfinished or not text.strip().isdecimal() or int(text) > 100:
        return []
    return [Reading("integer:", "", 1, fraction=int(text) / 100)]


def template(label: str) -> str:
    """Return a label without what changes from one of a kind to the next."""
    return " ".join(HEX.sub("#", label.lower()).split())


class Line:
    """One text and the amounts in it."""

    def __init__(self, text: str, rewritten: bool, unfinished: bool) -> None:
        self.text = text
        self.rewritten = rewritten
        self.begin = without_stamp(text)
        self.bar: Bar | None = find_bar(text)
        self.percents = percents(text)
        self.pairs = pairs(text)
        self.open_end = len(text) if unfinished else -1
        self.eta = eta(text)
        self.rate: Rate | None = rate(text)

    def readings(self) -> list[Reading]:
        """Return the readings of the amounts that stand out, or of all if none does."""
        both = [(pair, percent) for pair in self.pairs for percent in self.percents if agree(pair, percent)]
        if both:
            pair, percent = max(both, key=lambda found: self._context_points(found[0].span))
            points = self._context_points(pair.span)
            if points >= 0:
                return [self._reading(pair, percent)]
            both = both if points <= AGAINST_IT else []
        if len(self.percents) > MOST_PERCENTS and not self.bar:
            return []
        against = {amount.span for found in both for amount in found}
        amounts: list[Amount] = [amount for amount in self._amounts() if amount.span not in against]
        if self.bar:
            amounts = [amount for amount in amounts if self.bar.agrees(share(amount))][:1] or amounts
        amounts = self._told(amounts)
        return [self._reading(amount, None) for amount in sorted(amounts, key=lambda amount: amount.span)]

    def _told(self, amounts: list[Amount]) -> list[Amount]:
        """Leave out what the words beside it speak against, if there is anything else."""
        if len(amounts) < 2:
            return amounts
        weighed = [(self._context_points(amount.span), amount) for amount in amounts]
        kept = [amount for points, amount in weighed if points >= 0]
        return (kept or amounts)[:MOST] if len(kept) <= MOST else []

    def _reading(self, amount: Amount, beside: Percent | None) -> Reading:
        span = amount.span
        label, form = self._label(span, beside), self._form(span)
        points = self._context_points(span) + self._points(amount, beside)
        pair = amount if isinstance(amount, Pair) else None
        percent = beside or (amount if isinstance(amount, Percent) else None)
        sized = pair is not None and pair.unit == "B"
        exact = share(amount)
        if percent and pair and percent.step < pair.step / pair.total:
            exact = percent.value
        total = pair.total if pair else percent.total if percent else None
        return Reading(
            key="end:" if form == "end" and not self.rewritten else f"{form}:{template(label)}{' bytes' * sized}",
            label=label,
            points=points,
            fraction=min(1.0, exact),
            done=pair.done if pair else total * exact if total else None,
            total=total,
            unit=(pair.unit or self._noun(pair.span)) if pair else "B" if total else None,
            ordinal=bool(pair and not beside and self._is_ordinal(pair, form)),
            eta=self.eta[0] if self.eta else None,
            clock=self._clock(),
            rate=self.rate.value if self.rate else None,
            drawn=self.bar is not None and not self.bar.swings,
            unfinished=span.end == self.open_end,
        )

    def _points(self, amount: Amount, beside: Percent | None) -> int:
        points = self._bar_points(share(amount))
        points += 2 * (beside is not None)
        points += 2 * (self.eta is not None) or (self.rate is not None)
        form = self._form(amount.span)
        points += 2 * (form in ("start", "end")) + (isinstance(amount, Pair) and amount.unit == "B")
        if not points and isinstance(amount, Pair) and form == "pair" and not self._label(amount.span, beside):
            points -= 1
        return points + (self.text.strip() == self.text[slice(*amount.span)])

    def _bar_points(self, value: float) -> int:
        if self.bar is None or self.bar.swings:
            return 0
        if self.bar.full is None:
            return 2
        return 3 * self.bar.agrees(value)

    def _context_points(self, span: Span) -> int:
        """Weigh the words beside an amount."""
        before = [word for word in words(self._before(span)) if word not in SMALL_WORDS][-NEAR:]
        after = [word for word in words(self._after(span)) if word not in SMALL_WORDS][:NEAR]
        near = {*before, *after}
        if {*before[-BESIDE:], *after[:BESIDE]} & AGAINST or RATIO.search(self.text[: span.begin]):
            return AGAINST_IT
        if self.text[span.end :].startswith(" = "):
            return AGAINST_IT
        assigned = self.text[: span.begin].endswith("=") and not near & FOR
        points = (
            -2 * assigned
            + bool(near & FOR)
            + bool(after[:1] and after[0] in ("complete", "completed", "done", "fertig"))
        )
        noun = isinstance(self._noun(span), str) or bool(before[-1:] and before[-1] in WORKED_ON)
        return points + noun

    def _before(self, span: Span) -> str:
        """Return the clause before an amount, without the amount before it."""
        text = self.text[self.begin : span.begin].rstrip(" ~=([")
        if self.text[self.begin + len(text) :].startswith("  ") and self._form(span) == "end":
            return ""
        end = max([0, *(match.end() for match in CLAUSE.finditer(text))])
        ends = [other.span.end - self.begin for other in self._amounts() if other.span.end <= span.begin]
        return text[max([end, *ends]) :]

    def _after(self, span: Span) -> str:
        text = self.text[span.end :].lstrip("])")
        ends = [
            other.span.begin - (len(self.text) - len(text)) for other in self._amounts() if other.span.begin > span.end
        ]
        stop = GAP.search(text)
        return text[: min([stop.start() if stop else len(text), *(end for end in ends if end >= 0)])]

    def _amounts(self) -> list[Amount]:
        return [*self.percents, *self.pairs]

    def _form(self, span: Span) -> str:
        """Return how an amount stands in the text: bracketed at its start or end, or as which kind."""
        before, after = self.text[self.begin : span.begin].rstrip(" "), self.text[span.end :].lstrip(" ")
        if before[-1:] in OPEN and after[:1] in CLOSE and before and after:
            if before == "[" or (before == "(" and not self.rewritten):
                return "start"
            if not after[1:].strip():
                return "end"
        elif (
            not after
            and before
            and not self.rewritten
            and self._is_pair(span)
            and self.text[: span.begin].endswith("  ")
        ):
            return "end"
        return "pair" if self._is_pair(span) else "percent"

    def _label(self, span: Span, beside: Percent | None) -> str:
        """Return the words that stand before all amounts; else those right before this one; else its noun."""
        noun = self._noun(span) if self._is_pair(span) else None
        span = min(span, beside.span) if beside else span
        marks = self._marks()
        last = max([self.begin, *(mark.end for mark in marks if mark.end <= span.begin)])
        nearest = clean(self._before(span)) if FOR & {*words(self.text[last : span.begin])} else ""
        if nearest:
            return nearest
        first = min([span.begin, *(mark.begin for mark in marks)])
        label = clean(self._clause(self.text[self.begin : first]))
        several = beside is None and len(self._amounts()) > 1 and not self.bar
        if several or not label:
            label = clean(self._before(span)) or label
        return label or noun or ""

    def _is_pair(self, span: Span) -> bool:
        return any(pair.span == span for pair in self.pairs)

    def _clause(self, text: str) -> str:
        """Return the part of a text that says what is done: the last that has a word for it, else the first."""
        parts = [part for part in re.split(r"[|;,]", text) if any(char.isalpha() for char in part)]
        return next((part for part in reversed(parts) if FOR & {*words(part)}), parts[0] if parts else "")

    def _marks(self) -> list[Span]:
        marks = [amount.span for amount in self._amounts()] + [span for _, span in clocks(self.text)] + sizes(self.text)
        marks = [mark for mark in marks if mark.begin >= self.begin]
        marks += [self.bar.span] if self.bar else []
        marks += [self.eta[1]] if self.eta else []
        return [*marks, self.rate.span] if self.rate else marks

    def _noun(self, span: Span) -> str | None:
        """Return the word right after an amount, if it can be what is counted."""
        match = re.match(r" ?([^\W\d_]{3,20}+)(?![\w/])", self.text[span.end :])
        word = match[1].lower() if match else ""
        return word if word and word not in FOR and word not in ("eta", "and", "for", "with", "from", "the") else None

    def _is_ordinal(self, pair: Pair, form: str) -> bool:
        if pair.unit in ("B", "s") or pair.done < 1 or pair.done != int(pair.done):
            return False
        before = self._before(pair.span)
        last = words(before)[-1:]
        named = bool(last) and last[0] in WORKED_ON and before.rstrip(" #").lower().endswith(last[0])
        return named or (form in ("start", "end") and pair.total <= SMALL)

    def _clock(self) -> float | None:
        """Return the last duration of the text, where none is said to be what is left."""
        if self.eta:
            return None
        found = clocks(self.text)
        return found[-1][0] if found else None


def share(amount: Amount) -> float:
    """Return how much of the whole an amount is."""
    return amount.value if isinstance(amount, Percent) else amount.done / amount.total


def agree(pair: Pair, percent: Percent) -> bool:
    """Return whether a percent says the same as a pair, as both are rounded."""
    off = percent.step + (pair.step / pair.total if pair.step else 0.0)
    before = (pair.done - 1) / pair.total
    return abs(pair.done / pair.total - percent.value) <= off or abs(before - percent.value) <= off / 2


def clean(text: str) -> str:
    """Return a label without what decorates it."""
    label = " ".join(text.strip(NOISE).split())
    if label.count("(") != label.count(")"):
        label = label.rpartition("(")[0] + label.rpartition("(")[2]
    while label[-1:] in NOISE and label:
        label = label[:-1]
    if not any(char.isalpha() for char in label):
        return ""
    return label[:LABEL_LENGTH].rstrip(NOISE)
