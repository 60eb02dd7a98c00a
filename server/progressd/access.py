"""Who may ask: the Host and the Origin of a request, the token, and the headers that keep a page to itself."""

import hmac
import ipaddress
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlsplit

from aiohttp import web

SCRIPT = "/reload.js"
"""For pages of other servers. It is public code, and lets them say in the browser's console what they lack."""
OPEN = frozenset(("/health", "/login", SCRIPT))
"""What answers without the token; none tells anything of the tasks but how many there are."""
FOLLOWED = "/events"
"""What pages of --allow-origin may read."""
BADGES = "/badge/"
"""Pictures. Other sites may show them if --embed-in names any: who shows one sends no Origin."""
CODE_LIFE = 600.0
"""Seconds that a login link works, once."""
REMEMBERED = 400 * 86400
"""Seconds that a browser keeps its cookie, the longest that browsers grant: a pinned page is not to log in again."""
TRIES = 10
"""Wrong tokens from one address in a minute; then more of them are answered 429, and the form waits."""
CSP = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action {forms}; frame-ancestors {frames}"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would hide the Origin of our own form as well.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><title>progressd: log in</title>
<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">
<h1>progressd</h1><p>{note}</p>
<form method="post" action="/login"><label>Token
<input type="password" name="token" autocomplete="current-password" autofocus required></label>
<button>Log in</button></form></html>
"""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Access:
    """The rules of one daemon, and who has tried what."""

    token: str
    hosts: frozenset[str] | None
    """Names under which it may be reached beside loopback; None is any: then there is a token."""
    clock: Callable[[], float]
    """Monotonic seconds."""
    embed_in: Sequence[str] = ()
    """Origins whose pages may show ours in a frame, and badges."""
    allow_origin: frozenset[str] = frozenset()
    """Origins whose pages may follow the tasks: each exactly, for they read with the user's cookie."""
    codes: dict[str, float] = field(default_factory=dict)
    failures: dict[str, deque[float]] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """The cookie's name. Cookies do not know ports: two daemons of one host must not share it."""
        return "progressd_" + hmac.digest(self.token.encode(), b"cookie name", "sha256").hex()[:8]

    @property
    def cookie_value(self) -> str:
        """What stands in the cookie: made from the token, which cannot be made from it."""
        return hmac.digest(self.token.encode(), b"cookie value", "sha256").hex()

    def new_code(self) -> str:
        """Return a code that lets one browser in, once, while it is fresh."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = self.clock() + CODE_LIFE
        return code

    def use_code(self, code: str) -> bool:
        """Return whether a code is good; it is not any more."""
        until = self.codes.pop(code, None)
        return until is not None and self.clock() <= until

    def knows(self, request: web.Request) -> bool:
        """Return whether a request shows the token, or the cookie that stands for it."""
        if not self.token:
            return True
        kind, _, shown = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer" and _same(shown.strip(), self.token):
            return True
        return _same(request.cookies.get(self.cookie, ""), self.cookie_value)

    def is_locked_out(self, address: str) -> bool:
        """Return whether too many wrong tokens came from an address within the last minute."""
        times = self.failures.get(address)
        while times and times[0] < self.clock() - 60.0:
            times.popleft()
        return times is not None and len(times) >= TRIES

    def failed(self, address: str) -> None:
        """Count a wrong token."""
        if len(self.failures) > 10_000:
            self.failures.clear()
        self.failures.setdefault(address, deque(maxlen=TRIES)).append(self.clock())


ACCESS = web.AppKey("access", Access)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through only what the rules allow."""
    refusal = _refusal(request.app[ACCESS], request)
    return refusal if refusal is not None else await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Before each answer leaves: the headers that keep foreign pages away from it, and it from them."""
    response.headers.update(HEADERS)
    embed_in = request.app[ACCESS].embed_in
    response.headers["Content-Security-Policy"] = CSP.format(
        forms="'self'" if request.path == "/login" else "'none'", frames=" ".join(embed_in) or "'none'"
    )
    if request.path == SCRIPT or (embed_in and request.path.startswith(BADGES)):
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.path == FOLLOWED and request.app[ACCESS].allow_origin:
        response.headers["Vary"] = "Origin"
        if _may_follow(request.app[ACCESS], request):
            # https://fetch.spec.whatwg.org/#http-cors-protocol
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Allow-Credentials"] = "true"


async def get_login(request: web.Request) -> web.Response:
    """A form for the token; with the `?code=` of a login link, straight to the page."""
    access = request.app[ACCESS]
    code = request.query.get("code")
    if not access.token or (code is not None and access.use_code(code)):
        return _let_in(access)
    note = "This link was used already, or is too old." if code is not None else "This progressd asks for its token."
    return _form(note, 401 if code is not None else 200)


async def post_login(request: web.Request) -> web.Response:
    """Take the token from the form; 401 if it is wrong, 429 after too many wrong ones."""
    access, address = request.app[ACCESS], request.remote or ""
    if access.is_locked_out(address):
        return _form("Too many wrong tokens. Try again in a minute.", 429)
    if request.content_type != "application/x-www-form-urlencoded":
        return _form("Use this form.", 400)
    try:
        shown = (await request.post()).get("token")
    except (ValueError, LookupError):
        return _form("Use this form.", 400)
    if isinstance(shown, str) and _same(shown.strip(), access.token):
        return _let_in(access)
    access.failed(address)
    return _form("That is not the token.", 401)


def is_loopback(host: str) -> bool:
    """Return whether an address or name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_origin(text: str) -> bool:
    """Return whether a text is an origin, and may stand in a header: `https://wiki.example`, nothing behind it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_whole = text == f"{parts.scheme}://{parts.netloc}" and not set(text) & set(" ;,*")
    return is_whole and parts.scheme in ("http", "https") and bool(parts.hostname)


def _refusal(access: Access, request: web.Request) -> web.Response | None:
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or not _may_be_called(access, hosts[0]):
        text = "this daemon is not reached under that name; allow it with --allow-host NAME\n"
        return web.Response(status=403, text=text)
    if _is_foreign(request, hosts[0]) and not _is_for_others(access, request):
        return web.Response(status=403, text="a page of another origin asks; that is not allowed\n")
    if request.path in OPEN:
        return None
    address = request.remote or ""
    if access.knows(request):
        return None
    if "Authorization" in request.headers:
        if access.is_locked_out(address):
            return web.Response(status=429, text="too many wrong tokens; try again in a minute\n")
        access.failed(address)
    if request.path == "/" and "text/html" in request.headers.get("Accept", ""):
        return web.Response(status=303, headers={"Location": "/login"})
    text = "show the token: Authorization: Bearer TOKEN, or log in at /login\n"
    return web.Response(status=401, text=text, headers={"WWW-Authenticate": "Bearer"})


def _may_be_called(access: Access, host: str) -> bool:
    """Whether the name that a browser used is ours. A page that rebinds its own name to us says its own."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name is not None and (access.hosts is None or is_loopback(name) or name in access.hosts)


def _is_foreign(request: web.Request, host: str) -> bool:
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        # A link from elsewhere may lead to the page, and to nothing else.
        return not (request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate")
    origin = request.headers.get("Origin")
    try:
        return origin is not None and urlsplit(origin).netloc != host
    except ValueError:
        return True


def _is_for_others(access: Access, request: web.Request) -> bool:
    """Whether a page of another origin may have this."""
    if request.path.startswith(BADGES):
        return bool(access.embed_in)
    return request.path == SCRIPT or _may_follow(access, request)


def _may_follow(access: Access, request: web.Request) -> bool:
    return request.method == "GET" and request.path == FOLLOWED and request.headers.get("Origin") in access.allow_origin


def _let_in(access: Access) -> web.Response:
    response = web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
    if access.token:
        response.set_cookie(
            access.cookie, access.cookie_value, max_age=REMEMBERED, httponly=True, samesite="Strict", path="/"
        )
    return response


def _form(note: str, status: int) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, text=FORM.format(note=escape(note)), content_type="text/html", headers=headers)


def _same(shown: str, secret: str) -> bool:
    # Bytes of a header that are no UTF-8 come as lone surrogates.
    return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), secret.encode())
