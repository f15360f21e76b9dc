"""The tree changes by dated entries. The past stays as it was: a result of last year is shown
under the names and parents of last year, so nothing is renamed, moved or ended before today."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.units import queries, rules
from survey.units.importing import drop_draft, import_units, keep_draft
from survey.units.models import Headcount, Unit, UnitName, UnitParent
from survey.units.tree import Kind

__all__ = [
    "drop_draft",
    "end_unit",
    "found_unit",
    "import_units",
    "keep_draft",
    "move_unit",
    "rename_unit",
    "set_headcount",
]


def found_unit(
    session: Session,
    *,
    code: str,
    kind: str,
    name: str,
    parent_id: int | None,
    on: date,
) -> int:
    """A new unit, there from the day on; an empty `code` is filled from the parent's."""
    try:
        with db.writing(session):
            rules.hold(session)
            tree = queries.load_tree(session, on)
            if parent_id is not None:
                rules.require_place(session, tree, parent_id)
            rules.require_free_name(tree, name, parent_id)
            unit = Unit(code=code or _free_code(session, parent_id), kind=kind, started=on)
            session.add(unit)
            session.flush()
            session.add(_name(unit.id, on, name))
            session.add(UnitParent(unit_id=unit.id, since=on, parent_id=parent_id))
            return unit.id
    except IntegrityError as error:
        raise rules.CodeTaken(code) from error


def rename_unit(session: Session, unit_id: int, *, name: str, on: date, now: datetime) -> None:
    """Another name from the day on; a second one for the same day takes the first's place."""
    with db.writing(session):
        rules.hold(session)
        rules.require_open_day(session, UnitName, unit_id, on, now)
        tree = queries.load_tree(session, on)
        if unit_id not in tree:
            raise rules.NotStanding(unit_id)
        rules.require_free_name(tree, name, tree[unit_id].parent_id, but=unit_id)
        session.merge(_name(unit_id, on, name))


def move_unit(
    session: Session, unit_id: int, *, parent_id: int | None, on: date, now: datetime
) -> None:
    """Another parent from the day on, with all that is below."""
    with db.writing(session):
        rules.hold(session)
        rules.require_open_day(session, UnitParent, unit_id, on, now)
        tree = queries.load_tree(session, on)
        if unit_id not in tree:
            raise rules.NotStanding(unit_id)
        if parent_id is not None:
            if unit_id in tree.path(parent_id):
                raise rules.WouldCircle(unit_id)
            rules.require_place(session, tree, parent_id)
        rules.require_free_name(tree, tree[unit_id].name, parent_id, but=unit_id)
        session.merge(UnitParent(unit_id=unit_id, since=on, parent_id=parent_id))
        session.flush()
        rules.require_whole(session, on)


def end_unit(session: Session, unit_id: int, *, on: date, now: datetime) -> None:
    """The unit is gone from the day on. It stays on record, and so do its results."""
    with db.writing(session):
        rules.hold(session)
        if on < queries.day_of(now):
            raise rules.PastDay(on)
        unit = session.get_one(Unit, unit_id)
        if unit.ended is not None or unit.started > on:
            raise rules.NotStanding(unit_id)
        for tree in queries.trees_from(session, on):
            below = tree.children(unit_id) if unit_id in tree else []
            if below:
                raise rules.HasChildren([tree[child].name for child in below])
        unit.ended = on


def set_headcount(
    session: Session, unit_id: int, *, total: int, eligible: int, now: datetime
) -> None:
    """The members of a cell from this moment on; sittings already open keep the old figure."""
    with db.writing(session):
        if session.get_one(Unit, unit_id).kind != Kind.CELL:
            raise rules.NotCell(unit_id)
        session.merge(Headcount(unit_id=unit_id, since=now, total=total, eligible=eligible))


def _free_code(session: Session, parent_id: int | None) -> str:
    above = session.get_one(Unit, parent_id).code[:50] if parent_id is not None else "TC"
    taken = set(session.scalars(select(Unit.code).where(Unit.code.startswith(above))))
    return next(code for n in range(1, len(taken) + 2) if (code := f"{above}-{n:02}") not in taken)


def _name(unit_id: int, on: date, name: str) -> UnitName:
    return UnitName(unit_id=unit_id, since=on, name=name, fold=queries.searchable(name))
