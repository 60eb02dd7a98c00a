"""Scores the recogniser against recorded output: `python tests/samples/score.py [DIR]`."""

import json
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from progressd.core.recognise import Finding, Recogniser

HERE = Path(__file__).parent
WITHOUT = ("none", "neg")
"""Categories in which there is no progress."""
NEAR = 0.0105
"""Fractions that differ by less are the same: tools round to percents."""
ALIKE = 0.6
"""Labels that are so similar are the same, as they are cut and decorated."""


@dataclass
class Score:
    """What was right, and out of how many. Keys of the counters: `first`, `mid`, `last`, `label`, `eta`, `counter`."""

    name: str
    category: str
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    tasks: int = 0
    found: set[int] = field(default_factory=set)
    false: list[str] = field(default_factory=list)
    """Tasks that were told and are none."""

    def note(self, what: str, right: bool) -> None:
        self.asked[what] += 1
        self.right[what] += right


def folder() -> Path:
    """Return the folder of samples that is asked for, else the one beside this file."""
    return Path(os.environ.get("PROGRESSD_SAMPLES") or HERE)


def score_folder(where: Path) -> list[Score]:
    return [score_sample(where, path.stem) for path in sorted(where.glob("*.raw"))]


def score_sample(where: Path, name: str) -> Score:
    """Feed one recording as it was read, and compare what is told with what is expected at the same moment."""
    raw = (where / f"{name}.raw").read_bytes()
    expected = json.loads((where / f"{name}.expected.json").read_text("utf-8"))
    score = Score(name, expected["category"], tasks=sum(task["kind"] == "determinate" for task in expected["tasks"]))
    recogniser = Recogniser(expected["cols"], expected["rows"])
    told: dict[str, Finding] = {}
    hit: set[str] = set()
    begin = 0
    for at, end in reads(where / f"{name}.tim"):
        recogniser.feed(raw[begin:end], at)
        begin = end
        now = recogniser.tasks()
        told.update({finding.key: finding for finding in now})
        for number, task in enumerate(expected["tasks"]):
            for point in task["points"]:
                if point["off"] == end:
                    hit |= _compare(score, number, task, point, now)
    recogniser.close(0.0)
    told.update({finding.key: finding for finding in recogniser.tasks()})
    score.false = [key for key, finding in told.items() if key not in hit and _is_false(finding, expected)]
    return score


def reads(times: Path) -> list[tuple[float, int]]:
    """Return when each read of a recording ended, and at which byte."""
    pairs = (line.split("\t") for line in times.read_text("utf-8").splitlines())
    return [(float(at), int(end)) for at, end in pairs]


def _compare(score: Score, number: int, task: dict[str, Any], point: dict[str, Any], now: list[Finding]) -> set[str]:
    """Compare with one expected point; return the keys that were right."""
    if task["kind"] == "counter":
        if point.get("n") is None:
            return set()
        right = [finding for finding in now if finding.kind == "counter" and _is_near(finding.done, point["n"])]
        score.note("counter", bool(right))
        return {finding.key for finding in now if finding.kind == "counter"}
    if "frac" not in point:
        return set()
    right = [finding for finding in now if finding.kind == "determinate" and _is_right(finding, point)]
    score.note(point["pos"], bool(right))
    if right:
        score.found.add(number)
        score.note("label", any(_same_label(task["label"], finding.label) for finding in right))
        if point.get("eta") is not None and point["frac"] < 1:
            score.note("eta", any(f.eta is not None and abs(f.eta - point["eta"]) < 1.01 for f in right))
    return {finding.key for finding in right}


def _is_right(finding: Finding, point: dict[str, Any]) -> bool:
    """Return whether a finding says what is expected; of an ordinal, as it is printed."""
    done, total, fraction = finding.done, finding.total, finding.fraction
    assert fraction is not None
    if finding.ordinal and done is not None and total:
        done, fraction = done + 1, (done + 1) / total
    of_same = bool(total and point.get("total")) and abs((total or 0) - point["total"]) <= 0.06 * point["total"]
    if of_same and point.get("n") is not None and _is_near(done, point["n"]):
        return True
    return bool(abs(fraction - min(1.0, point["frac"])) <= NEAR)


def _is_near(value: float | None, expected: float) -> bool:
    return value is not None and abs(value - expected) <= max(1e-6, 0.02 * expected)


def _same_label(expected: str | None, told: str) -> bool:
    ours, theirs = (re.sub(r"[\W_]+", "", text.lower()) for text in (expected or "", told))
    if not ours:
        return True
    return bool(theirs) and (ours in theirs or theirs in ours or SequenceMatcher(None, ours, theirs).ratio() > ALIKE)


def _is_false(finding: Finding, expected: dict[str, Any]) -> bool:
    """Return whether what was told is no task: neither expected, nor another name of one that is."""
    allowed = expected["extra_tasks_allowed"]
    if finding.kind != "determinate" or allowed is True:
        return False
    if any(_same_label(label, finding.label) for label in allowed or []):
        return False
    if expected["category"] in WITHOUT:
        return True
    return not any(_same_label(task["label"], finding.label) for task in expected["tasks"])


def table(scores: list[Score]) -> str:
    """Return the figures, as lines."""
    lines = [f"{'':10} {'samples':>8} {'first':>14} {'middle':>14} {'last':>14} {'tasks':>10}"]
    for category in [*sorted({score.category for score in scores} - {*WITHOUT, "counter"}), ""]:
        some = [score for score in scores if not category or score.category == category]
        found, tasks = sum(len(score.found) for score in some), sum(score.tasks for score in some)
        parts = " ".join(f"{share(some, what):>14}" for what in ("first", "mid", "last"))
        lines.append(f"{category or 'all':10} {len(some):8} {parts} {f'{found}/{tasks}':>10}")
    lines.append("  ".join(f"{what}s right {share(scores, what)}" for what in ("label", "eta", "counter")))
    without = [score for score in scores if score.category in WITHOUT]
    false = [f"{score.name}: {', '.join(score.false)}" for score in scores if score.false]
    lines.append(
        f"false tasks: {len(false)} ({len(without)} samples have no progress){''.join(f' {name}' for name in false)}"
    )
    return "\n".join(lines)


def share(scores: list[Score], what: str) -> str:
    right, asked = (sum(counter[what] for counter in counters) for counters in _both(scores))
    return f"{right}/{asked} {100 * right / max(1, asked):.1f}%"


def recall(scores: list[Score], what: str) -> float:
    """Return how much of what was asked was right, 0…1."""
    right, asked = (sum(counter[what] for counter in counters) for counters in _both(scores))
    return right / max(1, asked)


def _both(scores: list[Score]) -> tuple[list[Counter[str]], list[Counter[str]]]:
    return [score.right for score in scores], [score.asked for score in scores]


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else folder()
    sys.stdout.write(table(score_folder(where)) + "\n")
