"""How many were expected and how many came. Nothing here knows who answered."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.roll.models import CellRoll, HallRoll
from survey.units.queries import headcounts


def expected(session: Session, cells: Iterable[int], at: datetime) -> dict[int, int]:
    """Eligible members of these cells as last counted before the moment. A cell that was never
    counted is left out: unknown is not none."""
    counted = headcounts(session, at)
    return {cell: counted[cell][1] for cell in cells if cell in counted}


def present_in_cells(session: Session, sitting_id: int) -> dict[int, tuple[int, int]]:
    """{cell: (present, excused)} of the cells that wrote it down."""
    rows = session.execute(
        select(CellRoll.unit_id, CellRoll.present, CellRoll.excused).where(
            CellRoll.sitting_id == sitting_id
        )
    )
    return {unit_id: (present, excused) for unit_id, present, excused in rows}


def present_in_halls(session: Session, sitting_id: int) -> dict[int, int]:
    """{hall: people counted there}."""
    rows = session.execute(
        select(HallRoll.hall_id, HallRoll.present).where(HallRoll.sitting_id == sitting_id)
    )
    return dict(rows.all())
