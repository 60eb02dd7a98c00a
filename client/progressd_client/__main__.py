"""`python -m progressd_client app.py`: runs a program such that what its tools do becomes tasks. See `auto.py`."""

import os
import sys

USAGE = """usage: python -m progressd_client [PYTHON'S OPTIONS] app.py | -m module | -c code [ARGUMENTS]
       python -m progressd_client --path

Runs a program such that what it does with tqdm, rich, pytest, joblib, dask, Celery, Keras or Lightning becomes tasks;
so does what the Pythons do that it starts. PROGRESSD_DISABLE=rich,joblib leaves some of these alone.
With --path prints a directory: on PYTHONPATH it does the same, for every Python that PROGRESSD_AUTO=1 is set for.
"""


def main() -> int:
    """Become the program; return only if there is none."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--path"]:
        sys.stdout.write(shim() + "\n")
        return 0
    if not arguments or arguments[0] in ("-h", "--help"):
        (sys.stdout if arguments else sys.stderr).write(USAGE)
        return 0 if arguments else 2
    if sys.flags.ignore_environment or sys.flags.no_site:
        sys.stderr.write("progressd_client: Python's options -I, -E and -S keep the hooks out; nothing is reported\n")
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{shim()}{os.pathsep}{others}" if others else shim()
    os.environ["PROGRESSD_AUTO"] = "1"
    sys.stdout.flush()
    # The program is a process as if started by hand: its `__main__`, its arguments and its options are its own.
    os.execv(sys.executable, [sys.executable, *options(sys.orig_argv, len(arguments)), *arguments])  # noqa: S606
    return 1


def options(command: "list[str]", count: int) -> "list[str]":
    """Return the options that Python itself was started with, before `-m progressd_client` and so many arguments."""
    own = command[1 : len(command) - count]
    return own[:-2] if own[-2:-1] == ["-m"] else own[:-1]


def shim() -> str:
    """Return the directory with the `sitecustomize` that arms the hooks."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "shim")  # noqa: PTH100, PTH118, PTH120


if __name__ == "__main__":
    sys.exit(main())
