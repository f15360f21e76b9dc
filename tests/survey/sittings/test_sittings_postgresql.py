"""The same promises where several really write at once: on PostgreSQL nobody waits for the
whole store, only for the row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey import db
from survey.roll.operations import note_cells
from survey.roll.queries import present_in_cells
from survey.sittings import conferences, operations, tickets
from survey.sittings.holding import share_sitting
from survey.sittings.models import Sitting
from survey.sittings.operations import SittingClosed
from survey.sittings.queries import doors_of, hall_doors, halls_called
from tests.survey.sittings.stage import KEY, MINUTE, NOON, Stage, gather, mark, plan, set_stage

Act = Callable[[Session], object]


def at_once(app: Flask, *acts: Act) -> list[object]:
    """What each came to, all begun at the same moment."""
    came_to: list[object] = [None] * len(acts)
    ready = Barrier(len(acts))

    def run(place: int, act: Act) -> None:
        with app.app_context():
            session = db.session()
            session.connection()
            ready.wait()
            try:
                came_to[place] = act(session)
            except Exception as error:  # noqa: BLE001  told to the test, which knows which
                came_to[place] = type(error)

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came_to


@dataclass(frozen=True)
class Ground:
    stage: Stage
    conference: int
    hall: int
    sitting: int


@pytest.fixture
def session(app_on_postgresql: Flask) -> Iterator[Session]:
    with Session(app_on_postgresql.extensions["survey_engine"]) as own:
        yield own


@pytest.fixture
def ground(session: Session) -> Ground:
    stage = set_stage(session)
    conference = gather(session, stage)
    hall = operations.add_hall(session, conference, name="A", unit_id=stage.north)
    sitting = plan(session, stage, conference, opens_at=NOON, closes_at=NOON + 30 * MINUTE)
    return Ground(stage, conference, hall, sitting)


def test_of_several_who_close_at_once_one_closes_it(
    app_on_postgresql: Flask, session: Session, ground: Ground
) -> None:
    def close(own: Session) -> None:
        operations.close_sitting(own, ground.sitting, now=NOON + MINUTE)

    came_to = at_once(app_on_postgresql, *[close] * 4)
    assert sorted(map(str, came_to)) == sorted(map(str, [None, *[SittingClosed] * 3]))
    assert session.get_one(Sitting, ground.sitting).closes_at == NOON + MINUTE


def test_a_check_started_by_several_at_once_is_one(
    app_on_postgresql: Flask, ground: Ground
) -> None:
    def start(own: Session) -> int:
        return operations.start_check(
            own,
            ground.stage.north_1,
            ground.stage.edition,
            period="2026-11",
            title="K",
            minutes=15,
            now=NOON,
        )

    assert len(set(at_once(app_on_postgresql, *[start] * 4))) == 1


def test_doors_and_calls_asked_for_by_several_at_once_are_made_once(
    app_on_postgresql: Flask, session: Session, ground: Ground
) -> None:
    cells = ground.stage.cells

    def ask(own: Session) -> None:
        operations.add_cell_doors(own, ground.sitting, cells)
        conferences.call_units(own, ground.hall, units=cells)

    assert at_once(app_on_postgresql, *[ask] * 4) == [None] * 4
    assert len(doors_of(session, ground.sitting)) == 2 + len(cells)
    assert halls_called(session, ground.conference) == {ground.hall: tuple(sorted(cells))}


def test_a_sitting_and_a_hall_made_at_once_have_a_door_between_them(
    app_on_postgresql: Flask, session: Session, ground: Ground
) -> None:
    sitting, hall = at_once(
        app_on_postgresql,
        lambda own: plan(own, ground.stage, ground.conference),
        lambda own: operations.add_hall(
            own, ground.conference, name="B", unit_id=ground.stage.south
        ),
    )
    assert set(hall_doors(session, ground.conference)) == {
        (each, place) for each in (ground.sitting, sitting) for place in (None, ground.hall, hall)
    }


def test_a_roll_written_down_by_several_at_once_is_one_of_theirs(
    app_on_postgresql: Flask, session: Session, ground: Ground
) -> None:
    cell = ground.stage.north_1

    def note(count: int) -> Act:
        return lambda own: note_cells(own, ground.sitting, {cell: (count, 0)}, now=NOON)

    assert at_once(app_on_postgresql, *map(note, range(4))) == [None] * 4
    (counts,) = present_in_cells(session, ground.sitting).values()
    assert counts in [(count, 0) for count in range(4)]


# ------------------------------------------------------------------ tickets


@pytest.fixture
def admitting(session: Session, ground: Ground) -> int:
    """A sitting that takes tickets, and is open."""
    return plan(session, ground.stage, ground.conference, opens_at=NOON, tickets=True)


def laid(session: Session, sitting: int, cell: int, count: int) -> list[tuple[int, bytes]]:
    tickets.lay_tickets(session, sitting, {cell: count}, secret_key=KEY, now=NOON)
    codes = tickets.slips_of(session, sitting, [cell], secret_key=KEY)[cell]
    return [(sitting, mark(sitting, code)) for code in codes]


def test_tickets_laid_by_several_at_once_are_the_same(
    app_on_postgresql: Flask, session: Session, ground: Ground, admitting: int
) -> None:
    cells = ground.stage.cells

    def lay(count: int) -> Act:
        # One of them names the cells the other way round.
        counts = dict.fromkeys(cells if count % 2 else reversed(cells), count)
        return lambda own: tickets.lay_tickets(own, admitting, counts, secret_key=KEY, now=NOON)

    session.rollback()
    assert at_once(app_on_postgresql, *map(lay, (200, 201, 200, 203))) == [None] * 4
    assert tickets.tickets_of(session, admitting) == dict.fromkeys(cells, (203, 0))
    slips = tickets.slips_of(session, admitting, cells, secret_key=KEY)
    assert len({code for codes in slips.values() for code in codes}) == 3 * 203


def test_a_ticket_wanted_by_several_at_once_is_spent_by_one(
    app_on_postgresql: Flask, session: Session, ground: Ground, admitting: int
) -> None:
    """Each wants the same fifty, in an order of its own; nobody waits for ever, and each of the
    fifty was unspent for just one."""
    wanted = laid(session, admitting, ground.stage.north_1, 50)

    def spend(order: list[tuple[int, bytes]]) -> Act:
        def act(own: Session) -> list[tuple[int, bytes]]:
            with db.writing(own):
                held = tickets.hold_tickets(own.connection(), order)
                mine = [key for key in order if not held[key].spent]
                tickets.spend_tickets(own.connection(), mine)
            return mine

        return act

    session.rollback()
    orders = [wanted, wanted[::-1], wanted[20:] + wanted[:20], wanted[::2] + wanted[1::2]]
    came_to = at_once(app_on_postgresql, *map(spend, orders))
    assert sorted(len(each) for each in came_to) == [0, 0, 0, 50]  # type: ignore[arg-type]
    assert tickets.tickets_of(session, admitting) == {ground.stage.north_1: (50, 50)}


def test_two_who_find_the_same_tickets_on_different_ways_never_wait_for_each_other(
    app_on_postgresql: Flask, session: Session, ground: Ground, admitting: int
) -> None:
    """One by the index, stopped at its first ticket, which a third one has; one by reading the
    table, who without an order would hold others by then that the first one wants next."""
    wanted = laid(session, admitting, ground.stage.north_1, 60)
    while wanted[0] == min(wanted):
        del wanted[0]
    session.rollback()
    engine = app_on_postgresql.extensions["survey_engine"]
    came_to: list[object] = []

    def hold(avoided: str) -> None:
        try:
            with engine.begin() as own:
                for way in avoided.split():
                    own.execute(text(f"SET LOCAL enable_{way} = off"))
                came_to.append(len(tickets.hold_tickets(own, wanted)))
        except OperationalError as error:
            came_to.append(type(error.orig))

    ways = ("seqscan bitmapscan", "indexscan bitmapscan")
    threads = [Thread(target=hold, args=(avoided,)) for avoided in ways]
    with engine.begin() as third, engine.connect() as onlooker:
        tickets.hold_tickets(third, [min(wanted)])
        for waiting, thread in enumerate(threads, start=1):
            thread.start()
            stopped = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            while onlooker.scalar(stopped) < waiting and not came_to:
                onlooker.rollback()
    for thread in threads:
        thread.join()
    assert came_to == [len(wanted)] * 2


def test_laying_more_tickets_does_not_hold_up_the_sheets(
    app_on_postgresql: Flask, session: Session, ground: Ground, admitting: int
) -> None:
    """Both share the sitting."""
    wanted = laid(session, admitting, ground.stage.north_1, 2)
    engine = app_on_postgresql.extensions["survey_engine"]
    with engine.begin() as intake:
        share_sitting(intake, admitting)
        assert len(tickets.hold_tickets(intake, wanted)) == 2
        session.execute(text("SET lock_timeout = '2s'"))
        session.commit()
        assert len(laid(session, admitting, ground.stage.north_1, 4)) == 4
        tickets.spend_tickets(intake, wanted)
    assert tickets.tickets_of(session, admitting) == {ground.stage.north_1: (4, 2)}
