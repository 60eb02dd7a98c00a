"""One connection to an AMQP broker, from its beginning to its end. All that the library aio-pika does is done here."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Never

import aio_pika
from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPError, ChannelPreconditionFailed

from ..batches import Batch
from ..core.decode import Decoded
from ..core.sca import decode_message
from ..engine import Engine
from ..records import AnyRecord
from .amqp import Broker, BrokerError

log = logging.getLogger("progressd.amqp")

PREFETCH = 500
"""Messages that the broker sends ahead of their acknowledgement: what may wait here, and come again."""
SIZE = 256 << 10
"""Bytes of messages that are decoded at a time; in between, others get their turn."""
PATIENCE = 20.0
"""Seconds for anything that is asked of the broker: the library itself would wait for ever."""
CLOSE = 0.5
"""Seconds for the farewell: the daemon's end must not wait for a broker that does not answer."""
REMEMBERED = 20 * PREFETCH
"""Messages recognised if they come again. A broker that was killed has forgotten acknowledgements of some seconds."""
DEAD = 10_000
"""Rejected messages that are kept for whoever looks at them."""
ALARM = 1.0
"""Seconds between looks whether the store works again."""


class Applied:
    """Recognises messages that were applied, but whose acknowledgement the broker did not get, or forgot.

    Equal messages are counted: one that was not applied is not taken for its equal that was.
    """

    def __init__(self) -> None:
        self._before: Counter[bytes] = Counter()
        self._now: deque[bytes] = deque(maxlen=REMEMBERED)

    def begin(self) -> None:
        """A new connection: from now on what was applied on earlier ones may come again."""
        self._before = Counter([*self._before.elements(), *self._now][-REMEMBERED:])
        self._now.clear()

    def comes_again(self, digest: bytes) -> bool:
        """Return whether a message was applied on an earlier connection; each of equal ones once."""
        known = self._before[digest] > 0
        self._before[digest] -= known
        return known

    def add(self, digest: bytes) -> None:
        """A message is applied, or was."""
        self._now.append(digest)


class Consumer:
    """Takes messages from one broker, over one connection after the other."""

    def __init__(self, broker: Broker, engine: Engine) -> None:
        self.broker = broker
        self._engine = engine
        self._applied = Applied()
        self._noticed = False
        self._arrived: asyncio.Queue[AbstractIncomingMessage | str] = asyncio.Queue()
        """At most PREFETCH of them, and in words why there will be no more."""

    async def run(self) -> Never:
        """Connect and take messages until that ends. Raises BrokerError."""
        self._arrived = asyncio.Queue()
        self._applied.begin()
        connection: AbstractConnection | None = None
        try:
            async with asyncio.timeout(PATIENCE):
                connection = await aio_pika.connect(self.broker.url, timeout=PATIENCE)
                await self._consume(connection)
            log.info("records are taken from %s, queue %s", self.broker, self.broker.queue)
            while True:
                await self._take(await self._next())
        except asyncio.CancelledError:
            if _is_canceled():
                raise
            raise BrokerError("the connection ended") from None
        except Exception as error:
            raise BrokerError(_reason(error)) from error
        finally:
            await _close(connection)

    async def _consume(self, connection: AbstractConnection) -> None:
        channel = connection.channel(publisher_confirms=False)
        await channel.initialize(PATIENCE)
        queue = await _declare(channel, self.broker)
        for closing in (connection.close_callbacks, channel.close_callbacks):
            closing.add(self._ended)
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(self._cancelled)
        await queue.consume(self._arrive, timeout=PATIENCE)

    async def _arrive(self, message: AbstractIncomingMessage) -> None:
        self._arrived.put_nowait(message)

    def _ended(self, _: Any, error: BaseException | None) -> None:
        self._arrived.put_nowait(f"the connection ended: {error}" if error is not None else "the connection ended")

    async def _cancelled(self, _: Any) -> None:
        self._arrived.put_nowait(f"the queue {self.broker.queue} was deleted")

    async def _next(self) -> list[AbstractIncomingMessage]:
        """Wait for messages; return those that are there. Raises BrokerError at the end: they come again then."""
        messages: list[AbstractIncomingMessage] = []
        size = 0
        while not messages or (size < SIZE and not self._arrived.empty()):
            arrived = await self._arrived.get()
            if isinstance(arrived, str):
                raise BrokerError(arrived)
            messages.append(arrived)
            size += len(arrived.body)
        return messages

    async def _take(self, messages: Sequence[AbstractIncomingMessage]) -> None:
        """Have the engine store what messages say, then acknowledge them."""
        batch, poison = self._decode(messages)
        try:
            if batch.records:
                await self._engine.commit(batch)
            while self._engine.alarm is not None:  # noqa: ASYNC110 - meanwhile, the broker's disk is the safer place
                await asyncio.sleep(ALARM)
        except asyncio.CancelledError:
            # The daemon ends. What the engine has it stores; acknowledged, it does not come again at the next start.
            with suppress(Exception):
                async with asyncio.timeout(CLOSE):
                    await self._engine.drain()
                    if batch.received and self._engine.alarm is None:
                        await _acknowledge(messages, poison)
            raise
        async with asyncio.timeout(PATIENCE):
            await _acknowledge(messages, poison)

    def _decode(self, messages: Sequence[AbstractIncomingMessage]) -> tuple[Batch, list[AbstractIncomingMessage]]:
        """Return what is to be applied, and the messages of which nothing can be."""
        records: list[AnyRecord] = []
        lines, poison = [], []
        for message in messages:
            digest = _digest(message)
            if not (message.redelivered and self._applied.comes_again(digest)):
                decoded = self._decode_one(message.routing_key or "", message.body)
                if not decoded.records and any(not bad.unknown for bad in decoded.bad):
                    poison.append(message)
                    continue
                records += decoded.records
                lines.append(decoded.lines)
            self._applied.add(digest)
        return Batch(f"amqp:{self.broker.queue}", records, b"".join(lines)), poison

    def _decode_one(self, key: str, body: bytes) -> Decoded:
        decoded = decode_message(key, body)
        if decoded.records and not self._noticed:
            self._noticed = True
            self._engine.losses.notice(lambda _: f"amqp {key[:100]}", body)
        self._engine.losses.reject_all(lambda _: f"amqp {key[:100]}", decoded)
        return decoded


async def _declare(channel: AbstractChannel, broker: Broker) -> AbstractQueue:
    """Make sure of the exchange, the queue, and where rejected messages go. What is there is left as it is."""
    await channel.set_qos(prefetch_count=PREFETCH)
    exchange = await channel.declare_exchange(broker.exchange, ExchangeType.TOPIC, durable=True)
    # Names that begin with amq. are the broker's own.
    dead = await channel.declare_exchange(
        f"{broker.exchange.removeprefix('amq.')}.dead", ExchangeType.TOPIC, durable=True
    )
    rejected = await channel.declare_queue(f"{broker.queue}.dead", durable=True, arguments={"x-max-length": DEAD})
    await rejected.bind(dead, "#")
    arguments: dict[str, Any] = {"x-dead-letter-exchange": dead.name}
    queue = await channel.declare_queue(broker.queue, durable=True, arguments=arguments)
    await queue.bind(exchange, broker.binding)
    return queue


async def _acknowledge(messages: Sequence[AbstractIncomingMessage], poison: Sequence[AbstractIncomingMessage]) -> None:
    for message in poison:
        await message.reject(requeue=False)
    good = [message for message in messages if not message.processed]
    if good:
        await good[-1].ack(multiple=True)


async def _close(connection: AbstractConnection | None) -> None:
    if connection is None:
        return
    try:
        async with asyncio.timeout(CLOSE):
            await connection.close()
    except asyncio.CancelledError:
        if _is_canceled():
            raise
    except Exception as error:
        log.debug("the connection was closed without a farewell: %s", error)


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return f"it did not answer within {PATIENCE:g} s"
        case ChannelPreconditionFailed():
            return f"{error} (it is there and was declared differently; delete it, or name another in the URL)"
        case BrokerError() | AMQPError() | OSError() | RuntimeError():
            return str(error) or type(error).__name__
        case _:
            log.error("a connection was closed because of a fault in progressd", exc_info=error)
            return f"a fault in progressd: {error!r}"


def _is_canceled() -> bool:
    """Return whether this task is to end. The library ends what waits for it by the same exception."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _digest(message: AbstractIncomingMessage) -> bytes:
    head = repr((message.routing_key, message.message_id, message.timestamp)).encode()
    return blake2b(head + message.body, digest_size=16).digest()
