"""Drop-in for tqdm: `from progressd_client.tqdm import tqdm, trange`. The same bars, and each is a task as well.

What is drawn is drawn by tqdm itself, whose class this one is derived from: all arguments, methods and habits are its
own. Where tqdm is not installed nothing is drawn, and all else goes on. `progressd_client.tqdm.auto`, `.notebook`,
`.asyncio` and `.std` stand for the modules of tqdm of the same names.

A loop that is left early is canceled, one that an exception leaves too; a bar that is closed by hand is finished. What
begins within the loop, or in the bar's `with` block, is below it; so is a bar that is drawn under another.
"""

from ._classes import of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

tqdm: "Any" = of("tqdm")


def trange(*args: int, **kwargs: "Any") -> "Any":
    """As `tqdm(range(*args), **kwargs)`."""
    return tqdm(range(*args), **kwargs)


def tqdm_notebook(*args: "Any", **kwargs: "Any") -> "Any":
    """As `progressd_client.tqdm.notebook.tqdm`."""
    from .notebook import tqdm as kind  # noqa: PLC0415 - only who uses it pays for it

    return kind(*args, **kwargs)


def tnrange(*args: int, **kwargs: "Any") -> "Any":
    """As `tqdm_notebook(range(*args), **kwargs)`."""
    return tqdm_notebook(range(*args), **kwargs)
