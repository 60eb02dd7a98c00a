"""A tree to the records that rebuild it: what is left when a log is compacted."""

from ..records import Heard, Kept
from .branch import walk
from .change import KEPT
from .task import Task
from .tree import Tree


def kept(tree: Tree) -> list[Kept | Heard]:
    """Return records whose fold is this tree: parents before children, then again the parents that hold a value.

    A value posted on a parent holds only until a child speaks, and restoring a child is speaking. Where no child
    weighs anything, a parent has a value that no child can give it.
    """
    tasks = [task for root in tree.roots for task in walk(root)]
    holding = [
        task for task in tasks if task.children and task.sums and (task.posted is not None or not task.sums.weight)
    ]
    holding.sort(key=lambda task: -task.depth)
    return [*tree.seen.kept(), *(_kept(task) for task in (*tasks, *holding))]


def _kept(task: Task) -> Kept:
    values = {name: getattr(task, name) for name in KEPT}
    return Kept(task=task.key, parent=task.parent.key if task.parent else None, **values)
