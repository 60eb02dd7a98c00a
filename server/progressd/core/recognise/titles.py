"""What a bar without words is of: the file that the line above it names, as pip, twine, torch and rsync print it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from .reading import Reading

LOADING = re.compile(r"\s*(?:Downloading|Uploading)[: ]++\"?([^\s\"?]*\w[./]\w[^\s\"?]*)")
"""A line that names a file, or its address."""
RSYNC = re.compile(
    r" *[\d,.]+[KMGTP]? +(\d{1,3})% +[\d.,]+[kMGTP]?B/s +[\d:]+(?: \(xfr#\d+, (?:to|ir)-chk=(\d+)/\d+\))?"
)
"""Of one file, or of all together with `--info=progress2`; behind each file stands how many are left."""
SAYS_NOTHING = ("", "Progress")
"""Labels that name nothing; the second is pip's raw bar."""
LONGEST = 200
"""Characters, from the end: of a path that tells more."""


class Titles:
    """Remembers the line above. `entitle` does not change it, `learn` does."""

    def __init__(self) -> None:
        self._above = self._file = ""
        self._each = False
        """rsync's bars are of one file each, as was seen of one that was whole while others were left."""

    def learn(self, text: str, readings: Sequence[Reading]) -> None:
        """Take note of a line, and of what it says of progress."""
        if not readings:
            self._above = text or self._above
            match = LOADING.match(self._above)
            self._file = match[1].rstrip("./,:;)").rpartition("/")[2] if match else ""
        elif (match := RSYNC.match(text)) and match[2]:
            self._each = match[1] == "100" and (self._each or match[2] != "0")

    def entitle(self, text: str, readings: list[Reading]) -> list[Reading]:
        """Return the readings of a text with the file that they are of, where nothing else names them."""
        if len(readings) != 1 or readings[0].label not in SAYS_NOTHING or not (title := self._title(text)):
            return readings
        return [replace(readings[0], title=title[-LONGEST:])]

    def _title(self, text: str) -> str:
        if self._file:
            return self._file
        if self._each and RSYNC.match(text) and not self._above.endswith("/"):
            return self._above.strip()
        return ""
