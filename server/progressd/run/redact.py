"""Command lines as they may be shown: without what looks like a secret.

A secret in a command line is at home in `ps` as well, but not on a page, in a store, or on another machine.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


HIDDEN = "…"
SECRET = frozenset(
    {"password", "passwd", "passphrase", "pass", "pwd", "pw", "secret", "token", "credential", "credentials", "key"}
    | {"auth", "authorization", "bearer", "cookie", "sessionid", "signature", "sig", "dsn"}
)
"""What the last word of an option's, variable's, parameter's or header's name says: --db-password, API_KEY, x-auth."""
ENDINGS = ("password", "secret", "token", "apikey", "passwd", "accesskey", "authorization")
"""How such a word ends if it was written together with others: AccessToken, -HAuthorization."""
SHAPES = (
    *("ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk-", "sk_live_", "xoxb-", "xoxp-", "AKIA", "ASIA"),
    *("eyJ", "AIza", "npm_", "pypi-", "hf_", "dckr_pat_"),
)
"""How the secrets of well-known services begin; none of these begins a word."""
SHORTEST = 16
"""Characters from which on such a beginning is that of a secret, not of a word."""
LOGIN = ("-u", "--user", "--proxy-user", "-U")
"""Options of curl and the like: NAME:PASSWORD."""
SCHEMES = ("bearer", "basic", "token", "digest", "negotiate", "apikey")
"""What stands between the name of a header and its secret, in any case."""
APART = ("sshpass", "login")
"""Programs, and what others such as docker are told to do, whose option `-p` is followed by a password."""
JOINED = ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump", "mariadb-admin")
"""Programs that want it without a blank: `-pPASSWORD`."""
LONGEST = 2000
"""Characters of a command line that are shown."""


def redact(command: Sequence[str]) -> str:
    """Return a command line for people: one line, shortened, its secrets replaced by an ellipsis."""
    line = " ".join(" ".join(_shown(command)).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _shown(words: Iterable[str]) -> Iterator[str]:
    """Redact words, each of which may itself be a script or a header of several words."""
    before = program = ""
    for word in words:
        bare, parts = word.strip("\"'"), word.split()
        follows = _follows_secret(before)
        if follows and before.endswith(":") and bare.lower() in SCHEMES:
            yield word
            bare = SCHEMES[0]
        elif follows or (before == "-p" and program in APART):
            yield word.replace(bare, HIDDEN) if bare else word
            program = ""
        elif before in LOGIN and ":" in word:
            yield word.partition(":")[0] + ":" + HIDDEN
        elif program and bare.startswith("-p") and bare != "-p":
            yield "-p" + HIDDEN
            program = ""
        else:
            yield _word(word) if len(parts) < 2 else " ".join(_shown(parts))
            name = bare.rpartition("/")[2]
            program = name if name in (*APART, *JOINED) else program
        before = bare


def _follows_secret(before: str) -> bool:
    """Whether what comes after this word is a secret: `--password`, `Authorization:`, `Bearer`."""
    if before.startswith("--") and "=" not in before:
        return _is_secret(before.rstrip(":"))
    return (before.endswith(":") and _is_secret(before[:-1])) or before in ("Bearer", "bearer", "Basic")


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
    words = name.rpartition("=")[2].strip("\"'-").lower().replace("-", "_").replace(".", "_").split("_")
    return words[-1] in SECRET or words[-1].endswith(ENDINGS)
