"""Conferences and sittings as an organiser goes through them: searched, sorted, by state."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.sittings.models import Conference, Hall, HallUnit, Kind, Sitting, State
from survey.sittings.queries import (
    DoorSeen,
    called_units,
    cells_under,
    doors_of,
    halls_called,
)
from survey.text import fold, sort_key
from survey.units.queries import Tree, headcounts

PAGE = 50
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a list is shown. Empty: everything."""

    text: str = ""
    state: str = ""
    period: str = ""  # of checks
    sort: str = ""  # a column, with "-" before it the other way round

    def takes(self, *texts: str) -> bool:
        """Whether every word that was typed is somewhere in what the row says."""
        held = fold(" ".join(texts))
        return all(word in held for word in fold(self.text).split())


class ConferenceRow(NamedTuple):
    conference: Conference
    place: str
    halls: int
    states: list[State]  # of its sittings


class SittingRow(NamedTuple):
    sitting: Sitting
    state: State
    conference: str  # its title; of a check ""
    place: str


class HallRow(NamedTuple):
    """A hall and who is called to it. `eligible` counts the members of its cells who may
    answer, as far as they were ever counted."""

    hall: Hall
    place: str
    cells: int
    eligible: int


def place_of(tree: Tree, unit_id: int) -> str:
    """A unit that has ended by the day of the tree has no place in it."""
    return tree.place(unit_id) if unit_id in tree else "–"


def within(tree: Tree, top: int | None) -> Callable[[int], bool]:
    """Whether a unit lies in the subtree of `top`; None: everything does."""
    if top is None:
        return lambda unit_id: True
    units = frozenset(tree.under(top)) if top in tree else frozenset()
    return units.__contains__


def conferences_seen(
    session: Session, tree: Tree, top: int | None, wanted: Wanted, *, now: datetime
) -> list[ConferenceRow]:
    """The conferences that units of this subtree convene, the latest first unless sorted."""
    halls = dict(
        session.execute(select(Hall.conference_id, func.count()).group_by(Hall.conference_id)).all()
    )
    states: dict[int, list[State]] = {}
    for sitting in session.scalars(select(Sitting).where(Sitting.kind != Kind.CHECK)):
        states.setdefault(sitting.conference_id or 0, []).append(sitting.state(now))
    mine = within(tree, top)
    rows = [
        ConferenceRow(
            conference,
            place_of(tree, conference.unit_id),
            halls.get(conference.id, 0),
            states.get(conference.id, []),
        )
        for conference in session.scalars(select(Conference))
        if mine(conference.unit_id)
    ]
    rows = [row for row in rows if wanted.takes(row.conference.title, row.place)]
    return _sorted(rows, wanted.sort, _CONFERENCE_KEYS)


def halls_seen(
    session: Session, conference_id: int, tree: Tree, *, at: datetime
) -> tuple[list[HallRow], int, int]:
    """The halls of a conference by name, and the cells and eligible members of all together: a
    cell that is called to two halls counts in each, and once in the whole."""
    heads = headcounts(session, at)
    called = {
        hall_id: cells_under(tree, units)
        for hall_id, units in halls_called(session, conference_id).items()
    }
    halls = session.scalars(select(Hall).where(Hall.conference_id == conference_id))
    rows = [
        HallRow(hall, place_of(tree, hall.unit_id), len(cells), _eligible(heads, cells))
        for hall in sorted(halls, key=lambda hall: sort_key(hall.name))
        for cells in (called[hall.id],)
    ]
    everybody = {cell for cells in called.values() for cell in cells}
    return rows, len(everybody), _eligible(heads, everybody)


def _eligible(heads: Mapping[int, tuple[int, int]], cells: Iterable[int]) -> int:
    return sum(heads[cell][1] for cell in cells if cell in heads)


class DoorRow(NamedTuple):
    """A door and where it leads: a hall, a cell with what is above it, or "" for everybody."""

    door: DoorSeen
    place: str


def doors_seen(
    session: Session, sitting: Sitting, tree: Tree, top: int | None, *, cells: bool = True
) -> list[DoorRow]:
    """The doors that concern this subtree: everybody's, those of the halls that it hosts or to
    which it is called, those of its cells."""
    mine = within(tree, top)
    above = tree.path(top) if top is not None else ()
    called = called_units(session, sitting.id)
    hosts = dict(
        session.execute(
            select(Hall.id, Hall.unit_id).where(Hall.conference_id == sitting.conference_id)
        ).all()
    )
    rows = []
    for door in doors_of(session, sitting.id, cells=cells):
        if door.unit_id is not None:
            theirs, place = mine(door.unit_id), place_of(tree, door.unit_id)
        elif door.hall_id is not None:
            units = called.get(door.hall_id, ())
            theirs = mine(hosts[door.hall_id]) or any(mine(u) or u in above for u in units)
            place = door.hall_name or ""
        else:
            theirs, place = True, ""
        if theirs:
            rows.append(DoorRow(door, place))
    return sorted(rows, key=_door_key)


def _door_key(row: DoorRow) -> tuple[object, ...]:
    door = row.door
    upwards = [sort_key(name) for name in reversed(row.place.split(", "))]
    return (door.unit_id is not None, door.hall_id is not None, upwards)


def sittings_seen(
    session: Session, tree: Tree, top: int | None, wanted: Wanted, *, now: datetime
) -> list[SittingRow]:
    """Sittings of conferences that units of this subtree convene, host or are called to."""
    mine, concerned = within(tree, top), _concerning(session, tree, top)
    found = session.execute(
        select(Sitting, Conference.title).join(Conference, Sitting.conference_id == Conference.id)
    )
    rows = [
        SittingRow(sitting, sitting.state(now), title, place_of(tree, sitting.unit_id))
        for sitting, title in found
        if mine(sitting.unit_id) or sitting.conference_id in concerned
    ]
    return _chosen(rows, wanted)


def checks_seen(
    session: Session, tree: Tree, top: int | None, wanted: Wanted, *, now: datetime
) -> list[SittingRow]:
    """Checks of one month in the cells of this subtree."""
    mine = within(tree, top)
    found = session.scalars(
        select(Sitting).where(Sitting.kind == Kind.CHECK, Sitting.period == wanted.period)
    )
    rows = [
        SittingRow(sitting, sitting.state(now), "", place_of(tree, sitting.unit_id))
        for sitting in found
        if mine(sitting.unit_id)
    ]
    return _chosen(rows, wanted)


def periods(session: Session) -> list[str]:
    """The months in which cells have run checks, the latest first."""
    found = select(Sitting.period).where(Sitting.period.is_not(None)).distinct()
    return sorted((period for period in session.scalars(found) if period), reverse=True)


def _chosen(rows: Iterable[SittingRow], wanted: Wanted) -> list[SittingRow]:
    chosen = [
        row
        for row in rows
        if wanted.state in ("", row.state)
        and wanted.takes(row.sitting.title, row.conference, row.place)
    ]
    return _sorted(chosen, wanted.sort, _SITTING_KEYS)


def _concerning(session: Session, tree: Tree, top: int | None) -> set[int]:
    """Conferences with a hall that a unit of this subtree hosts, or to which it is called by
    itself or with a unit above it."""
    if top is None or top not in tree:
        return set()
    mine = set(tree.under(top))
    circle = mine.union(tree.path(top))
    hosts = session.execute(select(Hall.conference_id, Hall.unit_id))
    calls = session.execute(
        select(Hall.conference_id, HallUnit.unit_id).join(HallUnit, HallUnit.hall_id == Hall.id)
    )
    held = {conference_id for conference_id, unit in hosts if unit in mine}
    return held | {conference_id for conference_id, unit in calls if unit in circle}


def _begins(sitting: Sitting) -> float:
    """What waits for the button is still to come, so it stands beyond every time."""
    return sitting.opens_at.timestamp() if sitting.opens_at else inf


_STATES = [State.OPEN, State.PAUSED, State.PLANNED, State.CLOSED]
_CONFERENCE_KEYS: dict[str, Callable[[ConferenceRow], Any]] = {
    "day": lambda row: (row.conference.held_on, row.conference.id),
    "title": lambda row: sort_key(row.conference.title),
    "place": lambda row: sort_key(row.place),
    "halls": lambda row: row.halls,
}
_SITTING_KEYS: dict[str, Callable[[SittingRow], Any]] = {
    "opens": lambda row: (_begins(row.sitting), row.sitting.id),
    "title": lambda row: sort_key(row.sitting.title),
    "place": lambda row: (sort_key(row.conference), sort_key(row.place)),
    "state": lambda row: _STATES.index(row.state),
}


def _sorted(rows: Iterable[Row], sort: str, keys: Mapping[str, Callable[[Row], Any]]) -> list[Row]:
    """By the column asked for; without a known one by the first, backwards: the latest on top."""
    column, backwards = sort.removeprefix("-"), sort.startswith("-")
    if column not in keys:
        column, backwards = next(iter(keys)), True
    return sorted(rows, key=keys[column], reverse=backwards)
