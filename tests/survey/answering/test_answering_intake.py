"""The one writer: what it acknowledges is stored, what it cannot store it does not acknowledge."""

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from survey.answering import intake as intake_module
from survey.answering.intake import Intake
from survey.answering.models import Sheet
from survey.answering.storing import AlreadyHandedIn, Busy, Entry, NotOpen, OtherEdition
from survey.sittings import operations as sittings
from survey.sittings.models import State
from tests.conftest import NOON
from tests.world import World

Plan = Callable[..., int]


@pytest.fixture
def session(store: Flask) -> Iterator[Session]:
    with Session(store.extensions["survey_engine"]) as own:
        yield own


@pytest.fixture
def intake(engine: Engine) -> Intake:
    return Intake(engine, lambda: NOON)


@pytest.fixture
def entry(plan: Plan, world: World) -> Callable[..., Entry]:
    sitting = plan()

    def made(number: int, answers: str = "0;02;0") -> Entry:
        return Entry(
            sitting_id=sitting,
            edition_id=world.edition,
            receipt=number.to_bytes(16, "big"),
            unit_id=world.cells[0][0],
            hall_id=None,
            mode="own",
            answers=answers,
            issued_at=NOON,
        )

    return made


def stored(engine: Engine) -> Counter[bytes]:
    with Session(engine) as session:
        return Counter(row.receipt for row in session.query(Sheet))


def outcome(intake: Intake, entry: Entry) -> str:
    try:
        intake.take(entry)
    except (AlreadyHandedIn, Busy, NotOpen, OtherEdition) as refusal:
        return type(refusal).__name__
    return "taken"


def test_a_storm_with_every_sheet_sent_three_times_is_stored_once_each(
    intake: Intake, engine: Engine, entry: Callable[..., Entry]
) -> None:
    entries = [entry(number) for number in range(300)] * 3
    with ThreadPoolExecutor(32) as phones:
        outcomes = Counter(phones.map(lambda e: outcome(intake, e), entries))
    assert outcomes == {"taken": 900}
    assert stored(engine) == {number.to_bytes(16, "big"): 1 for number in range(300)}


def test_of_two_different_sheets_with_one_receipt_in_one_batch_one_stands(
    intake: Intake, engine: Engine, entry: Callable[..., Entry]
) -> None:
    pair = [entry(1, "0;02;0"), entry(1, "1;;1")]
    with ThreadPoolExecutor(2) as phones:
        outcomes = sorted(phones.map(lambda e: outcome(intake, e), pair))
    assert outcomes == ["AlreadyHandedIn", "taken"]
    assert sum(stored(engine).values()) == 1


def test_nothing_lands_after_closing_and_nothing_acknowledged_is_missing(
    engine: Engine, session: Session, entry: Callable[..., Entry]
) -> None:
    """Phones hand in while the button is pressed; the clock stands still, so only the order of
    transactions decides. Whatever was taken is there when closing returns."""
    intake = Intake(engine, lambda: NOON)
    taken: list[bytes] = []
    pressed = threading.Event()

    def phone(number: int) -> None:
        mine = entry(number)
        if number == 100:
            pressed.set()
        if outcome(intake, mine) == "taken":
            taken.append(mine.receipt)

    first = entry(0)
    with ThreadPoolExecutor(16) as phones:
        running = [phones.submit(phone, number) for number in range(1, 400)]
        pressed.wait()
        sittings.close_sitting(session, first.sitting_id, now=NOON)
        at_closing = stored(engine)
        for future in running:
            future.result()
    assert stored(engine) == at_closing
    assert Counter(taken) == at_closing


@pytest.mark.parametrize("store", ["app"], indirect=True)
def test_a_disk_that_is_full_is_told_as_busy_and_nothing_is_half_written(
    engine: Engine, entry: Callable[..., Entry]
) -> None:
    entries = [entry(number) for number in range(400)]

    def fill(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    engine.dispose()
    event.listen(engine, "connect", fill)
    intake = Intake(engine, lambda: NOON)
    with ThreadPoolExecutor(8) as phones:
        told = list(phones.map(lambda e: outcome(intake, e), entries))
    outcomes = {entry.receipt: how for entry, how in zip(entries, told, strict=True)}
    taken = {receipt for receipt, how in outcomes.items() if how == "taken"}
    assert set(outcomes.values()) == {"taken", "Busy"}
    assert set(stored(engine)) == taken


@pytest.mark.parametrize("store", ["app"], indirect=True)
def test_a_store_that_somebody_else_has_locked_is_told_as_busy_and_takes_the_sheet_afterwards(
    engine: Engine, entry: Callable[..., Entry]
) -> None:
    sheet, path = entry(1), str(engine.url.database)
    engine.dispose()
    event.listen(engine, "connect", lambda own, _: own.execute("PRAGMA busy_timeout = 100"))
    intake = Intake(engine, lambda: NOON)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert outcome(intake, sheet) == "Busy"
        other.execute("ROLLBACK")
    assert outcome(intake, sheet) == "taken"
    assert sum(stored(engine).values()) == 1


def test_a_sheet_of_a_hall_that_was_removed_meanwhile_keeps_no_other_out(
    intake: Intake, engine: Engine, entry: Callable[..., Entry]
) -> None:
    entries = [entry(n)._replace(hall_id=999) if n == 20 else entry(n) for n in range(40)]
    with ThreadPoolExecutor(40) as phones:
        told = list(phones.map(lambda e: outcome(intake, e), entries))
    assert told == ["OtherEdition" if n == 20 else "taken" for n in range(40)]
    assert sum(stored(engine).values()) == 39


def test_those_who_wait_in_an_event_loop_are_told_as_those_in_threads_are(
    intake: Intake, engine: Engine, entry: Callable[..., Entry]
) -> None:
    async def told(one: Entry) -> str:
        try:
            await intake.taken(one)
        except (AlreadyHandedIn, NotOpen) as refusal:
            return type(refusal).__name__
        return "taken"

    async def all_told() -> list[str]:
        gone = entry(300)._replace(sitting_id=999)
        return list(await asyncio.gather(*map(told, [*map(entry, range(300)), gone])))

    assert asyncio.run(all_told()) == ["taken"] * 300 + ["NotOpen"]
    assert asyncio.run(told(entry(7, "1;;1"))) == "AlreadyHandedIn"
    assert sum(stored(engine).values()) == 300


def test_a_caller_whom_the_writer_does_not_tell_in_time_is_asked_to_come_again(
    engine: Engine, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "PATIENCE", 0.1)
    go_on = threading.Event()

    def slow_clock() -> datetime:
        go_on.wait(10)
        return NOON

    intake = Intake(engine, slow_clock)
    assert outcome(intake, entry(1)) == "Busy"
    with pytest.raises(Busy):
        asyncio.run(intake.taken(entry(2)))
    go_on.set()
    monkeypatch.setattr(intake_module, "PATIENCE", 10)
    assert [outcome(intake, entry(n)) for n in (1, 2, 3)] == ["taken"] * 3  # late, and once each
    assert sum(stored(engine).values()) == 3


def test_after_a_fault_the_same_writer_goes_on(engine: Engine, entry: Callable[..., Entry]) -> None:
    intake = Intake(engine, lambda: NOON)
    sheet = entry(1)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE sheet RENAME TO away"))
    assert outcome(intake, sheet) == "Busy"
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO sheet"))
    assert outcome(intake, sheet) == "taken"


def test_a_full_queue_sends_the_next_phone_away(
    engine: Engine, entry: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "WAITING", 1)
    waiting = threading.Event()

    def slow_clock() -> datetime:
        waiting.wait(10)
        return NOON

    intake = Intake(engine, slow_clock)
    with ThreadPoolExecutor(20) as phones:
        running = [phones.submit(outcome, intake, entry(number)) for number in range(20)]
        # Those who look at the queue in one moment may be a few more than it holds.
        while sum(future.done() for future in running) < 10:
            waiting.wait(0.01)
        waiting.set()
        outcomes = Counter(future.result() for future in running)
    assert set(outcomes) == {"Busy", "taken"}
    assert sum(stored(engine).values()) == outcomes["taken"] < 10


@pytest.mark.parametrize(
    ("after", "issued", "expected"),
    [
        (-1, -1, State.PLANNED),
        (0, 0, None),
        (3599, 0, None),
        (3600, 3599, None),  # a page from before closing, within the grace
        (3719, 3599, None),
        (3720, 3599, State.CLOSED),
        (3600, 3600, State.CLOSED),  # a page from after closing
    ],
)
def test_the_servers_clock_alone_decides(
    engine: Engine,
    entry: Callable[..., Entry],
    after: int,
    issued: int,
    expected: State | None,
) -> None:
    intake = Intake(engine, lambda: NOON + timedelta(seconds=after))
    sheet = entry(1)._replace(issued_at=NOON + timedelta(seconds=issued))
    if expected is None:
        intake.take(sheet)
    else:
        with pytest.raises(NotOpen) as refusal:
            intake.take(sheet)
        assert refusal.value.state is expected
    assert sum(stored(engine).values()) == (expected is None)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["0;02;0", "1;;1", ";;"])), max_size=30)
)
def test_whatever_is_sent_in_whatever_order_the_first_of_each_receipt_stands(
    engine: Engine, entry: Callable[..., Entry], sent: list[tuple[int, str]]
) -> None:
    with Session(engine) as session:
        session.query(Sheet).delete()
        session.commit()
    intake = Intake(engine, lambda: NOON)
    first: dict[int, str] = {}
    for number, answers in sent:
        first.setdefault(number, answers)
        expected = "taken" if first[number] == answers else "AlreadyHandedIn"
        assert outcome(intake, entry(number, answers)) == expected
    with Session(engine) as session:
        kept = {row.receipt: row.answers for row in session.query(Sheet)}
    assert kept == {number.to_bytes(16, "big"): text for number, text in first.items()}
