"""Conferences are arranged: when, by whom, in which halls, with whom called to each."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.sittings.doors import lay_doors
from survey.sittings.models import Conference, Door, Hall, HallUnit, Sitting
from survey.sittings.queries import has_begun


class HallNameTaken(Exception):
    """Another hall of the conference has this name."""


class HallInUse(Exception):
    """Sheets or a roll name the hall, or a sitting has begun that counts those called there."""


class ConferenceInUse(Exception):
    """The conference has sittings."""


def plan_conference(session: Session, *, unit_id: int, title: str, held_on: date) -> int:
    with db.writing(session):
        conference = Conference(unit_id=unit_id, title=title, held_on=held_on)
        session.add(conference)
        session.flush()
        return conference.id


def edit_conference(
    session: Session,
    conference_id: int,
    *,
    unit_id: int,
    title: str,
    held_on: date,
    now: datetime,
) -> None:
    """Its sittings go with it when another unit convenes it, which is settled before the first
    of them begins: ConferenceInUse after that."""
    with db.writing(session):
        conference = session.get_one(Conference, conference_id)
        if unit_id != conference.unit_id and has_begun(session, conference_id, now=now):
            raise ConferenceInUse
        conference.unit_id, conference.title, conference.held_on = unit_id, title, held_on
        session.execute(
            update(Sitting).where(Sitting.conference_id == conference_id).values(unit_id=unit_id)
        )


def drop_conference(session: Session, conference_id: int) -> None:
    """A conference without sittings, and its halls."""
    try:
        with db.writing(session):
            # Asked first: for each hall the store looks through all sheets for one that names it.
            sittings = select(Sitting.id).where(Sitting.conference_id == conference_id)
            if session.scalar(sittings.limit(1)) is not None:
                raise ConferenceInUse
            session.execute(delete(Hall).where(Hall.conference_id == conference_id))
            session.execute(delete(Conference).where(Conference.id == conference_id))
    except IntegrityError as error:
        raise ConferenceInUse from error


# ------------------------------------------------------------------ halls


def add_hall(
    session: Session, conference_id: int, *, name: str, unit_id: int, called: Iterable[int] = ()
) -> int:
    """A hall, and a door to it for every sitting that is already planned."""
    try:
        with db.writing(session):
            # Held, so that a sitting planned at this moment and this hall see each other.
            session.get_one(Conference, conference_id, with_for_update=True)
            hall = Hall(conference_id=conference_id, name=name, unit_id=unit_id)
            session.add(hall)
            session.flush()
            made = hall.id
            session.add_all(HallUnit(hall_id=made, unit_id=unit) for unit in set(called))
            sittings = select(Sitting.id).where(Sitting.conference_id == conference_id)
            for sitting_id in session.scalars(sittings).all():
                lay_doors(session, sitting_id, [(made, None)])
    except IntegrityError as error:
        raise HallNameTaken from error
    return made


def edit_hall(session: Session, hall_id: int, *, name: str, unit_id: int) -> None:
    try:
        with db.writing(session):
            hall = session.get_one(Hall, hall_id)
            hall.name, hall.unit_id = name, unit_id
    except IntegrityError as error:
        raise HallNameTaken from error


def remove_hall(session: Session, hall_id: int, *, now: datetime) -> None:
    """A hall that no sheet and no roll names; once a sitting has begun, only one that calls
    nobody."""
    try:
        with db.writing(session):
            hall = session.get_one(Hall, hall_id)
            calls = select(HallUnit).where(HallUnit.hall_id == hall_id).limit(1)
            if session.scalar(calls) and has_begun(session, hall.conference_id, now=now):
                raise HallInUse
            session.execute(delete(Door).where(Door.hall_id == hall_id))
            session.delete(hall)
    except IntegrityError as error:
        raise HallInUse from error


def call_units(session: Session, hall_id: int, *, units: Iterable[int]) -> None:
    """Call these units to the hall; those who are called already stay called."""
    with db.writing(session):
        session.get_one(Hall, hall_id, with_for_update=True)
        called = session.scalars(select(HallUnit.unit_id).where(HallUnit.hall_id == hall_id))
        session.add_all(
            HallUnit(hall_id=hall_id, unit_id=unit) for unit in set(units).difference(called)
        )


def uncall_units(session: Session, hall_id: int, *, units: Iterable[int], now: datetime) -> None:
    with db.writing(session):
        hall = session.get_one(Hall, hall_id)
        if has_begun(session, hall.conference_id, now=now):
            raise HallInUse
        session.execute(
            delete(HallUnit).where(HallUnit.hall_id == hall_id, HallUnit.unit_id.in_(list(units)))
        )
