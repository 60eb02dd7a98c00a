"""What crosses the wire: the six things a producer says, one JSON object a line."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, field

Status = Literal["waiting", "running", "paused", "finished", "failed", "canceled"]
STATUSES: tuple[Status, ...] = ("waiting", "running", "paused", "finished", "failed", "canceled")
"""In the order of a task's life; counts of a task's descendants stand in this order everywhere."""
DONE: frozenset[Status] = frozenset(("finished", "failed", "canceled"))

Key = Annotated[str, Meta(min_length=1, max_length=1024)]
"""A task's identity. Dots separate the ancestors that it implies; the length bounds what one record can grow."""
Name = Annotated[str, Meta(max_length=4096)]
Amount = Annotated[float, Meta(ge=0)]
Word = Annotated[str, Meta(max_length=256)]
Weight = Annotated[float, Meta(ge=0, le=1e18)]
"""Up to an exabyte, for those who weigh by size; the bound keeps sums of weights finite."""
Duration = Annotated[float, Meta(ge=0, le=1e12)]
"""Seconds, up to 30,000 years: sums of them stay finite."""
Sequence = Annotated[int, Meta(ge=0, le=2**53)]
LATEST = 253402300800.0
"""The year 9999: milliseconds sent by mistake are refused, not shown as the year 56000."""
Instant = Annotated[float, Meta(ge=0, le=LATEST)]
"""Unix seconds."""


Value = Annotated[float, Meta(ge=-1e140, le=1e140)]
"""A measured value: within the bounds, sums of squares of any number of them stay finite."""
Dimension = Annotated[str, Meta(min_length=1, max_length=256)]


class TaskMetric(Struct, frozen=True, gc=False, omit_defaults=True):
    """Under which name the end of a task is counted, and of what. The bounds are CloudWatch's, or tighter.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
    """

    namespace: Annotated[str, Meta(min_length=1, max_length=255)]
    name: Annotated[str, Meta(min_length=1, max_length=240)]
    """Short enough for `/Succeeded` behind it."""
    dimensions: Annotated[dict[Dimension, Dimension], Meta(max_length=10)] = {}


class Record(Struct, tag_field="type", frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What every record may say: whose task, when (Unix seconds), and its place in the producer's sequence.

    None means «not said». `source` with `seq` make a repeated record harmless.
    """

    passed_on: ClassVar[bool] = False
    """The tree passes it on, for it is kept elsewhere: in series, or in the task's log."""

    task: Key | None = None
    time: Instant | None = None
    source: Word | None = None
    seq: Sequence | None = None


class Start(Record, tag="start", kw_only=True, frozen=True):
    """The task begins. `weight` is its share among its siblings, `estimate` the seconds that it is expected to take.

    With a `metric`, its end is counted under that name: how long it took, and how it ended.
    """

    name: Name | None = None
    parent: Key | None = None
    total: Amount | None = None
    done: Amount | None = None
    unit: Word | None = None
    weight: Weight | None = None
    estimate: Duration | None = None
    parallel: bool | None = None
    host: Word | None = None
    pid: Sequence | None = None
    thread: Word | None = None
    message: str | None = None
    data: Any = None
    metric: TaskMetric | None = None


class Update(Start, tag="update", kw_only=True, frozen=True):
    """The task moved, or something about it is now known. All values are absolute."""

    progress: float | None = None
    within: Duration | None = field(default=None, name="in")
    """With `progress`: it is not there yet, but moves there by itself, evenly, over that many seconds."""
    status: Status | None = None


class Stop(Record, tag="stop", kw_only=True, frozen=True):
    """The task ended. `cpu` is the CPU time that it took, in seconds."""

    status: Literal["finished", "failed", "canceled"] = "finished"
    message: str | None = None
    cpu: Duration | None = None


class Marker(Record, tag="marker", kw_only=True, frozen=True):
    """A point in time worth a note. `kind` is for programs: what sort of moment it is."""

    text: str
    kind: Word | None = None


NOTICES = frozenset(("late", "fast"))
"""Kinds of markers that the daemon itself makes of a task: they are no word of who does it."""


class Log(Record, tag="log", kw_only=True, frozen=True):
    """A line of the task's output."""

    passed_on: ClassVar[bool] = True

    text: str
    stream: Word | None = None


class Metric(Record, tag="metric", kw_only=True, frozen=True):
    """One measurement."""

    passed_on: ClassVar[bool] = True

    name: Name
    value: Value
    unit: Word | None = None
    dimensions: Annotated[dict[Dimension, Word], Meta(max_length=30)] | None = None
    """A task keeps its newest of each name, so what one can hold has to be bounded. As many as CloudWatch takes."""


AnyRecord = Start | Update | Stop | Marker | Log | Metric


class Forget(Record, tag="forget", kw_only=True, frozen=True):
    """The task and all below it are dropped. Written by the daemon itself; no door takes it."""

    over: bool = False
    """Only if nothing in it is left to do."""


class Lost(Record, tag="lost", kw_only=True, frozen=True):
    """Who began the task was connected and is no more, without a word of its end. No door takes it."""

    begun: float | None = None
    """When it began it, Unix seconds: the task may be at a later run by now. None in logs from before this was told."""


class Heard(Record, tag="heard", kw_only=True, frozen=True):
    """Which of a source's records were applied: all up to `seq` (none without it), and these. No door takes it."""

    beyond: list[int] = []


class Mark(Struct, frozen=True, gc=False, array_like=True):
    """A marker as the tree keeps it."""

    time: float
    text: str
    kind: str | None = None


class Heading(Struct, frozen=True, gc=False, array_like=True):
    """A fraction that moves by itself: from `start` at `since` (Unix seconds, the daemon's) to `target`."""

    since: float
    start: float
    target: float
    within: float
    """Seconds."""


class Kept(Start, tag="kept", kw_only=True, frozen=True):
    """A whole task as the tree knew it: what is left of a log that was compacted. No door takes it."""

    status: Status
    said: bool
    posted: float | None = None
    heading: Heading | None = None
    fraction: float | None = None
    initial: float = 0.0
    begun: float = 0.0
    moved: float | None = None
    declared: float = 0.0
    started: float | None = None
    stopped: float | None = None
    earlier: float | None = None
    paused: float = 0.0
    paused_at: float | None = None
    cpu: float | None = None
    heard: float = 0.0
    marks: list[Mark] | None = None
    lost: float | None = None
    lines: int = 0
    last_line: str | None = None
    metrics: dict[str, Metric] | None = None
    told: bool = False
    sequence: tuple[str, int] | None = None


class Bucket(Struct, frozen=True, gc=False, array_like=True):
    """What was measured within a time, consolidated; `count` is at least 1."""

    start: int
    """Unix seconds; how long it lasts is known where it is kept."""
    count: int
    first: float
    """When the first was measured, Unix seconds."""
    open: float
    """The value of the first."""
    low: float
    high: float
    last: float
    close: float
    mean: float
    m2: float
    """Sum of the squared deviations from the mean."""


class Samples(Record, tag="samples", kw_only=True, frozen=True):
    """Measurements of one second that a door has consolidated; `task` is their station. No door takes it."""

    passed_on: ClassVar[bool] = True

    name: Name
    bucket: Bucket
    unit: Word | None = None


class Said(Record, tag="said", kw_only=True, frozen=True):
    """The newest that a station, `task`, has said of its status. No door takes it."""

    passed_on: ClassVar[bool] = True

    text: str


StoredRecord = AnyRecord | Forget | Lost | Heard | Kept | Samples | Said
"""What a log may hold."""
