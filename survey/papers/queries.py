"""Resolutions, bank, drafts and editions as they are read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from quizzes.item import ItemError
from quizzes.paper import Paper
from survey.papers.assembly import fault_of
from survey.papers.models import (
    BankItem,
    Clause,
    Edition,
    PaperDraft,
    PaperItem,
    Provision,
    QuestionImport,
    Recording,
    Resolution,
)
from survey.text import fold
from survey.units.queries import load_tree, path_of, today

Path = tuple[int, ...]


# ------------------------------------------------------------------ where things belong


def path_of_resolution(session: Session, resolution_id: int, **_: object) -> Path | None:
    """The path of the unit that entered the resolution; its bank and its imports go with it."""
    return _path(session, select(Resolution.unit_id).where(Resolution.id == resolution_id))


def path_of_clause(session: Session, clause_id: int, **_: object) -> Path | None:
    return _path(session, select(Resolution.unit_id).join(Clause).where(Clause.id == clause_id))


def path_of_item(session: Session, item_id: int, **_: object) -> Path | None:
    found = select(Resolution.unit_id).join(BankItem, BankItem.resolution_id == Resolution.id)
    return _path(session, found.where(BankItem.id == item_id))


def path_of_import(session: Session, import_id: int, **_: object) -> Path | None:
    found = select(Resolution.unit_id).join(
        QuestionImport, QuestionImport.resolution_id == Resolution.id
    )
    return _path(session, found.where(QuestionImport.id == import_id))


def path_of_paper(session: Session, paper_id: int, **_: object) -> Path | None:
    return _path(session, select(PaperDraft.unit_id).where(PaperDraft.id == paper_id))


def path_of_edition(session: Session, edition_id: int, **_: object) -> Path | None:
    """The path of the unit whose paper this is: it may publish and provide. Who may use it is
    a wider circle, see `editions_usable`."""
    return _path(session, select(PaperDraft.unit_id).join(Edition).where(Edition.id == edition_id))


def _path(session: Session, owner: Select[int]) -> Path | None:
    unit_id = session.scalar(owner)
    return None if unit_id is None else path_of(session, unit_id)


# ------------------------------------------------------------------ resolutions and the bank


class ResolutionRow(NamedTuple):
    resolution: Resolution
    clauses: int
    items: int


def resolutions(session: Session, units: Iterable[int] | None) -> list[ResolutionRow]:
    """The resolutions that these units entered (None: all), the newest document first."""
    clauses = select(func.count(Clause.id)).where(Clause.resolution_id == Resolution.id)
    items = select(func.count(BankItem.id)).where(BankItem.resolution_id == Resolution.id)
    found = session.execute(
        select(Resolution, clauses.scalar_subquery(), items.scalar_subquery()).order_by(
            Resolution.dated.desc(), Resolution.id
        )
    )
    kept = None if units is None else set(units)
    return [ResolutionRow._make(row) for row in found if kept is None or row[0].unit_id in kept]


@dataclass(frozen=True, slots=True)
class BankRow:
    item: BankItem
    clause: Clause | None
    fault: ItemError | None


@dataclass(frozen=True, slots=True)
class BankFilter:
    """What of a bank is shown; None or "" lets everything through. `clause` 0: tied to none."""

    text: str = ""
    clause: int | None = None
    level: str = ""
    kind: str = ""

    def takes(self, item: BankItem) -> bool:
        if self.clause is not None and (item.clause_id or 0) != self.clause:
            return False
        if (self.level and item.level != self.level) or (self.kind and item.kind != self.kind):
            return False
        texts = (item.stem, item.explanation, *(option.text for option in item.options))
        return not self.text or matches(self.text, *texts)


def matches(wanted: str, *fields: str) -> bool:
    """Whether every word that was typed stands in one of the fields, marks and case aside."""
    held = fold(" ".join(fields))
    return all(word in held for word in fold(wanted).split())


def bank(session: Session, resolution_id: int, wanted: BankFilter | None = None) -> list[BankRow]:
    """The questions on a resolution, in the order in which they were written."""
    clauses = {clause.id: clause for clause in clauses_of(session, resolution_id)}
    rows = session.scalars(
        select(BankItem)
        .where(BankItem.resolution_id == resolution_id)
        .order_by(BankItem.id)
        .options(selectinload(BankItem.options))
    )
    return [
        BankRow(row, clauses.get(row.clause_id or 0), fault_of(row))
        for row in rows
        if wanted is None or wanted.takes(row)
    ]


def clauses_of(session: Session, resolution_id: int) -> list[Clause]:
    return list(
        session.scalars(
            select(Clause)
            .where(Clause.resolution_id == resolution_id)
            .order_by(Clause.position, Clause.id)
        )
    )


def items_per_clause(session: Session, resolution_id: int) -> dict[int | None, int]:
    """How many questions of the bank hang on each clause; None: on none."""
    counted = session.execute(
        select(BankItem.clause_id, func.count())
        .where(BankItem.resolution_id == resolution_id)
        .group_by(BankItem.clause_id)
    )
    return {row[0]: row[1] for row in counted}


def load_recording(session: Session, digest: str) -> Recording | None:
    """What is heard of a question, whatever bank or edition it is in."""
    return session.get(Recording, digest)


def recording_type(session: Session, digest: str) -> str | None:
    """The media type of a recording, without its content; None where there is none."""
    return session.scalar(select(Recording.media_type).where(Recording.digest == digest))


def held_by(session: Session, paper_id: int) -> set[int]:
    """The ids of the questions that a draft holds."""
    return set(session.scalars(select(PaperItem.item_id).where(PaperItem.paper_id == paper_id)))


def drafts_with(session: Session, item_id: int) -> list[PaperDraft]:
    """The drafts that hold this question."""
    return list(
        session.scalars(
            select(PaperDraft)
            .join(PaperItem, PaperItem.paper_id == PaperDraft.id)
            .where(PaperItem.item_id == item_id)
            .order_by(PaperDraft.id)
        )
    )


# ------------------------------------------------------------------ papers and editions


class PaperRow(NamedTuple):
    """A draft as lists show it; `edition` is the last one published, None for none yet."""

    draft: PaperDraft
    resolution_number: str
    items: int
    edition: int | None


def papers(session: Session, units: Iterable[int] | None) -> list[PaperRow]:
    """The papers of these units (None: all), the last changed first."""
    items = select(func.count()).where(PaperItem.paper_id == PaperDraft.id)
    last = select(func.max(Edition.number)).where(Edition.paper_id == PaperDraft.id)
    found = session.execute(
        select(PaperDraft, Resolution.number, items.scalar_subquery(), last.scalar_subquery())
        .join(Resolution, Resolution.id == PaperDraft.resolution_id)
        .order_by(PaperDraft.changed_at.desc(), PaperDraft.id.desc())
    )
    kept = None if units is None else set(units)
    return [PaperRow._make(row) for row in found if kept is None or row[0].unit_id in kept]


class EditionRow(NamedTuple):
    """A published paper as lists show it, without its frozen text."""

    id: int
    paper_id: int
    number: int
    title: str
    items: int
    resolution_number: str
    published_at: datetime
    unit_id: int


_EDITIONS = (
    select(
        Edition.id,
        Edition.paper_id,
        Edition.number,
        Edition.title,
        Edition.items,
        Edition.resolution_number,
        Edition.published_at,
        PaperDraft.unit_id,
    )
    .join(PaperDraft, PaperDraft.id == Edition.paper_id)
    .order_by(Edition.published_at.desc(), Edition.id.desc())
)


def editions_usable(session: Session, path: Sequence[int]) -> list[EditionRow]:
    """What an organiser of the unit with this path may put before people: editions of the unit
    itself, of every unit above it, and of those below it. The empty path is the
    administrator's: all. The newest first."""
    rows = _editions(session, _EDITIONS)
    if not path:
        return rows
    tree = load_tree(session, today())
    within = set(path) | (set(tree.under(path[-1])) if path[-1] in tree else set())
    return [row for row in rows if row.unit_id in within]


def editions_above(session: Session, path: Sequence[int]) -> list[EditionRow]:
    """What the units above the end of this path have published, the newest first."""
    return _editions(session, _EDITIONS.where(PaperDraft.unit_id.in_(path[:-1])))


def editions_of(session: Session, paper_id: int) -> list[EditionRow]:
    return _editions(session, _EDITIONS.where(Edition.paper_id == paper_id))


def provided(session: Session, cell_path: Sequence[int], period: str) -> list[EditionRow]:
    """What the units above a cell have given it for the check of a month, the newest first."""
    given = _EDITIONS.join(Provision, Provision.edition_id == Edition.id)
    return _editions(
        session, given.where(Provision.period == period, PaperDraft.unit_id.in_(cell_path))
    )


def _editions(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[EditionRow]:
    return [EditionRow._make(row) for row in session.execute(wanted)]


def load_paper(session: Session, edition_id: int) -> Paper:
    """The paper that was published: the one place where rows become one. NoResultFound for an
    unknown edition; PaperError or ItemError for a frozen text that was tampered with."""
    content = session.execute(select(Edition.content).where(Edition.id == edition_id)).scalar_one()
    return Paper.thaw(content)


def periods_of(session: Session, edition_id: int) -> list[str]:
    """The months for which an edition is given to cells, the latest first."""
    return list(
        session.scalars(
            select(Provision.period)
            .where(Provision.edition_id == edition_id)
            .order_by(Provision.period.desc())
        )
    )
