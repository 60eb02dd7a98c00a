"""What a terminal answers when it is asked: for programs that wait for it while no real terminal is there.

After xterm's ctlseqs. Some programs wait seconds for each answer that does not come.
"""

import re

DEVICE = b"\x1b[?1;2c"
"""A VT100 with the advanced video option: the least that anybody expects."""
SECONDARY = b"\x1b[>0;0;0c"
NAME = b"\x1bP>|progressd\x1b\\"
NO_CAPABILITY = b"\x1bP0+r\x1b\\"
BLACK, WHITE = b"rgb:0000/0000/0000", b"rgb:ffff/ffff/ffff"
MODE = re.compile(rb"\[(\??\d{1,5})\$p\Z")


def answer(asked: bytes, cursor: tuple[int, int], size: tuple[int, int]) -> bytes:
    """Return what to write to the program's terminal; empty if it asked for nothing.

    `asked` is a control sequence without its escape (and without its terminator); `cursor` and `size` are column or
    columns, then row or rows; the cursor's from 1.
    """
    x, y = cursor
    columns, rows = size
    known = {
        b"[5n": b"\x1b[0n",
        b"[6n": b"\x1b[%d;%dR" % (y, x),
        b"[?6n": b"\x1b[?%d;%dR" % (y, x),
        b"[c": DEVICE,
        b"[0c": DEVICE,
        b"[>c": SECONDARY,
        b"[>0c": SECONDARY,
        b"[>q": NAME,
        b"[>0q": NAME,
        b"[18t": b"\x1b[8;%d;%dt" % (rows, columns),
        b"]10;?": b"\x1b]10;%b\x1b\\" % WHITE,
        b"]11;?": b"\x1b]11;%b\x1b\\" % BLACK,
    }
    if asked.startswith(b"P+q"):
        return NO_CAPABILITY
    mode = MODE.match(asked)
    return b"\x1b[%b;0$y" % mode[1] if mode else known.get(asked, b"")
