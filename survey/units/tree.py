"""The tree of organisations as it stands on one day: a value, read once and asked often."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from survey.text import sort_key


class Kind(StrEnum):
    """The kinds we have a word for. Rules of the tree are re-issued every year or two, so a
    kind is data and others may stand in the store; only a cell is treated differently."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    COMMITTEE = "committee"
    SECTION = "section"
    CELL = "cell"


class Node(NamedTuple):
    id: int
    code: str
    kind: str
    name: str
    parent_id: int | None


class Size(NamedTuple):
    """How many cells a unit has under it, and their members."""

    cells: int
    total: int
    eligible: int


# Making the key of 4,155 names takes 0.1 s; names hardly ever change.
name_key = lru_cache(maxsize=32_768)(sort_key)


class Tree:
    """Units by id, each under its parent, brothers in Vietnamese order."""

    __slots__ = ("_below", "_nodes", "_sorted")

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._below: dict[int | None, list[int]] = {}
        self._sorted: set[int | None] = set()
        for node in self._nodes.values():
            parent = node.parent_id if node.parent_id in self._nodes else None
            self._below.setdefault(parent, []).append(node.id)

    def __getitem__(self, unit_id: int) -> Node:
        return self._nodes[unit_id]

    def __contains__(self, unit_id: object) -> bool:
        return unit_id in self._nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self._nodes == other._nodes

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def roots(self) -> list[int]:
        return self._ordered(None)

    def children(self, unit_id: int) -> list[int]:
        return self._ordered(unit_id)

    def above(self, unit_id: int) -> Node | None:
        parent = self._nodes[unit_id].parent_id
        return self._nodes.get(parent) if parent is not None else None

    def path(self, unit_id: int) -> tuple[int, ...]:
        """The unit and all above it, top first."""
        path = []
        at: int | None = unit_id
        while at is not None and at in self._nodes:
            path.append(at)
            at = self._nodes[at].parent_id
        return tuple(reversed(path))

    def under(self, unit_id: int) -> Iterator[int]:
        """The unit and all below it, each before its children."""
        waiting = [unit_id]
        while waiting:
            at = waiting.pop()
            yield at
            waiting.extend(reversed(self.children(at)))

    def cells(self, unit_id: int) -> list[int]:
        return [i for i in self.under(unit_id) if self._nodes[i].kind == Kind.CELL]

    def place(self, unit_id: int) -> str:
        """`Chi bộ thôn 3, Đảng bộ xã Đăk Tô`: names repeat, so what is above comes along. The
        top of the tree goes without saying, except for itself."""
        path = self.path(unit_id)
        return ", ".join(self._nodes[i].name for i in reversed(path[1:] or path))

    def size(self, unit_id: int, heads: Mapping[int, tuple[int, int]]) -> Size:
        """Cells under the unit and the sum of their headcounts."""
        cells = self.cells(unit_id)
        counted = [heads[cell] for cell in cells if cell in heads]
        return Size(len(cells), sum(t for t, _ in counted), sum(e for _, e in counted))

    @property
    def whole(self) -> bool:
        """Every unit hangs from a root; false only where parents go round in a circle."""
        return sum(1 for root in self.roots for _ in self.under(root)) == len(self)

    def _ordered(self, parent: int | None) -> list[int]:
        below = self._below.get(parent, [])
        if parent not in self._sorted:
            below.sort(key=lambda i: (name_key(self._nodes[i].name), i))
            self._sorted.add(parent)
        return below
