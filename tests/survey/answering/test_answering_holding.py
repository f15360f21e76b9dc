"""Sheets share their sitting and a button has it alone, on PostgreSQL, where both really wait."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event, Thread
from time import sleep

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from survey.answering import sealing, storing
from survey.answering.front import Front
from survey.gateway import Gateway
from survey.sittings import operations as sittings
from survey.sittings.holding import hold_sitting
from survey.sittings.models import Sitting
from survey.sittings.tickets import lay_tickets, mark_of, slips_of, tickets_of
from tests.conftest import NOON, SETTINGS
from tests.rsgi import Browser
from tests.survey.answering.phone import Phone
from tests.world import World

Plan = Callable[..., int]
KEY = str(SETTINGS["SECRET_KEY"])
END = NOON + timedelta(hours=1, seconds=120)
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = :lock AND NOT granted")
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


def until_one_waits(engine: Engine, lock: str = "advisory") -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as onlooker:
        for _ in range(2000):
            if onlooker.scalar(WAITING, {"lock": lock}):
                return
            sleep(0.005)
    pytest.fail("nobody waits")


def let_in(connection: Connection, sitting: int) -> storing.Asked:
    """What the sheets of a sitting are let in by."""
    assert storing._share(connection, {sitting}, lambda: NOON) == {sitting}
    return storing._ask(connection, {sitting})[sitting]


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
            assert let_in(connection, sitting) is not None
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

    def seen() -> bool:
        with engine.begin() as connection:
            return let_in(connection, sitting).times.paused

    with ThreadPoolExecutor(1) as threads, Session(engine) as button:
        hold_sitting(button, sitting).paused = True
        button.flush()
        came = threads.submit(seen)
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
                let_in(connection, sitting)
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
            storing._share(connection, {second, first}, lambda: NOON)

    with ThreadPoolExecutor(1) as threads, Session(engine) as button:
        hold_sitting(button, first)
        sharing = threads.submit(share)
        until_one_waits(engine)
        assert button.scalars(HELD).all() == [first]
        button.rollback()
        sharing.result()


@pytest.fixture
def ticking() -> Iterator[time_machine.Traveller]:
    """A clock that goes on: whoever waits for a connection does not wait for ever."""
    with time_machine.travel(NOON) as clock:
        yield clock


def test_pages_that_use_up_all_connections_keep_no_door_and_no_sheet_waiting(
    app_on_postgresql: Flask,
    engine: Engine,
    session: Session,
    plan: Plan,
    key_of: Plan,
    world: World,
    ticking: time_machine.Traveller,
) -> None:
    door, guess = f"/D/{key_of(plan(), hall=world.halls[0])}", "/D/" + "0" * 26
    session.rollback()
    phone = Phone(app_on_postgresql.test_client(), door)
    form = phone.form.hidden | {"cell": str(world.cells[0][0]), "anyway": "1", "q0": "0"}
    browser = Browser(Front(app_on_postgresql, Gateway(app_on_postgresql, largest=len)))
    sent = [(door, form | {"r": letter * 32}, {"accept": "application/json"}) for letter in "ab"]
    assert browser.post(*sent[0]).json["state"] == "recorded"
    assert browser.get(guess).status == 404
    held = [engine.connect() for _ in range(16)]
    try:
        ticking.shift(2)  # whether it is open has to be read again
        assert browser.get(guess).status == 404
        assert browser.get(door).status == 200
        assert browser.post(*sent[1]).json["state"] == "recorded"
    finally:
        for connection in held:
            connection.close()


def test_whose_sitting_is_being_sealed_is_asked_to_come_again_and_keeps_nobody_waiting(
    engine: Engine, session: Session, plan: Plan, world: World
) -> None:
    """Sealing writes every sheet and every ticket anew, and for a large sitting that takes long."""
    over, other = plan(tickets=True), plan(closes_at=END + timedelta(hours=1))
    cell = world.cells[0][0]
    lay_tickets(session, over, {cell: 2}, secret_key=KEY, now=NOON)
    codes = slips_of(session, over, [cell], secret_key=KEY)[cell]
    marks = [mark_of(over, code, secret_key=KEY) for code in codes]

    def entry(sitting: int, receipt: bytes, mark: bytes | None = None) -> storing.Entry:
        return storing.Entry(
            sitting_id=sitting,
            edition_id=world.edition,
            receipt=receipt * 16,
            unit_id=None if mark else cell,
            hall_id=None,
            mode="own",
            answers="0;02;0",
            issued_at=NOON,
            ticket=mark,
        )

    def store(*entries: storing.Entry, now: datetime = END) -> list[type[Exception] | None]:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = '3s'"))
            outcomes = storing.store(connection, entries, lambda: now)
        return [type(outcome) if outcome else None for outcome in outcomes]

    session.rollback()
    kept = entry(over, b"a", marks[0])
    assert store(kept, now=NOON) == [None]
    batch = [entry(over, b"b", marks[1]), kept, entry(other, b"c")]
    sealing.rewrite(session, over, now=END)
    assert store(*batch) == [storing.Busy, None, None]
    session.commit()
    assert store(*batch) == [storing.NotOpen, None, None]


def test_a_receipt_that_two_hosts_are_sent_with_two_slips_spends_one(
    engine: Engine, session: Session, plan: Plan, world: World
) -> None:
    cell, sitting = world.cells[0][0], plan(tickets=True)
    lay_tickets(session, sitting, {cell: 2}, secret_key=KEY, now=NOON)
    codes = slips_of(session, sitting, [cell], secret_key=KEY)[cell]
    session.rollback()

    def hand_in(connection: Connection, code: str) -> list[storing.Outcome]:
        mark = mark_of(sitting, code, secret_key=KEY)
        entry = storing.Entry(
            sitting, world.edition, b"one of a phone's", None, None, "own", "0;02;0", NOON, mark
        )
        return storing.store(connection, [entry], lambda: NOON)

    def elsewhere() -> list[storing.Outcome]:
        with engine.begin() as connection:
            return hand_in(connection, codes[1])

    with ThreadPoolExecutor(1) as threads:
        with engine.begin() as connection:
            assert hand_in(connection, codes[0]) == [None]
            second = threads.submit(elsewhere)
            until_one_waits(engine, "transactionid")  # for the row of the first
        assert second.result() == [None]
    assert tickets_of(session, sitting)[cell] == (2, 1)
