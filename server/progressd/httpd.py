"""Every URL that the daemon answers, in one table, from which /openapi.json is made."""

import asyncio
import re
from typing import Any

from aiohttp import web

from .access import ACCESS, Access, add_headers, get_login, guard, post_login
from .core.estimate import Estimator
from .engine import Engine
from .gate import attend, note_answer
from .inputs.http import LARGE, TYPES, Taken, post_records
from .inputs.status import delete_status, post_status
from .outputs.badge import get_badge
from .outputs.export import get_export
from .outputs.frames import Change
from .outputs.health import get_health, get_losses
from .outputs.logs import get_log
from .outputs.metrics import METERS, Meters
from .outputs.openapi import DESCRIPTION, EVENTS, HTML, JSON, TEXT, Body, Query, Url, describe, get_openapi
from .outputs.page import PAGE, SERVED, Page, get_index, get_reload, get_static
from .outputs.prometheus import get_metrics
from .outputs.runs import Runs, get_runs
from .outputs.series import get_series, get_station
from .outputs.spans import Past, get_spans
from .outputs.sse import HUB, Hub, get_events
from .outputs.status import get_key, get_status
from .outputs.tasks import SNAPSHOTS, Snapshots, get_tasks
from .outputs.text import get_tree
from .parts import ENGINE, EPOCH, ESTIMATOR
from .records import AnyRecord

BODY = 8 << 20
"""Bytes of a request at most."""

TASK = Query("task", "key of a task: only that one and what is below it")
FOLLOWS = Query("task", "key of the task whose changes the script follows")
SINCE = Query("since", "id of the last event that was seen; as the header Last-Event-ID")
STATION = Query("series", "station whose measurements are brought as well; repeatable, `*` for all")
LOG = Query("log", "key of a task whose lines are brought as well; repeatable")
PART = [
    Query("from", "number of the first line; negative: from the end"),
    Query("to", "number of the line after the last; negative: from the end"),
    Query("since", "Unix seconds of the first line; negative: before now"),
    Query("until", "Unix seconds after the last line; negative: before now"),
    Query("search", "only lines that hold this text; capitals count if it has any"),
    Query("below", "1: what all tasks below wrote as well, by time"),
    Query("format", "text: all of it, as plain text"),
    Query("ansi", "1: with colours, in plain text"),
]
SPAN = [
    Query("name", "one of the station's series"),
    Query("from", "Unix seconds; negative: before now"),
    Query("to", "Unix seconds; negative: before now"),
    Query("step", "seconds at least between two values"),
]
DRAWN = [*SPAN[1:3], Query("width", "pixels on which it is drawn")]
FORMAT = Query("format", "`ctxt` or `trace`")
BEGAN = Query("started", "Unix seconds at which a run began, as the list has them: that one, with its parts")
DEPTH = Query("depth", "levels of tasks; 1 is the one alone")
CODE = Query("code", "the one-time code of a login link")
SOME, NOTE, PAGES = Body(JSON, dict[str, Any]), Body(TEXT), Body(HTML)
COUNTED = Body(JSON, Taken)
RECORDS = [Body(kind, AnyRecord) for kind in sorted(TYPES)]
FORM = Body("application/x-www-form-urlencoded", dict[str, str])

_SLASHED = re.compile(r"(?<=[a-z])/{(\w+)}(?=$|\.svg$)")
"""Where a key stands behind a word, it may hold slashes, as those of files do."""
URLS: list[Url] = [
    Url("GET", "/", get_index, {200: PAGES, 303: None}),
    Url("GET", "/static/{version}/{name}", get_static, {200: Body(SERVED[".js"]), 404: NOTE}),
    Url("GET", "/reload.js", get_reload, {200: Body(SERVED[".js"])}, [FOLLOWS], open=True),
    Url("GET", "/tasks", get_tasks, {200: SOME, 404: NOTE}, [TASK]),
    Url("GET", "/events", get_events, {200: Body(EVENTS, Change)}, [TASK, SINCE, STATION, LOG]),
    Url("GET", "/tree", get_tree, {200: NOTE, 404: NOTE}, [TASK]),
    Url("GET", "/export", get_export, {200: NOTE, 400: NOTE, 404: NOTE}, [FORMAT, TASK]),
    Url("GET", "/series", get_series, {200: SOME}),
    Url("GET", "/series/{station}", get_station, {200: SOME, 400: NOTE, 404: NOTE, 503: NOTE}, SPAN),
    Url("GET", "/badge/{key}.svg", get_badge, {200: Body("image/svg+xml"), 404: Body("image/svg+xml")}),
    Url("GET", "/logs/{task}", get_log, {200: [SOME, NOTE], 400: NOTE, 404: NOTE, 503: NOTE}, PART),
    Url("GET", "/runs/{task}", get_runs, {200: Body(JSON, Runs), 404: NOTE}, [BEGAN]),
    Url("GET", "/spans", get_spans, {200: Body(JSON, Past), 400: NOTE, 404: NOTE}, [TASK, *DRAWN]),
    Url("GET", "/health", get_health, {200: SOME, 503: SOME}, open=True),
    Url("GET", "/losses", get_losses, {200: SOME}),
    Url("GET", "/metrics", get_metrics, {200: NOTE}),
    Url("GET", "/login", get_login, {200: PAGES, 303: None, 401: PAGES}, [CODE], open=True),
    Url("POST", "/login", post_login, {303: None, 400: PAGES, 401: PAGES, 429: PAGES}, takes=[FORM], open=True),
    Url(
        "POST", "/records", post_records, {200: COUNTED, 207: COUNTED, 400: COUNTED, 413: NOTE, 415: NOTE}, (), RECORDS
    ),
    Url("GET", "/status/{key}", get_status, {200: SOME, 400: SOME}, [DEPTH]),
    Url(
        "POST",
        "/status/{key}",
        post_status,
        {200: SOME, 400: SOME, 413: NOTE, 415: SOME},
        takes=[Body(JSON, dict[str, Any])],
    ),
    Url("DELETE", "/status/{key}", delete_status, {200: SOME, 400: SOME, 404: SOME}),
    Url("GET", "/openapi.json", get_openapi, {200: SOME}),
    Url("GET", "/{key}", get_key, {200: SOME, 400: SOME, 404: SOME}, [DEPTH]),
    Url("DELETE", "/{key}", delete_status, {200: SOME, 400: SOME, 404: SOME}),
]


def application(
    engine: Engine, estimator: Estimator, hub: Hub, page: Page, access: Access, meters: Meters
) -> web.Application:
    """Return the web application over the parts of a daemon."""
    app = web.Application(middlewares=[attend, guard], client_max_size=BODY)
    app[ENGINE], app[ESTIMATOR], app[EPOCH] = engine, estimator, hub.epoch
    app[HUB], app[PAGE], app[SNAPSHOTS], app[ACCESS] = hub, page, Snapshots(), access
    app[LARGE], app[DESCRIPTION], app[METERS] = asyncio.Lock(), describe(URLS), meters
    app.on_response_prepare.extend((add_headers, note_answer))
    app.add_routes([web.route(url.method, _SLASHED.sub(r"/{\1:(?s:.+)}", url.path), url.answer) for url in URLS])
    return app
