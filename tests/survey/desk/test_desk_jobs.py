"""What falls due: sittings that are over are sealed, and the doctor tells whether all is well."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey import db
from survey.answering import sweeping
from survey.answering.models import Seal, SealedSheet, Sheet
from survey.desk import jobs
from survey.desk.operations import CheckHasSheets, restart_check
from survey.results.operations import tally_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show, Sitting
from tests.conftest import NOON
from tests.world import World

MINUTE = timedelta(minutes=1)
Held = Callable[..., int]


@pytest.fixture
def held(session: Session, world: World) -> Held:
    """`held(6)` -> a sitting that six answered and that closed at noon."""

    def made(sheets: int, closes_at: object = NOON) -> int:
        sitting = sittings.plan_sitting(
            session,
            world.conference,
            world.edition,
            kind=Kind.AFTER,
            title="Khảo sát sau",
            show=Show.SCORE,
            opens_at=NOON - 60 * MINUTE,
            closes_at=closes_at,  # type: ignore[arg-type]
            now=NOON - 90 * MINUTE,
        )
        with db.writing(session):
            for number in range(sheets):
                session.add(
                    Sheet(
                        sitting_id=sitting,
                        receipt=(1000 * sitting + number).to_bytes(16, "big"),
                        unit_id=world.cells[0][0],
                        mode="own",
                        answers="0;02;0",
                    )
                )
        return sitting

    return made


def run(app: Flask, after: timedelta, *, force: bool = False) -> jobs.Done:
    with app.app_context():
        return jobs.run_due(db.session(), now=NOON + after, force=force)


def test_what_is_over_is_sealed_and_swept_and_nothing_else(
    app: Flask, session: Session, held: Held
) -> None:
    over, open_still, late = held(6), held(6, None), held(6, NOON + MINUTE)
    empty = held(0)
    assert run(app, MINUTE) == ([], [], [])
    assert run(app, 2 * MINUTE) == ([over, empty], [], [over, empty])
    assert run(app, 2 * MINUTE) == ([], [], [])
    assert run(app, 3 * MINUTE) == ([late], [], [late])
    assert session.scalars(select(Sheet.sitting_id).distinct()).all() == [open_still]


def test_two_that_run_at_once_seal_each_sitting_once(
    app: Flask, session: Session, held: Held
) -> None:
    over = [held(6) for _ in range(5)]
    with ThreadPoolExecutor(3) as processes:
        done = list(processes.map(lambda _: run(app, 2 * MINUTE), range(3)))
    assert {sitting for one in done for sitting in one.sealed} == set(over)
    assert session.scalars(select(Seal.sheets)).all() == [6] * 5
    assert len(session.scalars(select(SealedSheet)).all()) == 30


def test_a_sitting_that_cannot_be_sealed_is_told_and_stops_no_other(
    app: Flask, session: Session, held: Held, world: World
) -> None:
    bad, good = held(6), held(6)
    tally_sitting(session, bad, now=NOON + 2 * MINUTE)
    with db.writing(session):
        sheet = session.scalars(select(Sheet).where(Sheet.sitting_id == bad)).first()
        session.delete(sheet)
    done = run(app, 2 * MINUTE)
    assert (done.sealed, done.failed) == ([good], [bad])


def test_a_large_store_is_swept_later_or_at_once_when_asked(
    app: Flask, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, running = held(6), held(6, NOON + 60 * MINUTE)
    monkeypatch.setattr(sweeping, "SMALL", 0)
    assert run(app, 2 * MINUTE) == ([over], [], [])
    assert run(app, 3 * MINUTE, force=True) == ([], [], [over])
    assert run(app, 70 * MINUTE) == ([running], [], [running])


def test_a_check_that_nobody_answered_may_start_anew_after_sealing(
    app: Flask, session: Session, world: World
) -> None:
    def check(cell: int) -> int:
        return sittings.start_check(
            session, cell, world.edition, period="2026-11", title="Kiểm tra", minutes=1, now=NOON
        )

    empty, answered = check(world.cells[0][0]), check(world.cells[0][1])
    with db.writing(session):
        session.add(
            Sheet(
                sitting_id=answered,
                receipt=bytes(16),
                unit_id=world.cells[0][1],
                mode="own",
                answers="0;02;0",
            )
        )
    assert run(app, 5 * MINUTE).sealed == [empty, answered]
    again = restart_check(session, empty, minutes=5, now=NOON + 6 * MINUTE)
    assert session.get_one(Sitting, again).closes_at == NOON + 11 * MINUTE
    with pytest.raises(CheckHasSheets):
        restart_check(session, answered, minutes=5, now=NOON + 6 * MINUTE)
    assert session.get_one(Seal, answered).sheets == 1


# ------------------------------------------------------------------ commands


def test_the_timers_command_says_what_it_did(app: Flask, held: Held, clock: object) -> None:
    sitting = held(6, NOON - 10 * MINUTE)
    runner = app.test_cli_runner()
    said = runner.invoke(args=["jobs", "run-due"])
    assert (said.exit_code, said.output) == (
        0,
        f"Đã niêm phong / sealed: [{sitting}]\nĐã dọn sạch tệp / swept: [{sitting}]\n",
    )
    assert runner.invoke(args=["jobs", "run-due"]).output == ""


def test_the_doctor_finds_a_well_store_well(app: Flask, held: Held) -> None:
    held(6)
    run(app, 2 * MINUTE)
    said = app.test_cli_runner().invoke(args=["doctor"])
    assert said.exit_code == 0
    assert said.output.splitlines() == [
        "✓ Tệp dữ liệu lành lặn / the store is whole",
        "✓ 1 đợt khớp niêm phong / 1 seals hold",
    ]


def test_the_doctor_finds_a_sheet_that_was_changed(
    app: Flask, session: Session, held: Held
) -> None:
    sitting = held(6)
    run(app, 2 * MINUTE)
    with db.writing(session):
        session.execute(update(SealedSheet).values(answers="1;02;0"))
    said = app.test_cli_runner().invoke(args=["doctor"])
    assert said.exit_code == 1
    assert f"SHEETS ARE NOT WHAT WAS SEALED: Khảo sát sau ({sitting})" in said.output


def test_the_doctor_finds_a_flipped_bit_in_the_file(
    app: Flask, session: Session, held: Held
) -> None:
    """SQLite keeps no checksum: it would count the other answer as if nothing were the matter."""
    held(6)
    run(app, 2 * MINUTE)
    session.get_bind().dispose()  # type: ignore[union-attr]
    path = Path(app.instance_path) / "survey.sqlite"
    content = bytearray(path.read_bytes())
    at = content.index(b"0;02;0")
    content[at] ^= 1  # 0 becomes 1
    path.write_bytes(content)
    said = app.test_cli_runner().invoke(args=["doctor"])
    assert "✓ Tệp dữ liệu lành lặn" in said.output
    assert "✗ PHIẾU KHÔNG KHỚP NIÊM PHONG" in said.output
    assert said.exit_code == 1


def test_the_doctor_tells_what_still_waits_to_be_swept(
    app: Flask, session: Session, held: Held
) -> None:
    held(6)
    run(app, 2 * MINUTE)
    with db.writing(session):
        session.execute(update(Seal).values(swept=False))
    said = app.test_cli_runner().invoke(args=["doctor"])
    assert said.exit_code == 0
    assert "jobs run-due --now" in said.output


def test_the_doctor_reads_how_postgresql_is_set(app_on_postgresql: Flask) -> None:
    """As it comes it keeps its log for use again, and with it the order of the sheets."""
    said = app_on_postgresql.test_cli_runner().invoke(args=["doctor"])
    assert said.exit_code == 1
    assert "✗ PostgreSQL: wal_recycle = on: nhật ký giữ thứ tự phiếu" in said.output
    assert "✓ PostgreSQL: archive_mode = off\n" in said.output
    assert "✓ PostgreSQL: fsync = on\n✓ PostgreSQL: full_page_writes = on\n" in said.output
    assert "✓ 0 đợt khớp niêm phong" in said.output


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fsync", "mất điện là mất phiếu / a power cut loses sheets"),
        ("full_page_writes", "mất điện làm hỏng trang / a power cut tears pages"),
    ],
)
def test_the_doctor_warns_of_a_postgresql_that_a_power_cut_would_harm(
    app_on_postgresql: Flask, name: str, reason: str
) -> None:
    engine = app_on_postgresql.extensions["survey_engine"]
    try:
        set_server(engine, name, "off")
        said = app_on_postgresql.test_cli_runner().invoke(args=["doctor"])
    finally:
        set_server(engine, name, "on")
    assert said.exit_code == 1
    assert f"✗ PostgreSQL: {name} = off: {reason}\n" in said.output


def set_server(engine: Engine, name: str, value: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        server.execute(text(f"ALTER SYSTEM SET {name} = {value}"))
        server.execute(text("SELECT pg_reload_conf()"))
        while server.scalar(text(f"SHOW {name}")) != value:
            threading.Event().wait(0.01)


# ------------------------------------------------------------------ the ticker


def ticks_until(app: Flask, is_done: Callable[[], bool]) -> None:
    stop = jobs.start_ticker(app, seconds=0.01)
    try:
        for _ in range(1000):
            if is_done():
                return
            threading.Event().wait(0.01)
        raise AssertionError("the ticker did nothing")
    finally:
        stop.set()
        next(t for t in threading.enumerate() if t.name == "ticker").join(10)


def test_the_ticker_seals_by_itself(
    app: Flask, session: Session, held: Held, clock: time_machine.Traveller
) -> None:
    sitting = held(6)
    clock.move_to(NOON + 2 * MINUTE)

    def is_swept() -> bool:
        session.rollback()
        seal = session.get(Seal, sitting)
        swept = seal is not None and seal.swept
        session.rollback()
        return swept

    ticks_until(app, is_swept)
    assert session.get_one(Seal, sitting).sheets == 6


def test_the_ticker_outlives_a_fault_and_tells_of_no_answers(
    app: Flask,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    held(6)
    calls = []

    def failing(session: Session, *, now: object) -> None:
        calls.append(now)
        raise OperationalError("UPDATE sheet SET answers = '0;02;0'", {}, Exception("0;02;0"))

    monkeypatch.setattr(jobs, "run_due", failing)
    ticks_until(app, lambda: len(calls) > 2)
    assert "jobs: Exception" in caplog.text or "jobs: OperationalError" in caplog.text
    assert "0;02;0" not in caplog.text
