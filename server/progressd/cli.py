"""The command line: `progressd [options]`. Settings come from it, the environment, a file, in this order."""

import argparse
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from . import __version__
from .config import Config, SetupError, config_file
from .daemon import run

EXAMPLES = """
examples:
  progressd --demo --open                       see it work
  progressd --port 8765 --watch run.log         tail a file of records, watch http://localhost:8765
  progressd --watch 'logs/*.jsonl' --watch out  several files, also such as do not exist yet
  echo '{"type":"update","task":"backup","progress":0.4}' >> run.log

from a shell script (progressd send --help tells all of it):
  progressd send update backup --done 7 --total 20
for other viewers, and for what runs no more (progressd export --help):
  progressd export --format trace > trace.json

settings may also stand in the environment (PROGRESSD_PORT=9000) or in a file:
  %(file)s   (port = 9000, watch = ["run.log"])
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped. A mistake in the settings is one line on stderr and exit status 2."""
    given = vars(_parser().parse_args(arguments))
    try:
        run(load(given, os.environ))
    except SetupError as error:
        print(f"progressd: {error}", file=sys.stderr)
        sys.exit(2)


def load(given: Mapping[str, Any], environment: Mapping[str, str]) -> Config:
    """Return the settings: those given on the command line, else the environment's, else the file's.

    Raises SetupError, which names the setting and where it stands.
    """
    if given.get("token") == "":
        raise SetupError("the token is empty; was a variable not set? Leave it out to need none")
    named = given.get("config") or environment.get("PROGRESSD_CONFIG")
    config = _from_file(Path(named) if named else config_file(), named is not None)
    config.update(_checked(_from_environment(environment), "the environment"))
    config.update(_checked({name: given[name] for name in given if name in HINTS}, "the command line"))
    return Config(**config)


HINTS = get_type_hints(Config)


def _from_file(path: Path, required: bool) -> dict[str, Any]:
    try:
        return _checked(tomllib.loads(path.read_text("utf-8")), f"the file {path}")
    except FileNotFoundError:
        if required:
            raise SetupError(f"there is no settings file {path}") from None
        return {}
    except (OSError, ValueError) as error:
        raise SetupError(f"cannot read the settings file {path}: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in HINTS:
        value = environment.get(f"PROGRESSD_{name.upper()}")
        if value is not None:
            # URLs have colons of their own.
            found[name] = value.split(None if "://" in value else os.pathsep) if _is_list(name) else value
    return found


def _checked(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return values with the types of their settings."""
    checked = {}
    for name, value in values.items():
        if name not in HINTS:
            raise SetupError(f"{where} sets {name!r}, which is no setting; see progressd --help")
        if _is_list(name) and isinstance(value, str):
            value = [value]  # noqa: PLW2901 - one is a list of one
        try:
            checked[name] = msgspec.convert(value, get_type_hints(Config, include_extras=True)[name], strict=False)
        except msgspec.ValidationError as error:
            raise SetupError(f"{where} sets {name} to {value!r}: {error}") from error
    return checked


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="progressd",
        description="How far along is everything, and when will it be done? Live in any browser.",
        epilog=EXAMPLES % {"file": config_file()},
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for field in msgspec.structs.fields(Config):
        if field.name != "verbosity":
            _add(parser, field)
    parser.add_argument("--config", metavar="FILE", help="read settings from this file (default: see below)")
    parser.add_argument(
        "-v", "--verbose", dest="verbosity", action=_Louder, nargs=0, const=1, help="say more; -vv: everything"
    )
    parser.add_argument(
        "-q", "--quiet", dest="verbosity", action=_Louder, nargs=0, const=-1, help="say less; -qq: nothing"
    )
    parser.add_argument("--version", action="version", version=f"progressd {__version__}")
    return parser


class _Louder(argparse.Action):
    """Counts -v up and -q down."""

    def __call__(self, _parser: object, namespace: argparse.Namespace, *_: object) -> None:
        namespace.verbosity = max(-2, min(2, getattr(namespace, "verbosity", 0) + self.const))


def _add(parser: argparse.ArgumentParser, field: msgspec.structs.FieldInfo) -> None:
    flag = "--" + field.name.replace("_", "-")
    text = next(meta.description for meta in field.type.__metadata__ if meta.description)
    if HINTS[field.name] is bool:
        parser.add_argument(flag, action="store_true", help=text)
        return
    shown = f" (default {field.default})" if field.default not in ("", (), None) else ""
    action = "append" if _is_list(field.name) else "store"
    parser.add_argument(flag, action=action, metavar=_METAVAR.get(field.name, field.name.upper()), help=text + shown)


_METAVAR = {
    "watch": "PATH",
    "socket": "PATH",
    "udp": "HOST:PORT",
    "store": "URL",
    "amqp": "URL",
    "keep_days": "DAYS",
    "keep_tasks": "N",
    "allow_host": "NAME",
    "embed_in": "ORIGIN",
    "allow_origin": "ORIGIN",
    "metrics": "URL",
    "estimator": "NAME",
}


def _is_list(name: str) -> bool:
    return bool(get_args(HINTS[name]))
