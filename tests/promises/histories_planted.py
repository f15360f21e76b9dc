"""Faults in what histories are to hold; each must be seen.

The server's worker with one of them, for histories that are recorded over HTTP: `worker`.
"""

import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from secrets import token_bytes
from typing import Any

import pytest
from sqlalchemy import Connection

from survey.answering import intake, storing
from survey.answering.intake import Intake
from survey.answering.storing import Entry, Outcome
from survey.results import operations, queries
from survey.results.counting import Counted, Place
from survey.results.operations import Draft
from tests.promises import histories, program
from tests.promises.histories_ground import made
from tests.promises.histories_run import faults

LOTS = 20  # of 15 histories; a race may go well in any of them


def no_idempotency(patch: pytest.MonkeyPatch) -> None:
    """A receipt is drawn anew: sent again, a sheet is another sheet."""
    store = intake.store

    def forgetful(connection: Connection, entries: Sequence[Entry], clock: Any) -> list[Outcome]:
        return store(connection, [e._replace(receipt=token_bytes(16)) for e in entries], clock)

    patch.setattr(intake, "store", forgetful)


def a_ticket_that_is_never_spent(patch: pytest.MonkeyPatch) -> None:
    hold = storing.hold_tickets

    def unspent(connection: Connection, wanted: Collection[Any]) -> dict[Any, Any]:
        held = hold(connection, wanted)
        return {key: ticket._replace(spent=False) for key, ticket in held.items()}

    patch.setattr(storing, "hold_tickets", unspent)


def check_then_insert(patch: pytest.MonkeyPatch) -> None:
    """Whether a ticket is spent is asked in a transaction before the one that spends it."""
    asked = threading.local()
    hold, transact = storing.hold_tickets, Intake._transact

    def asks_first(self: Intake, entries: Sequence[Entry]) -> list[Outcome]:
        with self._engine.begin() as before:
            asked.held = hold(before, {ticket for e in entries if (ticket := e.ticket_key)})
        time.sleep(0.005)
        return transact(self, entries)

    patch.setattr(Intake, "_transact", asks_first)
    patch.setattr(storing, "hold_tickets", lambda _connection, _wanted: asked.held)


def a_total_that_forgets_a_cell(patch: pytest.MonkeyPatch) -> None:
    counted = operations.counted

    def forgetful(places: Mapping[Place, Any], tree: Any) -> Counted:
        return counted(dict(list(places.items())[1:]), tree)

    patch.setattr(operations, "counted", forgetful)


def a_row_that_is_missing(patch: pytest.MonkeyPatch) -> None:
    rows = operations._unit_rows

    def forgetful(draft: Draft) -> list[dict[str, object]]:
        return list(rows(draft))[:-1]

    patch.setattr(operations, "_unit_rows", forgetful)


def a_file_that_forgets_a_cell(patch: pytest.MonkeyPatch) -> None:
    """All is stored as it should be, and the files lack the last unit."""
    subtree = queries.subtree
    patch.setattr(queries, "subtree", lambda *about: list(subtree(*about))[:-1])


PLANTED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    plant.__name__: plant
    for plant in (
        no_idempotency,
        a_ticket_that_is_never_spent,
        check_then_insert,
        a_total_that_forgets_a_cell,
        a_row_that_is_missing,
        a_file_that_forgets_a_cell,
    )
}


def seen(name: str) -> dict[str, int]:
    """The faults that some histories show with this one planted, played in this process."""
    with pytest.MonkeyPatch.context() as patch, made(seed=1) as ground:
        PLANTED[name](patch)
        lots = (faults(histories.play(ground, 15, sealed=5)) for _ in range(LOTS))
        return next(filter(None, lots), {})


def worker() -> Any:
    """The product's worker, with what was planted."""
    PLANTED[os.environ[program.PLANT]](pytest.MonkeyPatch())
    return program.worker()
