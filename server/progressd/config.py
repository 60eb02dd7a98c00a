"""Every setting: its name, type, default and meaning. The command line, the environment and the file follow."""

import os
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct


class SetupError(Exception):
    """What the user asked for cannot be. The text says what, why and what to do; it is shown as one line."""


def about(text: str) -> Meta:
    """Return a setting's one line in `--help` and in the README."""
    return Meta(description=text)


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of one daemon. `--keep-days` on the command line is PROGRESSD_KEEP_DAYS and `keep_days = …`."""

    host: Annotated[str, about("address to listen on; anything but loopback needs --token")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535), about("TCP port of the page and the API; 0 takes a free one")] = 8765
    watch: Annotated[tuple[str, ...], about("file, glob or directory of records to tail; repeatable")] = ()
    amqp: Annotated[tuple[str, ...], about("URL of a broker to take records from; repeatable; needs aio-pika")] = ()
    socket: Annotated[str, about("UNIX socket that takes records; `off` for none")] = ""
    udp: Annotated[str, about("HOST:PORT on this machine for datagrams: records, or llpp's messages")] = ""
    store: Annotated[str, about("where the log is kept: `memory:` or `sqlite:PATH`")] = ""
    token: Annotated[str, about("secret that every request but /health must show; better in PROGRESSD_TOKEN")] = ""
    allow_host: Annotated[
        tuple[str, ...], about("host name under which browsers may reach the daemon; repeatable")
    ] = ()
    embed_in: Annotated[
        tuple[str, ...], about("origin, such as https://wiki.example, whose pages may show this one; repeatable")
    ] = ()
    allow_origin: Annotated[
        tuple[str, ...], about("origin, such as http://localhost:5000, whose pages may follow /events; repeatable")
    ] = ()
    keep_days: Annotated[float, Meta(gt=0), about("days after its end that a root task is forgotten")] = 30.0
    keep_tasks: Annotated[int, Meta(gt=0), about("tasks beyond which what ended first is forgotten first")] = 200_000
    estimator: Annotated[
        str,
        about(
            "remaining time: `learned` from earlier runs, `weighted` by declared estimates, `rate`, `ema` as bars do"
        ),
    ] = "learned"
    metrics: Annotated[
        tuple[str, ...], about("where ends of tasks with a metric are sent, such as statsd://HOST:PORT; repeatable")
    ] = ()
    open: Annotated[bool, about("open the page in the browser")] = False
    demo: Annotated[bool, about("play a sample workload of some minutes through the UNIX socket")] = False
    verbosity: Annotated[int, Meta(ge=-2, le=2), about("-2 says nothing but errors that end it, 2 says everything")] = 0

    @property
    def store_url(self) -> str:
        """`store`, or the default: a file in the user's state directory."""
        if not self.store:
            # The demo is to look at, not to be remembered beside real work.
            return "memory:" if self.demo else f"sqlite:{state_directory() / 'progressd.db'}"
        return self.store if ":" in self.store else f"sqlite:{self.store}"


def state_directory() -> Path:
    """Return $XDG_STATE_HOME/progressd, or its default below the home directory."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "progressd"


def config_file() -> Path:
    """Return $XDG_CONFIG_HOME/progressd/config.toml, or its default below the home directory."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "progressd" / "config.toml"
