"""Tickets: slips printed for each cell, cut, and drawn from a bowl. Each lets one sheet in."""

import hmac
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select, update
from sqlalchemy.orm import Session

from survey import db
from survey.sittings.codes import SEPARATORS
from survey.sittings.holding import share_sitting
from survey.sittings.models import Door, Sitting, State, Ticket
from survey.sittings.operations import SittingClosed

# Those signs of Crockford's base 32 from which no Vietnamese keyboard makes another one: Telex
# turns AS, DD and W into Á, Đ and Ư, and VNI turns A1 and D9 into Á and Đ.
LETTERS = "0123456789BCFGHJKMNPQRSTVXZ"
LENGTH = 12  # eleven letters of 4.75 bits, and a check letter
BATCH = 5000

_VALUES = {letter: value for value, letter in enumerate(LETTERS)}
_MISREAD = str.maketrans("OIL", "011")
_LONGEST = 64  # what is typed; longer is no ticket, whatever it holds

Key = tuple[int, bytes]  # (sitting, mark)


class TicketsNotTaken(Exception):
    """The sitting is open to every phone."""


class TicketHeld(NamedTuple):
    """What a ticket says of whoever holds it."""

    unit_id: int  # the cell
    spent: bool


class Laid(NamedTuple):
    laid: int
    spent: int


# ------------------------------------------------------------------ the code on a slip


def _residue(letters: Iterable[str]) -> int:
    """ISO 7064's pure system with modulus 27 and radix 2. Every power of two and every
    difference of two neighbouring powers has an inverse modulo 27, so one wrong letter, or two
    neighbours exchanged, never leave the residue as it was."""
    residue = 0
    for letter in letters:
        residue = (2 * residue + _VALUES[letter]) % 27
    return residue


def _with_check(letters: str) -> str:
    return letters + LETTERS[-2 * _residue(letters) % 27]


def grouped(code: str) -> str:
    """`BCFGHJKMNPQR` -> `BCFG-HJKM-NPQR`, as it stands on the slip."""
    return "-".join(code[place : place + 4] for place in range(0, LENGTH, 4))


def read_ticket(typed: str) -> str | None:
    """The twelve letters that were meant, in whatever case, width and groups they were typed;
    None where they can be no ticket of ours."""
    letters = ""
    for char in unicodedata.normalize("NFKC", typed[: _LONGEST + 1]).upper().translate(_MISREAD):
        if char.isdecimal():
            letters += str(unicodedata.decimal(char))
        elif char in _VALUES:
            letters += char
        elif char not in SEPARATORS:
            return None
    return letters if len(letters) == LENGTH and _residue(letters) == 0 else None


def mark_of(sitting_id: int, code: str, *, secret_key: str) -> bytes:
    """What is stored of a ticket. Whoever reads the store learns no code that could be used: there
    are so few that a plain hash of each could be tried, and under the key none can be."""
    return hmac.digest(_marking_key(secret_key), f"{sitting_id} {code}".encode(), "sha256")[:16]


@cache
def _marking_key(secret_key: str) -> bytes:
    """Asked for with every sheet; of its own, so that a mark serves for nothing else."""
    return hmac.digest(secret_key.encode(), b"sittings.mark", "sha256")


def _sitting_key(session: Session, sitting_id: int, secret_key: str) -> bytes:
    """From which the codes of a sitting follow. The key of its own door is in it, because a store
    that was restored from a backup gives numbers again, and slips of the sitting that it forgot
    may be in people's hands."""
    door = session.scalars(
        select(Door.key).where(
            Door.sitting_id == sitting_id, Door.hall_id.is_(None), Door.unit_id.is_(None)
        )
    ).one()
    return hmac.digest(secret_key.encode(), f"ticket {sitting_id} {door}".encode(), "sha256")


def _code(sitting_key: bytes, unit_id: int, number: int) -> str:
    digest = hmac.digest(sitting_key, f"{unit_id} {number}".encode(), "sha256")
    drawn, letters = int.from_bytes(digest[:16], "big"), ""
    for _ in range(LENGTH - 1):
        drawn, value = divmod(drawn, 27)
        letters += LETTERS[value]
    return _with_check(letters)


# ------------------------------------------------------------------ let in by ticket


def find_ticket(session: Session, sitting_id: int, mark: bytes) -> TicketHeld | None:
    row = session.execute(
        select(Ticket.unit_id, Ticket.spent).where(
            Ticket.sitting_id == sitting_id, Ticket.mark == mark
        )
    ).one_or_none()
    return TicketHeld(*row) if row else None


def hold_tickets(connection: Connection, wanted: Collection[Key]) -> dict[Key, TicketHeld]:
    """Those of these tickets that exist, held until the caller's transaction ends: whoever wants
    to spend one of them meanwhile waits and then finds it spent.

    Held in the order of their marks everywhere, or else two processes with two tickets in common
    could wait for each other. On SQLite there is one writer, who is the caller.
    """
    table = Ticket.__table__.c
    held: dict[Key, TicketHeld] = {}
    for sitting_id, marks in db.by_first(wanted):
        rows = connection.execute(
            select(table.mark, table.unit_id, table.spent)
            .where(table.sitting_id == sitting_id, table.mark.in_(marks))
            .order_by(table.mark)
            .with_for_update()
        )
        held |= {(sitting_id, row.mark): TicketHeld(row.unit_id, row.spent) for row in rows}
    return held


def spend_tickets(connection: Connection, tickets: Collection[Key]) -> None:
    """Flip the flags of held tickets, inside the transaction that stores their sheets."""
    table = Ticket.__table__
    for sitting_id, marks in db.by_first(tickets):
        connection.execute(
            update(table)  # type: ignore[arg-type]
            .where(table.c.sitting_id == sitting_id, table.c.mark.in_(marks))
            .where(table.c.spent.is_(False))
            .values(spent=True)
        )


# ------------------------------------------------------------------ laid down in advance


def lay_tickets(
    session: Session,
    sitting_id: int,
    counts: Mapping[int, int],
    *,
    secret_key: str,
    now: datetime,
) -> None:
    """As many tickets as asked for in each cell; {cell: how many}. Never fewer than there are:
    their slips may be in people's hands. The same counts again change nothing.

    Raises TicketsNotTaken and SittingClosed.
    """
    _check_taken(session, sitting_id, now)
    key = _sitting_key(session, sitting_id, secret_key)
    tried: dict[int, int] = {}
    while lacking := _lacking(session, sitting_id, counts, tried):
        tried |= {unit_id: numbers[-1] for unit_id, numbers in lacking}
        rows = _rows(sitting_id, lacking, sitting_key=key, secret_key=secret_key)
        # Some in a transaction: sheets that come in meanwhile do not wait for a province's. Two
        # who lay at once number alike and so lay the same tickets, whoever of them comes first.
        while batch := list(islice(rows, BATCH)):
            with db.writing(session):
                share_sitting(session.connection(), sitting_id)  # closing waits
                _check_taken(session, sitting_id, now)
                _lay(session.connection(), batch)


def _check_taken(session: Session, sitting_id: int, now: datetime) -> None:
    sitting = session.get_one(Sitting, sitting_id)
    if not sitting.tickets:
        raise TicketsNotTaken
    if sitting.state(now) is State.CLOSED:
        raise SittingClosed


def _lacking(
    session: Session, sitting_id: int, counts: Mapping[int, int], tried: Mapping[int, int]
) -> list[tuple[int, range]]:
    """Of each cell the numbers that are still to be laid, in the order of cells, so that two who
    lay at once never wait for each other. Asked again after laying: among two million tickets two
    codes may be alike, and then a number after the last one tried stands in."""
    there = {
        unit_id: (laid, last)
        for cells in db.lots(sorted(counts))
        for unit_id, laid, last in session.execute(
            select(Ticket.unit_id, func.count(), func.max(Ticket.number))
            .where(Ticket.sitting_id == sitting_id, Ticket.unit_id.in_(cells))
            .group_by(Ticket.unit_id)
        )
    }
    lacking = []
    for unit_id, count in sorted(counts.items()):
        laid, last = there.get(unit_id, (0, 0))
        first = max(last, tried.get(unit_id, 0)) + 1
        if count > laid:
            lacking.append((unit_id, range(first, first + count - laid)))
    return lacking


def _rows(
    sitting_id: int, lacking: Iterable[tuple[int, range]], *, sitting_key: bytes, secret_key: str
) -> Iterator[dict[str, Any]]:
    for unit_id, numbers in lacking:
        for number in numbers:
            code = _code(sitting_key, unit_id, number)
            mark = mark_of(sitting_id, code, secret_key=secret_key)
            yield {"sitting_id": sitting_id, "mark": mark, "unit_id": unit_id, "number": number}


def _lay(connection: Connection, batch: list[dict[str, Any]]) -> None:
    """Nothing is said of a ticket that is there already."""
    insert = db.insert_into(Ticket, connection.dialect)
    connection.execute(insert.on_conflict_do_nothing(), batch)


# ------------------------------------------------------------------ what was laid


def tickets_of(session: Session, sitting_id: int) -> dict[int, Laid]:
    """{cell: (laid, spent)} of the cells that have tickets."""
    rows = session.execute(
        select(Ticket.unit_id, func.count(), func.sum(case((Ticket.spent, 1), else_=0)))
        .where(Ticket.sitting_id == sitting_id)
        .group_by(Ticket.unit_id)
    )
    return {unit_id: Laid(laid, spent) for unit_id, laid, spent in rows}


def slips_of(
    session: Session, sitting_id: int, cells: Collection[int], *, secret_key: str
) -> dict[int, list[str]]:
    """{cell: the codes of its tickets}, spent ones too: a page without them would say whose slip
    was used. Those laid under another key than this one are not among them: nothing lets them in
    any more."""
    key = _sitting_key(session, sitting_id, secret_key)
    rows = session.execute(
        select(Ticket.unit_id, Ticket.number, Ticket.mark)
        .where(Ticket.sitting_id == sitting_id, Ticket.unit_id.in_(cells))
        .order_by(Ticket.unit_id, Ticket.number)
    )
    slips: dict[int, list[str]] = {}
    for unit_id, number, mark in rows:
        code = _code(key, unit_id, number)
        if mark_of(sitting_id, code, secret_key=secret_key) == mark:
            slips.setdefault(unit_id, []).append(code)
    return slips
