"""As tqdm's module of this name: bars for the terminal or the notebook, whichever it is."""

from ._classes import of, range_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

tqdm: "Any" = of("tqdm.auto")
trange = range_of(tqdm)
