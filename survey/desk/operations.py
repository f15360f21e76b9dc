"""What the desk does over several rooms at once."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.answering.models import Seal
from survey.results.models import HallTally, LiveTally, TallyRun, UnitTally
from survey.roll.models import CellRoll
from survey.sittings.models import Door, Kind, Sitting
from survey.sittings.operations import start_check

_FOLLOWS = (Seal, UnitTally, HallTally, LiveTally, TallyRun, CellRoll, Door)


class CheckHasSheets(Exception):
    """Somebody answered: the check stands as it is."""


def restart_check(session: Session, sitting_id: int, *, minutes: int, now: datetime) -> int:
    """Take back a check that closed before anybody answered, and open it anew.

    A closed sitting never opens again; one that nobody answered leaves nothing behind. That no
    sheet refers to it is not asked but held by the reference from the sheet.
    """
    old = session.get_one(Sitting, sitting_id)
    unit_id, edition_id, period, title = old.unit_id, old.edition_id, old.period, old.title
    if old.kind != Kind.CHECK or period is None or not old.state(now).is_over:
        raise CheckHasSheets
    try:
        with db.writing(session):
            for table in _FOLLOWS:
                session.execute(delete(table).where(table.sitting_id == sitting_id))
            session.execute(delete(Sitting).where(Sitting.id == sitting_id))
    except IntegrityError as error:
        raise CheckHasSheets from error
    return start_check(
        session, unit_id, edition_id, period=period, title=title, minutes=minutes, now=now
    )
