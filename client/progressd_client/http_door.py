"""Lines out by HTTP: POST /records, in the background thread."""

import os
from http.client import HTTPConnection, HTTPException, HTTPSConnection

LONGEST = 1 << 20
"""Bytes of one request: what the daemon refuses as too long would be offered for ever."""
TIMEOUT = 5.0
"""Seconds that a daemon may take to answer."""


class HttpDoor:
    """A kept connection to the daemon at `url`, whose secret is `token`. Raises ValueError if `url` is none."""

    waits = True
    tells = True
    linger = 1.0

    def __init__(self, url: str, token: "str | None") -> None:
        scheme, _, rest = url.partition("://")
        authority, slash, path = rest.partition("/")
        make = HTTPSConnection if scheme == "https" else HTTPConnection
        try:
            self._connection = make(authority, timeout=TIMEOUT)
        except HTTPException as error:
            raise ValueError(f"no URL of a daemon: {url!r}; {error}") from None
        self._identity = (-1, -1)
        self._path = f"{slash}{path}".rstrip("/") + "/records"
        self._headers = {"Content-Type": "application/x-ndjson"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def open(self) -> None:
        """Connect."""
        self._connection.connect()
        status = os.fstat(self._connection.sock.fileno())
        self._identity = (status.st_dev, status.st_ino)

    def send(self, chunk: bytes, start: int) -> int:
        """Post whole lines, and wait for the answer. Raises OSError unless the daemon took them."""
        self._check_number()
        end = len(chunk)
        if end - start > LONGEST:
            end = chunk.rfind(b"\n", start, start + LONGEST) + 1 or chunk.index(b"\n", start) + 1
        try:
            self._connection.request("POST", self._path, chunk[start:end], self._headers)
            answer = self._connection.getresponse()
            answer.read()
        except HTTPException as error:
            raise ConnectionError("no HTTP answer") from error
        # 207 and 400: lines that it will never take. The daemon shows them; sending them again would not help.
        if answer.status not in (200, 207, 400, 413):
            raise ConnectionError(f"the daemon answered {answer.status}")
        return end - start

    def check(self) -> None:
        """The next answer will tell."""

    def unread(self) -> int:
        """What was taken was answered."""
        return 0

    def close(self) -> None:
        """Hang up, unless its number is somebody else's by now."""
        try:
            self._check_number()
        except OSError:
            if self._connection.sock is not None:
                self._connection.sock.detach()
        self._connection.close()

    def _check_number(self) -> None:
        made = self._connection.sock
        if made is not None:
            status = os.fstat(made.fileno())
            if (status.st_dev, status.st_ino) != self._identity:
                made.detach()
                raise OSError("the program closed our socket")
