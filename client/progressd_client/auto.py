"""Hooks for programs that do not know of this library: what tools such as tqdm or pytest do becomes tasks.

    python -m progressd_client app.py --its --arguments        # or: … -m module, … -c code
    export PYTHONPATH=$(python -m progressd_client --path)     # from then on, for every Python that this shell starts:
    PROGRESSD_AUTO=1 python app.py

Either way the Pythons that the program starts have the hooks as well. $PROGRESSD_AUTO alone cannot do it: Python runs
nothing of ours in a program that neither imports us nor has us on its path. (A `.pth` file could, but Python is about
to forbid that.) A program that imports `progressd_client.auto` and calls `arm()` has them too. Python's options -I, -E
and -S keep them out.

Nothing is imported before the program imports it, and what runs per item stays as it is: see `bars.py`. Packages that
$PROGRESSD_DISABLE names, with commas between, are left alone.
"""

import os
import sys
from importlib import import_module

from .faults import _report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

HOOKS = {
    "tqdm.std": ("bars", "tqdm"),
    "rich.progress": ("displays", "Progress"),
    "pytest": ("hooks.pytest", "PytestPluginManager"),
    "joblib.parallel": ("hooks.joblib", "Parallel"),
    "dask.callbacks": ("hooks.dask", "Callback"),
    "distributed.scheduler": ("hooks.distributed", "Scheduler"),
    "celery.app.task": ("hooks.celery", "Task"),
    "keras.callbacks": ("hooks.keras", "CallbackList"),
    "lightning.pytorch.trainer.trainer": ("hooks.lightning", "Trainer"),
    "pytorch_lightning.trainer.trainer": ("hooks.lightning", "Trainer"),
    "logging": ("hooks.logging", "Logger"),
}
"""What to look out for: the module of ours that has `install` for it, and the name of the class."""


def arm() -> None:
    """From now on hook what the program imports, and what it has imported. Never raises."""
    if is_armed():
        return
    sys.meta_path.insert(0, _Finder())
    for name in HOOKS:
        if name in sys.modules:
            _hook(sys.modules[name])


def is_armed() -> bool:
    """Whether `arm()` was called in this process."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def is_off(package: str) -> bool:
    """Whether $PROGRESSD_DISABLE names a package."""
    return package in [name.strip() for name in os.environ.get("PROGRESSD_DISABLE", "").split(",")]


class _Finder:
    """Finds nothing itself: has the others find, and hooks what they found once it has run."""

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        if name not in HOOKS:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            found: ModuleSpec | None = find(name, path, target) if find is not None and finder is not self else None
            if found is not None:
                _follow(found.loader)
                return found
        return None


def _follow(loader: "Any") -> None:
    """Have the loader hook its module, once."""
    try:
        run = loader.exec_module

        def exec_module(module: "ModuleType") -> None:
            del loader.exec_module
            run(module)
            _hook(module)

        loader.exec_module = exec_module
    except Exception as error:  # a loader that is not like Python's own
        _report(error)


def _hook(module: "ModuleType") -> None:
    try:
        ours, kind = HOOKS[module.__name__]
        if not is_off(module.__name__.partition(".")[0]):
            import_module(f".{ours}", __package__).install(getattr(module, kind))
    except Exception as error:
        _report(error)
