"""`cloudwatch://REGION`: Amazon CloudWatch, by PutMetricData, in the form in which ProgressInsight said it.

Each end is `Startup` in Seconds and `Startup/Succeeded`, one Count: once without dimensions, once with each of them
alone, and once with all. `?endpoint=URL` sends it elsewhere. Needs boto3, which finds credentials where it always does.
The limits: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from ...config import SetupError
from ...core.endings import Ending
from .names import WORDS
from .outlet import Sent
from .places import aside, place

DATA, BYTES = 1_000, 900_000
"""Of one request at most; 1 MB by the API, less what surrounds the data."""
OLDEST, NEWEST = 14 * 86400.0, 2 * 3600.0
"""Seconds before and after now that the API takes; one datum beyond them and the whole request is refused."""
TIMEOUT = 10.0
"""Seconds for a connection, and for an answer."""
_UNFIT = re.compile(r"[^ -~]")
_UNFIT_NAMESPACE = re.compile(r"[^A-Za-z0-9._/#: -]")

Datum = dict[str, Any]


class CloudWatch:
    """Sends to one region."""

    gather = 10.0
    most = 500

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        """Raises SetupError, also if boto3 is not there."""
        where = place(url, {"endpoint": ()}, "REGION")
        self._clock = clock
        try:
            self._client = _client(where.host, where.options.get("endpoint"))
        except ImportError:
            raise SetupError(f"{url} needs boto3: pip install 'progressd[cloudwatch]', or pip install boto3") from None
        except ValueError as error:
            raise SetupError(f"--metrics {url}: {error}") from error

    async def send(self, endings: Sequence[Ending]) -> Sent:
        """Make one request of the first of them: all of one namespace, as many as it may hold."""
        namespace, now, data = endings[0].metric.namespace, self._clock(), list[Datum]()
        size = taken = lost = 0
        for ending in endings:
            timely = -NEWEST < now - ending.time < OLDEST
            more = list(_data(ending)) if timely else []
            size += sum(map(_size, more))
            if ending.metric.namespace != namespace or len(data) + len(more) > DATA or (data and size > BYTES):
                break
            data += more
            taken += 1
            lost += not timely
        refusal = await aside(lambda: self._put(_fit(namespace, _UNFIT_NAMESPACE), data)) if data else None
        if refusal is not None:
            return Sent(taken, taken, refusal)
        return Sent(taken, lost, "it takes only what ended within the last two weeks")

    def _put(self, namespace: str, data: list[Datum]) -> str | None:
        """Return why they are refused for good, if they are; raise whatever a later try may overcome."""
        try:
            self._client.put_metric_data(Namespace=namespace, MetricData=data)
        except Exception as error:
            response = getattr(error, "response", {})
            code = response.get("Error", {}).get("Code", "")
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            # 400 is also what it says when it is asked too often, or by a key that has run out.
            if status == 413 or (status == 400 and code.startswith(("Invalid", "Missing", "Validation"))):
                return str(error)
            raise
        return None


def _client(region: str, endpoint: str | None) -> Any:
    boto3, settings = import_module("boto3"), import_module("botocore.config")
    # The outlet tries again by itself, with longer pauses.
    config = settings.Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"total_max_attempts": 1})
    return boto3.client("cloudwatch", region_name=region, endpoint_url=endpoint, config=config)


def _data(ending: Ending) -> Iterator[Datum]:
    metric, at = ending.metric, datetime.fromtimestamp(ending.time, UTC)
    fit = {_fit(name): _fit(value) for name, value in metric.dimensions.items()}
    dimensions = [{"Name": name, "Value": value} for name, value in fit.items()]
    sets = [[], *([each] for each in dimensions), *([dimensions] if len(dimensions) > 1 else [])]
    name = _fit(metric.name)
    for each in sets:
        yield {"MetricName": name, "Dimensions": each, "Timestamp": at, "Unit": "Seconds", "Value": ending.elapsed}
        counted = f"{name}/{WORDS[ending.status]}"
        yield {"MetricName": counted, "Dimensions": each, "Timestamp": at, "Unit": "Count", "Value": 1.0}


def _fit(text: str, unfit: re.Pattern[str] = _UNFIT) -> str:
    """Return a text that the API takes as a name: ASCII, not blank, no colon in front."""
    return re.sub("^:", "_", unfit.sub("_", text).strip()) or "_"


def _size(datum: Datum) -> int:
    """Bytes of it in the wordiest form, a URL-encoded query: each sign may take three."""
    dimensions = sum(120 + 3 * len(each["Name"] + each["Value"]) for each in datum["Dimensions"])
    return 400 + 3 * len(datum["MetricName"]) + dimensions
