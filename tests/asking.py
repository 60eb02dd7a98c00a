"""Requests with any headers, as browsers send them that come from elsewhere."""

import http.client

from tests.daemon import Daemon


def ask(
    daemon: Daemon, path: str, method: str = "GET", body: str | None = None, **headers: str
) -> http.client.HTTPResponse:
    """Ask with exactly these headers (underscores stand for hyphens); the answer has been read."""
    connection = http.client.HTTPConnection(daemon.url.removeprefix("http://"), timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=named)
    answer = connection.getresponse()
    answer.text = answer.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return answer
