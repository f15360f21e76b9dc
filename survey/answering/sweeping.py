"""What was rewritten is cleared away from the files of the store.

A deleted row stays in its page, and a page in the file and in the log, until something else is
written over it. That goes for sheets and tickets, and for sums that were shown while people
answered. SQLite: VACUUM writes the file anew in the order of the keys, and the log is then cut to
nothing. PostgreSQL: VACUUM FULL writes the tables anew and drops the old files.

What this cannot reach: blocks that the file system has set free, copies made while the sitting
was open, and PostgreSQL's log where it is archived, replicated, or kept for use again
(`wal_recycle = off` drops it instead).
"""

import logging
import sqlite3
from datetime import datetime, timedelta
from time import sleep

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from survey.answering.models import Seal, SealedMode, SealedReceipt, SealedSheet
from survey.db import Base
from survey.sittings.models import Sitting

log = logging.getLogger(__name__)

# Bytes that are rewritten within a second; of more, phones that hand in meanwhile would wait.
SMALL = 100_000_000
SOON = timedelta(minutes=15)
ATTEMPTS, PAUSE = 20, 0.2  # for readers to come to their end


def may_sweep(session: Session, *, now: datetime) -> bool:
    """Whether nobody would be kept waiting: every sitting that began or begins soon is sealed, or
    there is little to rewrite."""
    sealed, begun = select(Seal.sitting_id), Sitting.opens_at <= now + SOON
    running = select(Sitting.id).where(begun, Sitting.id.not_in(sealed)).limit(1)
    return session.scalar(running) is None or _size(session) <= SMALL


def _tables() -> list[str]:
    """All that refer to a sitting, whichever room they are of, but for what is written once."""
    once = {model.__table__ for model in (SealedSheet, SealedMode, SealedReceipt)}
    return [
        table.name
        for table in Base.metadata.sorted_tables
        if table not in once
        and any(key.column.table is Sitting.__table__ for key in table.foreign_keys)
    ]


def _size(session: Session) -> int:
    size = " + ".join(f"pg_total_relation_size('{name}')" for name in _tables())
    if session.get_bind().dialect.name == "sqlite":
        size = "page_count * page_size FROM pragma_page_count, pragma_page_size"
    return session.scalar(text(f"SELECT {size}")) or 0


def sweep(engine: Engine, *, thorough: bool) -> bool:
    """Clear away what sealing left; whether nothing is left. `thorough` rewrites files, during
    which nobody can hand in; without it the log alone is cut and rows are marked as free.

    No transaction of the caller's own may be open.
    """
    if engine.dialect.name == "sqlite":
        return _sweep_sqlite(engine, thorough)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return _sweep_postgresql(connection, thorough)


def _sweep_sqlite(engine: Engine, thorough: bool) -> bool:
    pooled = engine.raw_connection()
    try:
        store: sqlite3.Connection = pooled.driver_connection  # type: ignore[assignment]
        # In a file: VACUUM copies the whole store to where temporary tables go.
        store.execute("PRAGMA temp_store = FILE")
        # A checkpoint keeps writers out while it waits for readers: many short waits, no long one.
        store.execute(f"PRAGMA busy_timeout = {int(PAUSE * 1000)}")
        # A log that cannot be cut now could not be cut after VACUUM either.
        cut = any(_is_cut(store) for _ in range(ATTEMPTS))
        if cut and thorough:
            store.execute("VACUUM")
            cut = any(_is_cut(store) for _ in range(ATTEMPTS))
    except sqlite3.Error as error:
        log.error("store not swept: %s", type(error).__name__)
        return False
    finally:
        pooled.invalidate()  # its settings are for this work alone
        pooled.close()
    return thorough and cut


def _is_cut(store: sqlite3.Connection) -> bool:
    busy = bool(store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
    if busy:
        sleep(PAUSE)
    return not busy


def _sweep_postgresql(connection: Connection, thorough: bool) -> bool:
    tables = ", ".join(_tables())
    if not thorough:
        connection.execute(text(f"VACUUM {tables}"))
        return False
    if not any(_is_past(connection) for _ in range(ATTEMPTS)):
        return False
    # Not to stand in line behind a long reader, with every phone behind us.
    connection.execute(text("SET lock_timeout = '5s'"))
    try:
        connection.execute(text(f"VACUUM (FULL) {tables}"))
    finally:
        connection.execute(text("RESET lock_timeout"))
    if connection.scalar(_MAY_CHECKPOINT):
        connection.execute(text("SELECT pg_switch_wal()"))
        connection.execute(text("CHECKPOINT"))
    return True


_MAY_CHECKPOINT = text(
    "SELECT has_function_privilege('pg_switch_wal()', 'execute')"
    " AND pg_has_role('pg_checkpoint', 'member')"
)
# Rows that a transaction older than this moment may still read are kept even by VACUUM FULL.
_OLDER = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND age(backend_xmin) > age(pg_current_xact_id()::xid)"
)


def _is_past(connection: Connection) -> bool:
    """Whether nobody reads as of a time before now."""
    older = bool(connection.scalar(_OLDER))
    if older:
        sleep(PAUSE)
    return not older
