"""`GET /openapi.json`: the URL table as a description that tools read (https://spec.openapis.org/oas/v3.1.1)."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web
from msgspec.json import encode, schema_components

from .. import __version__

JSON, TEXT, HTML, EVENTS = "application/json", "text/plain", "text/html", "text/event-stream"
REF = "#/components/schemas/{name}"


@dataclass(slots=True, frozen=True)
class Query:
    """A parameter of a URL."""

    name: str
    about: str
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})


@dataclass(slots=True, frozen=True)
class Body:
    """What is sent to a URL, or answered by it: a media type, and the type of what it holds."""

    kind: str
    holds: Any = str
    """Anything that msgspec can describe: of NDJSON, what a line holds."""


@dataclass(slots=True, frozen=True)
class Url:
    """One line of the table of URLs. What it is for is the docstring of the function that answers."""

    method: str
    path: str
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]]
    answers: Mapping[int, Body | Sequence[Body] | None]
    """By status; None where there is no body, several where the query chooses."""
    query: Sequence[Query] = ()
    takes: Sequence[Body] = ()
    open: bool = False
    """It answers without the token."""


DESCRIPTION = web.AppKey("description", bytes)


async def get_openapi(request: web.Request) -> web.Response:
    """This description of all URLs, as OpenAPI 3.1."""
    return web.Response(body=request.app[DESCRIPTION], content_type=JSON)


def describe(urls: Sequence[Url]) -> bytes:
    """Return the description of a table of URLs, as JSON."""
    bodies = [body for url in urls for own in (*url.answers.values(), url.takes) for body in _each(own)]
    types = list(dict.fromkeys((str, *(body.holds for body in bodies))))
    schemas, components = schema_components(types, ref_template=REF)
    schema_of = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for url in urls:
        paths.setdefault(url.path, {})[url.method.lower()] = _operation(url, schema_of)
    bearer = {"type": "http", "scheme": "bearer", "description": "the setting `token`, if it is set"}
    return encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "progressd", "version": __version__, "summary": "Progress of everything, live."},
            "paths": paths,
            "components": {"schemas": components, "securitySchemes": {"token": bearer}},
        }
    )


def _operation(url: Url, schemas: Mapping[Any, object]) -> dict[str, Any]:
    summary, _, description = (inspect.getdoc(url.answer) or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": url.answer.__name__,
        "summary": summary,
        "description": description.strip(),
        "security": [] if url.open else [{"token": []}],
        "parameters": [*map(_in_path, re.findall(r"{(\w+)}", url.path)), *map(_in_query, url.query)],
        "responses": {str(status): _response(status, bodies, schemas) for status, bodies in _answers(url)},
    }
    if url.takes:
        content = {body.kind: {"schema": schemas[body.holds]} for body in url.takes}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _answers(url: Url) -> Iterator[tuple[int, list[Body]]]:
    """Yield what a URL may answer, and before it is asked: `access.py`, `gate.py` and aiohttp, in plain text."""
    first = {400, 403, 408, 503} | (set() if url.open else {401, 429})
    for status in sorted({*first, *url.answers}):
        yield status, [*_each(url.answers.get(status)), *([Body(TEXT)] if status in first else [])]


def _each(bodies: Body | Sequence[Body] | None) -> Sequence[Body]:
    return [bodies] if isinstance(bodies, Body) else bodies or ()


def _response(status: int, bodies: Sequence[Body], schemas: Mapping[Any, object]) -> dict[str, Any]:
    content = {"content": {body.kind: {"schema": schemas[body.holds]} for body in bodies}} if bodies else {}
    return {"description": HTTPStatus(status).phrase, **content}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _in_query(query: Query) -> dict[str, Any]:
    return {"name": query.name, "in": "query", "description": query.about, "schema": query.schema}
