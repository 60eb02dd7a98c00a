"""`GET /` and `GET /static/…`: the page, read into memory once."""

import gzip
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from aiohttp import web

from ..config import SetupError

_IMPORT = re.compile(r'^import .*from "\./(.+\.js)";$', re.MULTILINE)
"""What a module needs at once; `import("…")` inside it comes later."""
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)[ \t]*$", re.MULTILINE)
"""Lines of nothing but comment, types for the checker among them: a quarter of the bytes, and no browser reads them."""
SERVED = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(slots=True, frozen=True)
class File:
    """A file of the page, ready to be sent."""

    body: bytes
    packed: bytes
    content_type: str


@dataclass(slots=True, frozen=True)
class Page:
    """The page's files by name. The hash of all stands in their addresses, so browsers may keep them for ever."""

    version: str
    index: File
    files: dict[str, File]


PAGE = web.AppKey("page", Page)


def load_page(root: Path | None = None) -> Page:
    """Read the page from the checkout or the installed package. Raises SetupError if it is not there."""
    root = root or _root()
    paths = sorted(path for path in root.iterdir() if path.suffix in SERVED)
    hashed = b"".join(path.name.encode() + path.read_bytes() for path in [*paths, root / "index.html"])
    version = blake2b(hashed, digest_size=6).hexdigest()
    preload = "".join(
        f'<link rel="modulepreload" href="/static/{version}/{path.name}">\n'
        for path in sorted(_needed(root / "main.js"))
    )
    index = (root / "index.html").read_text("utf-8")
    index = index.replace("{{static}}", f"/static/{version}").replace("{{preload}}", preload)
    files = {path.name: _file(_without_comments(path), SERVED[path.suffix]) for path in paths}
    return Page(version, _file(index.encode(), "text/html"), files)


async def get_index(request: web.Request) -> web.Response:
    """The page itself: asked for anew each time, so that it names the newest files."""
    return _answer(request, request.app[PAGE].index, "no-cache")


async def get_static(request: web.Request) -> web.Response:
    """One of the page's files, under the hash of all; 404 under any other, so that no old file meets a new one."""
    page = request.app[PAGE]
    file = page.files.get(request.match_info["name"])
    if file is None or request.match_info["version"] != page.version:
        return web.Response(status=404, text="there is no such file\n")
    return _answer(request, file, "public, max-age=31536000, immutable")


async def get_reload(request: web.Request) -> web.Response:
    """The script for pages of other servers: they name it for good, so it is asked for anew each time."""
    return _answer(request, request.app[PAGE].files["reload.js"], "no-cache")


def _answer(request: web.Request, file: File, caching: str) -> web.Response:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    body = file.packed if packed else file.body
    return web.Response(body=body, headers=headers, content_type=file.content_type, charset="utf-8")


def _file(body: bytes, content_type: str) -> File:
    return File(body, gzip.compress(body, 9, mtime=0), content_type)


def _without_comments(path: Path) -> bytes:
    """Return a file as it is served. Each line keeps its number, so that a browser's complaint names the right one."""
    if path.suffix not in {".js", ".css"}:
        return path.read_bytes()
    return _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), path.read_text("utf-8")).encode()


def _needed(module: Path) -> set[Path]:
    """Return the modules without which this one cannot run: the browser may fetch them side by side."""
    found: set[Path] = set()
    pending = [module]
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += [path.with_name(name) for name in _IMPORT.findall(path.read_text("utf-8"))]
    return found


def _root() -> Path:
    here = Path(__file__).resolve().parent.parent
    for root in (here.parent.parent / "web", here / "_web"):
        if (root / "index.html").is_file():
            return root
    raise SetupError("the page's files are not installed; install progressd anew")
