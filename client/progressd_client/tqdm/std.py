"""As tqdm's module of this name: the bars of the terminal."""

from ._classes import of, range_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

tqdm: "Any" = of("tqdm.std")
trange = range_of(tqdm)
