"""Two people at once, and whatever else may happen to a sitting."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from survey import db
from survey.sittings.models import Sitting, State
from survey.sittings.operations import (
    ClosingPassed,
    WrongState,
)
from tests.survey.sittings.pressing import BUTTONS, MAY, bring_to
from tests.survey.sittings.stage import MINUTE, NOON, Stage, plan


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int) -> int:
    return plan(session, stage, conference)


def times(session: Session, sitting_id: int) -> tuple[datetime | None, datetime | None, bool]:
    session.expire_all()
    held = session.get_one(Sitting, sitting_id)
    return held.opens_at, held.closes_at, held.paused


# ------------------------------------------------------------------ two people at once


def press_at_once(app: Flask, sitting_id: int, *buttons: str) -> list[str]:
    """What each button came to, pressed by as many people at the same moment."""
    came_to = [""] * len(buttons)
    ready = Barrier(len(buttons))

    def press(place: int, button: str) -> None:
        with app.app_context():
            session = db.session()
            session.get(Sitting, sitting_id)  # each has the page before them
            ready.wait()
            try:
                BUTTONS[button](session, sitting_id, NOON)
                came_to[place] = "done"
            except WrongState as refusal:
                came_to[place] = type(refusal).__name__

    threads = [Thread(target=press, args=pair) for pair in enumerate(buttons)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came_to


@pytest.mark.parametrize("_round", range(5))
def test_of_several_who_close_at_once_one_closes_it(
    app: Flask, session: Session, sitting: int, _round: int
) -> None:
    bring_to(session, sitting, State.OPEN)
    session.rollback()
    came_to = press_at_once(app, sitting, *["close"] * 4)
    assert sorted(came_to) == ["SittingClosed"] * 3 + ["done"]
    assert times(session, sitting) == (NOON, NOON, False)


@pytest.mark.parametrize("_round", range(5))
def test_opened_and_closed_at_once_it_ends_open_or_closed_and_never_between(
    app: Flask, session: Session, sitting: int, _round: int
) -> None:
    session.rollback()
    opened, closed = press_at_once(app, sitting, "open", "close")
    assert opened == "done"
    assert (closed, times(session, sitting)) in [
        ("SittingPlanned", (NOON, None, False)),
        ("done", (NOON, NOON, False)),
    ]


@pytest.mark.parametrize("_round", range(5))
def test_extended_and_closed_at_once_it_is_closed_if_the_close_was_taken(
    app: Flask, session: Session, sitting: int, _round: int
) -> None:
    bring_to(session, sitting, State.OPEN)
    session.rollback()
    extended, closed = press_at_once(app, sitting, "extend", "close")
    assert closed == "done"
    assert extended in ("done", "SittingClosed")
    assert times(session, sitting) == (NOON, NOON, False)


# ------------------------------------------------------------------ whatever happens

minutes = st.integers(-30, 30).map(lambda n: timedelta(minutes=n))
steps = st.lists(st.tuples(st.sampled_from(sorted(BUTTONS)), minutes), max_size=12)
plans = st.none() | st.tuples(minutes, st.none() | st.integers(0, 30))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(planned=plans, pressed=steps)
def test_whatever_is_pressed_and_however_the_clock_jumps_closed_stays_closed(
    session: Session,
    stage: Stage,
    conference: int,
    planned: tuple[timedelta, int | None] | None,
    pressed: list[tuple[str, timedelta]],
) -> None:
    opens_at = NOON + planned[0] if planned else None
    lasts = planned[1] if planned else None
    closes_at = opens_at + lasts * MINUTE if opens_at and lasts is not None else None
    made = plan(session, stage, conference, opens_at=opens_at, closes_at=closes_at)
    ended = False
    for button, shift in pressed:
        now = NOON + shift
        before = session.get(Sitting, made)
        if before is None:
            return
        state = before.state(now)
        session.rollback()
        try:
            BUTTONS[button](session, made, now)
            assert button in MAY[state]
            ended = ended or button == "close"
        except WrongState:
            assert button not in MAY[state]
        except ClosingPassed:  # the clock was set back, and with it the time asked for
            assert button == "extend"
        after = session.get(Sitting, made)
        if after is None:
            assert button == "drop"
            return
        if after.closes_at is not None:
            assert after.opens_at is not None
            assert after.opens_at <= after.closes_at
        if state is State.CLOSED:
            assert after.state(now) is State.CLOSED
        if ended:  # then at any time at all
            assert after.state(NOON - timedelta(hours=1)) is State.CLOSED
