"""`progressd export`: what a daemon knows, as a file for another viewer, to standard output."""

import sys
from argparse import ArgumentParser
from http.client import HTTPException
from urllib.error import URLError

from .reading import connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = ("ctxt", "trace")


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Export what the command line says; return the exit status: 0, 1 if it is not whole, 2 for a wrong line."""
    said = _parser().parse_args(arguments)
    try:
        daemon = connect(said.url, token=said.token)
    except ValueError as error:
        return _fail(str(error))
    try:
        for piece in daemon.export(said.format, said.key):
            sys.stdout.buffer.write(piece)
        sys.stdout.flush()
    except BrokenPipeError:  # as by `| head`
        sys.stderr.close()
        return 1
    except KeyError:
        return _fail(f"there is no task {said.key!r}")
    except HTTPException:
        return _fail("the daemon ended before the export did; what came of it is not whole")
    except URLError as error:
        return _fail(f"no daemon answers at {daemon.url}: {error.reason}; name another with --url")
    except OSError as error:
        return _fail(str(error))
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "progressd export", description="Writes the spans of all tasks, or of one with all below it."
    )
    parser.add_argument("key", nargs="?", metavar="KEY", help="only this task, and what is below it")
    formats = "ctxt for the viewer of context (the default), trace for https://ui.perfetto.dev and chrome://tracing"
    parser.add_argument("--format", choices=FORMATS, default="ctxt", help=formats)
    parser.add_argument("--url", help="of the daemon; $PROGRESSD_TARGET if that is http, else http://localhost:8765")
    parser.add_argument("--token", help="its secret; better as $PROGRESSD_TOKEN, for all may read a command line")
    return parser


def _fail(why: str) -> int:
    sys.stderr.write(f"progressd export: {why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
