"""After closing and the grace the sheets of a sitting are written anew, in an order drawn by lot,
without their receipts and without the phones they came by; `sweeping` then clears away what they
were before.

Random receipts and no times are not enough: rows keep the order in which they came, in their
place in the file, in the log that the store writes ahead, and on PostgreSQL in the number of the
transaction that wrote them. Sheets come in the order in which people do.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from os import urandom

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select
from sqlalchemy.orm import Session

from survey.answering.models import Seal, SealedMode, SealedReceipt, SealedSheet, Sheet
from survey.db import by_first
from survey.papers.models import Edition
from survey.sittings.holding import hold_sitting
from survey.sittings.models import Sitting, Ticket

BATCH = 2000
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class NotDue(Exception):
    """The sitting still takes sheets, or late ones."""


def final_at(sitting: Sitting) -> datetime | None:
    """From when on no sheet of this sitting can land any more."""
    return sitting.times.over_at(sitting.grace)


def rewrite(session: Session, sitting_id: int, *, now: datetime) -> Seal:
    """Seal a sitting inside the caller's transaction, once. Raises NotDue.

    The sitting is held before its end is asked for: whoever hands in holds it too, so either the
    sheet is in and is sealed, or the end is seen and the sheet refused.
    """
    sitting = hold_sitting(session, sitting_id)
    if (sealed := session.get(Seal, sitting_id)) is not None:
        return sealed
    end = final_at(sitting)
    if end is None or sitting.clock(now) < end:
        raise NotDue
    _draw_places(session, sitting_id)
    _count_modes(session, sitting_id)
    # Sorted, for where a receipt stands must not tell when it came.
    mine = Sheet.sitting_id == sitting_id
    receipts = select(Sheet.sitting_id, Sheet.receipt).where(mine).order_by(Sheet.receipt)
    session.execute(insert(SealedReceipt).from_select(["sitting_id", "receipt"], receipts))
    session.execute(delete(Sheet).where(mine).execution_options(synchronize_session=False))
    _rewrite_tickets(session, sitting_id)
    sheets = select(func.count()).where(SealedSheet.sitting_id == sitting_id)
    seal = Seal(
        sitting_id=sitting_id,
        sheets=session.scalar(sheets),
        digest=digest_of(session, sitting_id),
    )
    session.add(seal)
    session.flush()
    return seal


def _draw_places(session: Session, sitting_id: int) -> None:
    """Every sheet to a place drawn by lot. Written place after place, so that even in the file
    they lie in that order."""
    place = func.row_number().over(order_by=_lot(session.connection())) - 1
    kept = (Sheet.unit_id, Sheet.hall_id, Sheet.answers)
    drawn = (
        select(Sheet.sitting_id, place.label("place"), *kept)
        .where(Sheet.sitting_id == sitting_id)
        .subquery()
    )
    columns = [column.key for column in drawn.c]
    session.execute(insert(SealedSheet).from_select(columns, select(drawn).order_by(drawn.c.place)))


def _count_modes(session: Session, sitting_id: int) -> None:
    """What is known of phones is kept for each cell, and no longer for each sheet."""
    key = (Sheet.sitting_id, Sheet.unit_id, Sheet.mode)
    counted = (
        select(*key, func.count())
        .where(Sheet.sitting_id == sitting_id)
        .group_by(*key)
        .order_by(*key)
    )
    columns = ["sitting_id", "unit_id", "mode", "sheets"]
    session.execute(insert(SealedMode).from_select(columns, counted))


def _lot(connection: Connection) -> ColumnElement[object]:
    """A number that the operating system draws anew for each row; no store's own random() is
    made to withstand somebody who wants to know it."""
    store = connection.connection.driver_connection
    if isinstance(store, sqlite3.Connection):
        store.create_function("lot", 0, partial(urandom, 16))
        return func.lot()
    return func.gen_random_uuid()


def _rewrite_tickets(session: Session, sitting_id: int) -> None:
    """All tickets anew in the order of their marks: PostgreSQL keeps with each row the number of
    the transaction that spent it, and spent rows lie in the order in which they were."""
    table = Ticket.__table__
    after = b""
    while rows := session.execute(
        select(table)
        .where(table.c.sitting_id == sitting_id, table.c.mark > after)
        .order_by(table.c.mark)
        .limit(BATCH)
    ).all():
        after = rows[-1].mark
        mine = (table.c.sitting_id == sitting_id) & table.c.mark.between(rows[0].mark, after)
        session.execute(delete(table).where(mine))  # type: ignore[arg-type]
        session.execute(insert(table), [row._asdict() for row in rows])  # type: ignore[arg-type]


# ------------------------------------------------------------------ the digest


def digest_of(session: Session, sitting_id: int) -> str:
    """SHA-256, in hexadecimal, over these lines in UTF-8, each ended by one line feed:

        seal 1
        edition EDITION
        sitting ID
        sheets
        UNIT TAB HALL TAB ANSWERS
        modes
        UNIT TAB MODE TAB SHEETS
        receipts
        RECEIPT

    EDITION is the SHA-256 of `edition.content`, by which the edition is known; one line a row of
    `sealed_sheet` in the order of `place`, HALL empty where there is none; one line a row of
    `sealed_mode` in ascending order of UNIT as a number, then of MODE, SHEETS in decimal; one line
    a row of `sealed_receipt`, in lower-case hexadecimal, in ascending order.
    """
    paper = session.scalars(
        select(Edition.content)
        .join(Sitting, Sitting.edition_id == Edition.id)
        .where(Sitting.id == sitting_id)
    ).one()
    edition = sha256(paper.encode()).hexdigest()
    digest = sha256(f"seal 1\nedition {edition}\nsitting {sitting_id}\nsheets\n".encode())
    table = SealedSheet.__table__.c  # rows by the million: the mapper would take half the time
    sheets = (
        select(table.unit_id, table.hall_id, table.answers)
        .where(table.sitting_id == sitting_id)
        .order_by(table.place)
        .execution_options(yield_per=BATCH)
    )
    for rows in session.connection().execute(sheets).partitions():
        lines = [f"{cell}\t{hall or ''}\t{said}\n" for cell, hall, said in rows]
        digest.update("".join(lines).encode())
    digest.update(b"modes\n")
    modes = select(SealedMode.unit_id, SealedMode.mode, SealedMode.sheets).where(
        SealedMode.sitting_id == sitting_id
    )
    for cell, mode, count in sorted(session.execute(modes)):
        digest.update(f"{cell}\t{mode}\t{count}\n".encode())
    digest.update(b"receipts\n")
    for receipts in receipts_of(session, sitting_id):
        digest.update("".join([f"{receipt.hex()}\n" for receipt in receipts]).encode())
    return digest.hexdigest()


def check_seal(session: Session, sitting_id: int) -> bool:
    """Whether what is stored is what was sealed."""
    return digest_of(session, sitting_id) == session.get_one(Seal, sitting_id).digest


# ------------------------------------------------------------------ receipts


def shown_code(receipt: bytes) -> str:
    """What a phone shows of its receipt: enough to say "it is in", too little to find a sheet."""
    drawn = int.from_bytes(sha256(b"shown" + receipt).digest()[:3], "big")
    letters = [_LETTERS[drawn >> shift & 31] for shift in (0, 5, 10, 15)]
    return f"{letters[0]}{letters[1]}-{letters[2]}{letters[3]}"


def receipts_of(session: Session, sitting_id: int) -> Iterator[Sequence[bytes]]:
    """The receipts of a sealed sitting in ascending order, some at a time."""
    table = SealedReceipt.__table__.c
    rows = session.connection().execute(
        select(table.receipt)
        .where(table.sitting_id == sitting_id)
        .order_by(table.receipt)
        .execution_options(yield_per=BATCH)
    )
    yield from rows.scalars().partitions()


def sealed_receipts(
    connection: Connection, keys: Collection[tuple[int, bytes]]
) -> set[tuple[int, bytes]]:
    """Those of these (sitting, receipt) that were counted in a sealed sitting."""
    table, sealed = SealedReceipt.__table__.c, set()
    for sitting_id, receipts in by_first(keys):
        rows = connection.execute(
            select(table.receipt).where(table.sitting_id == sitting_id, table.receipt.in_(receipts))
        )
        sealed |= {(sitting_id, receipt) for receipt in rows.scalars()}
    return sealed
