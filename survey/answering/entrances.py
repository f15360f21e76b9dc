"""What stands behind a door, as the attendee's page needs it, kept for a short while.

A hall fetches one page a thousand times in a minute; the tree behind it is read once. Whether
the sitting is open is read anew within a second, and whether a sheet may land is never asked
here at all: the intake asks the store itself.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.paper import Paper
from survey.papers.queries import load_paper
from survey.sittings.models import Show, Sitting, State
from survey.sittings.queries import DoorSeen, cells_called, day_of, find_door
from survey.units.queries import Tree, load_tree

KEPT = timedelta(seconds=30)  # a unit called late shows on new pages within this time
TIMES_KEPT = timedelta(seconds=1)  # and a button that was pressed within this

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")
Group = tuple[str, tuple[tuple[int, str], ...]]  # the name above, and (cell, name) below it


class Shelf(Generic[Key, Kept]):
    """The latest so many values with the time at which each was read."""

    def __init__(self, size: int, lasts: timedelta) -> None:
        self._size, self._lasts = size, lasts
        self._values: OrderedDict[Key, tuple[datetime, Kept]] = OrderedDict()

    def get(self, key: Key, now: datetime) -> Kept | None:
        found = self._values.get(key)
        # abs: a clock that was set back must not keep a value for ever.
        return found[1] if found and abs(now - found[0]) < self._lasts else None

    def put(self, key: Key, value: Kept, now: datetime) -> Kept:
        self._values[key] = (now, value)
        self._values.move_to_end(key)
        while len(self._values) > self._size:
            self._values.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True)
class Times:
    """What the buttons and the clock move, and the edition, which may change until opening."""

    edition_id: int
    opens_at: datetime | None
    closes_at: datetime | None
    paused: bool
    changed_at: datetime | None

    def state(self, now: datetime) -> State:
        return Sitting(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            paused=self.paused,
            changed_at=self.changed_at,
        ).state(now)


@dataclass(frozen=True, slots=True)
class Ground:
    """What all doors of a sitting share."""

    title: str
    show: Show
    tree: Tree
    called: dict[int | None, list[int]]


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door with its sitting, its paper and the cells that may come through it."""

    door: DoorSeen
    sitting_id: int
    title: str
    show: Show
    times: Times
    paper: Paper
    groups: tuple[Group, ...]
    cells: frozenset[int]
    read_at: datetime

    @property
    def edition_id(self) -> int:
        return self.times.edition_id

    @property
    def only_cell(self) -> int | None:
        """The cell of everybody who comes through this door, where there is just one."""
        return next(iter(self.cells)) if len(self.cells) == 1 else None

    def state(self, now: datetime) -> State:
        return self.times.state(now)

    def name_of(self, cell: int) -> str:
        return next(
            f"{name}, {upper}" if upper else name
            for upper, cells in self.groups
            for unit_id, name in cells
            if unit_id == cell
        )


class Entrances:
    """Entrances by key; one a process, safe between threads."""

    def __init__(self) -> None:
        self._reading = threading.RLock()
        self._doors: Shelf[str, Entrance] = Shelf(50_000, KEPT)
        self._grounds: Shelf[int, Ground] = Shelf(500, KEPT)
        self._trees: Shelf[date, Tree] = Shelf(8, KEPT)
        self._times: Shelf[int, Times] = Shelf(5_000, TIMES_KEPT)
        self._papers: Shelf[int, Paper] = Shelf(200, timedelta(days=1))  # frozen for ever

    def get(self, session: Session, key: str, *, now: datetime) -> Entrance | None:
        """The entrance with this key; None for an unknown one, which is never remembered."""
        kept = self._doors.get(key, now)
        times = self._times.get(kept.sitting_id, now) if kept else None
        if kept and times == kept.times:
            return kept
        # One thread reads while the others of the same moment wait and find it read.
        with self._reading:
            kept = self._doors.get(key, now)
            if kept is None:
                door = find_door(session, key)
                if door is None:
                    return None
                return self._doors.put(key, self._enter(session, door, now), now)
            return self._with_times(session, kept, now)

    def _with_times(self, session: Session, kept: Entrance, now: datetime) -> Entrance:
        times = self._times_of(session, kept.sitting_id, now)
        if times == kept.times:
            return kept
        paper = self._paper(session, times.edition_id, now)
        anew = replace(kept, times=times, paper=paper)
        return self._doors.put(kept.door.key, anew, kept.read_at)

    def _enter(self, session: Session, door: DoorSeen, now: datetime) -> Entrance:
        ground = self._ground(session, door.sitting_id, now)
        times = self._times_of(session, door.sitting_id, now)
        if door.unit_id is not None:
            cells = [door.unit_id]
        elif door.hall_id is not None:
            cells = ground.called.get(door.hall_id, [])
        else:
            cells = list(dict.fromkeys(cell for hall in ground.called.values() for cell in hall))
        return Entrance(
            door=door,
            sitting_id=door.sitting_id,
            title=ground.title,
            show=ground.show,
            times=times,
            paper=self._paper(session, times.edition_id, now),
            groups=_grouped(ground.tree, cells),
            cells=frozenset(cells),
            read_at=now,
        )

    def _ground(self, session: Session, sitting_id: int, now: datetime) -> Ground:
        kept = self._grounds.get(sitting_id, now)
        if kept is not None:
            return kept
        sitting = session.get_one(Sitting, sitting_id)
        day = day_of(sitting)
        tree = self._trees.get(day, now) or self._trees.put(day, load_tree(session, day), now)
        called = cells_called(session, sitting, tree)
        ground = Ground(sitting.title, Show(sitting.show), tree, called)
        return self._grounds.put(sitting_id, ground, now)

    def _times_of(self, session: Session, sitting_id: int, now: datetime) -> Times:
        kept = self._times.get(sitting_id, now)
        if kept is not None:
            return kept
        row = session.execute(
            select(
                Sitting.edition_id,
                Sitting.opens_at,
                Sitting.closes_at,
                Sitting.paused,
                Sitting.changed_at,
            ).where(Sitting.id == sitting_id)
        ).one()
        return self._times.put(sitting_id, Times(*row), now)

    def _paper(self, session: Session, edition_id: int, now: datetime) -> Paper:
        kept = self._papers.get(edition_id, now)
        return kept or self._papers.put(edition_id, load_paper(session, edition_id), now)


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
