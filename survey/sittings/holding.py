"""Whoever lets sheets in shares a sitting; buttons, and what ends it, have it alone.

On SQLite one connection writes at a time, and there is nothing to ask for. On PostgreSQL rows can
be locked so too, but those who share a row overtake whoever waits to have it alone: in a storm of
sheets a button waited for minutes. Its advisory locks are taken in the order of asking.
"""

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from survey.sittings.models import Sitting

# A lock is two numbers: of what kind, and which. Nothing else here takes advisory locks.
_ALONE = text("SELECT pg_advisory_xact_lock(1, :sitting)")
_SHARED = text("SELECT pg_advisory_xact_lock_shared(1, :sitting)")
_SHARED_NOW = text("SELECT pg_try_advisory_xact_lock_shared(1, :sitting)")


def hold_sitting(session: Session, sitting_id: int) -> Sitting:
    """The sitting as it is now, for the caller alone until the transaction ends. Whatever decides
    is asked of it afterwards: before, somebody else may be about to change it.

    Raises NoResultFound.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE, {"sitting": sitting_id})
    return session.get_one(Sitting, sitting_id, populate_existing=True)


def share_sitting(connection: Connection, sitting_id: int) -> None:
    """Keep the sitting as it is until the transaction ends; it is read afterwards.

    Several in ascending order everywhere: else two who share two of them could each wait behind
    somebody who waits for the other.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_SHARED, {"sitting": sitting_id})


def share_sitting_now(connection: Connection, sitting_id: int) -> bool:
    """The same without waiting: False where somebody has it alone, or is next to."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(_SHARED_NOW, {"sitting": sitting_id}))
