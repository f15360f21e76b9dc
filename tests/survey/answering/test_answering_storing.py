"""A sheet costs the same however many came before it: none of what is asked while it is taken in
reads through a table."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from survey.answering.storing import AlreadyHandedIn, Entry, NotOpen, TicketSpent, store
from survey.results.sealing import seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.tickets import lay_tickets, mark_of, slips_of
from tests.conftest import NOON, SETTINGS
from tests.world import World

KEY = str(SETTINGS["SECRET_KEY"])
Plan = Callable[..., int]
# Found by the whole key: by its sitting alone it would be looked for among all of a nation.
WHOLE_KEY = re.compile(r"sitting_id\s*=.*\bAND\b.*\b(receipt|mark)\s*=", re.DOTALL)
TABLES = re.compile(r"\b(sheet|ticket|sealed_receipt)\b")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as own:
        yield own


def ways_of(engine: Engine, entries: list[Entry], *, late: int = 0) -> tuple[list[str], list[str]]:
    """How each sheet ended, and by which ways the store found what it was asked for."""
    ways: list[str] = []
    is_sqlite = engine.dialect.name == "sqlite"

    def explain(
        _connection: Any, cursor: Any, statement: str, parameters: Any, *_more: object
    ) -> None:
        if not statement.startswith(("SELECT", "UPDATE")):
            return
        with closing(cursor.connection.cursor()) as aside:
            if is_sqlite:
                aside.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                ways.extend(row[3] for row in aside.fetchall())
            else:
                aside.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
                aside.execute(f"EXPLAIN {statement}", parameters)
                ways.append("\n".join(row[0] for row in aside.fetchall()))

    with engine.execution_options(writes=True).begin() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        outcomes = store(connection, entries, lambda: NOON + timedelta(minutes=late))
    return [type(outcome).__name__ for outcome in outcomes], [w for w in ways if TABLES.search(w)]


def test_nothing_that_is_asked_for_a_sheet_is_looked_for_among_all_others(
    engine: Engine, session: Session, plan: Plan, world: World
) -> None:
    """In one batch: sheets of several sittings, with slips and without."""
    cell, marks = world.cells[0][0], {}
    openly, by_ticket = [plan() for _ in range(3)], [plan(tickets=True) for _ in range(3)]
    for sitting in by_ticket:
        lay_tickets(session, sitting, {cell: 4}, secret_key=KEY, now=NOON)
        codes = slips_of(session, sitting, [cell], secret_key=KEY)[cell]
        marks[sitting] = [mark_of(sitting, code, secret_key=KEY) for code in codes]

    def entries(number: int, *, ticket: int = 0, answers: str = "0;02;0") -> list[Entry]:
        """One of each sitting."""
        return [
            Entry(
                sitting_id=sitting,
                edition_id=world.edition,
                receipt=number.to_bytes(16, "big"),
                unit_id=None if sitting in marks else cell,
                hall_id=None,
                mode="own",
                answers=answers,
                issued_at=NOON,
                ticket=marks[sitting][ticket] if sitting in marks else None,
            )
            for sitting in openly + by_ticket
        ]

    first = entries(1) + entries(2, ticket=1)
    told, ways = ways_of(engine, first)
    assert told == ["NoneType"] * 12
    told, more = ways_of(engine, [*first, *entries(3)[3:], *entries(1, answers="1;;1")])
    assert told == ["NoneType"] * 12 + [TicketSpent.__name__] * 3 + [AlreadyHandedIn.__name__] * 6
    ways += more
    for sitting in openly + by_ticket:
        sittings.close_sitting(session, sitting, now=NOON)
        seal_sitting(session, sitting, now=NOON + timedelta(hours=1))
    told, more = ways_of(engine, [*first, *entries(4, ticket=2)], late=90)
    assert told == ["NoneType"] * 12 + [NotOpen.__name__] * 6
    ways += more
    tables = {table for way in ways for table in TABLES.findall(way)}
    assert tables == {"sheet", "ticket", "sealed_receipt"}
    assert [way for way in ways if not WHOLE_KEY.search(way)] == []
