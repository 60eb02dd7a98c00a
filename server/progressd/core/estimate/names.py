"""What stays of a name from one run to the next: numbers and hashes change, the kind of work does not."""

import re
from functools import lru_cache

_CHANGING = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=[a-f]*[0-9])[0-9a-f]{7,}\b|[0-9]+")
"""UUIDs; hexadecimal words of seven digits (git's short hashes) or more; numbers."""


@lru_cache(maxsize=16_384)
def kind(name: str) -> str:
    """Return a name with `#` for all that tells one of its kind from the next: `part-0017.csv` is a `part-#.csv`."""
    return _CHANGING.sub("#", name)
