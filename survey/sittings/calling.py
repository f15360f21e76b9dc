"""From what people paste to the units they mean: codes, names, names with their place."""

from collections.abc import Iterable
from typing import NamedTuple

from survey.units.queries import Node, Tree, searchable

MANY = 20  # candidates of one line; above it the line says too little


class Line(NamedTuple):
    """A pasted line and the units that it may mean: one is understood, none unknown, several
    are for the reader to choose from."""

    text: str
    found: tuple[Node, ...]


class Register:
    """The units under these, as they are named on lists; built once for all lines of a paste."""

    def __init__(self, tree: Tree, tops: Iterable[int]) -> None:
        self._tree = tree
        self._rank: dict[int, int] = {}  # places in the order of the tree
        self._codes: dict[str, int] = {}
        self._names: dict[str, list[int]] = {}
        self._words: dict[str, set[int]] = {}
        for unit_id in (unit for top in tops if top in tree for unit in tree.under(top)):
            node, place = tree[unit_id], searchable(tree.place(unit_id))
            self._rank[unit_id] = len(self._rank)
            self._codes[node.code.casefold()] = unit_id
            for name in {searchable(node.name), place}:
                self._names.setdefault(name, []).append(unit_id)
            for word in place.split():
                self._words.setdefault(word, set()).add(unit_id)

    def read(self, lines: Iterable[str]) -> list[Line]:
        """Each line that is not blank, once, in its order."""
        texts = dict.fromkeys(" ".join(line.split()) for line in lines)
        return [Line(text, self.find(text)) for text in texts if text]

    def find(self, text: str) -> tuple[Node, ...]:
        """Whose code this is; else whose name; else whose name and place hold all its words,
        without those that only do so through a unit above them."""
        code = self._codes.get(text.strip().casefold())
        if code is not None:
            return (self._tree[code],)
        folded = searchable(text)
        units = self._names.get(folded) or self._holding(folded.split())
        return tuple(self._tree[unit] for unit in units[: MANY + 1])

    def _holding(self, words: list[str]) -> list[int]:
        if not words:
            return []
        hits = set.intersection(*(self._words.get(word, set()) for word in words))
        tops = (unit for unit in hits if hits.isdisjoint(self._tree.path(unit)[:-1]))
        return sorted(tops, key=self._rank.__getitem__)
