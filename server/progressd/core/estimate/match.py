"""Which piece of an earlier run is which part of today's plan."""

from collections.abc import Iterable

from .names import kind
from .part import Part
from .past import Past


class Match:
    """Partners: by key and name, by path, else by kind, by parent, then by name alone, in order of appearance."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.piece_of: dict[Part, int] = {}
        self.part_of: dict[int, Part] = {}
        self.hollow: set[Part] = set()
        """Parts that had children then, and may get them yet."""
        self._sure: set[int] = set()
        self._branches = set(past.branches)
        self._next: dict[tuple[str, str], int] = {}

    def add(self, parts: Iterable[Part]) -> list[Part]:
        """Find partners for new parts. A sure pair parts a less sure one: return who lost its partner so."""
        lost: list[Part] = []
        rest: list[Part] = []
        for part in parts:
            piece = self._same(part)
            if piece is None:
                if part.path in self._branches and not part.own:
                    self.hollow.add(part)
                else:
                    rest.append(part)
                continue
            if piece in self.part_of:
                lost.append(self.part_of[piece])
                del self.piece_of[lost[-1]]
            self._join(part, piece)
            self._sure.add(piece)
        for part in (*lost, *rest):
            piece = self._alike(part)
            if piece is not None:
                self._join(part, piece)
        return lost

    def remove(self, part: Part) -> None:
        """Forget a part; its partner is free again."""
        self.hollow.discard(part)
        piece = self.piece_of.pop(part, None)
        if piece is not None:
            del self.part_of[piece]
            self._sure.discard(piece)
            self._next.clear()

    def _join(self, part: Part, piece: int) -> None:
        self.piece_of[part] = piece
        self.part_of[piece] = part

    def _same(self, part: Part) -> int | None:
        piece = self.past.by_key.get((part.key, part.path))
        if piece is not None and piece not in self._sure:
            return piece
        return next((piece for piece in self.past.by_path.get(part.path, ()) if piece not in self._sure), None)

    def _alike(self, part: Part) -> int | None:
        past = self.past
        for way, name, group in (
            ("kind", part.like, past.by_kind.get(part.like, ())),
            ("parent", part.above, past.by_parent.get(part.above, ())),
            ("name", kind(part.task.name), past.by_name.get(kind(part.task.name), ())),
        )[: 1 if part.own else None]:
            # Pieces that have a partner are passed once: matching stays linear.
            index = self._next.get((way, name), 0)
            while index < len(group) and group[index] in self.part_of:
                index += 1
            self._next[way, name] = index
            if index < len(group):
                return group[index]
        return None
