"""Conferences, their halls, and who is called where."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.answering.models import Sheet
from survey.roll.models import HallRoll
from survey.sittings import conferences, operations, queries
from survey.sittings.models import Conference, Door, Hall, HallUnit, Show, Sitting, State
from survey.units.queries import load_tree
from tests.survey.sittings.stage import DAY, MINUTE, NOON, Stage, add_unit, gather, plan


@pytest.fixture
def hall(session: Session, stage: Stage, conference: int) -> int:
    return operations.add_hall(
        session, conference, name="Hội trường A", unit_id=stage.north, called=[stage.north]
    )


def count(session: Session, model: type[db.Base]) -> int | None:
    return session.scalar(select(func.count()).select_from(model))


# ------------------------------------------------------------------ conferences


def test_a_conference_is_planned_and_edited(session: Session, stage: Stage) -> None:
    made = gather(session, stage)
    conferences.edit_conference(
        session, made, unit_id=stage.north, title="Tên mới", held_on=date(2026, 12, 5), now=NOON
    )
    held = session.get_one(Conference, made)
    assert (held.unit_id, held.title, held.held_on) == (
        stage.north,
        "Tên mới",
        date(2026, 12, 5),
    )


def test_its_sittings_go_with_it_to_another_convener(
    session: Session, stage: Stage, conference: int
) -> None:
    mine, other = plan(session, stage, conference), plan(session, stage, gather(session, stage))
    conferences.edit_conference(
        session, conference, unit_id=stage.north, title="X", held_on=DAY, now=NOON
    )
    assert session.get_one(Sitting, mine).unit_id == stage.north
    assert session.get_one(Sitting, other).unit_id == stage.province


def test_a_conference_whose_sitting_has_begun_keeps_its_convener(
    session: Session, stage: Stage, conference: int
) -> None:
    mine = plan(session, stage, conference, opens_at=NOON)
    with pytest.raises(conferences.ConferenceInUse):
        conferences.edit_conference(
            session, conference, unit_id=stage.north, title="X", held_on=DAY, now=NOON
        )
    conferences.edit_conference(
        session, conference, unit_id=stage.province, title="Tên khác", held_on=DAY, now=NOON
    )
    assert session.get_one(Sitting, mine).unit_id == stage.province
    assert session.get_one(Conference, conference).title == "Tên khác"


def test_a_conference_without_sittings_is_dropped_with_its_halls(
    session: Session, conference: int, hall: int
) -> None:
    conferences.drop_conference(session, conference)
    assert [count(session, model) for model in (Conference, Hall, HallUnit)] == [0, 0, 0]


def test_one_with_a_sitting_is_not_dropped_and_keeps_its_halls(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    plan(session, stage, conference)
    with pytest.raises(conferences.ConferenceInUse):
        conferences.drop_conference(session, conference)
    assert [count(session, model) for model in (Conference, Hall, HallUnit)] == [1, 1, 1]


# ------------------------------------------------------------------ halls


def test_two_halls_of_a_conference_do_not_share_a_name(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    with pytest.raises(conferences.HallNameTaken):
        operations.add_hall(session, conference, name="Hội trường A", unit_id=stage.south)
    other = operations.add_hall(session, conference, name="B", unit_id=stage.south)
    with pytest.raises(conferences.HallNameTaken):
        conferences.edit_hall(session, other, name="Hội trường A", unit_id=stage.south)
    elsewhere = gather(session, stage)
    operations.add_hall(session, elsewhere, name="Hội trường A", unit_id=stage.south)
    assert sorted(session.scalars(select(Hall.name))) == ["B", "Hội trường A", "Hội trường A"]


def test_a_hall_is_renamed_though_a_sitting_is_open(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    plan(session, stage, conference, opens_at=NOON)
    conferences.edit_hall(session, hall, name="Hội trường B", unit_id=stage.south)
    held = session.get_one(Hall, hall)
    assert (held.name, held.unit_id) == ("Hội trường B", stage.south)


def test_a_hall_is_removed_with_its_doors_and_calls_before_anything_opened(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    plan(session, stage, conference, opens_at=NOON + MINUTE)
    conferences.remove_hall(session, hall, now=NOON)
    assert [count(session, model) for model in (Hall, HallUnit, Door)] == [0, 0, 1]


def test_once_a_sitting_has_begun_a_hall_that_calls_somebody_stays(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    plan(session, stage, conference, opens_at=NOON)
    with pytest.raises(conferences.HallInUse):
        conferences.remove_hall(session, hall, now=NOON)
    assert [count(session, model) for model in (Hall, HallUnit, Door)] == [1, 1, 2]


def test_once_a_sitting_has_begun_a_hall_added_by_mistake_still_goes(
    session: Session, stage: Stage, conference: int
) -> None:
    plan(session, stage, conference, opens_at=NOON)
    empty = operations.add_hall(session, conference, name="Nhầm", unit_id=stage.north)
    conferences.remove_hall(session, empty, now=NOON)
    assert count(session, Hall) == 0


def test_a_hall_that_a_sheet_or_a_roll_names_stays_whatever_else(
    session: Session, stage: Stage, conference: int
) -> None:
    sitting = plan(session, stage, conference)
    halls = [
        operations.add_hall(session, conference, name=name, unit_id=stage.north)
        for name in ("có phiếu", "có điểm danh")
    ]
    with db.writing(session):
        session.add_all(
            [
                Sheet(
                    sitting_id=sitting,
                    receipt=b"r" * 16,
                    unit_id=stage.north_1,
                    hall_id=halls[0],
                    mode="own",
                    answers="0",
                ),
                HallRoll(sitting_id=sitting, hall_id=halls[1], present=9, counted_at=NOON),
            ]
        )
    for hall in halls:
        with pytest.raises(conferences.HallInUse):
            conferences.remove_hall(session, hall, now=NOON)
    assert [count(session, model) for model in (Hall, Door)] == [2, 3]


def test_calls_are_added_and_taken_back_until_a_sitting_begins(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    conferences.call_units(session, hall, units=[stage.south, stage.north, stage.south])
    assert queries.halls_called(session, conference) == {hall: (stage.north, stage.south)}
    conferences.uncall_units(session, hall, units=[stage.north], now=NOON)
    assert queries.halls_called(session, conference) == {hall: (stage.south,)}
    plan(session, stage, conference, opens_at=NOON)
    with pytest.raises(conferences.HallInUse):
        conferences.uncall_units(session, hall, units=[stage.south], now=NOON)
    conferences.call_units(session, hall, units=[stage.north_1])
    assert queries.halls_called(session, conference) == {hall: (stage.south, stage.north_1)}


def test_a_unit_that_does_not_exist_is_not_called(session: Session, hall: int) -> None:
    with pytest.raises(IntegrityError):
        conferences.call_units(session, hall, units=[999])


# ------------------------------------------------------------------ who is called


def test_a_called_unit_stands_for_all_cells_below_it_each_once_a_hall(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    conferences.call_units(session, hall, units=[stage.north_2])
    empty = operations.add_hall(session, conference, name="B", unit_id=stage.south)
    sitting = session.get_one(Sitting, plan(session, stage, conference))
    tree = load_tree(session, DAY)
    assert queries.cells_called(session, sitting, tree) == {
        hall: [stage.north_1, stage.north_2],
        empty: [],
    }


def test_a_unit_that_the_tree_of_the_day_lacks_calls_nobody(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    sitting = session.get_one(Sitting, plan(session, stage, conference))
    before_it_was_founded = load_tree(session, date(2025, 6, 30))
    assert queries.cells_called(session, sitting, before_it_was_founded) == {hall: []}


def test_a_check_calls_its_own_cell(session: Session, stage: Stage) -> None:
    made = operations.start_check(
        session,
        stage.north_1,
        stage.edition,
        period="2026-11",
        title="Kiểm tra tháng 11",
        minutes=15,
        now=NOON,
    )
    sitting = session.get_one(Sitting, made)
    assert queries.called_units(session, made) == {None: (stage.north_1,)}
    assert queries.cells_called(session, sitting, load_tree(session, DAY)) == {
        None: [stage.north_1]
    }
    assert (sitting.state(NOON), sitting.closes_at) == (State.OPEN, NOON + 15 * MINUTE)
    assert sitting.show == Show.SCORE
    assert [(d.hall_id, d.unit_id) for d in queries.doors_of(session, made)] == [(None, None)]


def test_the_same_check_started_twice_is_one(session: Session, stage: Stage) -> None:
    def start(unit: int, period: str, now: datetime) -> int:
        return operations.start_check(
            session, unit, stage.edition, period=period, title="K", minutes=None, now=now
        )

    first = start(stage.north_1, "2026-11", NOON)
    assert start(stage.north_1, "2026-11", NOON + MINUTE) == first
    held = session.get_one(Sitting, first)
    assert (held.opens_at, held.closes_at) == (NOON, None)
    others = {start(stage.north_1, "2026-12", NOON), start(stage.north_2, "2026-11", NOON)}
    assert len(others | {first}) == 3


def test_the_day_that_counts_is_that_of_the_opening_in_viet_nam() -> None:
    late = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)  # midnight in Hà Nội
    assert queries.day_of(Sitting(opens_at=late, created_at=NOON)) == date(2026, 12, 1)
    assert queries.day_of(Sitting(opens_at=None, created_at=NOON)) == date(2026, 11, 23)


# ------------------------------------------------------------------ whose business it is


def test_conference_hall_and_sitting_belong_where_the_convener_stands(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    conferences.edit_conference(
        session, conference, unit_id=stage.north, title="X", held_on=DAY, now=NOON
    )
    path = (stage.province, stage.north)
    assert queries.path_of_conference(session, conference) == path
    assert queries.path_of_hall(session, hall) == path
    assert queries.path_of_sitting(session, plan(session, stage, conference)) == path


def test_what_does_not_exist_belongs_nowhere(session: Session) -> None:
    assert queries.path_of_conference(session, 1) is None
    assert queries.path_of_hall(session, 1) is None
    assert queries.path_of_sitting(session, 1) is None
    assert queries.circle_of_sitting(session, 1) is None


def test_a_sitting_concerns_who_runs_it_and_who_is_called_with_all_above_and_below(
    session: Session, stage: Stage, conference: int, hall: int
) -> None:
    sitting = plan(session, stage, conference)
    circle = queries.circle_of_sitting(session, sitting)
    assert set(circle or ()) == {stage.province, stage.north, stage.north_1, stage.north_2}


def test_a_sitting_concerns_the_host_of_a_hall_too(
    session: Session, stage: Stage, conference: int
) -> None:
    operations.add_hall(session, conference, name="A", unit_id=stage.south)
    circle = queries.circle_of_sitting(session, plan(session, stage, conference))
    assert set(circle or ()) == {stage.province, stage.south, stage.south_1}


def test_a_cell_that_alone_is_called_concerns_nobody_beside_it(
    session: Session, stage: Stage, conference: int
) -> None:
    with db.writing(session):
        district = add_unit(session, "QN-9", "committee", "Đảng ủy các cơ quan", stage.province)
        cell = add_unit(session, "QN-9-1", "cell", "Chi bộ Sở Y tế", district)
        add_unit(session, "QN-9-2", "cell", "Chi bộ Sở Nội vụ", district)
    operations.add_hall(session, conference, name="A", unit_id=stage.province, called=[cell])
    with db.writing(session):
        session.get_one(Hall, 1).unit_id = cell
    circle = queries.circle_of_sitting(session, plan(session, stage, conference))
    assert set(circle or ()) == {stage.province, district, cell}
