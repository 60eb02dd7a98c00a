"""A task that prints, in a tree; and words of which what looks like progress is made."""

from progressd.core.recognise import Children, Finding, Recogniser
from progressd.core.task import Task
from progressd.core.texts import records_of
from progressd.core.tree import Tree
from progressd.records import Start

WORDS = [
    "9" * 20, "9" * 500, "1", "0", "42", "1,234,567", "1.2.3", "1e999", "inf", "nan", "0.5", "-3", "٣", "²", "%",
    " % ", "/", " / ", " of ", " out of ", "[", "]", "(", ")", "|", "█", "━", "#", "=", ">", " ", "  ", ":",
    "00:01", "1d", "3 days, 1:02:03", "--:--", "MiB", "kB", "B/s", "it/s", "s/it", " s", "eta ", "ETA: ", " left",
    "<", "~", "step ", "Epoch ", "cpu ", "processed ", "total ", "Progress ", "progress=", "progress=end", "time=",
    "frame=1 ", "speed=", "x", "Duration: ", "nsteps=", "endTime ", "Time = ", "##teamcity[testCount count='",
    "##teamcity[testFinished name='", "##teamcity[blockOpened name='", "'", "dlstatus:1:", "1..", "ok ",
    '{"done": ', '{"percent": ', ', "total": ', "}", "NaN", "::group::", "section_start:1:",
    "##vso[task.setprogress value=", ";]", "/dev/x", "100  9k  100  9k  0  0  9k  0 0:00:01 0:00:01 1d 9k", "\r",
    "\n", "\x1b]9;4;1;999\x07", "\u3000",
    "Downloading a.bin", " 9,999 100% 9.99MB/s 0:00:01 (xfr#1, to-chk=9/9)",
]  # fmt: skip


class Run:
    """A task whose output is recognised, in a tree."""

    def __init__(self, *, texts: bool = True) -> None:
        self.tree = Tree()
        self.tree.apply([Start(task="run")], 0.0)
        self.children = Children("run", texts=texts)
        self._recogniser = Recogniser(80, 24)
        self._now = 0.0

    def prints(self, *texts: str) -> None:
        """Print texts, each a second after the one before it."""
        for text in texts:
            self._now += 1
            self.tell(*self._recogniser.feed(text.encode(), self._now).tasks)

    def tell(self, *findings: Finding, source: str = "") -> None:
        """Tell what was found."""
        self._now += 1
        self.tree.apply(records_of(self.children.take(findings, self._now, source)), self._now)

    def ends(self, status: str) -> None:
        """End the task, as it went."""
        self.tree.apply(records_of(self.children.end(status, self._now)), self._now)

    @property
    def task(self) -> Task:
        """The task itself."""
        return self.tree.tasks["run"]

    def parts(self) -> dict[str, tuple[str, str, float | None]]:
        """Return name, status and fraction of each part."""
        tasks = {key: task for key, task in self.tree.tasks.items() if key != "run"}
        return {key.removeprefix("run."): (task.name, task.status, task.fraction) for key, task in tasks.items()}


def finding(key: str, done: float, total: float | None = 10.0, **more: object) -> Finding:
    """Return what is found of a part that has done so much."""
    fraction = None if total is None else done / total
    label = str(more.pop("label", key))
    whole = Finding(
        key, label, "determinate", fraction, done, total, None, ordinal=False, eta=None, rate=None, confidence=0.9,
        finished=done == total, runs=1, parent=None, text=f"{label} {done}",
    )  # fmt: skip
    return whole._replace(**more)  # type: ignore[arg-type]
