"""joblib: each call of a `Parallel` is a task, scikit-learn's too.

    from progressd_client.hooks.joblib import Parallel  # joblib's, and each call is a task

joblib's own counters are read where they are, so a job costs what it did. The name is that of the first job's function.
"""

from functools import wraps
from operator import length_hint
from types import GeneratorType

from joblib.parallel import Parallel as Real

from ..faults import _report
from ..mirror import Mirror
from . import is_new, quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType
    from typing import Any

    from ..mirror import Reading

    Job = tuple[Any, ...]


def install(kind: "Any") -> "Any":
    """Make tasks of the calls of joblib's class, or of one derived from it; return the class."""
    if is_new(kind):
        kind.__call__ = _call(kind.__call__)
    return kind


class Jobs:
    """Reads the counters of a `Parallel` during one call."""

    __slots__ = ("_all", "_parallel", "over")

    def __init__(self, parallel: "Any", total: "int | None") -> None:
        self._parallel, self._all = parallel, total
        self.over = False
        """All is done: joblib's counter may be a moment late."""

    def __call__(self) -> "Reading":
        """Return jobs done, and to do if that is known: from the start, or from when all are handed out."""
        done, out = self._parallel.n_completed_tasks, self._parallel.n_dispatched_tasks
        if self.over:
            return out, out, None
        return done, None if self._all is None else max(self._all, out), None


def count(jobs: "Any") -> "int | None":
    """Return how many jobs there are, if that can be known without making them."""
    if isinstance(jobs, GeneratorType):
        # `delayed(f)(x) for x in xs`: as many as there are xs.
        code, over = jobs.gi_code, (jobs.gi_frame.f_locals if jobs.gi_frame else {}).get(".0")
        return _left(over) if over is not None and _is_plain(code) else None
    return len(jobs) if hasattr(jobs, "__len__") else None


def _left(iterator: "Any") -> "int | None":
    if isinstance(iterator, (enumerate, zip)):
        inner = [part for part in iterator.__reduce__()[1] if hasattr(part, "__next__")]
        known = [left for left in map(_left, inner) if left is not None]
        return min(known, default=None)
    left = length_hint(iterator, -1)
    return None if left < 0 else left


def _is_plain(code: "CodeType") -> bool:
    """Whether a generator expression gives as many items as it takes: one `for`, no condition."""
    from dis import get_instructions  # noqa: PLC0415 - joblib has loaded it

    names = [step.opname for step in get_instructions(code)]
    return names.count("FOR_ITER") == 1 and not any(name.startswith(("POP_JUMP", "JUMP_IF")) for name in names)


def _call(original: "Callable[..., Any]") -> "Callable[..., Any]":
    @wraps(original)
    def __call__(self: "Any", iterable: "Any") -> "Any":  # noqa: N807
        jobs = Jobs(self, _guarded(count, iterable))
        mirror = Mirror("jobs", jobs, unit="jobs")
        try:
            results = original(self, _seen(iterable, mirror))
        except BaseException:
            _settle(mirror)
            raise
        if not isinstance(results, list):
            given = _given(results, mirror, jobs)
            next(given)
            return given
        jobs.over = True
        _settle(mirror)
        return results

    return __call__


def _guarded(ask: "Callable[[Any], int | None]", jobs: "Any") -> "int | None":
    try:
        return ask(jobs)
    except Exception as error:
        _report(error)
        return None


def _seen(jobs: "Any", mirror: Mirror) -> "Any":
    """Return the same jobs; the first one that is taken begins the task. What has a length must keep it."""
    if not hasattr(jobs, "__len__"):
        return _from_first(jobs, mirror)
    if mirror.total:
        _begin(mirror, jobs[0] if isinstance(jobs, (list, tuple)) else None)
    return jobs


def _from_first(jobs: "Iterable[Job]", mirror: Mirror) -> "Iterator[Job]":
    iterator = iter(jobs)
    for job in iterator:
        _begin(mirror, job)
        yield job
        break
    yield from iterator


def _given(results: "Iterator[Any]", mirror: Mirror, jobs: Jobs) -> "Iterator[Any]":
    """Give the results on. It stands at the first `yield` before it is returned, for it must end in any case."""
    try:
        yield None
        yield from results
        jobs.over = True
    finally:
        _settle(mirror)


@quiet
def _begin(mirror: Mirror, job: "Job | None") -> None:
    function = job[0] if job else None
    while hasattr(function, "func") or hasattr(function, "function"):
        function = getattr(function, "func", None) or getattr(function, "function", None)  # partial; scikit-learn's
    mirror.name = getattr(function, "__name__", None) or mirror.name
    mirror.start()


@quiet
def _settle(mirror: Mirror) -> None:
    if mirror._begun is not None:
        mirror.settle()


Parallel: "Any" = install(Real)
