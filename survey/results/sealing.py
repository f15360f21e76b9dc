"""A sitting that is over is counted for the last time and sealed, in one story: what is sealed
are the sheets of the final tallies, and the digest tells whether they still are."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey import db
from survey.answering.models import Seal
from survey.answering.queries import seal_of
from survey.answering.sealing import NotDue, check_seal, rewrite
from survey.results.models import TallyRun
from survey.results.operations import is_final, tally_sitting
from survey.sittings.models import Sitting


class UnequalTotals(Exception):
    """Other sheets are stored than were counted for the last time; nothing was sealed."""


def seal_sitting(session: Session, sitting_id: int, *, now: datetime) -> Seal:
    """Count and seal a sitting, once, whoever asks and however often.

    Raises answering.sealing.NotDue before its end and the grace are over, and UnequalTotals.
    """
    if (sealed := seal_of(session, sitting_id)) is not None:
        return sealed
    if not is_final(session.get_one(Sitting, sitting_id), now):
        raise NotDue  # before counting: the last sheets are still coming in
    tally_sitting(session, sitting_id, now=now)
    with db.writing(session):
        seal = rewrite(session, sitting_id, now=now)
        run = session.get(TallyRun, sitting_id, populate_existing=True)
        if run is None or not run.final or seal.sheets != run.sheets:
            raise UnequalTotals(sitting_id)
    return seal


def verify_seal(session: Session, sitting_id: int) -> bool:
    """Check a seal, and note on it what was found, so that every page says so."""
    intact = check_seal(session, sitting_id)
    if session.get_one(Seal, sitting_id).intact != intact:
        with db.writing(session):
            session.get_one(Seal, sitting_id).intact = intact
    return intact
