"""The parts of a running daemon, as the handlers of requests find them."""

from aiohttp import web

from .core.estimate import Estimator
from .engine import Engine

ENGINE = web.AppKey("engine", Engine)
ESTIMATOR: web.AppKey[Estimator] = web.AppKey("estimator", Estimator)
EPOCH = web.AppKey("epoch", str)
"""Names this run of the daemon: a revision means something only within it."""
