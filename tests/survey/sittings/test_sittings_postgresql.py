"""The same promises where several really write at once: on PostgreSQL nobody waits for the
whole store, only for the row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from survey import db
from survey.roll.operations import note_cells
from survey.roll.queries import present_in_cells
from survey.sittings import conferences, operations
from survey.sittings.models import Sitting
from survey.sittings.operations import SittingClosed
from survey.sittings.queries import doors_of, hall_doors, halls_called
from tests.survey.sittings.stage import MINUTE, NOON, Stage, gather, plan, set_stage

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
