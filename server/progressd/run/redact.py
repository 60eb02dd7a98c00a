"""Command lines as they may be shown: without what looks like a secret.

A secret in a command line is at home in `ps` as well, but not on a page, in a store, or on another machine.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


HIDDEN = "…"
SECRET = frozenset(
    {"password", "passwd", "passphrase", "pass", "pwd", "pw", "secret", "token", "credential", "credentials", "key"}
    | {"auth", "authorization", "bearer", "cookie", "sessionid", "signature", "sig", "dsn"}
)
"""What the last word of an option's, variable's, parameter's or header's name says: --db-password, API_KEY, x-auth."""
SHAPES = (
    *("ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk-", "sk_live_", "xoxb-", "xoxp-", "AKIA", "ASIA"),
    *("eyJ", "AIza", "npm_", "pypi-", "hf_", "dckr_pat_"),
)
"""How the secrets of well-known services begin; none of these begins a word."""
SHORTEST = 16
"""Characters from which on such a beginning is that of a secret, not of a word."""
LOGIN = ("-u", "--user", "--proxy-user", "-U")
"""Options of curl and the like: NAME:PASSWORD."""
LONGEST = 2000
"""Characters of a command line that are shown."""


def redact(command: Sequence[str]) -> str:
    """Return a command line for people: one line, shortened, its secrets replaced by an ellipsis."""
    shown, before = [], ""
    for word in command:
        if _follows_secret(before):
            shown.append(HIDDEN)
        elif before in LOGIN and ":" in word:
            shown.append(word.partition(":")[0] + ":" + HIDDEN)
        else:
            shown.append(_words(word))
        before = word
    line = " ".join(" ".join(shown).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _words(text: str) -> str:
    """Redact one argument, which may be a script or a header of several words."""
    if " " not in text and "\n" not in text:
        return _word(text)
    shown, before = [], ""
    for word in text.split():
        bare = word.strip("\"'")
        if _follows_secret(before) and not (before.endswith(":") and bare.lower() in ("bearer", "basic", "token")):
            word = word.replace(bare, HIDDEN)  # noqa: PLW2901 - what is shown of it
        else:
            word = _word(word)  # noqa: PLW2901
        shown.append(word)
        before = bare
    return " ".join(shown)


def _follows_secret(before: str) -> bool:
    """Whether what comes after this word is a secret: `--password`, `Authorization:`, `Bearer`."""
    named = before.endswith(":") and _is_secret(before[:-1])
    return named or (before.startswith("--") and _is_secret(before)) or before in ("Bearer", "Basic")


def _word(word: str) -> str:
    bare = word.strip("\"'")
    if bare.startswith(SHAPES) and len(bare) >= SHORTEST:
        return word.replace(bare, HIDDEN)
    scheme, separator, rest = word.partition("://")
    if separator:
        word = f"{scheme}://{_place(rest)}"
    parts = word.split("&") if "://" in word else [word]
    return "&".join(_pair(part) for part in parts)


def _pair(part: str) -> str:
    """Redact NAME=VALUE and NAME:VALUE."""
    for sign in ("=", ":"):
        name, separator, value = part.partition(sign)
        last = name.rpartition("?")[2]
        if separator and value and not value.startswith("//") and _is_secret(last):
            return f"{name}{sign}{HIDDEN}"
        if sign == "=" and value.startswith(SHAPES) and len(value) >= SHORTEST:
            return f"{name}={HIDDEN}"
    return part


def _place(rest: str) -> str:
    """Redact the password in `name:password@host`."""
    authority, slash, path = rest.partition("/")
    login, at, host = authority.rpartition("@")
    name, colon, _ = login.partition(":")
    shown = f"{name}:{HIDDEN}@{host}" if at and colon else f"{HIDDEN}@{host}" if login.startswith(SHAPES) else authority
    return shown + slash + path


def _is_secret(name: str) -> bool:
    words = name.strip("\"'-").lower().replace("-", "_").replace(".", "_").split("_")
    return words[-1] in SECRET or words[-1].endswith(("password", "secret", "token", "apikey", "passwd", "accesskey"))
