"""The page's colours: enough contrast, and apart from one another for eyes that miss one of three."""

import re
from itertools import combinations
from pathlib import Path

import pytest

STYLE = (Path(__file__).parents[2] / "web" / "style.css").read_text()
STATUSES = ["waiting", "running", "paused", "finished", "failed", "canceled"]
GRAPHICS, TEXT = 3.0, 4.5
"""WCAG 2.2, 1.4.11 and 1.4.3."""
APART = 20.0
"""ΔE (CIE 1976) of two status colours: ten times what side by side is seen as a difference."""
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira, Fernandes 2009, severity 1: from linear RGB to what is seen of it."""

Colour = tuple[float, float, float]


def colours(scheme: str) -> dict[str, Colour]:
    """Return the colours of a scheme by name, as linear RGB."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", STYLE)
    return {name: linear(light if scheme == "light" else dark) for name, light, dark in found}


def linear(code: str) -> Colour:
    digits = code[1:] if len(code) == 7 else "".join(2 * digit for digit in code[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: Colour) -> Colour:
    """Return CIE L*a*b* under D65."""
    red, green, blue = colour
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(colour: Colour, blindness: str) -> Colour:
    red, green, blue = (
        min(1.0, max(0.0, sum(share * part for share, part in zip(row, colour, strict=True))))
        for row in BLINDNESS[blindness]
    )
    return red, green, blue


def difference(one: Colour, other: Colour) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(lab(one), lab(other), strict=True)) ** 0.5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_status_colours_stand_out_from_the_page(scheme: str) -> None:
    found = colours(scheme)
    for status in [*STATUSES, "accent"]:
        assert contrast(found[status], found["page"]) >= GRAPHICS, status


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "raised", "warn", "alarm"])
def test_text_can_be_read_on_every_ground(scheme: str, ground: str) -> None:
    found = colours(scheme)
    for words in ("text", "dim") if ground in ("page", "raised") else ("text",):
        assert contrast(found[words], found[ground]) >= TEXT, words


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_no_two_statuses_look_alike_to_colour_blind_eyes(scheme: str, blindness: str) -> None:
    found = colours(scheme)
    # What waits and what was canceled are greys: their glyphs and bars tell them apart.
    for one, other in combinations([status for status in STATUSES if status != "canceled"], 2):
        assert difference(seen(found[one], blindness), seen(found[other], blindness)) >= APART, (one, other)
