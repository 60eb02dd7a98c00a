"""A run whose progress is recognised, and what a reader sees of it."""

import subprocess

from progressd.core.decode import decode_block
from progressd.core.tree import Tree
from tests.daemon import PATIENCE
from tests.run.people import RUN, Said, environment

Parts = dict[str, tuple[str, float | None]]


def run(said: Said, *command: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command whose output goes into pipes, to its end, and wait until that is told."""
    done = subprocess.run(
        [*RUN, "--key", "run", "--", *command],
        env=environment(said.target, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=3 * PATIENCE,  # pytest and pip alone may take 30 s on a busy machine
        check=False,
    )
    assert done.returncode == code, done.stderr
    said.end()
    return done


def tree(said: Said) -> Tree:
    """What a reader sees of it in the end."""
    made = Tree()
    decoded = decode_block(said.file.read_bytes())
    assert not decoded.bad
    for record in decoded.records:
        made.apply([record], 1e10)
    return made


def parts(said: Said) -> Parts:
    """Return status and fraction of each part."""
    tasks = tree(said).tasks
    return {key.removeprefix("run."): (task.status, task.fraction) for key, task in tasks.items() if key != "run"}
