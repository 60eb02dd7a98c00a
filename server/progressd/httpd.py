"""Every URL that the daemon answers, in one table."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from .access import ACCESS, Access, add_headers, get_login, guard, post_login
from .core.estimate import Estimator
from .engine import Engine
from .inputs.http import post_records
from .outputs.badge import get_badge
from .outputs.health import get_health, get_losses
from .outputs.page import PAGE, Page, get_index, get_static
from .outputs.sse import HUB, Hub, get_events
from .outputs.tasks import SNAPSHOTS, Snapshots, get_tasks
from .outputs.text import get_tree
from .parts import ENGINE, EPOCH, ESTIMATOR

BODY = 8 << 20
"""Bytes of a request at most."""

URLS: list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]] = [
    ("GET", "/", get_index),
    ("GET", "/static/{version}/{name}", get_static),
    ("GET", "/tasks", get_tasks),
    ("GET", "/events", get_events),
    ("GET", "/tree", get_tree),
    ("GET", "/badge/{key}.svg", get_badge),
    ("GET", "/health", get_health),
    ("GET", "/losses", get_losses),
    ("GET", "/login", get_login),
    ("POST", "/login", post_login),
    ("POST", "/records", post_records),
]


def application(engine: Engine, estimator: Estimator, hub: Hub, page: Page, access: Access) -> web.Application:
    """Return the web application over the parts of a daemon."""
    app = web.Application(middlewares=[guard], client_max_size=BODY)
    app[ENGINE], app[ESTIMATOR], app[EPOCH] = engine, estimator, hub.epoch
    app[HUB], app[PAGE], app[SNAPSHOTS], app[ACCESS] = hub, page, Snapshots(), access
    app.on_response_prepare.append(add_headers)
    app.add_routes([web.route(method, path, answer) for method, path, answer in URLS])
    return app
