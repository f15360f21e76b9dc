"""Opening and closing: every state, every button, the clock, and two people at once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.roll.models import CellRoll
from survey.sittings import operations
from survey.sittings.models import Kind, Show, Sitting, State
from survey.sittings.operations import (
    ClosingPassed,
    SittingClosed,
    SittingOpen,
    SittingPaused,
    SittingPlanned,
)
from survey.sittings.queries import doors_of
from tests.survey.sittings.pressing import BUTTONS, MAY, bring_to, edit
from tests.survey.sittings.stage import MINUTE, NOON, Stage, gather, plan, set_stage

REFUSED = {
    State.PLANNED: SittingPlanned,
    State.OPEN: SittingOpen,
    State.PAUSED: SittingPaused,
    State.CLOSED: SittingClosed,
}
LATER = NOON + 10 * MINUTE


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int) -> int:
    return plan(session, stage, conference)


def times(session: Session, sitting_id: int) -> tuple[datetime | None, datetime | None, bool]:
    session.expire_all()
    held = session.get_one(Sitting, sitting_id)
    return held.opens_at, held.closes_at, held.paused


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("state", State)
def test_a_button_works_in_its_states_and_names_the_state_in_the_others(
    session: Session, sitting: int, state: State, button: str
) -> None:
    bring_to(session, sitting, state)
    if button in MAY[state]:
        BUTTONS[button](session, sitting, LATER)
        return
    before = times(session, sitting)
    with pytest.raises(REFUSED[state]):
        BUTTONS[button](session, sitting, LATER)
    assert times(session, sitting) == before


def test_the_predicates_of_each_state() -> None:
    assert [s for s in State if s.takes_sheets] == [State.OPEN]
    assert [s for s in State if s.is_planned] == [State.PLANNED]
    assert [s for s in State if s.is_running] == [State.OPEN, State.PAUSED]
    assert [s for s in State if s.is_paused] == [State.PAUSED]
    assert [s for s in State if s.is_over] == [State.CLOSED]


def test_it_opens_and_closes_by_the_button(session: Session, sitting: int) -> None:
    operations.open_sitting(session, sitting, now=NOON)
    assert times(session, sitting) == (NOON, None, False)
    operations.close_sitting(session, sitting, now=LATER)
    assert times(session, sitting) == (NOON, LATER, False)


def test_it_opens_and_closes_by_the_clock(session: Session, stage: Stage, conference: int) -> None:
    made = plan(session, stage, conference, opens_at=NOON, closes_at=LATER)
    held = session.get_one(Sitting, made)
    second = timedelta(seconds=1)
    states = [held.state(at) for at in (NOON - second, NOON, LATER - second, LATER)]
    assert states == [State.PLANNED, State.OPEN, State.OPEN, State.CLOSED]


def test_opened_before_its_time_it_still_closes_when_it_was_to_close(
    session: Session, stage: Stage, conference: int
) -> None:
    made = plan(session, stage, conference, opens_at=NOON + MINUTE, closes_at=LATER)
    operations.open_sitting(session, made, now=NOON)
    assert times(session, made) == (NOON, LATER, False)


def test_a_pause_takes_no_sheets_and_does_not_stop_the_clock(
    session: Session, stage: Stage, conference: int
) -> None:
    made = plan(session, stage, conference, opens_at=NOON, closes_at=LATER)
    operations.pause_sitting(session, made, now=NOON + MINUTE)
    held = session.get_one(Sitting, made)
    assert held.state(LATER - MINUTE) is State.PAUSED
    assert held.state(LATER) is State.CLOSED
    with pytest.raises(SittingClosed):
        operations.resume_sitting(session, made, now=LATER)


def test_resumed_it_takes_sheets_again(session: Session, sitting: int) -> None:
    bring_to(session, sitting, State.PAUSED)
    operations.resume_sitting(session, sitting, now=LATER)
    assert times(session, sitting) == (NOON, None, False)


def test_it_is_extended_to_a_time_to_come(session: Session, sitting: int) -> None:
    bring_to(session, sitting, State.OPEN)
    operations.extend_sitting(session, sitting, until=LATER, now=NOON)
    operations.extend_sitting(session, sitting, until=LATER, now=NOON)  # a second tap
    assert times(session, sitting) == (NOON, LATER, False)
    with pytest.raises(ClosingPassed):
        operations.extend_sitting(session, sitting, until=NOON, now=NOON + MINUTE)
    assert times(session, sitting) == (NOON, LATER, False)


def test_one_that_the_clock_closed_is_not_extended(
    session: Session, stage: Stage, conference: int
) -> None:
    made = plan(session, stage, conference, opens_at=NOON, closes_at=LATER)
    with pytest.raises(SittingClosed):
        operations.extend_sitting(session, made, until=LATER + MINUTE, now=LATER)


def test_the_second_close_leaves_the_first_ones_time(session: Session, sitting: int) -> None:
    bring_to(session, sitting, State.CLOSED)
    with pytest.raises(SittingClosed):
        operations.close_sitting(session, sitting, now=LATER)
    assert times(session, sitting) == (NOON, NOON, False)


def test_a_planned_sitting_is_edited_in_everything(session: Session, sitting: int) -> None:
    edit(session, sitting, NOON)
    held = session.get_one(Sitting, sitting)
    assert (held.kind, held.title, held.show, held.grace) == (
        Kind.BEFORE,
        "Trước hội nghị",
        Show.THANKS,
        0,
    )


def test_a_dropped_sitting_is_gone_with_its_doors(session: Session, sitting: int) -> None:
    operations.drop_sitting(session, sitting, now=NOON)
    assert session.get(Sitting, sitting) is None


@pytest.mark.parametrize("store", ["app", "app_on_postgresql"])
def test_the_numbers_of_a_dropped_sitting_and_of_its_doors_are_never_given_again(
    request: pytest.FixtureRequest, store: str
) -> None:
    with Session(request.getfixturevalue(store).extensions["survey_engine"]) as session:
        stage = set_stage(session)
        conference = gather(session, stage)
        first = plan(session, stage, conference)
        doors = doors_of(session, first)
        operations.drop_sitting(session, first, now=NOON)
        second = plan(session, stage, conference)
        assert second > first
        assert doors_of(session, second)[0].id > doors[-1].id


def test_one_for_which_a_roll_was_written_down_is_not_dropped(
    session: Session, stage: Stage, sitting: int
) -> None:
    with db.writing(session):
        session.add(CellRoll(sitting_id=sitting, unit_id=stage.north_1, present=9, counted_at=NOON))
    with pytest.raises(operations.SittingInUse):
        operations.drop_sitting(session, sitting, now=NOON)
    assert session.get(Sitting, sitting) is not None


def test_the_store_refuses_a_closing_before_the_opening(
    session: Session, stage: Stage, conference: int
) -> None:
    with pytest.raises(IntegrityError):
        plan(session, stage, conference, opens_at=LATER, closes_at=NOON)
    with pytest.raises(IntegrityError):
        plan(session, stage, conference, closes_at=NOON)


def test_whoever_read_the_clock_before_it_was_closed_does_not_open_it_again(
    session: Session, sitting: int
) -> None:
    bring_to(session, sitting, State.OPEN)
    operations.close_sitting(session, sitting, now=LATER)
    with pytest.raises(SittingClosed):
        operations.extend_sitting(session, sitting, until=LATER + MINUTE, now=LATER - MINUTE)
    with pytest.raises(SittingClosed):
        operations.pause_sitting(session, sitting, now=LATER - MINUTE)
    assert session.get_one(Sitting, sitting).state(LATER - MINUTE) is State.CLOSED
