"""The pen with which a terminal writes: colours and weights that control sequences selected (SGR; ECMA-48, 8.3.117)."""

from functools import lru_cache

LONGEST = 64
"""Characters of a selection that is followed: all colours and weights at once are fewer."""
_WEIGHTS = frozenset(("1", "2", "3", "4", "5", "7", "8", "9", "21"))
_ENDS = {"22": ("1", "2"), "23": ("3",), "24": ("4", "21"), "25": ("5",), "27": ("7",), "28": ("8",), "29": ("9",)}
OTHERS = ("?", ">", "<", "=")
"""How parameters begin that are for something else than pens."""
_WIDTHS = {"5": 2, "2": 4}
"""Parameters of a colour by its kind: of the palette, or red, green and blue."""


@lru_cache(1024)
def after(pen: str, selected: str) -> str:
    """Return a pen after a selection; both are parameters such as `1;31`, and an empty pen is the plain one."""
    if len(selected) > LONGEST or selected.startswith(OTHERS):
        return pen
    weights: set[str] = set()
    colours = {"3": "", "4": ""}
    parameters = f"{pen};{selected}".split(";")
    while parameters:
        word = parameters.pop(0)
        number = word.lstrip("0")
        if not number:
            weights.clear()
            colours = {"3": "", "4": ""}
        elif number in _WEIGHTS:
            weights.add(number)
        elif number in _ENDS:
            weights.difference_update(_ENDS[number])
        elif number in ("38", "48", "58"):
            width = _WIDTHS.get(parameters[0] if parameters else "", 0)
            whole = [number, *parameters[:width]]
            del parameters[:width]
            if number != "58" and 1 < len(whole) == 1 + width:  # underlines stay plain
                colours[number[0]] = ";".join(whole)
        else:
            _choose(colours, number)
    return ";".join((*sorted(weights), *filter(None, colours.values())))


def _choose(colours: dict[str, str], number: str) -> None:
    plane, colour = ("4" if number.startswith(("4", "10")) else "3"), number.partition(":")[0]
    if colour in ("39", "49"):
        colours[plane] = ""
    elif colour in ("38", "48") or (colour.isascii() and colour.isdigit() and _is_colour(int(colour))):
        colours[plane] = number


def _is_colour(number: int) -> bool:
    return 30 <= number <= 47 or 90 <= number <= 107


def switch(old: str, new: str) -> str:
    """Return what has a terminal change its pen."""
    return f"\x1b[{new}m" if not old else f"\x1b[0;{new}m" if new else "\x1b[m"
