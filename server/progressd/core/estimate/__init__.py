"""When will it be done? One class per way to tell; the tree knows none of them."""

from collections.abc import Callable

from .answer import UNKNOWN as UNKNOWN, Estimate as Estimate, Estimator as Estimator
from .simple import Weighted as Weighted, total_estimate as total_estimate

ESTIMATORS: dict[str, Callable[[], Estimator]] = {"weighted": Weighted}
"""All of them, by the name that the setting `estimator` takes."""
