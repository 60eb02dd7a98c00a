"""A real RabbitMQ of the test's own: its node, its ports, its directory; it can be killed and started again."""

import asyncio
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange

from tests.daemon import eventually, free_port

WAIT = 60.0
"""Seconds that a publisher waits for anything: of a thousand messages at once, the last is confirmed late."""
Message = tuple[str, bytes]
"""Routing key and body."""
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
"""Not the one on the PATH, which takes another user's rights and starts services of the machine."""


@dataclass
class RabbitMQ:
    """A broker, and the directory in which it keeps what is durable."""

    home: Path
    port: int = field(default_factory=free_port)
    names: int = field(default_factory=free_port)
    between: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is found."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it, and the name server that Erlang needs; on return it takes connections."""
        self.home.mkdir(exist_ok=True)
        with (self.home / "output").open("ab") as output:
            for command in (["epmd", "-address", "127.0.0.1", "-port", str(self.names)], [SERVER]):
                self.processes.append(
                    subprocess.Popen(command, env=self._environment(), stdout=output, stderr=output, cwd=self.home)
                )
        eventually(self._is_up, patience=180.0)

    def kill(self) -> None:
        """End it as a power cut would."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.wait()
        self.processes.clear()

    def _is_up(self) -> bool:
        assert self.processes[-1].poll() is None, (self.home / "output").read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0) as connection:
            connection.settimeout(5.0)
            connection.sendall(b"AMQP\0\0\x09\x01")
            return bool(connection.recv(1))
        return False

    def _environment(self) -> dict[str, str]:
        home = str(self.home)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return {
            **kept,
            "HOME": home,
            "RUNNING_UNDER_SYSTEMD": "1",  # no shell stays between: the process that was started is the broker
            "ERL_EPMD_PORT": str(self.names),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": f"test-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.between),
            "RABBITMQ_CONFIG_FILE": f"{home}/none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/plugins",
            "RABBITMQ_MNESIA_BASE": f"{home}/mnesia",
            "RABBITMQ_LOG_BASE": f"{home}/log",
            "RABBITMQ_PID_FILE": f"{home}/pid",
        }


class Proxy:
    """Stands between a broker and who talks to it, and may stop to pass on what is said to the broker."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.deaf = False
        self.url = f"amqp://guest:guest@127.0.0.1:{self._listener.getsockname()[1]}/"

    def __enter__(self) -> "Proxy":
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End all connections, on both sides."""
        ending, self._open = self._open, []
        for each in ending:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                self._open += [client, server]
                self._start(self._pass_on, client, server, to_broker=True)
                self._start(self._pass_on, server, client, to_broker=False)

    def _pass_on(self, source: socket.socket, target: socket.socket, *, to_broker: bool) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if not (to_broker and self.deaf):
                    target.sendall(said)

    @staticmethod
    def _start(work: Callable[..., None], *arguments: object, **options: object) -> None:
        threading.Thread(target=work, args=arguments, kwargs=options, daemon=True).start()


@contextmanager
def broker(home: Path) -> Iterator[RabbitMQ]:
    """Run one until the end of the block."""
    rabbit = RabbitMQ(home)
    try:
        rabbit.start()
        yield rabbit
    finally:
        rabbit.kill()


def place(url: str, queue: str) -> str:
    """Return the setting for a queue and an exchange of the test's own."""
    return f"{url}?exchange={queue}.all&queue={queue}"


async def declare(url: str, queue: str) -> tuple[AbstractConnection, AbstractExchange]:
    """Connect as a publisher that waits for each confirmation."""
    connection = await aio_pika.connect(url, timeout=WAIT)
    channel = await connection.channel()
    return connection, await channel.declare_exchange(f"{queue}.all", aio_pika.ExchangeType.TOPIC, durable=True)


def publish(url: str, queue: str, messages: Sequence[Message]) -> None:
    """Publish messages; on return the broker has confirmed all of them."""

    async def run() -> None:
        connection, exchange = await declare(url, queue)
        async with connection:
            await asyncio.gather(*(exchange.publish(durable(body), key, timeout=WAIT) for key, body in messages))

    asyncio.run(run())


def durable(body: bytes) -> aio_pika.Message:
    """Return a message that the broker keeps through its own death."""
    return aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)


def on_channel(url: str, work: Callable[[AbstractChannel], Awaitable[object]]) -> object:
    """Do something by a channel of its own."""

    async def run() -> object:
        async with await aio_pika.connect(url, timeout=WAIT) as connection:
            return await work(await connection.channel())

    return asyncio.run(run())


def waiting_in(url: str, queue: str) -> int:
    """Return how many messages a queue holds that nobody was sent."""

    async def count(channel: AbstractChannel) -> int | None:
        declared = await channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count

    found = on_channel(url, count)
    assert isinstance(found, int)
    return found


def is_consumed(url: str, queue: str) -> bool:
    """Return whether somebody takes what comes to a queue."""

    async def consumers(channel: AbstractChannel) -> int | None:
        with suppress(aio_pika.exceptions.ChannelNotFoundEntity):
            return (await channel.declare_queue(queue, passive=True)).declaration_result.consumer_count
        return 0

    return bool(on_channel(url, consumers))
