"""What a changed file is to whoever looks at a page: its style, its content, or code, for which all begins anew."""

from __future__ import annotations

from fnmatch import fnmatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

STYLE, CONTENT, CODE = "style", "content", "code"
ENDINGS = {
    STYLE: (".css",),
    CONTENT: (
        *(".html", ".htm", ".md", ".rst", ".txt", ".json", ".csv", ".tsv", ".svg", ".png", ".jpg", ".jpeg", ".gif"),
        *(".webp", ".avif", ".ico", ".pdf", ".woff2", ".mp4", ".webm"),
    ),
}
"""What a server reads anew for each request. All else is code: who cannot be sure starts again."""
IGNORED = (
    *("*.log", "*.tmp", "*.part", "*.lock", "*.pid", "*.db-journal", "*.db-wal", "*.db-shm", "*-journal", "*-wal"),
    *("4913", "#*#", ".goutputstream-*", ".ruff_cache", ".cache", ".coverage*"),
)
"""Beside what watchfiles leaves out: what programs write for themselves, and vim, Emacs and gedit while they save."""


class Kinds:
    """Tells files apart. `ignored` and `code` are patterns of names or of paths below `root`."""

    def __init__(self, root: str, ignored: Sequence[str] = (), code: Sequence[str] = ()) -> None:
        self._root = root.rstrip("/") + "/"
        self._ignored = (*IGNORED, *ignored)
        self._code = code

    def kind(self, path: str) -> str | None:
        """Return what a file is, by its absolute path; None if its changes are nobody's business."""
        below = path.removeprefix(self._root)
        name = below.rpartition("/")[2]
        if _is_among(self._code, name, below):
            return CODE
        if _is_among(self._ignored, name, below) or any(fnmatch(part, "*_cache") for part in below.split("/")):
            return None
        return next((kind for kind, endings in ENDINGS.items() if name.lower().endswith(endings)), CODE)


def _is_among(patterns: Sequence[str], name: str, path: str) -> bool:
    return any(fnmatch(name, pattern) or fnmatch(path, pattern) for pattern in patterns)


def named(paths: Sequence[str]) -> str:
    """Return files for people: `main.py`, `main.py and 3 more`. What would steer their terminal is left out."""
    first = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in paths[0])
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1} more"
