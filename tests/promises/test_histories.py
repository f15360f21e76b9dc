"""Whatever phones, buttons and the clock do in whatever order, a simple model says what happens."""

from math import inf

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from survey.answering.storing import Entry
from tests.conftest import NOON
from tests.promises import histories, histories_planted, histories_run
from tests.promises.histories_ground import Ground
from tests.promises.histories_model import OK, SHEETS, Call, Model, explained
from tests.promises.histories_run import MADE_UP, RECORDED, faults, missing
from tests.world import make_world

# ------------------------------------------------------------------ made up


def test_no_history_of_2000_differs_from_the_model() -> None:
    found = histories_run.made_up(2000)
    assert (found["histories"], found["sealed"]) == (2000, 50)
    assert missing(found, MADE_UP) == []
    assert faults(found) == {}


def test_nor_does_one_on_postgresql_where_each_is_sealed_and_every_file_read(
    app_on_postgresql: Flask,
) -> None:
    with Session(app_on_postgresql.extensions["survey_engine"]) as session:
        found = histories.play(
            Ground(app_on_postgresql, session, make_world(session)), 20, sealed=1
        )
    assert (found["histories"], found["sealed"]) == (20, 20)
    assert faults(found) == {}


@pytest.mark.parametrize("plant", histories_planted.PLANTED)
def test_a_fault_is_seen(plant: str) -> None:
    assert histories_planted.seen(plant)


# ------------------------------------------------------------------ recorded


def test_the_model_explains_200_histories_that_phones_and_the_desk_had_by_http() -> None:
    found = histories_run.recorded(200)
    assert (found["histories"], found["sealed"]) == (200, 10)
    assert missing(found, RECORDED) == []
    assert faults(found) == {}


def test_it_does_not_explain_those_of_a_server_that_draws_the_receipt_anew() -> None:
    assert faults(histories_run.recorded(12, plant="no_idempotency"))


# ------------------------------------------------------------------ what explains what

SHEET = Entry(1, 1, b"A", 5, 7, "own", "0;1", NOON, ticket=b"t")
OTHER = SHEET._replace(receipt=b"B")
TICKETS = {b"t": 5}


def said(*calls: Call) -> Model | None:
    return explained(calls, Model(histories.GRACE, TICKETS, opened=True), NOON)


def test_of_two_calls_at_the_same_moment_either_may_have_been_the_first() -> None:
    first = Call(1, 4, SHEET, "TicketSpent"), Call(2, 3, OTHER, OK)
    second = Call(1, 4, SHEET, OK), Call(2, 3, OTHER, "TicketSpent")
    assert [set(model.stored) for model in (said(*first), said(*second)) if model] == [
        {b"B"},
        {b"A"},
    ]


def test_a_call_that_had_ended_comes_before_one_that_began_later() -> None:
    assert said(Call(1, 2, SHEET, OK), Call(3, 4, OTHER, "TicketSpent"))
    assert not said(Call(1, 2, SHEET, "TicketSpent"), Call(3, 4, OTHER, OK))


def test_one_ticket_never_gives_two_sheets_however_calls_overlap() -> None:
    assert not said(Call(1, 4, SHEET, OK), Call(2, 3, OTHER, OK))


def test_what_nobody_heard_may_have_come_to_pass_or_not() -> None:
    row = (b"A", 5, 7, "0;1")
    for stored in (frozenset(), frozenset({row})):
        assert said(Call(1, inf, SHEET), Call(3, 4, SHEETS, stored))
    assert not said(Call(5, inf, SHEET), Call(3, 4, SHEETS, frozenset({row})))


def test_a_success_that_nobody_can_have_given_is_not_explained() -> None:
    assert not said(Call(1, 2, "pause", OK), Call(3, 4, SHEET, OK))
    assert not said(Call(1, 2, SHEET, OK), Call(3, 4, SHEETS, frozenset()))
