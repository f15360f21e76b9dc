"""What lies on an organiser's desk: what runs, what waits, what is done."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from survey.answering.queries import answered_total
from survey.papers.models import Edition, PaperDraft
from survey.results.models import TallyRun
from survey.sittings.models import Hall, HallUnit, Kind, Sitting, State
from survey.units.models import Unit
from survey.units.queries import load_tree
from survey.web import ZONE

LATEST = 5


@dataclass(frozen=True, slots=True)
class Running:
    sitting: Sitting
    state: State
    answered: int


@dataclass(frozen=True, slots=True)
class Desk:
    """`first_steps` names what a new instance still lacks, in the order in which to do it."""

    running: list[Running]
    planned: list[Sitting]
    drafts: list[PaperDraft]
    latest: list[Running]
    first_steps: list[tuple[str, bool]]


def desk_of(session: Session, unit_id: int | None, *, now: datetime) -> Desk:
    """The desk of an account whose subtree begins at `unit_id` (None: everything)."""
    units, circle = _scope(session, unit_id, now)
    every = select(Sitting).where(Sitting.kind != Kind.CHECK)
    every = every.order_by(Sitting.opens_at.desc(), Sitting.id.desc())
    sittings = list(session.scalars(every))
    if units is not None:
        # Run by one's own units, or held in a hall to which they are called.
        calls = session.execute(select(Hall.conference_id, HallUnit.unit_id).join(HallUnit))
        called = {conference_id for conference_id, unit in calls if unit in circle}
        sittings = [s for s in sittings if s.unit_id in units or s.conference_id in called]
    states = [(sitting, sitting.state(now)) for sitting in sittings]
    over = [(sitting, state) for sitting, state in states if state.is_over]
    return Desk(
        running=[
            _running(session, sitting, state)
            for sitting, state in states
            if state in (State.OPEN, State.PAUSED)
        ],
        planned=[sitting for sitting, state in states if state is State.PLANNED],
        drafts=_drafts(session, units),
        latest=[_running(session, sitting, state) for sitting, state in over[:LATEST]],
        first_steps=[
            ("units", _any(session, select(Unit.id).limit(1))),
            ("papers", _any(session, select(Edition.id).limit(1))),
            ("sittings", bool(sittings)),
        ],
    )


def _scope(
    session: Session, unit_id: int | None, now: datetime
) -> tuple[set[int] | None, set[int]]:
    """(the subtree, the subtree with the units above it: a call of these calls it too)."""
    if unit_id is None:
        return None, set()
    tree = load_tree(session, now.astimezone(ZONE).date())
    if unit_id not in tree:
        return set(), set()
    units = set(tree.under(unit_id))
    return units, units | set(tree.path(unit_id))


def _running(session: Session, sitting: Sitting, state: State) -> Running:
    run = session.get(TallyRun, sitting.id)
    final = run is not None and run.final
    count = run.sheets if run and final else answered_total(session, sitting.id)
    return Running(sitting, state, count)


def _drafts(session: Session, units: set[int] | None) -> list[PaperDraft]:
    unpublished = ~exists().where(Edition.paper_id == PaperDraft.id)
    statement = select(PaperDraft).where(unpublished).order_by(PaperDraft.changed_at.desc())
    drafts = (d for d in session.scalars(statement) if units is None or d.unit_id in units)
    return list(islice(drafts, LATEST))


def _any(session: Session, statement: Select[int]) -> bool:
    return session.scalar(statement) is not None


def seconds_left(sitting: Sitting, now: datetime) -> int | None:
    """Until closing by the clock; None when it closes by the button."""
    if sitting.closes_at is None:
        return None
    return max(0, int((sitting.closes_at - now).total_seconds()))


def count_of(sitting: Sitting, answered: int, *, now: datetime) -> dict[str, object]:
    """What a page that stays open asks for every few seconds."""
    return {
        "state": sitting.state(now),
        "answered": answered,
        "seconds_left": seconds_left(sitting, now),
    }


def hall_of(session: Session, sitting: Sitting, hall_id: int) -> Hall | None:
    """A hall of the sitting's own conference."""
    hall = session.get(Hall, hall_id)
    if hall is None or hall.conference_id != sitting.conference_id:
        return None
    return hall
