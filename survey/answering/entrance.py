"""A door as the attendee's page needs it: a value, put together from what several rooms know."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

from quizzes.paper import Paper
from survey.sittings.models import Show, State, Times
from survey.sittings.queries import DoorSeen, cells_under
from survey.units.queries import Tree

Group = tuple[str, tuple[tuple[int, str], ...]]  # the name above, and (cell, name) below it
Order = tuple[tuple[int, tuple[int, ...]], ...]  # quizzes.paper.Paper.order


class Orders:
    """The orders of one edition, of which there are few, so that all are kept.

    What the page shows and what its slip says must not be enough to turn an order back: whoever
    could would see how the author wrote the options, and many write the right one first. So the
    draws hang on a key that stays here.
    """

    def __init__(self, paper: Paper, edition_id: int, key: bytes) -> None:
        self._paper, self._edition_id, self._key = paper, edition_id, key
        self._known: dict[int, Order] = {}

    def __getitem__(self, seed: int) -> Order:
        found = self._known.get(seed)
        return found or self._known.setdefault(seed, self._paper.order(self._keyed(seed)))

    def _keyed(self, seed: int) -> int:
        about = b"%d %d" % (self._edition_id, seed)
        return int.from_bytes(blake2b(about, key=self._key, digest_size=32).digest(), "big")


class Current(NamedTuple):
    """What the buttons and the clock move, and what may be edited until opening."""

    times: Times
    edition_id: int
    title: str
    show: Show
    tickets: bool  # admits by ticket, which says the cell


@dataclass(frozen=True)
class Ground:
    """What all doors of a sitting share: who is called where, in which tree."""

    tree: Tree
    called: Mapping[int | None, Sequence[int]]  # {hall: units}; in a cell's check {None: (cell,)}
    names: Mapping[int, str]  # of the halls

    def cells_of(self, door: DoorSeen) -> list[int]:
        """Those who may come through a door, in the order in which they were called."""
        if door.unit_id is not None:
            return [door.unit_id]
        if door.hall_id is not None:
            return cells_under(self.tree, self.called.get(door.hall_id, ()))
        return cells_under(self.tree, [unit for units in self.called.values() for unit in units])

    @cached_property
    def homes(self) -> dict[int, int]:
        """{cell: its hall}, of the cells that are called to one hall and no other.

        Such a cell's sheets are all of that hall, whatever door was used: the one person who
        typed the sitting's own code would stand out among those who scanned the hall's.
        """
        halls: dict[int, set[int]] = {}
        for hall_id, units in self.called.items():
            if hall_id is not None:
                for cell in cells_under(self.tree, units):
                    halls.setdefault(cell, set()).add(hall_id)
        return {cell: next(iter(some)) for cell, some in halls.items() if len(some) == 1}


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door with its sitting, its paper and the cells that may come through it."""

    door: DoorSeen
    sitting_id: int
    current: Current
    paper: Paper
    orders: Orders = field(compare=False, repr=False)
    groups: tuple[Group, ...]
    cells: frozenset[int]
    ground: Ground = field(compare=False, repr=False)
    since: datetime = field(compare=False)  # when it was first read as it is now

    @property
    def only_cell(self) -> int | None:
        """The cell of everybody who comes through this door, where there is just one."""
        return next(iter(self.cells)) if len(self.cells) == 1 else None

    @property
    def times(self) -> Times:
        return self.current.times

    @property
    def edition_id(self) -> int:
        return self.current.edition_id

    @property
    def title(self) -> str:
        return self.current.title

    @property
    def show(self) -> Show:
        return self.current.show

    @property
    def tickets(self) -> bool:
        return self.current.tickets

    def state(self, now: datetime) -> State:
        return self.times.state(now)

    def order(self, seed: int) -> Order:
        """The paper's order under a seed that this server drew."""
        return self.orders[seed]

    def seconds_left(self, now: datetime) -> int | None:
        """Until the closing time, where there is one."""
        closes_at = self.times.closes_at
        return None if closes_at is None else int((closes_at - now).total_seconds())

    def name_of(self, cell: int) -> str:
        """Nothing for a cell that is called elsewhere: its ticket was taken to this hall."""
        names = (
            f"{name}, {upper}" if upper else name
            for upper, cells in self.groups
            for unit_id, name in cells
            if unit_id == cell
        )
        return next(names, "")


def enter(
    door: DoorSeen, ground: Ground, current: Current, paper: Paper, orders: Orders, now: datetime
) -> Entrance:
    cells = ground.cells_of(door)
    return Entrance(
        door=door,
        sitting_id=door.sitting_id,
        current=current,
        paper=paper,
        orders=orders,
        groups=_grouped(ground.tree, cells),
        cells=frozenset(cells),
        ground=ground,
        since=now,
    )


def _grouped(tree: Tree, cells: Iterable[int]) -> tuple[Group, ...]:
    """Cells under the unit above them, in the order in which they were called. Units of one name
    under different communes stay apart, and say under which they are."""
    groups: dict[int | None, list[tuple[int, str]]] = {}
    for cell in cells:
        groups.setdefault(tree[cell].parent_id, []).append((cell, tree[cell].name))
    names = Counter(tree[upper].name for upper in groups if upper is not None)
    return tuple(
        (_heading(tree, upper, names), tuple(members)) for upper, members in groups.items()
    )


def _heading(tree: Tree, upper: int | None, names: Counter[str]) -> str:
    if upper is None:
        return ""
    name, above = tree[upper].name, tree[upper].parent_id
    return f"{name}, {tree[above].name}" if names[name] > 1 and above is not None else name
