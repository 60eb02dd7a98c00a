"""Bars drawn with characters: where they are, how full, and whether they only swing to and fro."""

import re
from typing import NamedTuple

from .numbers import Span

DRAWN = "█▉▊▋▌▍▎▏▓▒░■□◼◻⬛⬜▰▱▮▯●○◉⣿⣷⣶⣦⣤⣄⣀⡀⠀━╸╺╾╼─═▬⋯"
"""Glyphs that draw bars wherever they stand."""
PARTIAL = {"▉": 7 / 8, "▊": 6 / 8, "▋": 5 / 8, "▌": 4 / 8, "▍": 3 / 8, "▎": 2 / 8, "▏": 1 / 8, "╸": 0.5, "╾": 0.5}
"""How much of its cell a glyph fills."""
EMPTY = " .-·_░□◻⬜▱▯○⠀─⋯"
"""What the part that is still to do is drawn with."""
SAME_BOTH = "━─-⋯"
"""With these some tools draw both parts, and tell them apart by colour, which is not kept."""

FRAMED = re.compile(
    rf"[\[|(▕▐┃├❙⸨⟦｜«❲]"
    rf"(?P<body>[{DRAWN} #=\-_.>*+~:XxoO@<·•]{{3,}}+[0-9/\\]?[{DRAWN} #=\-_.>*+~:·•]*+)"
    rf"[\]|)▏▌┃┤❙⸩⟧｜»❳/\\]"
)
BARE = re.compile(rf"[{DRAWN}]{{4,}}+|(?:^|(?<= ))(?:#{{2,}}+|-{{12,}}+|={{2,}}+>?|>{{4,}}+)(?= |$)")
LONGEST_TIP = 2
"""Glyphs between the full part and the rest."""


class Bar(NamedTuple):
    """A drawn bar."""

    full: float | None
    """0…1; None if the drawing does not tell."""
    cell: float
    """The share of one character."""
    swings: bool
    """Its filled part does not begin at the left: it only shows that something goes on."""
    span: Span

    def agrees(self, value: float) -> bool:
        """Return whether a fraction can be what is drawn: some tools round up, some down."""
        return self.full is not None and abs(self.full - value) <= 1.5 * self.cell + 0.02


def find_bar(text: str) -> Bar | None:
    """Return the first bar of a text."""
    framed = next((match for match in FRAMED.finditer(text) if _is_drawn(match["body"])), None)
    if framed:
        body = framed["body"]
        body = body[1:] if body[0] == " " and body[1] not in EMPTY else body
        full, swings = measure(body)
        return Bar(full, 1 / len(body), swings, Span(*framed.span()))
    bare = BARE.search(text)
    if bare is None:
        return None
    body = bare[0]
    if body[0] in DRAWN:
        full, swings = measure(body)
        return Bar(full, 1 / len(body), swings, Span(*bare.span()))
    return Bar(full=None, cell=1.0, swings=False, span=Span(*bare.span()))


def without_bar(text: str) -> str:
    """Return a text without the drawing of its first bar: whoever shows it draws one."""
    bar = find_bar(text)
    parts = (text[: bar.span.begin], text[bar.span.end :]) if bar else (text,)
    return " ".join(part.strip(" |") for part in parts if part.strip(" |"))


def _is_drawn(body: str) -> bool:
    """Return whether it is a bar rather than blanks or dots between brackets."""
    return len(set(body)) > 1 or body[0] not in " .:" or (body[0] == " " and len(body) >= 8)


def measure(body: str) -> tuple[float | None, bool]:
    """Return how full a bar is, 0…1 or None if it does not tell, and whether it swings."""
    first, last, size = body[0], body[-1], len(body)
    head = size - len(body.lstrip(first))
    if head == size:
        return (None if first in SAME_BOTH else 0.0 if first in EMPTY else 1.0), False
    middle = body[head : len(body.rstrip(last))]
    if "<=>" in body or (first in EMPTY and first not in SAME_BOTH) or (first == "-" and middle):
        return None, True
    if len(middle) > LONGEST_TIP or (last not in EMPTY and first != last and last not in PARTIAL):
        return None, False
    return (head + sum(_filled(glyph) for glyph in middle)) / size, False


def _filled(tip: str) -> float:
    return int(tip) / 10 if tip.isdigit() else PARTIAL.get(tip, 0.0 if tip in EMPTY + "╺" else 1.0)
