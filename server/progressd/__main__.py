"""`progressd …`: the daemon, or what a script calls often and which must not wait for the daemon's imports."""

import sys


def main() -> None:
    """Do what the first word says: `send`, `run`, `export`, `estimate`; else serve."""
    if sys.argv[1:2] == ["send"]:
        from progressd_client.shell import main as send  # noqa: PLC0415 - each loads only what it needs

        sys.exit(send(sys.argv[2:]))
    if sys.argv[1:2] == ["export"]:
        from progressd_client.export import main as export  # noqa: PLC0415

        sys.exit(export(sys.argv[2:]))
    if sys.argv[1:2] == ["run"]:
        from .run import main as run  # noqa: PLC0415

        sys.exit(run(sys.argv[2:]))
    if sys.argv[1:2] == ["estimate"]:
        from .replay import main as estimate  # noqa: PLC0415

        sys.exit(estimate(sys.argv[2:]))
    from .cli import main as serve  # noqa: PLC0415

    serve()


if __name__ == "__main__":
    main()
