"""Whatever phones, buttons and the clock do in whatever order, a simple model says what happens."""

from collections import Counter
from collections.abc import Collection
from secrets import token_bytes
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from survey.answering import storing
from survey.answering.intake import Intake
from survey.answering.storing import Entry
from survey.sittings.tickets import hold_tickets
from tests.promises import histories
from tests.world import make_world


def faults(found: Counter[str]) -> list[str]:
    return [what for what in found if what.startswith("fault")]


def test_no_history_of_2000_differs_from_the_model() -> None:
    found = histories.play(2000)
    assert found["histories"] == 2000
    # What must have come up for this to mean anything.
    for what in ("ok", "NotOpen", "AlreadyHandedIn", "TicketSpent", "UnknownTicket", "sealed"):
        assert found[what] > 200, what
    assert faults(found) == []


def test_nor_does_one_on_postgresql(app_on_postgresql: Flask) -> None:
    engine = app_on_postgresql.extensions["survey_engine"]
    with Session(engine) as session, app_on_postgresql.test_request_context():
        world = make_world(session)
        found = histories.Ground(app_on_postgresql, session, world).play(150)
    assert found["histories"] == 150
    assert faults(found) == []


def test_a_ticket_that_is_never_spent_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def unspent(connection: Connection, wanted: Collection[Any]) -> dict[Any, Any]:
        held = hold_tickets(connection, wanted)
        return {key: ticket._replace(spent=False) for key, ticket in held.items()}

    monkeypatch.setattr(storing, "hold_tickets", unspent)
    with histories.ground(seed=1) as ground:
        found = ground.play(30)
    assert any("not TicketSpent" in fault for fault in faults(found))


def test_a_receipt_that_is_drawn_anew_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    take = Intake.take

    def forgetful(self: Intake, entry: Entry) -> None:
        take(self, entry._replace(receipt=token_bytes(16)))

    monkeypatch.setattr(Intake, "take", forgetful)
    with histories.ground(seed=1) as ground:
        found = ground.play(10)
    assert "fault: stored" in faults(found)
