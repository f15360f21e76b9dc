"""Sheets as they are counted: by cell and hall, never one by one with anything of a person.

A sitting's sheets are all in one of two tables, before and after it is sealed. Each query reads
both in one statement: asked first which of them it is, the sealing could come in between.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Subquery, func, select, union_all
from sqlalchemy.orm import Session

from survey.answering.models import Seal, SealedMode, SealedSheet, Sheet


def _sheets(sitting_id: int) -> Subquery:
    halves: list[Any] = [
        select(table.unit_id, table.hall_id, table.answers).where(table.sitting_id == sitting_id)
        for table in (Sheet, SealedSheet)
    ]
    return union_all(*halves).subquery()


def sheets_of(session: Session, sitting_id: int) -> Iterator[tuple[int, int | None, str, int]]:
    """(cell, hall, answers, how many sheets say just that), cell by cell."""
    sheets = _sheets(sitting_id).c
    rows = session.execute(
        select(sheets.unit_id, sheets.hall_id, sheets.answers, func.count())
        .group_by(sheets.unit_id, sheets.hall_id, sheets.answers)
        .order_by(sheets.unit_id, sheets.hall_id)
        .execution_options(yield_per=5000)
    )
    yield from rows


def answered(session: Session, sitting_id: int) -> dict[tuple[int, int], int]:
    """{(cell, hall or 0): sheets}."""
    sheets = _sheets(sitting_id).c
    rows = session.execute(
        select(sheets.unit_id, func.coalesce(sheets.hall_id, 0), func.count()).group_by(
            sheets.unit_id, sheets.hall_id
        )
    )
    return {(unit_id, hall_id): count for unit_id, hall_id, count in rows}


def answered_in_halls(session: Session, sitting_id: int) -> dict[int, int]:
    """{hall or 0: sheets}."""
    found: Counter[int] = Counter()
    # Added up in each half by itself: of sheets, the index alone is read then.
    halves: list[Any] = [
        select(table.hall_id, func.count())
        .where(table.sitting_id == sitting_id)
        .group_by(table.hall_id)
        for table in (Sheet, SealedSheet)
    ]
    for hall_id, count in session.execute(union_all(*halves)):
        found[hall_id or 0] += count
    return dict(found)


def answered_by(session: Session, sitting_id: int) -> dict[tuple[int, str], int]:
    """{(cell, own or shared phone): sheets}."""
    unsealed = (
        select(Sheet.unit_id, Sheet.mode, func.count())
        .where(Sheet.sitting_id == sitting_id)
        .group_by(Sheet.unit_id, Sheet.mode)
    )
    sealed = select(SealedMode.unit_id, SealedMode.mode, SealedMode.sheets).where(
        SealedMode.sitting_id == sitting_id
    )
    rows = session.execute(union_all(unsealed, sealed))
    return {(unit_id, mode): count for unit_id, mode, count in rows}


def answered_total(session: Session, sitting_id: int) -> int:
    """Sheets of a sitting."""
    sealed = select(Seal.sheets).where(Seal.sitting_id == sitting_id).scalar_subquery()
    unsealed = select(func.count()).where(Sheet.sitting_id == sitting_id).scalar_subquery()
    return session.scalar(select(func.coalesce(sealed, unsealed))) or 0


def seal_of(session: Session, sitting_id: int) -> Seal | None:
    return session.get(Seal, sitting_id)
