"""What answers to requests have in common."""

from aiohttp import web
from msgspec.json import encode

FRESH = {"Cache-Control": "no-store"}
"""What is true now may not be a moment later."""


def as_json(content: object, status: int = 200) -> web.Response:
    """Return an answer in JSON, with a newline behind it for whoever has it in a terminal."""
    return web.Response(body=encode(content) + b"\n", status=status, content_type="application/json", headers=FRESH)
