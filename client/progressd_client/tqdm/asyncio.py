"""As tqdm's module of this name: bars for `async for`, `gather` and `as_completed`."""

from ._classes import of, range_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

tqdm: "Any" = of("tqdm.asyncio")
trange = range_of(tqdm)
