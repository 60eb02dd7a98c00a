"""A tree from records, and what is looked at in it."""

from progressd.core.tree import Tree
from progressd.records import StoredRecord


def tree_of(*records: StoredRecord, one_by_one: bool = False) -> Tree:
    """Return what records make of nothing, in one batch or in one batch each."""
    tree = Tree()
    for batch in ([record] for record in records) if one_by_one else [records]:
        tree.apply(batch, 1.0)
    return tree


def fractions(tree: Tree) -> dict[str, float | None]:
    """Return how far each task is."""
    return {key: task.fraction for key, task in tree.tasks.items()}
