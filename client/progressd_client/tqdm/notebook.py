"""As tqdm's module of this name: the bars of Jupyter's notebooks."""

from ._classes import of, range_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

tqdm: "Any" = of("tqdm.notebook")
trange = range_of(tqdm)
