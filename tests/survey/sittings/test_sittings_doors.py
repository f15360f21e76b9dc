"""Doors: where they lead, and that no two are alike."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.sittings import conferences, doors, operations
from survey.sittings.models import Door
from survey.sittings.queries import DoorSeen, door_of, doors_of, find_code, find_door
from tests.survey.sittings.stage import MINUTE, NOON, Stage, plan


@pytest.fixture
def hall(session: Session, stage: Stage, conference: int) -> int:
    return operations.add_hall(
        session, conference, name="Hội trường A", unit_id=stage.north, called=[stage.north]
    )


def draws(monkeypatch: pytest.MonkeyPatch, codes: list[str]) -> Iterator[str]:
    """Let chance draw these codes, one after the other."""
    coming = iter(codes)
    monkeypatch.setattr(doors, "draw_code", lambda: next(coming))
    return coming


def places(session: Session, sitting_id: int) -> list[tuple[int | None, int | None]]:
    return [(door.hall_id, door.unit_id) for door in doors_of(session, sitting_id)]


def test_a_planned_sitting_has_a_door_of_its_own_and_one_for_each_hall(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    assert places(session, plan(session, stage, conference)) == [(None, None), (hall, None)]


def test_a_hall_added_later_gets_its_door_to_every_sitting(
    session: Session, stage: Stage, conference: int
) -> None:
    before, after = plan(session, stage, conference), plan(session, stage, conference)
    hall = operations.add_hall(session, conference, name="B", unit_id=stage.south)
    assert places(session, before) == places(session, after) == [(None, None), (hall, None)]


def test_cells_get_a_door_each_and_keep_it_when_asked_for_again(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    sitting = plan(session, stage, conference)
    operations.add_cell_doors(session, sitting, [stage.north_1])
    first = doors_of(session, sitting)
    operations.add_cell_doors(session, sitting, [stage.north_2, stage.north_1, stage.north_2])
    assert doors_of(session, sitting)[:3] == first
    assert places(session, sitting)[2:] == [(None, stage.north_1), (None, stage.north_2)]


def test_one_door_is_found_among_a_nations_without_reading_them(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    sitting = plan(session, stage, conference)
    operations.add_cell_doors(session, sitting, [stage.north_1])
    assert [door_of(session, sitting, None), door_of(session, sitting, hall)] == doors_of(
        session, sitting, cells=False
    )
    assert door_of(session, sitting, hall + 1) is None
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, values: Any, *_more: object) -> None:
        aside = cursor.connection.cursor()
        plans.append(str(aside.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()))
        aside.close()

    event.listen(session.get_bind(), "before_cursor_execute", explain)
    door_of(session, sitting, hall)
    event.remove(session.get_bind(), "before_cursor_execute", explain)
    assert "uq_door_place (sitting_id=? AND <expr>=? AND <expr>=?)" in plans[-1]


def test_a_cell_gets_one_door_a_sitting_though_two_people_ask_at_once(
    session: Session, stage: Stage, conference: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = plan(session, stage, conference)
    operations.add_cell_doors(session, sitting, [stage.north_1])
    # The second one looked before the first one wrote.
    monkeypatch.setattr(doors, "_places", _once_blind(doors._places))
    operations.add_cell_doors(session, sitting, [stage.north_1, stage.north_2])
    assert places(session, sitting)[1:] == [(None, stage.north_1), (None, stage.north_2)]


def test_the_store_itself_refuses_a_second_door_to_one_place(
    session: Session, stage: Stage, conference: int
) -> None:
    sitting = plan(session, stage, conference)
    with pytest.raises(IntegrityError), db.writing(session):
        session.add(Door(sitting_id=sitting, key="K" * 26, code="00000000"))


def test_a_drawn_code_that_is_taken_is_drawn_again(
    session: Session, stage: Stage, conference: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws(monkeypatch, ["11111110", "11111110", "11111110", "22222220"])
    plan(session, stage, conference)
    second = plan(session, stage, conference)
    assert [door.code for door in doors_of(session, second)] == ["22222220"]


def test_among_many_doors_only_the_one_that_clashed_is_drawn_until_it_is_free(
    session: Session, stage: Stage, conference: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = stage.cells
    coming = draws(
        monkeypatch,
        [
            *("10000000", "20000000"),  # two sittings
            *("30000000", "10000000", "40000000"),  # three cells, one of them clashes
            "30000000",  # the first half
            *("10000000", "40000000"),  # the other one clashes again
            "20000000",  # halved once more, and again taken
            "50000000",
            "40000000",
        ],
    )
    plan(session, stage, conference)
    sitting = plan(session, stage, conference)
    operations.add_cell_doors(session, sitting, cells)
    codes = {door.unit_id: door.code for door in doors_of(session, sitting)[1:]}
    assert codes == dict(zip(cells, ["30000000", "50000000", "40000000"], strict=True))
    assert list(coming) == []


def test_where_no_code_is_free_nothing_is_left_half_done(
    session: Session, stage: Stage, conference: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "draw_code", lambda: "11111110")
    plan(session, stage, conference)
    with pytest.raises(doors.NoCodeFree):
        plan(session, stage, conference)
    assert session.scalar(select(func.count(Door.id))) == 1


def test_a_province_of_cells_gets_its_doors_in_one_go(
    session: Session, stage: Stage, conference: int
) -> None:
    sitting = plan(session, stage, conference)
    operations.add_cell_doors(session, sitting, stage.cells)
    rows = doors_of(session, sitting)
    assert len({row.key for row in rows}) == len({row.code for row in rows}) == 4


def test_a_door_is_found_by_its_key_and_by_its_code_however_typed(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    sitting = plan(session, stage, conference)
    door = doors_of(session, sitting)[1]
    code = door.code
    assert door == DoorSeen(door.id, sitting, hall, "Hội trường A", None, door.key, code)
    assert find_door(session, door.key) == door
    assert find_code(session, f" {code[:4]} - {code[4:]}") == door


def test_what_nobody_laid_is_not_found(session: Session, stage: Stage, conference: int) -> None:
    door = doors_of(session, plan(session, stage, conference))[0]
    wrong = str((int(door.code[-1]) + 1) % 10)
    assert find_door(session, "0" * 26) is None
    assert find_code(session, door.code[:-1] + wrong) is None
    assert find_code(session, "không biết") is None


def test_the_doors_of_a_hall_go_with_it(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    sitting = plan(session, stage, conference, opens_at=NOON + MINUTE)
    conferences.remove_hall(session, hall, now=NOON)
    assert places(session, sitting) == [(None, None)]


def _once_blind(real: object) -> object:
    calls = iter([True])

    def places(*args: object) -> object:
        return set() if next(calls, False) else real(*args)  # type: ignore[operator]

    return places
