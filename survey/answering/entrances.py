"""What stands behind a door, as the attendee's page needs it, kept for a short while.

A hall fetches one page a thousand times in a minute; the tree behind it is read once. Whether
the sitting is open is read anew within a second, and whether a sheet may land is never asked
here at all: the intake asks the store itself.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from quizzes.paper import Paper
from survey.answering.shelf import Shelf
from survey.papers.queries import load_paper
from survey.sittings.models import Show, Sitting, State, Times
from survey.sittings.queries import DoorSeen, cells_called, day_of, find_door
from survey.units.queries import Tree, load_tree

KEPT = timedelta(seconds=30)  # a unit called late shows on new pages within this time
TIMES_KEPT = timedelta(seconds=1)  # and a button that was pressed within this

Group = tuple[str, tuple[tuple[int, str], ...]]  # the name above, and (cell, name) below it
Order = tuple[tuple[int, tuple[int, ...]], ...]  # quizzes.paper.Paper.order


class Current(NamedTuple):
    """What the buttons and the clock move, and what may be edited until opening."""

    times: Times
    edition_id: int
    title: str
    show: Show
    tickets: bool  # admits by ticket, which says the cell


@dataclass(frozen=True, slots=True)
class Ground:
    """What all doors of a sitting share."""

    tree: Tree
    called: dict[int | None, list[int]]


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door with its sitting, its paper and the cells that may come through it."""

    door: DoorSeen
    sitting_id: int
    current: Current
    paper: Paper
    orders: dict[int, Order] = field(compare=False, repr=False)
    groups: tuple[Group, ...]
    cells: frozenset[int]
    read_at: datetime = field(compare=False)
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
        """The paper's order under a seed that this server drew: there are few, and all are kept."""
        found = self.orders.get(seed)
        return found or self.orders.setdefault(seed, self.paper.order(seed))

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


class Entrances:
    """Entrances by key; one a process, safe between threads."""

    def __init__(self) -> None:
        self._reading = threading.RLock()
        self._doors: Shelf[str, Entrance] = Shelf(50_000, KEPT)
        self._grounds: Shelf[int, Ground] = Shelf(500, KEPT)
        self._trees: Shelf[date, Tree] = Shelf(8, KEPT)
        self._times: Shelf[int, Current] = Shelf(5_000, TIMES_KEPT)
        self._papers: Shelf[int, tuple[Paper, dict[int, Order]]] = Shelf(200)  # frozen for ever

    def at_hand(self, key: str, now: datetime) -> Entrance | None:
        """The entrance with this key if it can be told without asking the store."""
        kept = self._doors.get(key, now)
        if kept is None:
            return None
        current = self._times.get(kept.sitting_id, now)
        # Every second one thread reads the times; the others don't wait for it.
        if current is None and self._is_reading():
            current = self._times.get(kept.sitting_id, now, late=2)
        return kept if current == kept.current else None

    def _is_reading(self) -> bool:
        """Whether some other thread is; it may have ended by the time this is told."""
        if self._reading.acquire(blocking=False):
            self._reading.release()
            return False
        return True

    def get(self, session: Session, key: str, *, now: datetime) -> Entrance | None:
        """The entrance with this key; None for an unknown one, which is never remembered."""
        kept = self.at_hand(key, now)
        if kept is not None:
            return kept
        # One thread reads while the others of the same moment wait and find it read.
        with self._reading:
            kept = self._doors.get(key, now)
            if kept is None:
                door = find_door(session, key)
                if door is None:
                    return None
                kept = self._doors.put(key, self._enter(session, door, now), now)
            return self._with_times(session, kept, now)

    def _with_times(self, session: Session, kept: Entrance, now: datetime) -> Entrance:
        current = self._current(session, kept.sitting_id, now)
        if current == kept.current:
            return kept
        paper, orders = self._paper(session, current.edition_id, now)
        # A page that was rendered of what it was before is none of this one.
        anew = current[1:] != kept.current[1:]
        since = now if anew else kept.since
        kept = replace(kept, current=current, paper=paper, orders=orders, since=since)
        return self._doors.put(kept.door.key, kept, kept.read_at)

    def _enter(self, session: Session, door: DoorSeen, now: datetime) -> Entrance:
        ground = self._ground(session, door.sitting_id, now)
        current = self._current(session, door.sitting_id, now)
        paper, orders = self._paper(session, current.edition_id, now)
        cells = _cells(door, ground)
        entrance = Entrance(
            door=door,
            sitting_id=door.sitting_id,
            current=current,
            paper=paper,
            orders=orders,
            groups=_grouped(ground.tree, cells),
            cells=frozenset(cells),
            read_at=now,
            since=now,
        )
        # The same as before in all that a page shows: then its pieces go on being used.
        before = self._doors.last(door.key)
        return replace(entrance, since=before.since) if before == entrance else entrance

    def _ground(self, session: Session, sitting_id: int, now: datetime) -> Ground:
        kept = self._grounds.get(sitting_id, now)
        if kept is not None:
            return kept
        sitting = session.get_one(Sitting, sitting_id)
        day = day_of(sitting)
        tree = self._trees.get(day, now) or self._trees.put(day, load_tree(session, day), now)
        called = cells_called(session, sitting, tree)
        ground = Ground(tree, called)
        return self._grounds.put(sitting_id, ground, now)

    def _current(self, session: Session, sitting_id: int, now: datetime) -> Current:
        kept = self._times.get(sitting_id, now)
        if kept is not None:
            return kept
        sitting = session.get_one(Sitting, sitting_id, populate_existing=True)
        current = Current(
            sitting.times,
            sitting.edition_id,
            sitting.title,
            Show(sitting.show),
            sitting.tickets,
        )
        return self._times.put(sitting_id, current, now)

    def _paper(
        self, session: Session, edition_id: int, now: datetime
    ) -> tuple[Paper, dict[int, Order]]:
        kept = self._papers.get(edition_id, now)
        if kept is not None:
            return kept
        return self._papers.put(edition_id, (load_paper(session, edition_id), {}), now)


def _cells(door: DoorSeen, ground: Ground) -> list[int]:
    """Those who may come through a door, in the order in which they were called."""
    if door.unit_id is not None:
        return [door.unit_id]
    if door.hall_id is not None:
        return ground.called.get(door.hall_id, [])
    return list(dict.fromkeys(cell for hall in ground.called.values() for cell in hall))


def _grouped(tree: Tree, cells: Iterable[int]) -> tuple[Group, ...]:
    """Cells under the unit above them, in the order in which they were called. Units of one name
    under different communes stay apart, and say under which they are."""
    groups: dict[int | None, list[tuple[int, str]]] = {}
    for cell in cells:
        groups.setdefault(tree[cell].parent_id, []).append((cell, tree[cell].name))
    names = [tree[upper].name for upper in groups if upper is not None]
    return tuple(
        (_heading(tree, upper, names), tuple(members)) for upper, members in groups.items()
    )


def _heading(tree: Tree, upper: int | None, names: list[str]) -> str:
    if upper is None:
        return ""
    name, above = tree[upper].name, tree[upper].parent_id
    return f"{name}, {tree[above].name}" if names.count(name) > 1 and above is not None else name
