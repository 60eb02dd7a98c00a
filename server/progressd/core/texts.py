"""Progress in the text of watched files: a recogniser for each, one allowance for all."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import convert

from ..records import AnyRecord, Update
from .recognise import PASSED_OVER, Allowance, Children, Recogniser, passed_over

MOST = 64
"""Files with a recogniser, of some 50 KB each. Of others the one that had text longest ago begins anew."""
BURST = 256 << 10
"""Bytes of text that are looked at, however fast they came: as much as is read of a file at a time,"""
SECOND = 64 << 10
"""and in each second after that: a seventh of a core at the recogniser's slowest, mostly a fortieth."""


@dataclass(slots=True, eq=False)
class Text:
    """What is known of the text of one file."""

    key: str
    name: str
    children: Children
    recogniser: Recogniser = field(default_factory=Recogniser)
    passed_over: int = 0
    """Lines in which no progress was looked for."""
    shown: bool = False
    """There was progress in it."""

    def presence(self) -> Update:
        """Tell of the task of the file's text: work while there is progress in it.

        A log is no work: nobody will ever say that it is done, and it has no share in any progress.
        """
        going = self.children.is_going
        return Update(
            task=self.key,
            name=self.name,
            status="running" if going else "finished",
            weight=1.0 if self.shown else 0.0,
            data={PASSED_OVER: self.passed_over} if self.passed_over else None,
        )

    def look(self, block: bytes, room: int, now: float) -> list[AnyRecord]:
        """Return what is told of some text, of which about `room` bytes are to be looked at."""
        begin, end = passed_over(block, room)
        self.passed_over += block.count(b"\n", begin, end)
        said = []
        for part in (block[:begin], block[end:]):
            said += self.children.take(self.recogniser.feed(part, now).tasks)
        self.shown = self.shown or bool(said)
        return records_of(said)

    def end(self) -> Sequence[AnyRecord]:
        """Return what is told when the file begins anew: what was under way in it goes on no more."""
        return records_of(self.children.end("canceled"))


class Texts:
    """The texts that are looked at, the one with text longest ago first."""

    def __init__(self) -> None:
        self._texts: dict[str, Text] = {}
        self._allowance = Allowance(BURST, SECOND)

    def get(self, key: str, name: str) -> Text:
        """Return what is known of a file's text; `key` is that of its task."""
        text = self._texts.pop(key, None) or Text(key, name, Children(key))
        if len(self._texts) >= MOST:
            del self._texts[next(iter(self._texts))]
        self._texts[key] = text
        return text

    def look(self, text: Text, block: bytes, now: float) -> Sequence[AnyRecord]:
        """Return what is told of the progress in some lines of a text, and of its task if that is another by it."""
        before = text.presence()
        records = text.look(block, self._allowance.take(len(block), now), now)
        after = text.presence()
        if after == before:
            return records
        return [after, *records] if after.status == "running" else [*records, after]

    def forget(self, key: str) -> Sequence[AnyRecord]:
        """Forget a text whose file begins anew; return what is told of that."""
        text = self._texts.pop(key, None)
        return text.end() if text is not None else ()


def records_of(said: Sequence[dict[str, object]]) -> list[AnyRecord]:
    """Return what was said as records; it is made here, so none is bad."""
    return convert(said, list[AnyRecord])
