"""Bank rows into the values of the core, and what keeps a draft from being one."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from quizzes.item import Item, ItemError, ItemKind, Level, Option
from quizzes.paper import Clause as PaperClause
from quizzes.paper import Paper, PaperError, Source
from survey.papers.models import (
    BankItem,
    Clause,
    Edition,
    PaperDraft,
    PaperItem,
    Resolution,
)

AT_ONCE = 14_000  # bytes of the phone's page that a network sends without waiting for an answer
_BESIDE = 9_450  # of them without any question, compressed, with the longest list of cells
_MARKUP, _SOUND = 10, 55  # of each option, and of each question that is heard


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a draft can't be published. `code` is one of ItemError's, with the item and its place
    in the draft, counted from 1; or no_items; or unchanged: the last edition says the same."""

    code: str
    place: int = 0
    item_id: int = 0


@dataclass(frozen=True, slots=True)
class Assembly:
    """A draft as its next edition. `paper` is None while a flaw keeps it from being one."""

    number: int
    paper: Paper | None
    flaws: tuple[Flaw, ...]


def item_of(row: BankItem, clause: Callable[[int], str] = str) -> Item:
    """The question of the core; ItemError for a row that is still a draft.

    `clause` says by what name the item knows its clause: its id in a paper, its label in a file.
    """
    return Item(
        id=str(row.id),
        kind=ItemKind(row.kind),
        stem=row.stem,
        options=tuple(Option(o.text, o.correct, o.pinned) for o in row.options),
        clause=None if row.clause_id is None else clause(row.clause_id),
        level=Level(row.level),
        explanation=row.explanation,
        audio=row.audio,
    )


def is_long(items: Sequence[Item]) -> bool:
    """Whether the phone's page, compressed, may not come at once with these questions: where many
    cells stand on it, it does not."""
    words = [text for item in items for text in (item.stem, *(o.text for o in item.options))]
    markup = sum(_MARKUP * len(item.options) + _SOUND * bool(item.audio) for item in items)
    told = len(zlib.compress("\n".join(words).encode(), 9))
    return _BESIDE + markup + told > AT_ONCE


def fault_of(row: BankItem) -> ItemError | None:
    """What keeps a row of the bank from being put before people."""
    try:
        item_of(row)
    except ItemError as error:
        return error
    return None


def source_of(row: Resolution) -> Source:
    return Source(row.number, row.title, row.issuer, row.dated, row.url)


def chosen_items(session: Session, paper_id: int) -> list[BankItem]:
    """The questions of a draft, in its order."""
    return list(
        session.scalars(
            select(BankItem)
            .join(PaperItem, PaperItem.item_id == BankItem.id)
            .where(PaperItem.paper_id == paper_id)
            .order_by(PaperItem.position, BankItem.id)
            .options(selectinload(BankItem.options))
        )
    )


def assemble(session: Session, paper_id: int) -> Assembly:
    """The draft as it would be published now, with every reason why it can't be."""
    draft = session.get_one(PaperDraft, paper_id)
    number = 1 + (
        session.scalar(select(func.max(Edition.number)).where(Edition.paper_id == paper_id)) or 0
    )
    rows = chosen_items(session, paper_id)
    faults = [(place, row, fault_of(row)) for place, row in enumerate(rows, 1)]
    flaws = [Flaw(fault.code, place, row.id) for place, row, fault in faults if fault]
    if flaws:
        return Assembly(number, None, tuple(flaws))
    try:
        paper = _paper(session, draft, [item_of(row) for row in rows], number)
    except PaperError as error:
        return Assembly(number, None, (Flaw(error.code),))
    if number > 1 and _same_as_last(session, paper_id, paper):
        return Assembly(number, None, (Flaw("unchanged"),))
    return Assembly(number, paper, ())


def _paper(session: Session, draft: PaperDraft, items: list[Item], number: int) -> Paper:
    used = {int(item.clause) for item in items if item.clause is not None}
    clauses = session.scalars(
        select(Clause)
        .where(Clause.resolution_id == draft.resolution_id, Clause.id.in_(used))
        .order_by(Clause.position, Clause.id)
    )
    return Paper(
        title=draft.title,
        edition=number,
        source=source_of(session.get_one(Resolution, draft.resolution_id)),
        clauses=tuple(PaperClause(str(row.id), row.label, row.text) for row in clauses),
        items=tuple(items),
        shuffle_items=draft.shuffle_items,
        shuffle_options=draft.shuffle_options,
    )


def _same_as_last(session: Session, paper_id: int, paper: Paper) -> bool:
    last = paper.edition - 1
    content = session.scalar(
        select(Edition.content).where(Edition.paper_id == paper_id, Edition.number == last)
    )
    return replace(paper, edition=last).freeze() == content
