"""What stands behind a door, as the attendee's page needs it, kept for a short while.

A hall fetches one page a thousand times in a minute; the tree behind it is read once. What is
kept here is never asked whether a sheet may land: the intake asks the store itself.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from quizzes.paper import Paper
from survey.papers.queries import load_paper
from survey.sittings.models import Kind, Show, Sitting, State
from survey.sittings.queries import DoorSeen, cells_called, day_of, find_door
from survey.units.queries import Tree, load_tree

KEPT = timedelta(seconds=30)  # an extension or a new unit shows on new pages within this time
DOORS = 2000


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door with its sitting, its paper and the cells that may come through it."""

    door: DoorSeen
    sitting_id: int
    edition_id: int
    kind: Kind
    title: str
    show: Show
    opens_at: datetime | None
    closes_at: datetime | None
    paused: bool
    changed_at: datetime | None
    paper: Paper
    groups: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]  # (upper unit, its cells)
    cells: frozenset[int]
    read_at: datetime

    @property
    def only_cell(self) -> int | None:
        """The cell of everybody who comes through this door, where there is just one."""
        return next(iter(self.cells)) if len(self.cells) == 1 else None

    def state(self, now: datetime) -> State:
        return Sitting(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            paused=self.paused,
            changed_at=self.changed_at,
        ).state(now)

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
        self._lock = threading.Lock()
        self._doors: OrderedDict[str, Entrance] = OrderedDict()
        self._papers: OrderedDict[int, Paper] = OrderedDict()
        self._trees: dict[date, tuple[datetime, Tree]] = {}

    def get(self, session: Session, key: str, *, now: datetime) -> Entrance | None:
        """The entrance with this key; None for an unknown one, which is never remembered."""
        with self._lock:
            kept = self._doors.get(key)
        if kept is not None and now - kept.read_at < KEPT:
            return kept
        door = find_door(session, key)
        if door is None:
            return None
        entrance = self._read(session, door, now)
        with self._lock:
            self._doors[key] = entrance
            self._doors.move_to_end(key)
            while len(self._doors) > DOORS:
                self._doors.popitem(last=False)
        return entrance

    def forget(self) -> None:
        """Read everything anew at the next visit."""
        with self._lock:
            self._doors.clear()
            self._trees.clear()

    def _read(self, session: Session, door: DoorSeen, now: datetime) -> Entrance:
        sitting = session.get_one(Sitting, door.sitting_id)
        tree = self._tree(session, day_of(sitting), now)
        called = cells_called(session, sitting, tree)
        if door.unit_id is not None:
            cells = [door.unit_id]
        elif door.hall_id is not None:
            cells = called.get(door.hall_id, [])
        else:
            cells = list(dict.fromkeys(cell for hall in called.values() for cell in hall))
        return Entrance(
            door=door,
            sitting_id=sitting.id,
            edition_id=sitting.edition_id,
            kind=Kind(sitting.kind),
            title=sitting.title,
            show=Show(sitting.show),
            opens_at=sitting.opens_at,
            closes_at=sitting.closes_at,
            paused=sitting.paused,
            changed_at=sitting.changed_at,
            paper=self._paper(session, sitting.edition_id),
            groups=_grouped(tree, cells),
            cells=frozenset(cells),
            read_at=now,
        )

    def _paper(self, session: Session, edition_id: int) -> Paper:
        if edition_id not in self._papers:  # frozen: once read, right for ever
            self._papers[edition_id] = load_paper(session, edition_id)
            if len(self._papers) > 200:
                self._papers.popitem(last=False)
        return self._papers[edition_id]

    def _tree(self, session: Session, day: date, now: datetime) -> Tree:
        kept = self._trees.get(day)
        if kept is None or now - kept[0] >= KEPT:
            self._trees[day] = kept = (now, load_tree(session, day))
        return kept[1]


def _grouped(tree: Tree, cells: list[int]) -> tuple[tuple[str, tuple[tuple[int, str], ...]], ...]:
    """Cells under the name of the unit above them, in the order in which they were called."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for cell in cells:
        node = tree[cell]
        upper = tree[node.parent_id].name if node.parent_id is not None else ""
        groups.setdefault(upper, []).append((cell, node.name))
    return tuple((upper, tuple(members)) for upper, members in groups.items())
