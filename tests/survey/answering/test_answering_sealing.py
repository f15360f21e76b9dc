"""Sealing: the same sheets, in another order, without receipts, once."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.orm import Session

from survey import db
from survey.answering import queries, sealing, sweeping
from survey.answering.models import Seal, SealedMode, SealedReceipt, SealedSheet, Sheet
from survey.answering.sweeping import may_sweep, sweep
from survey.papers.models import Edition
from survey.results.models import HallTally, LiveTally, UnitTally
from survey.sittings.models import Sitting, Ticket
from tests.conftest import NOON
from tests.world import World

Plan = Callable[..., int]
END = NOON + timedelta(hours=1, seconds=120)
ANSWERS = ("0;02;0", "1;;1", ";;", "2;012;0")


@pytest.fixture
def session(store: Flask) -> Iterator[Session]:
    with Session(store.extensions["survey_engine"]) as own:
        yield own


def receipt(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()[:16]


def fill(session: Session, sitting: int, world: World, count: int = 60) -> None:
    """Sheets with and without a hall, and a ticket for each."""
    cells = [cell for commune in world.cells for cell in commune]
    with db.writing(session):
        for number in range(count):
            place = {"unit_id": cells[number % 6], "sitting_id": sitting}
            session.add(
                Sheet(
                    receipt=receipt(number),
                    hall_id=world.halls[0] if number % 3 else None,
                    mode="own" if number % 5 else "shared",
                    answers=ANSWERS[number % 4],
                    **place,
                )
            )
            session.add(Ticket(mark=receipt(-number - 1), number=number, spent=True, **place))


@pytest.fixture
def filled(session: Session, plan: Plan, world: World) -> int:
    sitting = plan()
    fill(session, sitting, world)
    return sitting


def seal(session: Session, sitting: int) -> Seal:
    with db.writing(session):
        return sealing.rewrite(session, sitting, now=END)


def counted(session: Session, sitting: int) -> tuple[object, ...]:
    return (
        sorted(queries.sheets_of(session, sitting), key=str),
        queries.answered(session, sitting),
        queries.answered_by(session, sitting),
        queries.answered_total(session, sitting),
        queries.answered_in_halls(session, sitting).get(1, 0),
    )


def test_what_is_counted_is_the_same_before_and_after(session: Session, filled: int) -> None:
    before = counted(session, filled)
    assert seal(session, filled).sheets == 60
    assert counted(session, filled) == before
    assert before[3:] == (60, 40)
    assert session.scalars(select(Sheet)).all() == []


def test_the_one_of_a_cell_who_borrowed_a_phone_is_counted_and_has_no_sheet_that_says_so(
    session: Session, plan: Plan, world: World
) -> None:
    """Everybody saw who it was."""
    sitting, cell, other = plan(), world.cells[0][0], world.cells[1][0]
    came = [(cell, "own")] * 3 + [(cell, "shared")] + [(other, "own")] * 2
    with db.writing(session):
        for number, (unit, mode) in enumerate(came):
            values = {"unit_id": unit, "mode": mode, "answers": ANSWERS[number % 4]}
            session.add(Sheet(sitting_id=sitting, receipt=receipt(number), **values))
    seal(session, sitting)
    counts = {(cell, "own"): 3, (cell, "shared"): 1, (other, "own"): 2}
    assert queries.answered_by(session, sitting) == counts
    rows = session.execute(select(SealedSheet.__table__)).mappings().all()
    assert {frozenset(row) for row in rows} == {
        frozenset(("sitting_id", "place", "unit_id", "hall_id", "answers"))
    }


def test_the_receipts_are_kept_apart(session: Session, filled: int) -> None:
    seal(session, filled)
    known = {(filled, receipt(number)) for number in range(60)}
    asked = {*known, (filled, b"?" * 16), (filled + 1, receipt(0))}
    assert sealing.sealed_receipts(session.connection(), asked) == known
    listed = [one for some in sealing.receipts_of(session, filled) for one in some]
    assert listed == sorted(receipt(number) for number in range(60))


def test_the_order_is_drawn_anew_each_time(session: Session, plan: Plan, world: World) -> None:
    """Sixty answers all different: no two sealings give the same order, or that of receipts."""
    orders = []
    for _ in range(2):
        sitting = plan()
        with db.writing(session):
            for number in range(60):
                session.add(
                    Sheet(
                        sitting_id=sitting,
                        receipt=receipt(number),
                        unit_id=world.cells[0][0],
                        mode="own",
                        answers=f"{number:02}",
                    )
                )
        seal(session, sitting)
        rows = session.execute(
            select(SealedSheet.place, SealedSheet.answers)
            .where(SealedSheet.sitting_id == sitting)
            .order_by(SealedSheet.place)
        ).all()
        assert [row.place for row in rows] == list(range(60))
        orders.append([int(row.answers) for row in rows])
    by_receipt = sorted(range(60), key=receipt)
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(60))
    assert orders[0] != orders[1]
    assert by_receipt not in orders


def test_tickets_are_what_they_were(session: Session, filled: int) -> None:
    def tickets() -> list[tuple[object, ...]]:
        columns = (Ticket.mark, Ticket.unit_id, Ticket.number, Ticket.spent)
        return [tuple(row) for row in session.execute(select(*columns).order_by(Ticket.mark))]

    before = tickets()
    seal(session, filled)
    assert tickets() == before
    assert len(before) == 60


def test_another_sitting_is_left_alone(
    session: Session, plan: Plan, world: World, filled: int
) -> None:
    other = plan()
    fill(session, other, world, 7)
    seal(session, filled)
    assert queries.answered_total(session, other) == 7
    assert queries.seal_of(session, other) is None
    assert set(session.scalars(select(SealedMode.sitting_id))) == {filled}


@pytest.mark.parametrize("seconds", [-3600, 0, 119])
def test_a_sitting_is_not_sealed_while_a_late_sheet_may_come(
    session: Session, filled: int, seconds: int
) -> None:
    now = NOON + timedelta(hours=1, seconds=seconds)
    with pytest.raises(sealing.NotDue), db.writing(session):
        sealing.rewrite(session, filled, now=now)
    assert session.scalars(select(Seal)).all() == []
    assert queries.answered_total(session, filled) == 60


def test_two_who_seal_together_seal_once(session: Session, store: Flask, filled: int) -> None:
    def one(_: int) -> str:
        with Session(store.extensions["survey_engine"]) as own:
            return seal(own, filled).digest

    with ThreadPoolExecutor(4) as processes:
        digests = set(processes.map(one, range(4)))
    assert len(digests) == 1
    assert session.scalars(select(Seal.sheets)).all() == [60]
    assert len(session.scalars(select(SealedSheet)).all()) == 60


# ------------------------------------------------------------------ the digest


def test_a_stranger_computes_the_digest_from_what_the_docstring_says(
    session: Session, filled: int
) -> None:
    said = seal(session, filled).digest
    content = session.scalars(select(Edition.content)).one()
    lines = [
        "seal 1",
        f"edition {hashlib.sha256(content.encode()).hexdigest()}",
        f"sitting {filled}",
        "sheets",
        *(
            "\t".join([str(sheet.unit_id), str(sheet.hall_id or ""), sheet.answers])
            for sheet in session.scalars(select(SealedSheet).order_by(SealedSheet.place))
        ),
        "modes",
        *(
            f"{row.unit_id}\t{row.mode}\t{row.sheets}"
            for row in session.scalars(
                select(SealedMode).order_by(SealedMode.unit_id, SealedMode.mode)
            )
        ),
        "receipts",
        *sorted(row.receipt.hex() for row in session.scalars(select(SealedReceipt))),
    ]
    text = "".join(f"{line}\n" for line in lines)
    assert hashlib.sha256(text.encode()).hexdigest() == said


FORGERIES = {
    "answers": update(SealedSheet).where(SealedSheet.place == 7).values(answers="0;0;0"),
    "cell": update(SealedSheet).where(SealedSheet.place == 7).values(unit_id=1),
    "modes": update(SealedMode).where(SealedMode.sheets == 2).values(sheets=3),
    "order": update(SealedSheet).where(SealedSheet.place == 7).values(place=60),
    "one less": delete(SealedSheet).where(SealedSheet.place == 59),
    "a receipt less": delete(SealedReceipt).where(SealedReceipt.receipt == receipt(3)),
    "another paper": update(Edition).values(content=Edition.content + " "),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_whatever_is_changed_breaks_the_seal(session: Session, filled: int, forgery: str) -> None:
    seal(session, filled)
    assert sealing.check_seal(session, filled) is True
    with db.writing(session):
        session.execute(FORGERIES[forgery])
    assert sealing.check_seal(session, filled) is False


# ------------------------------------------------------------------ sweeping


def test_sweeping_loses_nothing(session: Session, engine: Engine, filled: int) -> None:
    seal(session, filled)
    before = counted(session, filled)
    session.rollback()
    assert sweep(engine, thorough=True) is True
    assert counted(session, filled) == before
    assert sealing.check_seal(session, filled) is True


def bytes_of(engine: Engine) -> bytes:
    """All that stands in the files of the store; of PostgreSQL in those of its tables."""
    if engine.dialect.name == "sqlite":
        folder = Path(str(engine.url.database)).parent
        return b"".join(path.read_bytes() for path in sorted(folder.glob("survey.sqlite*")))
    where = "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.scalar(text(f"{where} WHERE datname = current_database()")))
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_sums_that_were_shown_before_are_swept_out_with_the_sheets(
    session: Session, engine: Engine, filled: int, world: World
) -> None:
    """Five sheets apart, two of them tell what five people said."""
    units, halls = {"unit_id": world.cells[0][0]}, {"hall_id": world.halls[0]}
    few = {"answered": 5, "published": 5, "withheld": False}
    for model, values in (
        (UnitTally, {"cells": 1, "uncounted": 0, "counted": 5, "content": "shown-here", **few}),
        (HallTally, {"content": "shown-there", **halls, **few}),
        (LiveTally, {"shown": "shown-live", "coming": "shown-next"}),
    ):
        place = {} if model is HallTally else units
        with db.writing(session):
            session.execute(insert(model).values(sitting_id=filled, **place, **values))
        with db.writing(session):
            session.execute(delete(model))
    shown = [b"shown-here", b"shown-there", b"shown-live", b"shown-next"]
    assert all(word in bytes_of(engine) for word in shown)
    seal(session, filled)
    session.rollback()
    assert sweep(engine, thorough=True) is True
    swept = bytes_of(engine)
    assert [word for word in shown if word in swept] == []


def test_light_sweeping_does_not_say_that_nothing_is_left(
    session: Session, engine: Engine, filled: int
) -> None:
    seal(session, filled)
    session.rollback()
    assert sweep(engine, thorough=False) is False


def test_a_reader_of_the_old_rows_holds_the_sweeping_up(
    session: Session, engine: Engine, filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody still reads cannot go, and is not said to be gone."""
    monkeypatch.setattr(sweeping, "PAUSE", 0.01)
    with Session(engine) as reader:
        if engine.dialect.name == "postgresql":
            reader.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        assert reader.scalar(text("SELECT count(*) FROM sheet")) == 60
        seal(session, filled)
        session.rollback()
        assert sweep(engine, thorough=True) is False
        assert reader.scalar(text("SELECT count(*) FROM sheet")) == 60
    assert sweep(engine, thorough=True) is True


def test_a_large_store_is_swept_when_no_sitting_runs(
    session: Session, plan: Plan, filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(session, filled)
    assert may_sweep(session, now=END) is True
    running = plan(opens_at=END, closes_at=None)
    assert may_sweep(session, now=END) is True  # it is small
    monkeypatch.setattr(sweeping, "SMALL", 0)
    assert may_sweep(session, now=END) is False
    with db.writing(session):
        session.get_one(Sitting, running).opens_at = END + timedelta(hours=1)
    assert may_sweep(session, now=END) is True
    assert may_sweep(session, now=END + timedelta(minutes=50)) is False  # soon phones come
