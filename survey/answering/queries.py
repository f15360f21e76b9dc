"""Sheets as they are counted: by cell and hall, never one by one with anything of a person."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.answering.models import Sheet


def sheets_of(session: Session, sitting_id: int) -> Iterator[tuple[int, int | None, str, int]]:
    """(cell, hall, answers, how many sheets say just that), cell by cell."""
    rows = session.execute(
        select(Sheet.unit_id, Sheet.hall_id, Sheet.answers, func.count())
        .where(Sheet.sitting_id == sitting_id)
        .group_by(Sheet.unit_id, Sheet.hall_id, Sheet.answers)
        .order_by(Sheet.unit_id, Sheet.hall_id)
        .execution_options(yield_per=5000)
    )
    yield from rows


def answered(session: Session, sitting_id: int) -> dict[tuple[int, int], int]:
    """{(cell, hall or 0): sheets}."""
    rows = session.execute(
        select(Sheet.unit_id, func.coalesce(Sheet.hall_id, 0), func.count())
        .where(Sheet.sitting_id == sitting_id)
        .group_by(Sheet.unit_id, Sheet.hall_id)
    )
    return {(unit_id, hall_id): count for unit_id, hall_id, count in rows}


def answered_total(session: Session, sitting_id: int, hall_id: int | None = None) -> int:
    """Sheets of a sitting, or of one of its halls."""
    statement = select(func.count()).select_from(Sheet).where(Sheet.sitting_id == sitting_id)
    if hall_id is not None:
        statement = statement.where(Sheet.hall_id == hall_id)
    return session.scalar(statement) or 0
