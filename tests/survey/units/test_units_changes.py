"""The tree changes by dated entries, and the past stays as it was."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.units import operations, queries, rules
from survey.units.models import Headcount, Unit, UnitName, UnitParent
from survey.units.tree import Kind
from tests.conftest import NOON
from tests.survey.units.planting import (
    FOUNDED,
    TODAY,
    TOMORROW,
    YESTERDAY,
    new_store,
    plant,
    row,
    shape,
)

Ids = dict[str, int]


def told(session: Session, on: date = TODAY) -> dict[str, tuple[str, str | None]]:
    return shape(queries.load_tree(session, on))


def found(session: Session, parent_id: int | None, name: str = "Chi bộ mới", **more: str) -> int:
    given = {"code": "", "kind": Kind.CELL} | more
    return operations.found_unit(session, name=name, parent_id=parent_id, on=TODAY, **given)


# ------------------------------------------------------------------ founding


def test_a_new_unit_is_there_from_its_day(session: Session, tree_ids: Ids) -> None:
    operations.found_unit(
        session,
        code="DT3",
        kind=Kind.CELL,
        name="Chi bộ thôn 3",
        parent_id=tree_ids["DT"],
        on=TODAY,
    )
    assert told(session)["DT3"] == ("Chi bộ thôn 3", "DT")
    assert "DT3" not in told(session, YESTERDAY)


def test_a_unit_without_a_code_gets_a_free_one_from_its_parents(
    session: Session, tree_ids: Ids
) -> None:
    found(session, tree_ids["DT"], "Chi bộ a")
    found(session, tree_ids["DT"], "Chi bộ b")
    found(session, None, "Đảng bộ khối", kind=Kind.PROVINCE)
    assert {"DT-01", "DT-02", "TC-01"} <= set(told(session))


def test_a_code_is_never_given_twice_not_even_after_the_unit_ended(
    session: Session, tree_ids: Ids
) -> None:
    operations.end_unit(session, tree_ids["VP"], on=TODAY, now=NOON)
    with pytest.raises(rules.CodeTaken):
        found(session, tree_ids["QN"], code="VP")


def test_two_brothers_cannot_be_called_the_same(session: Session, tree_ids: Ids) -> None:
    with pytest.raises(rules.NameTaken):
        found(session, tree_ids["DT"], "CHI BỘ THÔN 2")
    found(session, tree_ids["QN"], "Chi bộ thôn 2")


def test_names_that_differ_by_a_mark_only_are_two_names(session: Session, tree_ids: Ids) -> None:
    named = ("Chi bộ làng Bông", "Chi bộ làng Bống")
    assert len({found(session, tree_ids["DT"], name) for name in named}) == 2


def test_nothing_stands_below_a_cell(session: Session, tree_ids: Ids) -> None:
    with pytest.raises(rules.BelowCell):
        found(session, tree_ids["DT2"])


def test_nothing_is_founded_below_a_unit_that_is_not_there_or_is_to_end(
    session: Session, tree_ids: Ids
) -> None:
    with pytest.raises(rules.NotStanding):
        found(session, 999)
    alone = found(session, tree_ids["QN"], "Đảng bộ tạm", kind=Kind.COMMITTEE)
    operations.end_unit(session, alone, on=TOMORROW, now=NOON)
    with pytest.raises(rules.NotStanding):
        found(session, alone)


# ------------------------------------------------------------------ names and places


def test_a_second_name_for_the_same_day_takes_the_firsts_place(
    session: Session, tree_ids: Ids
) -> None:
    for name in ("Chi bộ Rap", "Chi bộ Rao"):
        operations.rename_unit(session, tree_ids["DT2"], name=name, on=TODAY, now=NOON)
    assert told(session)["DT2"] == ("Chi bộ Rao", "DT")
    assert told(session, YESTERDAY)["DT2"] == ("Chi bộ thôn 2", "DT")


def test_a_unit_may_be_renamed_in_nothing_but_its_capitals(session: Session, tree_ids: Ids) -> None:
    operations.rename_unit(session, tree_ids["DT2"], name="Chi bộ Thôn 2", on=TODAY, now=NOON)
    assert told(session)["DT2"][0] == "Chi bộ Thôn 2"


Change = Callable[[Session, Ids, date], object]
CHANGES: dict[str, Change] = {
    "rename": lambda s, i, on: operations.rename_unit(s, i["DT10"], name="Mới", on=on, now=NOON),
    "move": lambda s, i, on: operations.move_unit(s, i["DT10"], parent_id=i["DH"], on=on, now=NOON),
    "end": lambda s, i, on: operations.end_unit(s, i["DT10"], on=on, now=NOON),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_changes_before_today(session: Session, tree_ids: Ids, change: Change) -> None:
    before = told(session)
    with pytest.raises(rules.PastDay):
        change(session, tree_ids, YESTERDAY)
    assert told(session) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_ended_unit_does_not_change(session: Session, tree_ids: Ids, change: Change) -> None:
    operations.end_unit(session, tree_ids["DT10"], on=TODAY, now=NOON)
    with pytest.raises(rules.NotStanding):
        change(session, tree_ids, TODAY)


@pytest.mark.parametrize("name", ["rename", "move"])
def test_no_change_slips_in_before_one_already_entered(
    session: Session, tree_ids: Ids, name: str
) -> None:
    CHANGES[name](session, tree_ids, TOMORROW)
    with pytest.raises(rules.LaterEntry):
        CHANGES[name](session, tree_ids, TODAY)


def test_a_moved_unit_takes_along_what_is_below(session: Session, tree_ids: Ids) -> None:
    operations.move_unit(session, tree_ids["DT"], parent_id=None, on=TODAY, now=NOON)
    tree = queries.load_tree(session, TODAY)
    assert tree.path(tree_ids["DT2"]) == (tree_ids["DT"], tree_ids["DT2"])
    assert told(session, YESTERDAY)["DT"][1] == "QN"


def test_a_unit_does_not_move_below_itself_or_a_cell_or_beside_its_name(
    session: Session, tree_ids: Ids
) -> None:
    def move(code: str, to: str) -> None:
        operations.move_unit(session, tree_ids[code], parent_id=tree_ids[to], on=TODAY, now=NOON)

    for code, to in [("QN", "DT"), ("DT", "DT"), ("QN", "DT2")]:
        with pytest.raises(rules.WouldCircle):
            move(code, to)
    with pytest.raises(rules.BelowCell):
        move("DH", "DT2")
    with pytest.raises(rules.NameTaken):
        move("DT2", "DH")
    assert told(session) == told(session, FOUNDED)


def test_a_circle_that_would_close_on_a_later_day_is_refused_today(
    session: Session, tree_ids: Ids
) -> None:
    operations.move_unit(session, tree_ids["DT"], parent_id=tree_ids["DH"], on=TOMORROW, now=NOON)
    with pytest.raises(rules.WouldCircle):
        operations.move_unit(session, tree_ids["DH"], parent_id=tree_ids["DT"], on=TODAY, now=NOON)
    assert told(session)["DH"][1] == "QN"


# ------------------------------------------------------------------ ending


def test_a_unit_with_units_below_does_not_end(session: Session, tree_ids: Ids) -> None:
    with pytest.raises(rules.HasChildren) as refused:
        operations.end_unit(session, tree_ids["DT"], on=TODAY, now=NOON)
    assert refused.value.names == ["Chi bộ thôn 2", "Chi bộ thôn 10"]


def test_a_unit_does_not_end_under_those_that_are_to_come_below_it(
    session: Session, tree_ids: Ids
) -> None:
    alone = found(session, tree_ids["QN"], "Đảng bộ tạm", kind=Kind.COMMITTEE)
    operations.move_unit(session, tree_ids["VP"], parent_id=alone, on=TOMORROW, now=NOON)
    with pytest.raises(rules.HasChildren):
        operations.end_unit(session, alone, on=TODAY, now=NOON)


def test_an_ended_unit_is_gone_from_its_day_and_stays_in_the_past(
    session: Session, tree_ids: Ids
) -> None:
    operations.end_unit(session, tree_ids["DT2"], on=TOMORROW, now=NOON)
    assert "DT2" in told(session)
    assert "DT2" not in told(session, TOMORROW)


# ------------------------------------------------------------------ headcounts


def test_a_headcount_is_added_and_the_old_one_stays(session: Session, tree_ids: Ids) -> None:
    later = NOON + timedelta(minutes=1)
    operations.set_headcount(session, tree_ids["DT2"], total=22, eligible=21, now=later)
    entries = session.query(Headcount).filter_by(unit_id=tree_ids["DT2"]).order_by("since").all()
    assert [(e.since, e.total, e.eligible) for e in entries] == [(NOON, 20, 20), (later, 22, 21)]


def test_only_cells_are_counted(session: Session, tree_ids: Ids) -> None:
    with pytest.raises(rules.NotCell):
        operations.set_headcount(session, tree_ids["DT"], total=1, eligible=1, now=NOON)


@pytest.mark.parametrize(("total", "eligible"), [(-1, -1), (5, 6), (5, -1)])
def test_the_store_itself_refuses_an_impossible_headcount(
    session: Session, tree_ids: Ids, total: int, eligible: int
) -> None:
    later = NOON + timedelta(minutes=1)
    with pytest.raises(IntegrityError):
        operations.set_headcount(
            session, tree_ids["DT2"], total=total, eligible=eligible, now=later
        )
    assert queries.headcounts(session, later)[tree_ids["DT2"]] == (20, 20)


# ------------------------------------------------------------------ at the same moment


def test_of_two_moves_that_would_close_a_circle_between_them_one_is_refused(
    session: Session, tree_ids: Ids
) -> None:
    engine = session.get_bind()

    def move(pair: tuple[str, str]) -> str:
        with Session(engine) as own:
            try:
                operations.move_unit(
                    own, tree_ids[pair[0]], parent_id=tree_ids[pair[1]], on=TODAY, now=NOON
                )
            except rules.WouldCircle:
                return "refused"
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(move, [("DT", "DH"), ("DH", "DT")])) == ["done", "refused"]
    assert queries.load_tree(session, TODAY).whole


def test_of_two_who_give_the_same_code_one_is_refused(session: Session, tree_ids: Ids) -> None:
    engine = session.get_bind()

    def give(name: str) -> str:
        with Session(engine) as own:
            try:
                found(own, tree_ids["QN"], name, code="MOI")
            except rules.CodeTaken:
                return "refused"
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(give, ["Chi bộ a", "Chi bộ b"])) == ["done", "refused"]


# ------------------------------------------------------------------ any history

steps = st.tuples(
    st.sampled_from(["found", "rename", "move", "end"]),
    st.integers(0, 30),  # which unit
    st.integers(0, 30),  # where to
    st.integers(0, 3),  # how many days after the step before
)


def act_on(session: Session, step: tuple[str, int, int, int], today: date) -> None:
    verb, which, where, ahead = step
    units = [unit_id for (unit_id,) in session.query(Unit.id).order_by(Unit.id)]
    unit, other = units[which % len(units)], units[where % len(units)]
    on, now = today + timedelta(days=ahead), NOON + (today - TODAY)
    if verb == "found":
        operations.found_unit(
            session, code="", kind=Kind.COMMITTEE, name=f"Mới {which}", parent_id=unit, on=on
        )
    elif verb == "rename":
        operations.rename_unit(session, unit, name=f"Tên {where}", on=on, now=now)
    elif verb == "move":
        operations.move_unit(session, unit, parent_id=other, on=on, now=now)
    else:
        operations.end_unit(session, unit, on=on, now=now)


# Each history has a store of its own, so making a failing one shorter would take minutes.
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(steps, min_size=1, max_size=14))
def test_whatever_is_done_no_circle_closes_and_no_past_tree_changes(
    history: list[tuple[str, int, int, int]],
) -> None:
    with TemporaryDirectory() as folder:
        engine = new_store(str(Path(folder) / "survey.sqlite"))
        with Session(engine) as session:
            plant(session, [row("A"), row("B", "A"), row("C", "B"), row("D", "A")])
            today, past = TODAY, {}
            for step in history:
                past[today - timedelta(days=1)] = told(session, today - timedelta(days=1))
                try:
                    act_on(session, step, today)
                except rules.Refused:
                    session.rollback()
                for day in range(5):
                    tree = queries.load_tree(session, today + timedelta(days=day))
                    assert tree.whole
                    assert all(tree[i].parent_id is None for i in tree.roots)
                today += timedelta(days=1)
            assert {day: told(session, day) for day in past} == past
        engine.dispose()


def test_entries_are_never_rewritten_by_the_day_after(session: Session, tree_ids: Ids) -> None:
    operations.rename_unit(session, tree_ids["DT2"], name="Một", on=TODAY, now=NOON)
    tomorrow = NOON + timedelta(days=1)
    operations.rename_unit(session, tree_ids["DT2"], name="Hai", on=TOMORROW, now=tomorrow)
    operations.move_unit(session, tree_ids["DT2"], parent_id=None, on=TOMORROW, now=tomorrow)
    with db.writing(session):
        names = session.query(UnitName).filter_by(unit_id=tree_ids["DT2"]).count()
        places = session.query(UnitParent).filter_by(unit_id=tree_ids["DT2"]).count()
        units = session.query(Unit).count()
    assert (names, places, units) == (3, 2, 7)
