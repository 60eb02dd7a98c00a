"""Which of a producer's numbered records have been applied, so that a repeated one does no harm."""

from collections import OrderedDict

from ..records import Heard, StoredRecord

GAP = 1024
"""Numbers kept beyond the first hole. A producer whose records are further apart has lost those in the hole."""
SOURCES = 4_096
"""Producers remembered, the longest silent forgotten first: each restart of an app is a new one."""


class _Numbers:
    """All numbers up to `high`, and some beyond it."""

    __slots__ = ("beyond", "high")

    def __init__(self, high: int) -> None:
        self.high = high
        self.beyond: set[int] = set()

    def add(self, number: int) -> bool:
        if number <= self.high or number in self.beyond:
            return False
        self.beyond.add(number)
        if len(self.beyond) > GAP:
            # Half of them at once, so that a source with holes does not cost a search for each record.
            self.high = sorted(self.beyond)[GAP // 2]
            self.beyond = {each for each in self.beyond if each > self.high}
        while self.high + 1 in self.beyond:
            self.high += 1
            self.beyond.discard(self.high)
        return True


class Seen:
    """Remembers `source` and `seq` of records, in bounded memory."""

    def __init__(self) -> None:
        self._sources: OrderedDict[str, _Numbers] = OrderedDict()

    def is_new(self, record: StoredRecord) -> bool:
        """Return whether a record was not seen before; one without `source` or `seq` always is new."""
        if record.seq is None or record.source is None:
            return True
        numbers = self._sources.get(record.source)
        if numbers is None:
            # Whoever is heard for the first time may have begun long ago: what came before is not waited for.
            numbers = self._sources[record.source] = _Numbers(max(-1, record.seq - GAP // 2))
            if len(self._sources) > SOURCES:
                self._sources.popitem(last=False)
        self._sources.move_to_end(record.source)
        return numbers.add(record.seq)

    def kept(self) -> list[Heard]:
        """Return records that bring back what is remembered here."""
        return [
            Heard(source=source, seq=numbers.high if numbers.high >= 0 else None, beyond=sorted(numbers.beyond))
            for source, numbers in self._sources.items()
        ]

    def restore(self, heard: Heard) -> None:
        """Bring back what one such record tells."""
        if heard.source is not None:
            numbers = self._sources[heard.source] = _Numbers(heard.seq if heard.seq is not None else -1)
            numbers.beyond.update(heard.beyond)
