"""What falls due by itself: a sitting that is over is counted for the last time and sealed.

Any number of processes may do it at once, by a timer (`flask --app survey jobs run-due`) or by
the thread of a server: each sitting is sealed in one transaction that holds it, and whoever comes
second finds it done.
"""

import logging
import threading
from datetime import datetime
from typing import NamedTuple

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey import db, web
from survey.answering.models import Seal
from survey.answering.sealing import NotDue
from survey.answering.sweeping import may_sweep, sweep
from survey.application import frames_of
from survey.results.sealing import UnequalTotals, seal_sitting, verify_seal
from survey.sittings.models import Sitting

log = logging.getLogger(__name__)


class Done(NamedTuple):
    """What a run did, by the numbers of the sittings."""

    sealed: list[int]
    failed: list[int]
    swept: list[int]


def run_due(session: Session, *, now: datetime, force: bool = False) -> Done:
    """Seal every sitting that is over, one transaction each, then clear the store of what they
    were before; that part waits for a quiet time unless it is forced."""
    sealed, failed = [], []
    for sitting_id in _over(session, now):
        try:
            seal_sitting(session, sitting_id, now=now)
            sealed.append(sitting_id)
        except NotDue:
            continue
        except UnequalTotals:
            log.error("sitting %d: other sheets are stored than were counted", sitting_id)
            failed.append(sitting_id)
        except Exception as error:  # noqa: BLE001  one that fails must not keep the rest unsealed
            session.rollback()
            log.error("sitting %d: not sealed: %s", sitting_id, type(error).__name__)
            failed.append(sitting_id)
    return Done(sealed, failed, _sweep(session, bool(sealed), now=now, force=force))


def _over(session: Session, now: datetime) -> list[int]:
    """Closed and not sealed; whether the grace is over too is asked when each is held."""
    sealed = select(Seal.sitting_id)
    over = select(Sitting.id).where(Sitting.closes_at <= now, Sitting.id.not_in(sealed))
    return list(session.scalars(over.order_by(Sitting.closes_at, Sitting.id)))


def _sweep(session: Session, is_new: bool, *, now: datetime, force: bool) -> list[int]:
    unswept = list(session.scalars(select(Seal.sitting_id).where(Seal.swept.is_(False))))
    thorough = bool(unswept) and (force or may_sweep(session, now=now))
    session.rollback()  # our own reading would hold up the sweeping
    if not (thorough or is_new) or not sweep(db.engine(), thorough=thorough):
        return []
    with db.writing(session):
        session.execute(update(Seal).where(Seal.sitting_id.in_(unswept)).values(swept=True))
    return unswept


def verify_all(session: Session) -> list[int]:
    """Check every seal; the sittings whose sheets are not what was sealed."""
    sittings = list(session.scalars(select(Seal.sitting_id).order_by(Seal.sitting_id)))
    broken = [sitting_id for sitting_id in sittings if not verify_seal(session, sitting_id)]
    for sitting_id in broken:
        log.error("sitting %d: its sheets are not what was sealed", sitting_id)
    return broken


def start_ticker(app: Flask, seconds: float = 15) -> threading.Event:
    """Check every seal, then do what is due every so often, for as long as the process lives or
    until the event that is returned is set."""
    stop = threading.Event()
    threading.Thread(
        target=_tick_forever, args=(app, seconds, stop), name="ticker", daemon=True
    ).start()
    return stop


def _tick_forever(app: Flask, seconds: float, stop: threading.Event) -> None:
    checked = False
    while not stop.wait(seconds):
        with app.app_context():
            try:
                if not checked:
                    verify_all(db.session())
                    checked = True
                run_due(db.session(), now=web.now())
            except SQLAlchemyError as error:
                # Locked or gone: the next time will do. Its text may hold what was answered.
                log.error("jobs: %s", type(error.__cause__ or error).__name__)
            except Exception as error:  # noqa: BLE001  the next time may do
                log.error("jobs failed\n%s", frames_of(error))
