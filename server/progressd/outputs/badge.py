"""`GET /badge/{key}.svg`: a task's progress as a picture, for a README, a wiki or a chat."""

from html import escape

from aiohttp import web

from ..core.estimate import Estimator
from ..core.task import Task
from ..parts import ENGINE, ESTIMATOR
from .text import duration, plain

COLOURS = {
    "waiting": "#6b7280",
    "running": "#1a56db",
    "paused": "#946200",
    "finished": "#0b7a6c",
    "failed": "#a21926",
    "canceled": "#5f6368",
    "unknown": "#6b7280",
}
"""As on the page, dark enough for white text: 4.5:1 or more."""
LETTER = 6.6
"""Pixels that a letter of 11 px Verdana or DejaVu Sans takes, on average."""
LONGEST = 60
"""Letters of a name that are shown."""
TEMPLATE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="20" role="img" aria-label="{label}">'
    "<title>{label}</title>"
    '<clipPath id="round"><rect width="{width:.0f}" height="20" rx="3"/></clipPath><g clip-path="url(#round)">'
    '<rect width="{left:.0f}" height="20" fill="#3f4650"/>'
    '<rect x="{left:.0f}" width="{right:.0f}" height="20" fill="{colour}"/>'
    '<rect x="{left:.0f}" y="17" width="{done:.1f}" height="3" fill="#fff" fill-opacity=".8"/></g>'
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
    '<text x="6" y="14" textLength="{left_text:.0f}">{name}</text>'
    '<text x="{at:.0f}" y="14" textLength="{right_text:.0f}">{words}</text></g></svg>\n'
)


async def get_badge(request: web.Request) -> web.Response:
    """An SVG at any time: an unknown task says so in the picture, for a broken one would say nothing."""
    key = request.match_info["key"]
    task = request.app[ENGINE].tree.tasks.get(key)
    body = _picture(key, task, request.app[ESTIMATOR], request.app[ENGINE].now())
    # GitHub's proxy keeps a picture for minutes all the same.
    headers = {"Cache-Control": "no-cache, max-age=0"}
    return web.Response(text=body, content_type="image/svg+xml", headers=headers, status=200 if task else 404)


def _picture(key: str, task: Task | None, estimator: Estimator, now: float) -> str:
    # XML has no place for most control characters, and a picture with one is none.
    name = plain((task.name if task is not None else key)[:LONGEST])
    status = task.status if task is not None else "unknown"
    words = _words(task, estimator, now)
    left_text, right_text = LETTER * len(name), LETTER * len(words)
    left, right = left_text + 12, right_text + 12
    fraction = task.fraction if task is not None and task.fraction is not None else 0.0
    return TEMPLATE.format(
        width=left + right,
        left=left,
        right=right,
        done=right * fraction,
        left_text=left_text,
        right_text=right_text,
        at=left + 6,
        colour=COLOURS[status],
        name=escape(name),
        words=escape(words),
        label=escape(f"{name}: {words}"),
    )


def _words(task: Task | None, estimator: Estimator, now: float) -> str:
    """Status, percent and the time to go, in as few words as they take."""
    if task is None:
        return "no such task"
    words: list[str] = [task.status]
    if task.fraction is not None and not task.is_done:
        words.append(f"{int(task.fraction * 100 + 1e-9)}%")
    left = estimator.estimate(task, now).seconds_left if task.status == "running" else None
    if left is not None:
        words.append(f"{duration(left)} left")
    return " ".join(words)
