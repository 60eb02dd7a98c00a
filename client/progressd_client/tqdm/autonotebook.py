"""As tqdm's module of this name; `auto` is the same without a warning."""

from ._classes import of, range_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

tqdm: "Any" = of("tqdm.autonotebook")
trange = range_of(tqdm)
