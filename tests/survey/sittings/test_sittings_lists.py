"""Lists of conferences, sittings, checks and doors: what is found, in which order, by whom."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from survey.sittings import conferences, lists, operations
from survey.sittings.lists import Wanted
from survey.sittings.models import Sitting, State
from survey.units.queries import Tree, load_tree
from tests.survey.sittings.stage import DAY, MINUTE, NOON, Stage, plan


@pytest.fixture
def tree(session: Session, stage: Stage) -> Tree:
    return load_tree(session, DAY)


@pytest.fixture
def three(session: Session, stage: Stage, conference: int) -> tuple[int, int, int]:
    """One closed, one open, one that waits for the button."""
    return (
        plan(session, stage, conference, opens_at=NOON - MINUTE, closes_at=NOON, title="B"),
        plan(session, stage, conference, opens_at=NOON, title="Đợt C"),
        plan(session, stage, conference, title="A"),
    )


def seen(session: Session, tree: Tree, wanted: Wanted, top: int | None = None) -> list[int]:
    rows = lists.sittings_seen(session, tree, top, wanted, now=NOON)
    return [row.sitting.id for row in rows]


def test_the_list_begins_with_what_is_to_come(
    session: Session, tree: Tree, three: tuple[int, int, int]
) -> None:
    closed, opened, waiting = three
    assert seen(session, tree, Wanted()) == [waiting, opened, closed]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("opens", [0, 1, 2]),
        ("-opens", [2, 1, 0]),
        ("title", [2, 0, 1]),  # A, B, Đợt
        ("-title", [1, 0, 2]),
        ("state", [1, 2, 0]),  # open, planned, closed
        ("no such column", [2, 1, 0]),
    ],
)
def test_it_is_sorted_by_its_columns(
    session: Session, tree: Tree, three: tuple[int, int, int], sort: str, order: list[int]
) -> None:
    assert seen(session, tree, Wanted(sort=sort)) == [three[at] for at in order]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(text="dot c"), [1]),
        (Wanted(text="NGHI QUYET 57"), [2, 1, 0]),  # of the conference
        (Wanted(text="quang ngai dot"), [1]),  # of the convener
        (Wanted(text="không có"), []),
        (Wanted(state="closed"), [0]),
        (Wanted(state="open"), [1]),
        (Wanted(state="planned", text="a"), [2]),
        (Wanted(state="no such state"), []),
    ],
)
def test_it_is_searched_without_marks_and_by_state(
    session: Session, tree: Tree, three: tuple[int, int, int], wanted: Wanted, found: list[int]
) -> None:
    assert seen(session, tree, wanted) == [three[at] for at in found]


def test_an_organiser_sees_what_the_own_units_run_host_or_are_called_to(
    session: Session, stage: Stage, tree: Tree, conference: int
) -> None:
    sitting = plan(session, stage, conference)
    tops = (stage.province, stage.north, stage.south)
    assert [seen(session, tree, Wanted(), top) for top in tops] == [[sitting], [], []]
    operations.add_hall(session, conference, name="A", unit_id=stage.north)
    assert [seen(session, tree, Wanted(), top) for top in tops] == [[sitting], [sitting], []]
    called = operations.add_hall(
        session, conference, name="B", unit_id=stage.province, called=[stage.province]
    )
    assert [seen(session, tree, Wanted(), top) for top in tops] == [[sitting]] * 3
    conferences.uncall_units(session, called, units=[stage.province], now=NOON)
    conferences.call_units(session, called, units=[stage.south_1])
    assert seen(session, tree, Wanted(), stage.south) == [sitting]
    assert seen(session, tree, Wanted(), 999) == []


def test_checks_are_listed_month_by_month_and_only_those_of_the_own_cells(
    session: Session, stage: Stage, tree: Tree, three: tuple[int, int, int]
) -> None:
    made = {
        (cell, period): operations.start_check(
            session, cell, stage.edition, period=period, title="K", minutes=None, now=NOON
        )
        for cell in (stage.north_1, stage.south_1)
        for period in ("2026-10", "2026-11")
    }

    def found(top: int | None, wanted: Wanted) -> set[int]:
        rows = lists.checks_seen(session, tree, top, wanted, now=NOON)
        return {row.sitting.id for row in rows}

    november = Wanted(period="2026-11")
    assert lists.periods(session) == ["2026-11", "2026-10"]
    assert found(None, november) == {
        made[stage.north_1, "2026-11"],
        made[stage.south_1, "2026-11"],
    }
    assert found(stage.north, november) == {made[stage.north_1, "2026-11"]}
    assert found(None, Wanted(period="2026-10", text="ba to")) == {made[stage.south_1, "2026-10"]}
    assert found(None, Wanted(period="2025-01")) == set()
    assert seen(session, tree, Wanted()) == [three[2], three[1], three[0]]


def test_conferences_are_listed_with_their_halls_and_states(
    session: Session, stage: Stage, tree: Tree, conference: int, three: tuple[int, int, int]
) -> None:
    operations.add_hall(session, conference, name="A", unit_id=stage.north)
    later = operations.plan_conference(
        session, unit_id=stage.north, title="Hội nghị xã", held_on=date(2026, 12, 1)
    )

    def found(top: int | None, wanted: Wanted) -> list[tuple[int, int, list[State]]]:
        rows = lists.conferences_seen(session, tree, top, wanted, now=NOON)
        return [(row.conference.id, row.halls, row.states) for row in rows]

    first = (conference, 1, [State.CLOSED, State.OPEN, State.PLANNED])
    assert found(None, Wanted()) == [(later, 0, []), first]
    assert found(None, Wanted(sort="halls")) == [(later, 0, []), first]
    assert found(None, Wanted(sort="place")) == [first, (later, 0, [])]
    assert found(None, Wanted(text="hoi nghi xa")) == [(later, 0, [])]
    assert found(stage.north, Wanted()) == [(later, 0, [])]


def test_halls_are_counted_one_by_one_and_a_cell_of_two_halls_once_in_all(
    session: Session, stage: Stage, tree: Tree, conference: int
) -> None:
    for name, units in (("Thôn 10", [stage.north]), ("Thôn 2", [stage.province])):
        operations.add_hall(session, conference, name=name, unit_id=stage.north, called=units)
    rows, cells, eligible = lists.halls_seen(session, conference, tree, at=NOON)
    assert [(row.hall.name, row.place, row.cells, row.eligible) for row in rows] == [
        ("Thôn 2", "Đảng bộ xã Đăk Tô", 3, 28),
        ("Thôn 10", "Đảng bộ xã Đăk Tô", 2, 28),
    ]
    assert (cells, eligible) == (3, 28)


def test_doors_stand_in_order_and_each_organiser_sees_the_own_ones(
    session: Session, stage: Stage, tree: Tree, conference: int
) -> None:
    made = plan(session, stage, conference)
    for name, host in (("Hội trường xã", stage.north), ("Hội trường tỉnh", stage.province)):
        operations.add_hall(session, conference, name=name, unit_id=host, called=[host])
    operations.add_hall(session, conference, name="Ba Tơ", unit_id=stage.south)
    operations.add_cell_doors(session, made, stage.cells)
    sitting = session.get_one(Sitting, made)

    def places(top: int | None, **only: bool) -> list[str]:
        return [row.place for row in lists.doors_seen(session, sitting, tree, top, **only)]

    cells = [
        "Chi bộ thôn 2, Đảng bộ xã Ba Tơ",
        "Chi bộ thôn 2, Đảng bộ xã Đăk Tô",
        "Chi bộ thôn 10, Đảng bộ xã Đăk Tô",
    ]
    halls = ["", "Ba Tơ", "Hội trường tỉnh", "Hội trường xã"]
    assert places(None) == places(stage.province) == halls + cells
    assert places(None, cells=False) == halls
    assert places(stage.south) == ["", "Ba Tơ", "Hội trường tỉnh", cells[0]]
    assert places(stage.north_2) == ["", "Hội trường tỉnh", "Hội trường xã", cells[2]]
