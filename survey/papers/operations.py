"""From draft to edition: a paper is put together, published once and for all, given to cells."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.papers.assembly import Flaw, assemble
from survey.papers.bank import (
    ClauseKnown,
    ItemDraft,
    ResolutionInUse,
    ResolutionKnown,
    draft_item,
    save_resolution,
)
from survey.papers.models import BankItem, Edition, PaperDraft, PaperItem, Provision

__all__ = [
    "ClauseKnown",
    "ItemDraft",
    "ResolutionInUse",
    "ResolutionKnown",
    "draft_item",
    "save_resolution",
]


class NotReady(Exception):
    """The draft is no paper yet; `flaws` names every reason."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        super().__init__(flaws)
        self.flaws = flaws


class PaperPublished(Exception):
    """Someone published this number first, or the paper has editions and so can't be deleted."""


def draft_paper(
    session: Session,
    *,
    resolution_id: int,
    unit_id: int,
    title: str,
    item_ids: Sequence[int] = (),
    shuffle_items: bool = True,
    shuffle_options: bool = True,
    now: datetime,
) -> int:
    """A new draft of a unit, with these questions of the resolution's bank in this order."""
    with db.writing(session):
        draft = PaperDraft(
            unit_id=unit_id,
            resolution_id=resolution_id,
            title=title,
            shuffle_items=shuffle_items,
            shuffle_options=shuffle_options,
            changed_at=now,
        )
        session.add(draft)
        session.flush()
        _place(session, draft, item_ids)
        return draft.id


def settle_paper(
    session: Session,
    paper_id: int,
    *,
    title: str,
    shuffle_items: bool,
    shuffle_options: bool,
    now: datetime,
) -> None:
    """The title and the shuffling of a draft."""
    with db.writing(session):
        draft = session.get_one(PaperDraft, paper_id)
        draft.title = title
        draft.shuffle_items, draft.shuffle_options = shuffle_items, shuffle_options
        draft.changed_at = now


def choose_items(
    session: Session,
    paper_id: int,
    *,
    shown: Collection[int],
    chosen: Sequence[int],
    now: datetime,
) -> None:
    """Of the questions shown keep the chosen: those not yet in the draft come to its end, those
    no longer chosen leave it. What a filter did not show stays as it is."""
    with db.writing(session):
        draft = session.get_one(PaperDraft, paper_id)
        held = _held(session, paper_id)
        leaving = set(shown) - set(chosen)
        kept = [item_id for item_id in held if item_id not in leaving]
        _place(session, draft, [*kept, *(i for i in chosen if i not in held)])
        draft.changed_at = now


def move_item(session: Session, paper_id: int, item_id: int, *, by: int, now: datetime) -> None:
    """A question of the draft `by` places down (up when negative); at the ends it stays."""
    with db.writing(session):
        held = _held(session, paper_id)
        if item_id not in held:
            return  # taken out meanwhile from another page
        place = held.index(item_id)
        held.insert(max(0, place + by), held.pop(place))
        draft = session.get_one(PaperDraft, paper_id)
        _place(session, draft, held)
        draft.changed_at = now


def delete_paper(session: Session, paper_id: int) -> None:
    """A draft of which nothing was ever published."""
    try:
        with db.writing(session):
            session.execute(delete(PaperItem).where(PaperItem.paper_id == paper_id))
            session.execute(delete(PaperDraft).where(PaperDraft.id == paper_id))
    except IntegrityError as error:
        raise PaperPublished from error


def publish_paper(
    session: Session, paper_id: int, *, number: int | None = None, now: datetime
) -> int:
    """Freeze the draft as its next edition and return the edition's id.

    `number` is the one its publisher was shown (None: whichever comes next). Of two who publish
    the same number at the same moment the constraint lets one through; the other is told by
    PaperPublished instead of making one edition more. NotReady names what is wanting.
    """
    try:
        with db.writing(session):
            # Locked where rows can be, so that a recording which the edition will play is not
            # dropped meanwhile.
            held = select(PaperItem.item_id).where(PaperItem.paper_id == paper_id)
            session.execute(
                select(BankItem.id).where(BankItem.id.in_(held)).with_for_update(read=True)
            )
            assembly = assemble(session, paper_id)
            if number is not None and number != assembly.number:
                raise PaperPublished
            if assembly.paper is None:
                raise NotReady(assembly.flaws)
            edition = Edition(
                paper_id=paper_id,
                number=assembly.number,
                title=assembly.paper.title,
                resolution_number=assembly.paper.source.number,
                items=len(assembly.paper.items),
                content=assembly.paper.freeze(),
                digest=assembly.paper.digest,
                published_at=now,
            )
            session.add(edition)
            session.flush()
            return edition.id
    except IntegrityError as error:
        raise PaperPublished from error


def provide(session: Session, edition_id: int, period: str) -> None:
    """Give an edition to the cells below its owner for a month; given twice is given once."""
    try:
        with db.writing(session):
            session.add(Provision(edition_id=edition_id, period=period))
    except IntegrityError:
        if session.get(Provision, (edition_id, period)) is None:
            raise


def withdraw(session: Session, edition_id: int, period: str) -> None:
    """Take it back: checks that were begun go on, new ones can't be."""
    with db.writing(session):
        session.execute(
            delete(Provision).where(Provision.edition_id == edition_id, Provision.period == period)
        )


def _held(session: Session, paper_id: int) -> list[int]:
    return list(
        session.scalars(
            select(PaperItem.item_id)
            .where(PaperItem.paper_id == paper_id)
            .order_by(PaperItem.position, PaperItem.item_id)
        )
    )


def _place(session: Session, draft: PaperDraft, item_ids: Sequence[int]) -> None:
    """Let the draft hold these questions in this order; of another resolution's bank none."""
    bank = select(BankItem.id).where(BankItem.resolution_id == draft.resolution_id)
    own = set(session.scalars(bank))
    session.execute(delete(PaperItem).where(PaperItem.paper_id == draft.id))
    places = enumerate(item_id for item_id in dict.fromkeys(item_ids) if item_id in own)
    session.add_all(
        PaperItem(paper_id=draft.id, item_id=item_id, position=place) for place, item_id in places
    )
