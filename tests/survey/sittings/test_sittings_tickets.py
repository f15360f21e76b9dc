"""Tickets: the code on a slip, and what is laid down, held and spent."""

import hmac
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, select, text
from sqlalchemy.orm import Session

from survey import db
from survey.sittings import operations, tickets
from survey.sittings.models import Ticket
from survey.sittings.operations import SittingClosed
from survey.sittings.tickets import (
    LETTERS,
    TicketHeld,
    TicketsNotTaken,
    find_ticket,
    grouped,
    hold_tickets,
    lay_tickets,
    mark_of,
    read_ticket,
    slips_of,
    spend_tickets,
    tickets_of,
)
from tests.survey.sittings.stage import KEY, NOON, Stage, mark, plan

CODES = ("49TV-T9BZ-PX2F", "54GV-MKZ1-K40P", "MC3K-9R9M-9PPN", "0000-0000-0000")


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int) -> int:
    return plan(session, stage, conference, tickets=True)


def laid(session: Session, sitting: int, counts: dict[int, int]) -> dict[int, list[str]]:
    """The codes of the cells, after this was laid."""
    lay_tickets(session, sitting, counts, secret_key=KEY, now=NOON)
    return slips_of(session, sitting, list(counts), secret_key=KEY)


def writing(app: Flask) -> AbstractContextManager[Connection]:
    """A transaction like that of the intake."""
    engine: Engine = app.extensions["survey_engine"]
    return engine.execution_options(writes=True).begin()


@contextmanager
def noted(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """The statements made meanwhile."""
    engine = app.extensions["survey_engine"]
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        statements.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


# ------------------------------------------------------------------ the code


@pytest.mark.parametrize("shown", CODES)
def test_every_single_wrong_letter_is_found_out(shown: str) -> None:
    code = read_ticket(shown)
    assert code is not None
    wrong = [
        code[:place] + letter + code[place + 1 :]
        for place in range(12)
        for letter in LETTERS
        if letter != code[place]
    ]
    assert len(wrong) == 12 * 26
    assert [read_ticket(each) for each in wrong] == [None] * len(wrong)


def test_every_exchange_of_two_neighbours_is_found_out() -> None:
    """For each place and each two letters, in a code that has them there."""
    found = 0
    for place in range(11):
        for left in LETTERS:
            for right in LETTERS.replace(left, ""):
                other = 0 if place > 1 else 5  # a place that makes the check letter fit
                codes = (
                    "".join(
                        left if at == place else right if at == place + 1
                        else fit if at == other else "7"
                        for at in range(12)
                    )
                    for fit in LETTERS
                )  # fmt: skip
                code = next(each for each in codes if read_ticket(each))
                turned = code[:place] + right + left + code[place + 2 :]
                assert read_ticket(turned) is None
                found += 1
    assert found == 11 * 27 * 26


@pytest.mark.parametrize(
    "typed",
    [
        "49TVT9BZPX2F",
        "49tv-t9bz-px2f",
        " 49 TV t9.bz\u00a0PX–2f ",
        "４９ＴＶ－Ｔ９ＢＺ－ＰＸ２Ｆ",
        "٤9TV-T٩BZ-PX٢F",
    ],
)
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert read_ticket(typed) == "49TVT9BZPX2F"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert read_ticket("54GV-MKZ1-K40P") == "54GVMKZ1K40P"
    for typed in ("54GV-MKZI-K4OP", "54gv-mkzl-k4op", "54gv-mkzi-k40p"):
        assert read_ticket(typed) == "54GVMKZ1K40P"


@pytest.mark.parametrize(
    "typed",
    ["", "49TVT9BZPX2", "49TVT9BZPX2F0", "49TV/T9BZ/PX2F", "49TVT9BZPX2Ê", "-" * 99, "4" * 5000],
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_ticket(typed) is None


@given(st.text(max_size=40))
def test_any_text_at_all_can_be_typed(typed: str) -> None:
    read = read_ticket(typed)
    assert read is None or (len(read) == 12 and set(read) <= set(LETTERS))


def test_no_letter_becomes_another_one_on_a_vietnamese_keyboard() -> None:
    """Telex and VNI put their marks on vowels, D and W only."""
    assert not set("AEIOUYDW") & set(LETTERS)
    assert len(set(LETTERS)) == 27


# ------------------------------------------------------------------ laid


def test_a_cell_gets_as_many_tickets_as_asked_for_each_with_its_own_code(
    session: Session, stage: Stage, sitting: int
) -> None:
    codes = laid(session, sitting, {stage.north_1: 12, stage.south_1: 300})
    assert tickets_of(session, sitting) == {stage.north_1: (12, 0), stage.south_1: (300, 0)}
    both = [code for cell in codes.values() for code in cell]
    assert (len(both), len(set(both))) == (312, 312)
    assert [read_ticket(grouped(code)) for code in both] == both
    held = [find_ticket(session, sitting, mark(sitting, code)) for code in both]
    assert (
        held == [TicketHeld(stage.north_1, False)] * 12 + [TicketHeld(stage.south_1, False)] * 300
    )


def test_the_codes_use_every_letter_at_every_place(
    session: Session, stage: Stage, sitting: int
) -> None:
    codes = laid(session, sitting, {stage.north_1: 500})[stage.north_1]
    assert [len({code[place] for code in codes}) for place in range(12)] == [27] * 12


def test_the_same_counts_again_change_nothing_and_fewer_take_none_away(
    session: Session, stage: Stage, sitting: int
) -> None:
    first = laid(session, sitting, {stage.north_1: 5})
    assert laid(session, sitting, {stage.north_1: 5}) == first
    assert laid(session, sitting, {stage.north_1: 3}) == first
    assert laid(session, sitting, {stage.north_1: 0}) == first


def test_more_are_added_to_those_that_are_there(
    session: Session, stage: Stage, sitting: int
) -> None:
    first = laid(session, sitting, {stage.north_1: 5})[stage.north_1]
    with db.writing(session):
        spend_tickets(session.connection(), [(sitting, mark(sitting, first[2]))])
    more = laid(session, sitting, {stage.north_1: 7})[stage.north_1]
    assert more[:5] == first
    assert len(set(more)) == 7
    assert tickets_of(session, sitting) == {stage.north_1: (7, 1)}


def test_a_code_that_is_taken_is_passed_over_and_the_next_number_stands_in(
    session: Session, stage: Stage, sitting: int
) -> None:
    """As if the third and last code of one cell were by chance also one of another cell."""
    marks = [
        mark(sitting, code) for code in laid(session, sitting, {stage.north_1: 3})[stage.north_1]
    ]
    with db.writing(session):
        for ticket in session.scalars(select(Ticket)).all():
            session.delete(ticket)
        session.flush()
        session.add(Ticket(sitting_id=sitting, mark=marks[2], unit_id=stage.south_1, number=1))
    codes = laid(session, sitting, {stage.north_1: 3})[stage.north_1]
    assert [mark(sitting, code) for code in codes[:2]] == marks[:2]
    assert len(set(codes)) == 3
    assert marks[2] not in {mark(sitting, code) for code in codes}
    assert tickets_of(session, sitting) == {stage.north_1: (3, 0), stage.south_1: (1, 0)}


def test_a_sitting_open_to_every_phone_gets_no_tickets(
    session: Session, stage: Stage, conference: int
) -> None:
    doors = plan(session, stage, conference)
    with pytest.raises(TicketsNotTaken):
        laid(session, doors, {stage.north_1: 1})
    assert tickets_of(session, doors) == {}


def test_tickets_are_added_until_it_is_closed(session: Session, stage: Stage, sitting: int) -> None:
    operations.open_sitting(session, sitting, now=NOON)
    laid(session, sitting, {stage.north_1: 1})
    operations.pause_sitting(session, sitting, now=NOON)
    laid(session, sitting, {stage.north_1: 2})
    operations.resume_sitting(session, sitting, now=NOON)
    operations.close_sitting(session, sitting, now=NOON)
    with pytest.raises(SittingClosed):
        laid(session, sitting, {stage.north_1: 3})
    assert tickets_of(session, sitting) == {stage.north_1: (2, 0)}


def test_laid_by_several_at_once_they_are_the_same_tickets(
    app: Flask, session: Session, stage: Stage, sitting: int
) -> None:
    ready = Barrier(4)
    codes: list[list[str]] = []

    def run(count: int) -> None:
        with app.app_context():
            own = db.session()
            ready.wait()
            codes.append(laid(own, sitting, {stage.north_1: count})[stage.north_1])

    session.rollback()
    threads = [Thread(target=run, args=(count,)) for count in (20, 20, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 4
    assert {tuple(each[:20]) for each in codes} == {tuple(codes[0][:20])}
    assert tickets_of(session, sitting) == {stage.north_1: (30, 0)}


def test_a_province_is_laid_a_part_at_a_time_and_each_asks_whether_it_is_closed(
    app: Flask, session: Session, stage: Stage, sitting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sheets that come in meanwhile wait for one part, and a button too."""
    operations.open_sitting(session, sitting, now=NOON)
    monkeypatch.setattr(tickets, "BATCH", 4)

    def close_after_two(*_ended: object) -> None:
        with Session(app.extensions["survey_engine"]) as other:
            if tickets_of(other, sitting) == {stage.north_1: (8, 0)}:
                operations.close_sitting(other, sitting, now=NOON)

    event.listen(session, "after_transaction_end", close_after_two)
    with pytest.raises(SittingClosed):
        laid(session, sitting, {stage.north_1: 10})
    event.remove(session, "after_transaction_end", close_after_two)
    assert tickets_of(session, sitting) == {stage.north_1: (8, 0)}


# ------------------------------------------------------------------ whose codes they are


def test_nothing_of_a_code_is_in_the_store(session: Session, stage: Stage, sitting: int) -> None:
    (code,) = laid(session, sitting, {stage.north_1: 1})[stage.north_1]
    row = session.execute(select(Ticket.__table__)).one()
    assert row == (sitting, mark(sitting, code), stage.north_1, 1, False)
    assert code.encode() not in row.mark


def test_what_is_in_the_store_tells_no_code_to_whoever_tries_them_all_without_the_key(
    session: Session, stage: Stage, sitting: int
) -> None:
    (code,) = laid(session, sitting, {stage.north_1: 1})[stage.north_1]
    own_key = hmac.digest(KEY.encode(), b"sittings.mark", "sha256")
    keyed = hmac.digest(own_key, f"{sitting} {code}".encode(), "sha256")[:16]
    assert session.scalars(select(Ticket.mark)).one() == keyed
    assert mark_of(sitting, code, secret_key="another") != keyed


def test_another_sitting_has_other_codes_even_one_with_a_number_that_a_restored_store_forgot(
    session: Session, stage: Stage, conference: int, sitting: int
) -> None:
    codes = laid(session, sitting, {stage.north_1: 50})[stage.north_1]
    other = plan(session, stage, conference, tickets=True)
    assert not set(codes) & set(laid(session, other, {stage.north_1: 50})[stage.north_1])
    operations.drop_sitting(session, other, now=NOON)
    assert tickets_of(session, other) == {}
    operations.drop_sitting(session, sitting, now=NOON)
    with db.writing(session):
        session.execute(text("DELETE FROM sqlite_sequence"))
    again = plan(session, stage, conference, tickets=True)
    assert again == sitting
    assert not set(codes) & set(laid(session, again, {stage.north_1: 50})[stage.north_1])


def test_a_ticket_says_nothing_in_another_sitting(
    session: Session, stage: Stage, conference: int, sitting: int
) -> None:
    (code,) = laid(session, sitting, {stage.north_1: 1})[stage.north_1]
    other = plan(session, stage, conference, tickets=True)
    assert mark(sitting, code) != mark(other, code)
    assert find_ticket(session, other, mark(sitting, code)) is None
    assert find_ticket(session, other, mark(other, code)) is None


def test_tickets_laid_under_another_key_let_nobody_in_and_others_are_laid_beside_them(
    session: Session, stage: Stage, sitting: int
) -> None:
    cell = stage.north_1
    lay_tickets(session, sitting, {cell: 3}, secret_key="an older one", now=NOON)
    old = slips_of(session, sitting, [cell], secret_key="an older one")[cell]
    assert slips_of(session, sitting, [cell], secret_key=KEY) == {}
    new = laid(session, sitting, {cell: 5})[cell]
    assert (len(old), len(new)) == (3, 2)
    found = [find_ticket(session, sitting, mark(sitting, code)) for code in old + new]
    assert found == [None] * 3 + [(cell, False)] * 2


# ------------------------------------------------------------------ spent


def test_tickets_of_several_sittings_are_held_and_spent_in_one_transaction(
    app: Flask, session: Session, stage: Stage, conference: int, sitting: int
) -> None:
    other = plan(session, stage, conference, tickets=True)
    here = [
        mark(sitting, code) for code in laid(session, sitting, {stage.north_1: 3})[stage.north_1]
    ]
    there = mark(other, laid(session, other, {stage.south_1: 1})[stage.south_1][0])
    wanted = [(sitting, here[0]), (sitting, here[2]), (other, there), (other, here[1])]
    session.rollback()
    with writing(app) as connection:
        assert hold_tickets(connection, wanted) == {
            (sitting, here[0]): TicketHeld(stage.north_1, False),
            (sitting, here[2]): TicketHeld(stage.north_1, False),
            (other, there): TicketHeld(stage.south_1, False),
        }
        spend_tickets(connection, [(sitting, here[0]), (other, there)])
    assert find_ticket(session, sitting, here[0]) == (stage.north_1, True)
    assert find_ticket(session, sitting, here[1]) == (stage.north_1, False)
    assert find_ticket(session, sitting, here[2]) == (stage.north_1, False)
    assert tickets_of(session, sitting) == {stage.north_1: (3, 1)}
    assert tickets_of(session, other) == {stage.south_1: (1, 1)}


def test_what_is_undone_spends_nothing(
    app: Flask, session: Session, stage: Stage, sitting: int
) -> None:
    (code,) = laid(session, sitting, {stage.north_1: 1})[stage.north_1]
    key = (sitting, mark(sitting, code))
    session.rollback()
    with app.extensions["survey_engine"].connect() as connection:
        spend_tickets(connection, [key])
        assert hold_tickets(connection, [key]) == {key: (stage.north_1, True)}
        connection.rollback()
    assert find_ticket(session, *key) == (stage.north_1, False)


def test_no_tickets_are_held_and_spent_where_none_are_named(
    app: Flask, session: Session, stage: Stage, sitting: int
) -> None:
    laid(session, sitting, {stage.north_1: 2})
    session.rollback()
    with writing(app) as connection:
        assert hold_tickets(connection, []) == {}
        spend_tickets(connection, [])
    assert tickets_of(session, sitting) == {stage.north_1: (2, 0)}


def test_a_whole_batch_is_held_by_the_key_and_never_by_reading_all(
    app: Flask, session: Session, stage: Stage, conference: int, sitting: int
) -> None:
    codes = laid(session, sitting, {stage.north_1: 600})[stage.north_1]
    wanted = [(sitting, mark(sitting, code)) for code in codes[:500]]
    session.rollback()
    with writing(app) as connection, noted(app) as statements:
        assert len(hold_tickets(connection, wanted)) == 500
        spend_tickets(connection, wanted)
        assert len(statements) == 2
        for statement, values in list(statements):
            plan_of = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert "SEARCH ticket USING PRIMARY KEY (sitting_id=? AND mark=?)" in str(plan_of)
    assert tickets_of(session, sitting) == {stage.north_1: (600, 500)}
