"""What was counted is written down, mended, or taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from survey import db
from survey.roll.models import CellRoll, HallRoll

Cells = Mapping[int, tuple[int, int] | None]  # {cell: (present, excused)}; None takes it back
Halls = Mapping[int, int | None]


def note_roll(
    session: Session, sitting_id: int, cells: Cells, halls: Halls, *, now: datetime
) -> None:
    """Cells and halls of one page, all of them or none."""
    with db.writing(session):
        _write_cells(session, sitting_id, cells, now)
        _write_halls(session, sitting_id, halls, now)


def note_cells(session: Session, sitting_id: int, cells: Cells, *, now: datetime) -> None:
    with db.writing(session):
        _write_cells(session, sitting_id, cells, now)


def note_halls(session: Session, sitting_id: int, halls: Halls, *, now: datetime) -> None:
    with db.writing(session):
        _write_halls(session, sitting_id, halls, now)


def _write_cells(session: Session, sitting_id: int, cells: Cells, now: datetime) -> None:
    _write(
        session,
        CellRoll,
        sitting_id,
        {
            unit_id: counts and {"present": counts[0], "excused": counts[1], "counted_at": now}
            for unit_id, counts in cells.items()
        },
    )


def _write_halls(session: Session, sitting_id: int, halls: Halls, now: datetime) -> None:
    _write(
        session,
        HallRoll,
        sitting_id,
        {
            hall_id: None if present is None else {"present": present, "counted_at": now}
            for hall_id, present in halls.items()
        },
    )


def _write(
    session: Session,
    model: type[CellRoll] | type[HallRoll],
    sitting_id: int,
    figures: Mapping[int, dict[str, Any] | None],
) -> None:
    """One row a place, whoever else writes it down at the same moment: the last one stands."""
    place = "unit_id" if model is CellRoll else "hall_id"
    taken_back = [key for key, values in figures.items() if values is None]
    session.execute(
        delete(model).where(model.sitting_id == sitting_id, getattr(model, place).in_(taken_back))
    )
    rows = [
        {"sitting_id": sitting_id, place: key, **values}
        # In one order everywhere: else two lists that overlap could each wait for the other.
        for key, values in sorted(figures.items())
        if values is not None
    ]
    if not rows:
        return
    insert = db.insert_into(model, session.get_bind().dialect)
    figures_anew = {c: insert.excluded[c] for c in rows[0] if c not in ("sitting_id", place)}
    session.execute(
        insert.on_conflict_do_update(index_elements=["sitting_id", place], set_=figures_anew),
        rows,
    )
