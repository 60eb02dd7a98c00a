"""Lines out by HTTP: POST /records, in the background thread."""

from http.client import HTTPConnection, HTTPException, HTTPSConnection

TIMEOUT = 5.0
"""Seconds that a daemon may take to answer."""


class HttpDoor:
    """A kept connection to the daemon at `url`; `token` is its secret, if it has one."""

    waits = True
    tells = True
    linger = 1.0

    def __init__(self, url: str, token: "str | None") -> None:
        scheme, _, rest = url.partition("://")
        authority, slash, path = rest.partition("/")
        make = HTTPSConnection if scheme == "https" else HTTPConnection
        self._connection = make(authority, timeout=TIMEOUT)
        self._path = f"{slash}{path}".rstrip("/") + "/records"
        self._headers = {"Content-Type": "application/x-ndjson"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def open(self) -> None:
        """Connect."""
        self._connection.connect()

    def send(self, chunk: bytes, start: int) -> int:
        """Post whole lines, and wait for the answer. Raises OSError unless the daemon took them."""
        try:
            self._connection.request("POST", self._path, chunk[start:], self._headers)
            answer = self._connection.getresponse()
            answer.read()
        except HTTPException as error:
            raise ConnectionError("no HTTP answer") from error
        # 207 and 400: lines that it will never take. The daemon shows them; sending them again would not help.
        if answer.status not in (200, 207, 400):
            raise ConnectionError(f"the daemon answered {answer.status}")
        return len(chunk) - start

    def check(self) -> None:
        """The next answer will tell."""

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
