"""What a terminal reads: texts, control characters, escape sequences; after ECMA-48."""

import re

STRING_LIMIT = 4096
"""Bytes kept of a control string, which may as well be a picture."""
TAB = 8

TOKEN = re.compile(
    rb"(?P<text>[^\x00-\x1f\x7f]++)"
    rb"|(?P<newline>\r?[\n\v\f])"
    rb"|(?P<home>\r++)"
    rb"|(?P<back>\x08++)"
    rb"|\x1b\[(?P<arguments>[0-?]{0,64}+)[ -/]{0,4}+(?P<control>[@-~])"
    rb"|\x1b(?P<string>[\]PX^_])"
    rb"|\x1b[ -/]{0,4}+(?P<escape>[0-Z\\`-~])"
    rb"|(?P<tab>\t)"
    rb"|(?P<other>[\x00-\x1f\x7f])"
)
"""Bytes to what they do. Every byte is in some token."""
UNFINISHED = re.compile(rb"(?:\r|\x1b(?:\[[0-?]{0,64}+)?+[ -/]{0,4}+)\Z")
"""The begin of an escape sequence or of a line's end, which the next chunk may complete."""
STRING_END = re.compile(rb"[\x07\n\x18\x1a\x1b]")
"""A bell, the escape of a string terminator, or what shows that it was no string."""
