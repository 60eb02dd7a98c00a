"""Tell progressd how far along your work is.

    from progressd_client import task, track

    with task("nightly", total=3) as t:
        for path in track(paths, "resize", unit="files"):
            resize(path)
        t.advance()

Without a daemon all of it does nothing, and costs next to nothing. `configure()` or $PROGRESSD_TARGET say where to.
(PYTEST_DONT_REWRITE: a plugin of pytest is in here, and pytest would warn of modules that it finds loaded.)
"""

from .tasks import Task as Task
from .tasks import current as current
from .tasks import task as task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .api import (
        configure as configure,
    )
    from .api import (
        flush as flush,
    )
    from .api import (
        log as log,
    )
    from .api import (
        mark as mark,
    )
    from .api import (
        metric as metric,
    )
    from .api import (
        stats as stats,
    )
    from .decorate import bind as bind
    from .decorate import wrap as wrap
    from .loops import Track as Track
    from .loops import track as track
    from .planning import plan as plan
    from .printing import print_at_exit as print_at_exit
    from .printing import print_tree as print_tree
    from .reading import connect as connect
    from .reference import reference as reference
    from .settings import Stats as Stats

_ELSEWHERE = {
    "configure": "api",
    "flush": "api",
    "log": "api",
    "mark": "api",
    "metric": "api",
    "stats": "api",
    "bind": "decorate",
    "wrap": "decorate",
    "plan": "planning",
    "reference": "reference",
    "Stats": "settings",
    "Track": "loops",
    "connect": "reading",
    "print_at_exit": "printing",
    "print_tree": "printing",
    "track": "loops",
}
"""Loaded when they are first used: importing the package costs a twentieth of what importing tqdm does."""


def __getattr__(name: str) -> object:
    module = _ELSEWHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'progressd_client' has no attribute {name!r}")
    found: object = getattr(__import__(f"{__name__}.{module}", fromlist=[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_ELSEWHERE})


_environ = __import__("os").environ
if _environ.get("PROGRESSD_AUTO", "0") not in ("", "0"):
    from .auto import arm as _arm

    _arm()
if _environ.get("PROGRESSD_PRINT", "0") not in ("", "0"):
    from .printing import print_at_exit as _print_at_exit

    _print_at_exit()
