"""Sittings are planned, opened, and closed for good."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.sittings.conferences import add_hall, plan_conference
from survey.sittings.doors import lay_doors
from survey.sittings.holding import hold_sitting
from survey.sittings.models import Conference, Door, Hall, Kind, Show, Sitting, State, Ticket

__all__ = [
    "add_cell_doors",
    "add_hall",
    "close_sitting",
    "drop_sitting",
    "edit_sitting",
    "extend_sitting",
    "open_sitting",
    "pause_sitting",
    "plan_conference",
    "plan_sitting",
    "resume_sitting",
    "start_check",
]


class WrongState(Exception):
    """The sitting is in a state in which this cannot be done; the class names the state."""


class SittingPlanned(WrongState):
    pass


class SittingOpen(WrongState):
    pass


class SittingPaused(WrongState):
    pass


class SittingClosed(WrongState):
    pass


class SittingInUse(Exception):
    """Something was already written down for it, so it is not dropped."""


class ClosingPassed(Exception):
    """The closing time asked for is already over."""


_REFUSALS: dict[State, type[WrongState]] = {
    State.PLANNED: SittingPlanned,
    State.OPEN: SittingOpen,
    State.PAUSED: SittingPaused,
    State.CLOSED: SittingClosed,
}


# ------------------------------------------------------------------ planning


def plan_sitting(
    session: Session,
    conference_id: int,
    edition_id: int,
    *,
    kind: Kind,
    title: str,
    show: Show,
    opens_at: datetime | None,
    closes_at: datetime | None,
    grace: int = 120,
    tickets: bool = False,
    now: datetime,
) -> int:
    """A sitting of a conference with a door of its own and one for each hall.

    Without `opens_at` it is opened by the button, without `closes_at` closed by it.
    """
    with db.writing(session):
        conference = session.get_one(Conference, conference_id, with_for_update=True)
        sitting = Sitting(
            unit_id=conference.unit_id,
            conference_id=conference_id,
            edition_id=edition_id,
            kind=kind,
            title=title,
            show=show,
            opens_at=opens_at,
            closes_at=closes_at,
            grace=grace,
            tickets=tickets,
            created_at=now,
        )
        session.add(sitting)
        session.flush()
        made = sitting.id
        halls = session.scalars(select(Hall.id).where(Hall.conference_id == conference_id))
        lay_doors(session, made, [(None, None), *((hall, None) for hall in halls)])
    return made


def edit_sitting(
    session: Session,
    sitting_id: int,
    *,
    edition_id: int,
    kind: Kind,
    title: str,
    show: Show,
    opens_at: datetime | None,
    closes_at: datetime | None,
    grace: int,
    tickets: bool,
    now: datetime,
) -> None:
    """Only while it is planned: what people were asked is not changed under their hands."""
    with _moving(session, sitting_id, State.PLANNED, now=now) as (sitting, _):
        sitting.edition_id, sitting.kind, sitting.title = edition_id, kind, title
        sitting.show, sitting.grace, sitting.tickets = show, grace, tickets
        sitting.opens_at, sitting.closes_at = opens_at, closes_at


def drop_sitting(session: Session, sitting_id: int, *, now: datetime) -> None:
    """A sitting that never opened, with its doors and tickets."""
    try:
        with _moving(session, sitting_id, State.PLANNED, now=now) as (sitting, _):
            for way_in in (Door, Ticket):
                session.execute(delete(way_in).where(way_in.sitting_id == sitting_id))
            session.delete(sitting)
    except IntegrityError as error:
        raise SittingInUse from error


def start_check(
    session: Session,
    unit_id: int,
    edition_id: int,
    *,
    period: str,
    title: str,
    minutes: int | None,
    now: datetime,
) -> int:
    """A cell's own check, open at once; the same paper in the same month is the same check.

    Two phones that start it together both get the one that came first. `minutes` None: closed
    by the button.
    """
    try:
        with db.writing(session):
            sitting = Sitting(
                unit_id=unit_id,
                edition_id=edition_id,
                kind=Kind.CHECK,
                period=period,
                title=title,
                show=Show.SCORE,
                opens_at=now,
                closes_at=None if minutes is None else now + timedelta(minutes=minutes),
                created_at=now,
            )
            session.add(sitting)
            session.flush()
            made = sitting.id
            lay_doors(session, made, [(None, None)])
    except IntegrityError:
        return session.scalars(
            select(Sitting.id).where(
                Sitting.unit_id == unit_id,
                Sitting.period == period,
                Sitting.edition_id == edition_id,
            )
        ).one()
    return made


def add_cell_doors(session: Session, sitting_id: int, unit_ids: Iterable[int]) -> None:
    """A door for each of these cells, so that nobody has to look for the own one."""
    with db.writing(session):
        lay_doors(session, sitting_id, [(None, unit_id) for unit_id in unit_ids])


# ------------------------------------------------------------------ opening and closing


@contextmanager
def _moving(
    session: Session, sitting_id: int, *states: State, now: datetime
) -> Iterator[tuple[Sitting, datetime]]:
    """The sitting, held against everybody else and found in one of these states, and the time.

    The state is asked after the lock is held: asked before it, two buttons pressed together
    would both find it open. The time is the sitting's own (`Sitting.clock`), since whoever
    waited for the lock brings a time from before it.
    """
    with db.writing(session):
        sitting = hold_sitting(session, sitting_id)
        state = sitting.state(now)
        if state not in states:
            raise _REFUSALS[state]
        now = sitting.clock(now)
        yield sitting, now
        sitting.changed_at = now


def open_sitting(session: Session, sitting_id: int, *, now: datetime) -> None:
    """Open it now, whenever it was to open; a planned closing time stands."""
    with _moving(session, sitting_id, State.PLANNED, now=now) as (sitting, moment):
        sitting.opens_at = moment


def pause_sitting(session: Session, sitting_id: int, *, now: datetime) -> None:
    """Take no sheets for a while. The closing time does not move."""
    with _moving(session, sitting_id, State.OPEN, now=now) as (sitting, _):
        sitting.paused = True


def resume_sitting(session: Session, sitting_id: int, *, now: datetime) -> None:
    with _moving(session, sitting_id, State.PAUSED, now=now) as (sitting, _):
        sitting.paused = False


def extend_sitting(session: Session, sitting_id: int, *, until: datetime, now: datetime) -> None:
    """Close at this time to come. A time and not so many minutes: a second tap changes nothing."""
    with _moving(session, sitting_id, State.OPEN, State.PAUSED, now=now) as (sitting, moment):
        if until <= moment:
            raise ClosingPassed
        sitting.closes_at = until


def close_sitting(session: Session, sitting_id: int, *, now: datetime) -> None:
    """For good. A second press raises SittingClosed and leaves the first one's time."""
    with _moving(session, sitting_id, State.OPEN, State.PAUSED, now=now) as (sitting, moment):
        sitting.closes_at = moment
