"""A resolution, its clauses and the questions on it: what the operations on the bank change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizzes.item import ItemKind, Level, Option
from quizzes.paper import Source
from survey import db
from survey.papers.models import (
    BankItem,
    BankOption,
    Clause,
    PaperItem,
    QuestionImport,
    Resolution,
)
from survey.papers.recordings import drop_unused, record, recordings_of
from survey.papers.sound import Sound


class ResolutionKnown(Exception):
    """The unit has entered a resolution of this number before."""


class ResolutionInUse(Exception):
    """There are papers on this resolution."""


class ClauseKnown(Exception):
    """The resolution has a clause with this label, or two of these are alike."""


class ImportGone(Exception):
    """The import was finished or thrown away, perhaps by a second tap on the same button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """A question as written, fit to be asked or not. A recording that it had before stays unless
    there is a new `sound`, or it is to be `silent` from now on."""

    kind: ItemKind
    stem: str
    options: tuple[Option, ...]
    level: Level = Level.RECALL
    clause_id: int | None = None
    explanation: str = ""
    sound: Sound | None = None
    silent: bool = False


# ------------------------------------------------------------------ resolutions


def save_resolution(session: Session, source: Source, *, unit_id: int) -> int:
    """A resolution that a unit enters; ResolutionKnown when it has this number already."""
    row = Resolution(unit_id=unit_id, **_columns(source))
    try:
        with db.writing(session):
            session.add(row)
            session.flush()
            return row.id
    except IntegrityError as error:
        raise ResolutionKnown(source.number) from error


def amend_resolution(session: Session, resolution_id: int, source: Source) -> None:
    """Published editions keep what they were published with."""
    try:
        with db.writing(session):
            session.execute(
                update(Resolution).where(Resolution.id == resolution_id).values(_columns(source))
            )
    except IntegrityError as error:
        raise ResolutionKnown(source.number) from error


def delete_resolution(session: Session, resolution_id: int) -> None:
    """With its clauses and its bank; ResolutionInUse while there is a paper on it."""
    items = select(BankItem.id).where(BankItem.resolution_id == resolution_id)
    try:
        with db.writing(session):
            heard = recordings_of(session, items)
            session.execute(delete(BankOption).where(BankOption.item_id.in_(items)))
            for part in (BankItem, Clause, QuestionImport):
                session.execute(delete(part).where(part.resolution_id == resolution_id))
            session.execute(delete(Resolution).where(Resolution.id == resolution_id))
            drop_unused(session, heard)
    except IntegrityError as error:
        raise ResolutionInUse from error


def _columns(source: Source) -> dict[str, object]:
    return {
        "number": source.number,
        "title": source.title,
        "issuer": source.issuer,
        "dated": source.dated,
        "url": source.url,
    }


# ------------------------------------------------------------------ clauses


def add_clauses(
    session: Session, resolution_id: int, parts: Sequence[tuple[str, str]]
) -> list[int]:
    """Clauses as (label, text) at the end of the list; all of them or, with ClauseKnown, none."""
    try:
        with db.writing(session):
            last = session.scalar(
                select(func.max(Clause.position)).where(Clause.resolution_id == resolution_id)
            )
            rows = [
                Clause(resolution_id=resolution_id, position=place, label=label, text=text)
                for place, (label, text) in enumerate(parts, 1 + (last or 0))
            ]
            session.add_all(rows)
            session.flush()
            return [row.id for row in rows]
    except IntegrityError as error:
        raise ClauseKnown from error


def amend_clause(session: Session, clause_id: int, *, label: str, text: str) -> None:
    """Published editions keep the clause as it read when they were published."""
    try:
        with db.writing(session):
            session.execute(
                update(Clause).where(Clause.id == clause_id).values(label=label, text=text)
            )
    except IntegrityError as error:
        raise ClauseKnown from error


def move_clause(session: Session, clause_id: int, *, by: int) -> None:
    """`by` places down (up when negative); at the ends it stays."""
    with db.writing(session):
        clause = session.get_one(Clause, clause_id)
        rows = list(
            session.scalars(
                select(Clause)
                .where(Clause.resolution_id == clause.resolution_id)
                .order_by(Clause.position, Clause.id)
            )
        )
        place = rows.index(clause)
        rows.insert(max(0, place + by), rows.pop(place))
        for position, row in enumerate(rows, 1):
            row.position = position


def delete_clause(session: Session, clause_id: int) -> None:
    """Its questions stay, tied to no clause."""
    with db.writing(session):
        session.execute(
            update(BankItem).where(BankItem.clause_id == clause_id).values(clause_id=None)
        )
        session.execute(delete(Clause).where(Clause.id == clause_id))


# ------------------------------------------------------------------ questions


def draft_item(session: Session, resolution_id: int, draft: ItemDraft) -> int:
    """A question into the bank, as it is: only publishing asks that it be fit."""
    with db.writing(session):
        return _add(session, resolution_id, [draft])[0]


def amend_item(session: Session, item_id: int, draft: ItemDraft) -> None:
    """Drafts that hold the question show it as amended; published editions do not change."""
    with db.writing(session):
        # Locked where rows can be: of an edition that is just being published with the question,
        # the recording must not go.
        row = session.get_one(BankItem, item_id, with_for_update=True)
        # Written anew: options have no identity of their own, only places.
        session.execute(delete(BankOption).where(BankOption.item_id == item_id))
        session.expire(row, ["options"])
        _fill(row, draft)
        if draft.sound or draft.silent:
            record(session, item_id, draft.sound)


def delete_item(session: Session, item_id: int) -> None:
    """The question leaves the bank and every draft; published editions keep it."""
    with db.writing(session):
        heard = recordings_of(session, [item_id])
        session.execute(delete(PaperItem).where(PaperItem.item_id == item_id))
        session.execute(delete(BankOption).where(BankOption.item_id == item_id))
        session.execute(delete(BankItem).where(BankItem.id == item_id))
        drop_unused(session, heard)


# ------------------------------------------------------------------ documents


def keep_import(
    session: Session, resolution_id: int, *, format: str, content: str, now: datetime
) -> int:
    """A document between its reading and the choice of its questions."""
    with db.writing(session):
        row = QuestionImport(
            resolution_id=resolution_id, format=format, content=content, created_at=now
        )
        session.add(row)
        session.flush()
        return row.id


def amend_import(session: Session, import_id: int, *, content: str) -> None:
    with db.writing(session):
        session.get_one(QuestionImport, import_id).content = content


def finish_import(session: Session, import_id: int, drafts: Sequence[ItemDraft]) -> list[int]:
    """The chosen questions into the bank. The import goes in the same transaction, so that a
    second tap on the button finds nothing left: ImportGone."""
    with db.writing(session):
        resolution_id = session.scalar(
            delete(QuestionImport)
            .where(QuestionImport.id == import_id)
            .returning(QuestionImport.resolution_id)
        )
        if resolution_id is None:
            raise ImportGone
        return _add(session, resolution_id, drafts)


def discard_import(session: Session, import_id: int) -> None:
    with db.writing(session):
        session.execute(delete(QuestionImport).where(QuestionImport.id == import_id))


def _add(session: Session, resolution_id: int, drafts: Sequence[ItemDraft]) -> list[int]:
    rows = [BankItem(resolution_id=resolution_id) for _ in drafts]
    for row, draft in zip(rows, drafts, strict=True):
        _fill(row, draft)
    session.add_all(rows)
    session.flush()
    for row, draft in zip(rows, drafts, strict=True):
        if draft.sound:
            record(session, row.id, draft.sound)
    return [row.id for row in rows]


def _fill(row: BankItem, draft: ItemDraft) -> None:
    row.kind, row.level = draft.kind, draft.level
    row.stem, row.explanation = draft.stem, draft.explanation
    row.clause_id = draft.clause_id
    row.options = [
        BankOption(position=place, text=option.text, correct=option.correct, pinned=option.pinned)
        for place, option in enumerate(draft.options)
    ]
