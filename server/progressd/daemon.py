"""Builds the parts of a daemon, wires them, runs them in one task group, stops them."""

import asyncio
import gc
import logging
import os
import resource
import secrets
import signal
import socket
import sys
import time
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from progressd_client.target import default_socket

from .access import Access, is_loopback, is_origin
from .batches import Store, StoreError
from .config import Config, SetupError
from .core.estimate import ESTIMATORS, Learned
from .engine import Engine, Limits
from .gate import Gate
from .httpd import application
from .inputs import INPUTS
from .learning import Learning
from .noise import keep_quiet
from .noticing import Noticing
from .notify import READY, STOPPING, Manager
from .outputs.lines import Followers
from .outputs.metrics import Meters, open_meters
from .outputs.page import load_page
from .outputs.samples import Stations
from .outputs.sse import Hub
from .stores import STORES

log = logging.getLogger("progressd")

DRAIN = 0.8
"""Seconds at the end to bring what was taken in, and what is learned of it, to the store."""
LAST_ENDS = 0.4
"""Seconds at the end to send the ends of tasks that wait for it."""
GARBAGE = (50_000, 20, 100)
"""Tasks live long and are many: the default thresholds have Python look through all of them again and again."""
ANY = ("0.0.0.0", "::")  # noqa: S104 - asked for by the user, and refused without a token
LEVELS = {-2: logging.CRITICAL, -1: logging.WARNING, 0: logging.INFO, 1: logging.DEBUG, 2: logging.NOTSET}


@dataclass(slots=True, frozen=True)
class Parts:
    """What runs from the beginning to the end."""

    engine: Engine
    hub: Hub
    gate: Gate
    meters: Meters
    learning: Learning | None
    """None with an estimator that has no memory."""


def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT. Raises SetupError if what the settings ask for cannot be."""
    _set_up_log(config)
    try:
        asyncio.run(serve(config))
    except* (SetupError, StoreError) as group:
        raise SetupError(str(_first(group))) from None


async def serve(config: Config) -> None:
    """Build, run, stop. Raises SetupError, alone or in a group."""
    _check(config)
    targets = _targets(config)
    page, estimator = load_page(), ESTIMATORS[config.estimator]()
    meters = open_meters(config.metrics, time.time)
    listener = _listen(config.host, config.port)
    store = _open_store(config)
    engine = Engine(store, time.time, Limits(config.keep_days * 86400.0, config.keep_tasks))
    engine.listeners += meters.listeners
    hub = Hub(engine, estimator, secrets.token_hex(4), Stations(engine), Followers(engine))
    access = Access(config.token, _hosts(config), time.monotonic, config.embed_in, frozenset(config.allow_origin))
    runner = web.AppRunner(
        application(engine, estimator, hub, page, access, meters),
        handler_cancellation=True,
        auto_decompress=False,
        access_log=None,
        shutdown_timeout=0.3,
    )
    await runner.setup()
    assert runner.server is not None
    _raise_descriptors()
    keep_quiet(asyncio.get_running_loop())
    gate = Gate(time.monotonic, engine.losses)
    learning = Learning(engine, estimator) if isinstance(estimator, Learned) else None
    server = await gate.listen(runner.server, listener)
    gc.set_threshold(*GARBAGE)
    gc.freeze()
    try:
        await _work(config, targets, Parts(engine, hub, gate, meters, learning), access, _address(config, listener))
    finally:
        server.close()
        await runner.cleanup()
        await store.close()


async def _work(
    config: Config,
    targets: Mapping[str, Sequence[str]],
    parts: Parts,
    access: Access,
    address: str,
) -> None:
    """Run the parts until a signal comes, then end them in the order in which records flow."""
    stopping, manager = _stop_signals(), Manager(os.environ)
    async with asyncio.TaskGroup() as tasks:
        running = {"engine": parts.engine.run(), "events": parts.hub.run(), "gate": parts.gate.run()}
        if (learning := parts.learning) is not None:
            running["learning"] = learning.run()
            running["notices"] = Noticing(parts.engine, learning.estimator, learning.restored).run()
        serving = [tasks.create_task(part, name=name) for name, part in running.items()]
        sending = tasks.create_task(parts.meters.run(), name="metrics")
        await _first_of(tasks, parts.engine.replayed, stopping)
        listening = {scheme: asyncio.Event() for scheme in targets}
        doors = [
            tasks.create_task(INPUTS[scheme](paths, parts.engine, time.monotonic, event), name=f"input {scheme}")
            for (scheme, event), paths in zip(listening.items(), targets.values(), strict=True)
        ]
        for event in listening.values():
            await _first_of(tasks, event, stopping)
        _greet(config, address, access)
        manager.tell(READY, f"STATUS=shows its tasks at {address}")
        life = manager.show_life(lambda: _status(parts.engine, address))
        serving.append(tasks.create_task(life, name="signs of life"))
        if config.demo:
            doors.append(tasks.create_task(_play_demo(targets["unix"][0]), name="demo"))
        await stopping.wait()
        log.info("stopping")
        manager.tell(STOPPING)
        for door in doors:
            door.cancel()
        await asyncio.wait(doors) if doors else None
        await _bring_in(parts.engine, parts.learning)
        parts.hub.close("the daemon was stopped")
        parts.meters.close()
        await asyncio.wait([sending], timeout=LAST_ENDS)
        for part in (*serving, sending):
            part.cancel()


async def _first_of(tasks: asyncio.TaskGroup, *events: asyncio.Event) -> None:
    """Return when one of the events comes: a daemon that reads back a long past can be stopped as well."""
    waiting = [tasks.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()


async def _bring_in(engine: Engine, learning: Learning | None) -> None:
    try:
        async with asyncio.timeout(DRAIN):
            await engine.drain()
            if learning is not None:
                await learning.look()
    except TimeoutError:
        log.error("what came in last could not be stored, or learned of, within %.1f s", DRAIN)


def _stop_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


def _check(config: Config) -> None:
    if not is_loopback(config.host) and not config.token:
        raise SetupError(
            f"--host {config.host} lets others in: set a secret with PROGRESSD_TOKEN or --token, or stay on 127.0.0.1"
        )
    if config.estimator not in ESTIMATORS:
        raise SetupError(f"there is no estimator {config.estimator!r}; there are: {', '.join(ESTIMATORS)}")
    for setting, origins in (("--embed-in", config.embed_in), ("--allow-origin", config.allow_origin)):
        for origin in origins:
            if not is_origin(origin):
                raise SetupError(f"{setting} needs an origin such as https://wiki.example, not {origin!r}")
    if "" in config.watch:
        raise SetupError("--watch needs a path; it was given an empty one")
    if config.demo and config.socket == "off":
        raise SetupError("--demo needs the UNIX socket; leave out --socket off")


def _targets(config: Config) -> dict[str, Sequence[str]]:
    """Return what the settings ask to take in, by the scheme of the input that does."""
    given = [("file", target) for target in config.watch]
    if config.socket != "off":
        given.append(("unix", config.socket or default_socket()))
    if config.udp:
        given.append(("udp", config.udp))
    targets: dict[str, Sequence[str]] = {"amqp": config.amqp} if config.amqp else {}
    for usual, target in given:
        scheme, colon, path = target.partition(":")
        if scheme in ("amqp", "amqps"):
            raise SetupError("a broker's URL goes to --amqp")
        if colon and scheme in INPUTS:
            targets[scheme] = [*targets.get(scheme, ()), path]
        elif "://" in target:
            known = ", ".join(f"{name}:" for name in INPUTS)
            raise SetupError(f"there is no input for {target}; there are {known} and, over HTTP, POST /records")
        else:
            targets[usual] = [*targets.get(usual, ()), target]
    return targets


def _open_store(config: Config) -> Store:
    scheme, _, path = config.store_url.partition(":")
    if scheme not in STORES or (scheme == "sqlite" and not path) or config.store in STORES:
        raise SetupError(f"there is no store {config.store!r}; there are: " + ", ".join(f"{name}:" for name in STORES))
    try:
        return STORES[scheme](path, time.time)
    except StoreError as error:
        raise SetupError(str(error)) from error


def _listen(host: str, port: int) -> socket.socket:
    """Bind now, so that a port in use is told before anything else is touched."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
    except OSError as error:
        listener.close()
        hint = "; is another progressd running? Choose another with --port" if port else ""
        raise SetupError(f"cannot listen on {host}:{port}: {error.strerror or error}{hint}") from error
    return listener


def _address(config: Config, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    host = "localhost" if config.host in ("localhost", "127.0.0.1", *ANY) else config.host
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}"


def _hosts(config: Config) -> frozenset[str] | None:
    if config.host in ANY and not config.allow_host:
        return None
    return frozenset(name.lower() for name in (config.host, *config.allow_host))


def _status(engine: Engine, address: str) -> str:
    return f"{len(engine.tree)} tasks at {address}" + (f"; {engine.alarm}" if engine.alarm else "")


def _greet(config: Config, address: str, access: Access) -> None:
    link = f"{address}/login?code={access.new_code()}" if config.token else f"{address}/"
    log.info("progressd shows its tasks at %s", link)
    if config.open and not webbrowser.open(f"{address}/login?code={access.new_code()}" if config.token else link):
        log.warning("there is no browser to open; go to %s", link)


async def _play_demo(path: str) -> None:
    demo = await asyncio.create_subprocess_exec(sys.executable, "-m", "progressd.demo", path)
    try:
        await demo.wait()
    finally:
        if demo.returncode is None:
            demo.terminate()
            await demo.wait()


def _raise_descriptors() -> None:
    """Take as many file descriptors as the system grants: each reader and each program is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _set_up_log(config: Config) -> None:
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s", level=LEVELS[config.verbosity], stream=sys.stderr
    )
    # The watcher of files tells of each change: in a log beside a watched file that would feed itself. Amazon's library
    # tells of each step of each request.
    for name in ("watchfiles", "boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.NOTSET if config.verbosity > 1 else logging.WARNING)
    logging.captureWarnings(capture=True)


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
