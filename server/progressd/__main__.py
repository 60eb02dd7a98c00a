"""`progressd …`: the daemon, or what a script calls often and which must not wait for the daemon's imports."""

import sys


def main() -> None:
    """Send a record, run a command or write an export if the first word says so; else serve."""
    if sys.argv[1:2] == ["send"]:
        from progressd_client.shell import main as send  # noqa: PLC0415 - each loads only what it needs

        sys.exit(send(sys.argv[2:]))
    if sys.argv[1:2] == ["export"]:
        from progressd_client.export import main as export  # noqa: PLC0415

        sys.exit(export(sys.argv[2:]))
    if sys.argv[1:2] == ["run"]:
        from .run import main as run  # noqa: PLC0415

        sys.exit(run(sys.argv[2:]))
    from .cli import main as serve  # noqa: PLC0415

    serve()


if __name__ == "__main__":
    main()
