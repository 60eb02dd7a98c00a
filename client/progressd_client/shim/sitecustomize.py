"""Runs at the start of every Python that has this directory on its path: arms the hooks if $PROGRESSD_AUTO says so.

Then runs the `sitecustomize` that it stands before. Any Python may come by here, also one that is too old for us.
"""

import os
import sys

# mypy: ignore-errors
# No annotations: whoever comes by may not know them.


def _arm(here):
    if os.environ.get("PROGRESSD_AUTO", "0") in ("", "0") or sys.version_info < (3, 10):
        return
    try:
        try:
            from progressd_client import auto  # noqa: PLC0415
        except ImportError:
            _borrow(os.path.dirname(here))  # noqa: PTH120
            from progressd_client import auto  # noqa: PLC0415
        auto.arm()
    except Exception:  # noqa: S110 - the program did not ask for us
        pass


def _borrow(package):
    """Load the library from where this file is, and nothing else from there: another environment may be its home."""
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415

    spec = spec_from_file_location("progressd_client", package + "/__init__.py", submodule_search_locations=[package])
    module = module_from_spec(spec)
    sys.modules["progressd_client"] = module
    spec.loader.exec_module(module)


def _go_on(here):
    """Run the next `sitecustomize` on the path. Its errors are its own: Python tells of them."""
    from importlib.machinery import PathFinder  # noqa: PLC0415

    places = [os.path.abspath(place) for place in sys.path]  # noqa: PTH100
    behind = sys.path[places.index(here) + 1 :] if here in places else []
    spec = PathFinder.find_spec("sitecustomize", behind)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec  # noqa: PLC0415

        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


_here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
_arm(_here)
_go_on(_here)
