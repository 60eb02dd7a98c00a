"""What a task is going to do, before it does it."""

from time import monotonic

from . import tasks as hot
from .keys import counted, key_of, segment
from .tasks import Task, current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .ledger import Step


def plan(
    steps: "Mapping[str, float] | Iterable[str]",
    *,
    parallel: bool = False,
    estimates: bool = False,
    parent: "Task | None" = None,
) -> None:
    """Announce the children of the current task, or of `parent`: shown as waiting until they begin.

        with task("nightly"):
            plan({"download": 30, "process": 60, "upload": 10})
            with task("download"):                               # takes the place that was planned for it
                ...

    `steps` are names with their weights, or with `estimates` the seconds that each is expected to take, which then
    are its weight too; or only names. With `parallel` they run side by side, else one after the other.
    Without a task there is nothing to plan, and nothing happens.
    """
    above = parent or current()
    if above is None:
        return
    try:
        planned = list(_planned(above, steps, estimates))
        hot._offer((above, "plan", monotonic(), planned))
        if parallel:
            hot._offer((above, "parallel", monotonic()))
    except Exception as error:
        hot._report(error)


def _planned(
    above: Task, steps: "Mapping[str, float] | Iterable[str]", estimates: bool
) -> "Iterator[tuple[str, Step]]":
    """Settle the keys of the steps; yield each name with its key, weight and estimate."""
    base, more = key_of(above), above._more
    places, kids = more.setdefault("plan", {}), more.setdefault("kids", {})
    weights: Mapping[str, float | None] = steps if isinstance(steps, dict) else dict.fromkeys(steps)
    for name, weight in weights.items():
        place = segment(name)
        number = counted(kids, place)
        key = f"{base}.{place}" if number == 1 else f"{base}.{place}#{number}"
        step = places[name] = (key, weight, weight if estimates else None)
        yield name, step
