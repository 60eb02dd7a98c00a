"""What the daemon knows, read back: `connect().get("nightly").seconds_left`."""

import json
import os
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from .seen import Node, tree_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

TIMEOUT = 10.0
"""Seconds that the daemon may take to answer."""
PIECE = 1 << 16
"""Bytes of an export at most that are handed on at a time."""


class Reader:
    """A daemon that is asked over HTTP, anew each time. Made by `connect()`."""

    def __init__(self, url: str, token: "str | None") -> None:
        self.url = url.rstrip("/")
        self._token = token
        # What is on this very machine is not asked for through a proxy.
        near = urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
        self._open = build_opener(*([ProxyHandler({})] if near else [])).open

    def get(self, key: str) -> Node:
        """Return a task with all that is below it, as at now. Raises KeyError if there is no such task, OSError if the
        daemon does not answer, PermissionError if it wants another token.
        """
        try:
            return tree_of(self._ask(f"/tasks?task={quote(key, safe='')}"))[0]
        except HTTPError as error:
            if error.code != 404:
                raise
            raise KeyError(key) from None

    def tree(self) -> "list[Node]":
        """Return all tasks that have no parent, with all that is below them. Raises as `get` does, but KeyError."""
        return tree_of(self._ask("/tasks"))

    def export(self, form: str = "ctxt", key: "str | None" = None) -> "Iterator[bytes]":
        """Yield the spans of all tasks, or of one with all that is below it, as a file for another viewer: "ctxt" for
        context's, "trace" for Perfetto. Raises as `get` does; and ValueError if the daemon does not know the form.
        """
        below = f"&task={quote(key, safe='')}" if key is not None else ""
        try:
            answer = self._answer(f"/export?format={quote(form, safe='')}{below}")
        except HTTPError as error:
            if error.code == 404 and key is not None:
                raise KeyError(key) from None
            if error.code == 400:
                raise ValueError(f"no form of an export: {form!r}") from None
            raise
        with answer:
            while piece := answer.read1(PIECE):
                yield piece

    def _ask(self, path: str) -> "dict[str, Any]":
        with self._answer(path) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def _answer(self, path: str) -> "Any":
        request = Request(self.url + path, headers={"Authorization": f"Bearer {self._token}"} if self._token else {})  # noqa: S310
        try:
            return self._open(request, timeout=TIMEOUT)
        except HTTPError as error:
            error.close()
            if error.code == 401:
                raise PermissionError(f"the daemon at {self.url} wants a token, or another one") from None
            raise


def connect(url: "str | None" = None, *, token: "str | None" = None) -> Reader:
    """Return a way to ask the daemon at `url`: unless said $PROGRESSD_TARGET if that is http, else this machine's
    http://localhost:8765. `token` is its secret, unless said $PROGRESSD_TOKEN. Asks nothing yet.

    Raises ValueError if `url` is none.
    """
    target = os.environ.get("PROGRESSD_TARGET", "")
    url = url or (target if target.startswith(("http:", "https:")) else "http://localhost:8765")
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"no URL of a daemon: {url!r}; it is http://HOST:PORT")
    return Reader(url, token or os.environ.get("PROGRESSD_TOKEN"))
