"""Records from a broker that speaks AMQP 0-9-1, as RabbitMQ does: a message is acknowledged once it is stored."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..config import SetupError
from ..engine import Engine

if TYPE_CHECKING:
    from .consumer import Consumer

log = logging.getLogger("progressd.amqp")

PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds until the broker is tried again; doubled each time."""
STEADY = 60.0
"""Seconds that a connection must have held for its end to be news."""
HEARTBEAT = "15"
"""Seconds, unless the URL says otherwise: a broker that is gone without a word is noticed within three of them."""
OURS = {"exchange": "progress", "queue": "progressd", "binding": "#"}
"""What the URL's query may say for us, and the defaults: SCA's exchange, and all that is published there."""
THEIRS = ("heartbeat", "cafile", "capath", "cadata", "certfile", "keyfile", "no_verify_ssl", "auth", "name")
"""What it may say for the library."""
EXAMPLE = "amqp://USER:PASSWORD@HOST:5672/VHOST?exchange=progress&queue=progressd&binding=%23"


@dataclass(slots=True, frozen=True)
class Broker:
    """Where messages come from."""

    url: str = field(repr=False)
    """With the password: only the library sees it."""
    name: str
    exchange: str
    queue: str
    binding: str

    def __str__(self) -> str:
        return self.name


class BrokerError(Exception):
    """The broker is not there, or no longer; the text says why."""


async def serve(targets: Sequence[str], engine: Engine, clock: Callable[[], float], ready: asyncio.Event) -> None:
    """Take messages from each of these URLs until cancelled; `clock` is monotonic.

    Raises SetupError if a URL is none, or the library is not installed. Everything else is tried again.
    """
    brokers = [parse(target) for target in targets]
    try:
        from .consumer import Consumer  # noqa: PLC0415 - only here is the library needed
    except ImportError as error:
        raise SetupError(f"--amqp needs aio-pika: pip install 'aio-pika>=10.2' ({error})") from error
    for library in ("aio_pika", "aiormq"):
        # They report each try as an error, with a trace; what there is to say is said here, once.
        logging.getLogger(library).setLevel(logging.CRITICAL)
    ready.set()  # The broker keeps what comes until it is reached.
    async with asyncio.TaskGroup() as tasks:
        for broker in brokers:
            tasks.create_task(_serve(Consumer(broker, engine), clock), name=f"input amqp {broker}")


def parse(url: str) -> Broker:
    """Return what a URL says. Raises SetupError, which does not repeat it: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise SetupError(_hint("that is no URL")) from None
    if parts.scheme not in ("amqp", "amqps") or not parts.hostname:
        raise SetupError(_hint("it begins with amqp:// or amqps://, and names a host"))
    strange = [name for name in query if name not in OURS and name not in THEIRS]
    if strange:
        raise SetupError(_hint(f"{strange[0]!r} is nothing that it may say"))
    ours = OURS | {name: value for name, value in query.items() if name in OURS and value}
    theirs = {"heartbeat": HEARTBEAT} | {name: value for name, value in query.items() if name in THEIRS}
    name = f"{parts.hostname}:{port}" if port else parts.hostname
    return Broker(parts._replace(query=urlencode(theirs), fragment="").geturl(), name, **ours)


def _hint(why: str) -> str:
    return f"--amqp takes a URL like {EXAMPLE}: {why}; / @ : # in a password are written %2F %40 %3A %23"


async def _serve(consumer: "Consumer", clock: Callable[[], float]) -> None:
    pause, said = PAUSE, ""
    while True:
        begun = clock()
        try:
            await consumer.run()
        except BrokerError as lost:
            if clock() - begun >= STEADY:
                pause, said = PAUSE, ""
            level = logging.DEBUG if str(lost) == said else logging.WARNING
            log.log(level, "no records from %s: %s; trying again until it works", consumer.broker, lost)
            said = str(lost)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
