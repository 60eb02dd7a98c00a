"""When will it be done? One class per way to tell; the tree knows none of them."""

from collections.abc import Callable

from .answer import UNKNOWN as UNKNOWN
from .answer import Estimate as Estimate
from .answer import Estimator as Estimator
from .course import Course as Course
from .course import courses as courses
from .days import Spell as Spell
from .history import History as History
from .learned import Learned as Learned
from .learned import root_of as root_of
from .names import kind as kind
from .picture import PARTS as PARTS
from .picture import Drawn as Drawn
from .picture import Scale as Scale
from .picture import picture as picture
from .runs import Run as Run
from .simple import Rate as Rate
from .simple import Smoothed as Smoothed
from .simple import Weighted as Weighted
from .simple import total_estimate as total_estimate
from .unusual import FAST as FAST
from .unusual import LATE as LATE
from .watch import Watch as Watch
from .watch import is_told as is_told

ESTIMATORS: dict[str, Callable[[], Estimator]] = {
    "learned": Learned,
    "weighted": Weighted,
    "rate": Rate,
    "ema": Smoothed,
}
"""All of them, by the name that the setting `estimator` takes."""
