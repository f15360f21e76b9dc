"""Sheets share their sitting and a button has it alone, on PostgreSQL, where both really wait."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from survey.answering import storing
from survey.sittings import operations as sittings
from survey.sittings.holding import hold_sitting, share_sittings
from survey.sittings.models import Sitting
from tests.conftest import NOON

Plan = Callable[..., int]
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
HELD = text("SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted ORDER BY objid")


@pytest.fixture
def engine(app_on_postgresql: Flask) -> Engine:
    return app_on_postgresql.extensions["survey_engine"]  # type: ignore[no-any-return]


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Of the one who presses: who would wait for ever fails."""
    with Session(engine) as own:
        limit = text("SET LOCAL statement_timeout = '3s'")
        event.listen(own, "after_begin", lambda _session, _begun, store: store.execute(limit))
        yield own


def until_one_waits(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as onlooker:
        for _ in range(2000):
            if onlooker.scalar(WAITING):
                return
            sleep(0.005)
    pytest.fail("nobody waits")


def test_a_button_waits_for_the_sheets_that_are_being_let_in(
    engine: Engine, session: Session, plan: Plan
) -> None:
    sitting = plan()
    session.rollback()

    def close() -> None:
        with Session(engine) as own:
            sittings.close_sitting(own, sitting, now=NOON)

    with ThreadPoolExecutor(1) as threads:
        with engine.begin() as connection:
            assert storing._sittings(connection, {sitting}).keys() == {sitting}
            pressed = threads.submit(close)
            until_one_waits(engine)
        pressed.result()
    assert session.get_one(Sitting, sitting).closes_at == NOON


def test_a_sitting_is_held_as_it_is_and_not_as_it_was_read_before(
    engine: Engine, session: Session, plan: Plan
) -> None:
    sitting = plan()
    seen = session.get_one(Sitting, sitting)
    with Session(engine) as other:
        sittings.pause_sitting(other, sitting, now=NOON)
    assert seen.paused is False
    assert hold_sitting(session, sitting).paused is True


def test_sheets_wait_for_a_button_and_then_see_what_it_did(
    engine: Engine, session: Session, plan: Plan
) -> None:
    sitting = plan()
    session.rollback()

    def let_in() -> bool:
        with engine.begin() as connection:
            return storing._sittings(connection, {sitting})[sitting].times.paused

    with ThreadPoolExecutor(1) as threads, Session(engine) as button:
        hold_sitting(button, sitting).paused = True
        button.flush()
        came = threads.submit(let_in)
        until_one_waits(engine)
        button.commit()
        assert came.result() is True


def test_no_sheet_overtakes_a_button_that_waits(
    engine: Engine, session: Session, plan: Plan
) -> None:
    """Eight who let sheets in without a pause: at no moment is the sitting shared by nobody."""
    sitting, over = plan(), Event()

    def storm() -> None:
        while not over.is_set():
            with engine.begin() as connection:
                storing._sittings(connection, {sitting})
                connection.execute(text("SELECT pg_sleep(0.05)"))

    session.rollback()
    threads = [Thread(target=storm) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            sittings.pause_sitting(session, sitting, now=NOON)
            sittings.resume_sitting(session, sitting, now=NOON)
        sittings.close_sitting(session, sitting, now=NOON)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert session.get_one(Sitting, sitting).closes_at == NOON


def test_several_sittings_are_shared_in_one_order_whatever_the_order_of_asking(
    engine: Engine, session: Session, plan: Plan
) -> None:
    first, second = plan(), plan()
    session.rollback()

    def share() -> None:
        with engine.begin() as connection:
            share_sittings(connection, [second, first])

    with ThreadPoolExecutor(1) as threads, Session(engine) as button:
        hold_sitting(button, first)
        sharing = threads.submit(share)
        until_one_waits(engine)
        assert button.scalars(HELD).all() == [first]
        button.rollback()
        sharing.result()
