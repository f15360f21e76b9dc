"""Doors, who is called where, and whose business a sitting is."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from survey.sittings.codes import read_code
from survey.sittings.models import Conference, Door, Hall, HallUnit, Sitting
from survey.units.queries import Tree, load_tree, path_of
from survey.web import ZONE

Path = tuple[int, ...]


class DoorSeen(NamedTuple):
    """A door and what it already knows of whoever comes through."""

    id: int
    sitting_id: int
    hall_id: int | None
    hall_name: str | None
    unit_id: int | None  # the cell
    key: str
    code: str


def _doors() -> Select[*tuple[Any, ...]]:
    return select(
        Door.id, Door.sitting_id, Door.hall_id, Hall.name, Door.unit_id, Door.key, Door.code
    ).outerjoin(Hall, Hall.id == Door.hall_id)


def find_door(session: Session, key: str) -> DoorSeen | None:
    row = session.execute(_doors().where(Door.key == key)).one_or_none()
    return DoorSeen(*row) if row else None


def find_code(session: Session, typed: str) -> DoorSeen | None:
    """The door whose code was typed: `48271936`, `4827 1936`, `4827-1936`, `４８２７.１９３６`.

    A code with a wrong check digit is unknown like any other.
    """
    code = read_code(typed)
    if code is None:
        return None
    row = session.execute(_doors().where(Door.code == code)).one_or_none()
    return DoorSeen(*row) if row else None


_HAS_CODE = select(Door.id).where(Door.code == bindparam("asked"))


def has_code(connection: Connection, typed: str) -> bool:
    """Whether there is such a door, and nothing more of it: strangers may ask it all day."""
    return connection.scalar(_HAS_CODE, {"asked": read_code(typed) or ""}) is not None


def doors_of(session: Session, sitting_id: int, *, cells: bool = True) -> list[DoorSeen]:
    """The door of the whole sitting first, then those of halls, then, unless they are not
    wanted, those of cells."""
    rows = session.execute(
        _doors()
        .where(Door.sitting_id == sitting_id, literal(cells) | Door.unit_id.is_(None))
        .order_by(Door.unit_id.is_not(None), Door.hall_id.is_not(None), Door.id)
    )
    return [DoorSeen(*row) for row in rows]


def door_of(session: Session, sitting_id: int, hall_id: int | None) -> DoorSeen | None:
    """The door of one hall, or that of the whole sitting."""
    # As its index has it, which then finds one among a nation's doors.
    none: ColumnElement[int] = literal_column("0")
    row = session.execute(
        _doors().where(
            Door.sitting_id == sitting_id,
            func.coalesce(Door.hall_id, none) == (hall_id or 0),
            func.coalesce(Door.unit_id, none) == 0,
        )
    ).one_or_none()
    return DoorSeen(*row) if row else None


def count_hall_doors(session: Session, sitting_id: int) -> int:
    halls = select(func.count()).where(Door.sitting_id == sitting_id, Door.hall_id.is_not(None))
    return session.scalar(halls) or 0


def hall_doors(session: Session, conference_id: int) -> dict[tuple[int, int | None], DoorSeen]:
    """{(sitting, hall): its door} over a whole conference; hall None: the door for everybody."""
    sittings = select(Sitting.id).where(Sitting.conference_id == conference_id)
    rows = session.execute(_doors().where(Door.sitting_id.in_(sittings), Door.unit_id.is_(None)))
    doors = [DoorSeen(*row) for row in rows]
    return {(door.sitting_id, door.hall_id): door for door in doors}


def day_of(sitting: Sitting) -> date:
    """The day whose tree counts: when it opened, or else when it was planned, in Việt Nam."""
    return (sitting.opens_at or sitting.created_at).astimezone(ZONE).date()


# ------------------------------------------------------------------ who is called


def halls_called(session: Session, conference_id: int) -> dict[int, tuple[int, ...]]:
    """{hall: the units called to it}, a hall that calls nobody yet included."""
    called: dict[int, tuple[int, ...]] = {}
    rows = session.execute(
        select(Hall.id, HallUnit.unit_id)
        .outerjoin(HallUnit, HallUnit.hall_id == Hall.id)
        .where(Hall.conference_id == conference_id)
        .order_by(Hall.id, HallUnit.unit_id)
    )
    for hall_id, unit_id in rows:
        called[hall_id] = called.get(hall_id, ()) + (() if unit_id is None else (unit_id,))
    return called


def called_units(session: Session, sitting_id: int) -> dict[int | None, tuple[int, ...]]:
    """{hall: the units called to it}; of a cell's own check {None: (cell,)}."""
    sitting = session.get_one(Sitting, sitting_id)
    if sitting.conference_id is None:
        return {None: (sitting.unit_id,)}
    return dict(halls_called(session, sitting.conference_id).items())


def units_of_hall(session: Session, hall_id: int) -> tuple[int, ...]:
    """The units called to it."""
    units = select(HallUnit.unit_id).where(HallUnit.hall_id == hall_id).order_by(HallUnit.unit_id)
    return tuple(session.scalars(units))


def hall_names(session: Session, sitting: Sitting) -> dict[int, str]:
    """{hall: its name}, of the sitting's conference."""
    halls = select(Hall.id, Hall.name).where(Hall.conference_id == sitting.conference_id)
    return {hall.id: hall.name for hall in session.execute(halls)}


def cells_called(session: Session, sitting: Sitting, tree: Tree) -> dict[int | None, list[int]]:
    """{hall: its cells in this tree}, each once a hall; a unit that the tree lacks calls none."""
    return {
        hall_id: cells_under(tree, units)
        for hall_id, units in called_units(session, sitting.id).items()
    }


def cells_under(tree: Tree, units: Iterable[int]) -> list[int]:
    cells = (cell for unit in units if unit in tree for cell in tree.cells(unit))
    return list(dict.fromkeys(cells))


def has_begun(session: Session, conference_id: int, *, now: datetime) -> bool:
    """Whether a sitting of the conference has opened: from then on its results are measured
    against those who were called, so calls are added and no longer taken back."""
    sittings = session.scalars(select(Sitting).where(Sitting.conference_id == conference_id))
    return any(not sitting.state(now).is_planned for sitting in sittings)


# ------------------------------------------------------------------ whose business it is


def path_of_conference(session: Session, conference_id: int, **_: object) -> Path | None:
    conference = session.get(Conference, conference_id)
    return None if conference is None else path_of(session, conference.unit_id)


def path_of_hall(session: Session, hall_id: int, **_: object) -> Path | None:
    hall = session.get(Hall, hall_id)
    return None if hall is None else path_of_conference(session, hall.conference_id)


def path_of_sitting(session: Session, sitting_id: int, **_: object) -> Path | None:
    sitting = session.get(Sitting, sitting_id)
    return None if sitting is None else path_of(session, sitting.unit_id)


def circle_of_sitting(session: Session, sitting_id: int, **_: object) -> Path | None:
    """Every unit that has to do with the sitting: who runs it and all above, who is called or
    hosts a hall and all above and below. Their organisers see it, print their own posters and
    write down their own cells; running it is the convener's alone."""
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        return None
    tree = load_tree(session, day_of(sitting))
    circle = dict.fromkeys(path_of(session, sitting.unit_id) or ())
    for unit in _involved(session, sitting):
        if unit in tree:
            circle.update(dict.fromkeys(tree.path(unit)))
            circle.update(dict.fromkeys(tree.under(unit)))
    return tuple(circle)


def _involved(session: Session, sitting: Sitting) -> set[int]:
    units = {unit for called in called_units(session, sitting.id).values() for unit in called}
    hosts = select(Hall.unit_id).where(Hall.conference_id == sitting.conference_id)
    return units | set(session.scalars(hosts))
