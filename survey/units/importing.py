"""A list taken into the tree, and the drafts that wait for their owner's word."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from survey import db
from survey.units import queries, rules
from survey.units.comparison import Plan, compare, counted
from survey.units.listing import Listed, kind_by_name
from survey.units.models import Headcount, ImportDraft, Unit, UnitName, UnitParent
from survey.units.tree import Kind

DRAFTS_LAST = timedelta(days=1)


def import_units(
    session: Session,
    rows: Iterable[Listed],
    *,
    on: date,
    now: datetime,
    within: int | None = None,
) -> Plan:
    """The whole list or nothing. Compared inside the transaction, so what is written is what
    was compared. Units the list does not name are left alone. Raises ListRefused."""
    with db.writing(session):
        rules.hold(session)
        plan = compare(
            list(rows),
            queries.standing(session, on, now),
            within=within,
            backdated=on < queries.day_of(now),
        )
        if plan.faults:
            raise rules.ListRefused(plan)
        _write(session, plan, on=on, now=now)
        rules.require_whole(session, on)
    return plan


def keep_draft(
    session: Session,
    rows: list[list[object]],
    *,
    account_id: int,
    filename: str,
    now: datetime,
) -> int:
    """An uploaded list, kept while its owner looks it over; forgotten lists go after a day."""
    with db.writing(session):
        session.execute(delete(ImportDraft).where(ImportDraft.created_at < now - DRAFTS_LAST))
        draft = ImportDraft(
            account_id=account_id,
            filename=filename[:200],
            content=json.dumps(rows, ensure_ascii=False),
            created_at=now,
        )
        session.add(draft)
        session.flush()
        return draft.id


def drop_draft(session: Session, draft_id: int) -> None:
    with db.writing(session):
        session.execute(delete(ImportDraft).where(ImportDraft.id == draft_id))


def _write(session: Session, plan: Plan, *, on: date, now: datetime) -> None:
    units = [
        {"code": row.code, "kind": row.kind or kind_by_name(row.name), "started": on}
        for row in plan.new
    ]
    if units:
        session.execute(insert(Unit), units)
    ids = dict(session.execute(select(Unit.code, Unit.id)).all())
    renamed = [(row.code, row.name) for row in plan.new]
    renamed += [(c.node.code, c.name) for c in plan.changed if c.name is not None]
    moved = [(row.code, row.parent) for row in plan.new]
    moved += [(c.node.code, c.parent) for c in plan.changed if c.parent is not None]
    heads = [
        (row.code, figures)
        for row, unit in zip(plan.new, units, strict=True)
        if unit["kind"] == Kind.CELL and (figures := counted(row, None))
    ]
    heads += [(c.node.code, c.heads) for c in plan.changed if c.heads is not None]
    for kind, code in [(c.kind, c.node.code) for c in plan.changed if c.kind is not None]:
        session.execute(update(Unit).where(Unit.code == code).values(kind=kind))
    _enter(
        session,
        UnitName,
        on,
        {ids[code]: {"name": name, "fold": queries.searchable(name)} for code, name in renamed},
    )
    _enter(
        session,
        UnitParent,
        on,
        {ids[code]: {"parent_id": ids[above] if above else None} for code, above in moved},
    )
    _enter(
        session,
        Headcount,
        now,
        {ids[code]: {"total": t, "eligible": e} for code, (t, e) in heads},
    )


def _enter(
    session: Session, model: Any, since: date | datetime, entries: dict[int, dict[str, Any]]
) -> None:
    """Dated entries, all of one day; an entry of that very day gives way to the new one."""
    if not entries:
        return
    same_day = select(model.unit_id).where(model.since == since)
    again = [unit_id for unit_id in session.scalars(same_day) if unit_id in entries]
    for start in range(0, len(again), 500):
        session.execute(
            delete(model).where(model.since == since, model.unit_id.in_(again[start : start + 500]))
        )
    session.execute(
        insert(model),
        [{"unit_id": unit_id, "since": since, **entry} for unit_id, entry in entries.items()],
    )
