"""An earlier run made ready to be compared with, again and again."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from .names import kind
from .runs import Branch, Piece, Run

OWN = 0.2
"""Of a branch's time: what it did by itself is a piece of work if it was more. Else it stood around a little …"""
WORTH = 0.005
"""… and if it was more than this share of the run."""
EXACT = 1e-9
"""Relative: sums of seconds that differ by less are the same."""


class Past:
    """A run, where its pieces stood in the tree, and how much work was done by when."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.seconds = run.seconds
        self.branches = _branch_paths(run)
        gaps = _gaps(run)
        owns = [_own(run.branches[branch], spans) for branch, spans in gaps]
        self.pieces = [*run.pieces, *owns]
        """Those without children, and behind them what branches did by themselves."""
        self.took = [*(piece.seconds for piece in run.pieces), *(sum(b - a for a, b in spans) for _, spans in gaps)]
        self.work = sum(self.took)
        """Seconds of all pieces: more than the run took where they went side by side."""
        self._branch_of = dict(zip(self.branches, run.branches, strict=True))
        self._abreast = dict(_abreast(run, self.branches))
        paths = [_piece_path(piece, self.branches) for piece in self.pieces]
        above = [self.branches[piece.parent] if piece.parent >= 0 else "" for piece in self.pieces]
        self.by_key = {(piece.key, path): i for i, (piece, path) in enumerate(zip(self.pieces, paths, strict=True))}
        self.by_path = _grouped(paths)
        self.by_kind = _grouped(kind(path) for path in paths)
        self.by_name = _grouped(kind(piece.name) for piece in run.pieces)
        self.by_parent = _grouped(kind(path) for path in above)
        self._mean = self.work / max(1, len(self.took))
        self._means = {
            (way, name): sum(self.took[piece] for piece in group) / len(group)
            for way, groups in (("kind", self.by_kind), ("parent", self.by_parent))
            for name, group in groups.items()
        }
        spans = [(piece.start, piece.stop) for piece in run.pieces]
        self._moments, self._done = _progress([*spans, *(span for _, spans in gaps for span in spans)])

    def moments(self, work: float) -> tuple[float, float]:
        """Return between which moments just so much work was done: they differ where nothing ran for a while."""
        if work >= self._done[-1] * (1 - EXACT):
            return self._moments[-1], self.seconds
        left = bisect_left(self._done, work * (1 - EXACT))
        right = bisect_right(self._done, work * (1 + EXACT))
        if right == 0:
            return 0.0, self._moments[0]
        if right - left > 0:
            return (0.0 if left == 0 else self._moments[left]), self._moments[right - 1]
        share = (work - self._done[left - 1]) / (self._done[left] - self._done[left - 1])
        moment = self._moments[left - 1] + share * (self._moments[left] - self._moments[left - 1])
        return moment, moment

    def work_by(self, moment: float) -> float:
        """Return how much work was done by a moment, in seconds of it."""
        right = bisect_right(self._moments, moment)
        if right == 0 or right == len(self._moments):
            return self._done[-1] if right else 0.0
        begin, end = self._moments[right - 1], self._moments[right]
        share = (moment - begin) / (end - begin)
        return self._done[right - 1] + share * (self._done[right] - self._done[right - 1])

    def branch_at(self, path: str) -> Branch | None:
        """Return the branch with this path."""
        return self._branch_of.get(path)

    def abreast(self, path: str) -> float | None:
        """Return how many pieces went side by side below a branch, on average."""
        return self._abreast.get(path)

    def typical(self, like: str, above: str) -> float:
        """Return how long a piece of this kind took, else one below this parent, else any."""
        return self._means.get(("kind", like), self._means.get(("parent", above), self._mean))


def _branch_paths(run: Run) -> list[str]:
    paths: list[str] = []
    for branch in run.branches:
        above = paths[branch.parent] if branch.parent >= 0 else ""
        paths.append("" if branch.parent < 0 else f"{above}/{branch.name}" if above else branch.name)
    return paths


def _abreast(run: Run, paths: Sequence[str]) -> Iterator[tuple[str, float]]:
    work = [0.0] * len(run.branches)
    for piece in run.pieces:
        if piece.parent >= 0:
            work[piece.parent] += piece.seconds
    for path, branch, seconds in zip(paths, run.branches, work, strict=True):
        if branch.stop > branch.start:
            yield path, seconds / (branch.stop - branch.start)


def _piece_path(piece: Piece, branches: Sequence[str]) -> str:
    if piece.parent < 0:
        return ""
    above = branches[piece.parent]
    return f"{above}/{piece.name}" if above else piece.name


def _grouped(names: Iterable[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        groups.setdefault(name, []).append(index)
    return groups


def _gaps(run: Run) -> list[tuple[int, list[tuple[float, float]]]]:
    """Return the branches that worked by themselves for long, with the spans of time when no child of theirs ran."""
    below: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for piece in run.pieces:
        below[piece.parent].append((piece.start, piece.stop))
    for branch in run.branches:
        below[branch.parent].append((branch.start, branch.stop))
    found = []
    for index, branch in enumerate(run.branches):
        reached, spans = branch.start, []
        for start, stop in (*sorted(span for span in below[index] if span[1] > span[0]), (branch.stop, branch.stop)):
            if start > reached:
                spans.append((reached, start))
            reached = max(reached, stop)
        alone = sum(stop - start for start, stop in spans)
        if branch.parent >= 0 and alone > max(OWN * (branch.stop - branch.start), WORTH * run.seconds):
            found.append((index, spans))
    return found


def _own(branch: Branch, spans: Sequence[tuple[float, float]]) -> Piece:
    return Piece(branch.key, branch.name, branch.parent, spans[0][0], spans[-1][1])


def _progress(spans: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return moments, and the work done by each: a line with a bend wherever something began or ended."""
    steps: defaultdict[float, int] = defaultdict(int)
    for start, stop in spans:
        if stop > start:
            steps[start] += 1
            steps[stop] -= 1
    moments = sorted(steps) or [0.0]
    side_by_side = accumulate(steps[moment] for moment in moments)
    gains = [number * (end - begin) for number, (begin, end) in zip(side_by_side, pairwise(moments), strict=False)]
    return moments, list(accumulate(gains, initial=0.0))
