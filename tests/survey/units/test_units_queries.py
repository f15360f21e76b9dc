"""The tree as it stands on a day; search."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey.units import operations, queries
from survey.units.tree import Kind
from tests.conftest import NOON
from tests.survey.units.planting import (
    FOUNDED,
    TODAY,
    TOMORROW,
    YESTERDAY,
    ids,
    plant,
    row,
    shape,
    take,
)

pytestmark = pytest.mark.usefixtures("afternoon")


def found(session: Session, words: str, **limits: int | str) -> list[str]:
    tree = queries.load_tree(session, TODAY)
    return [tree.place(node.id) for node in queries.search(session, words, **limits)]


# ------------------------------------------------------------------ days


def test_before_it_was_founded_a_unit_is_in_no_tree(session: Session) -> None:
    plant(session)
    assert len(queries.load_tree(session, FOUNDED - timedelta(days=1))) == 0
    assert len(queries.load_tree(session, FOUNDED)) == 7


def test_each_day_has_its_own_names_and_parents(session: Session, tree_ids: dict[str, int]) -> None:
    cell = tree_ids["DT2"]
    operations.rename_unit(session, cell, name="Chi bộ Đăk Rao", on=TODAY, now=NOON)
    operations.move_unit(session, cell, parent_id=tree_ids["DH"], on=TOMORROW, now=NOON)
    told = {
        day: shape(queries.load_tree(session, day))["DT2"] for day in (YESTERDAY, TODAY, TOMORROW)
    }
    assert told == {
        YESTERDAY: ("Chi bộ thôn 2", "DT"),
        TODAY: ("Chi bộ Đăk Rao", "DT"),
        TOMORROW: ("Chi bộ Đăk Rao", "DH"),
    }


def test_the_day_is_that_of_viet_nam() -> None:
    late = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # 00:30 on the 24th in Việt Nam
    assert queries.day_of(late) == TOMORROW
    assert queries.day_of(late - timedelta(hours=1)) == TODAY
    assert queries.today() == TODAY


def test_a_tree_of_any_size_is_read_in_one_statement(
    session: Session, tree_ids: dict[str, int]
) -> None:
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    queries.load_tree(session, TODAY)
    assert sum(statement.startswith("SELECT") for statement in asked) == 1


# ------------------------------------------------------------------ paths


def test_the_path_runs_from_the_top_to_the_unit(session: Session, tree_ids: dict[str, int]) -> None:
    assert queries.path_of(session, tree_ids["DT2"]) == (
        tree_ids["QN"],
        tree_ids["DT"],
        tree_ids["DT2"],
    )
    assert queries.path_of(session, tree_ids["QN"]) == (tree_ids["QN"],)
    assert queries.path_above(session, tree_ids["QN"]) == ()
    assert queries.path_above(session, tree_ids["VP"]) == (tree_ids["QN"],)


@pytest.mark.parametrize("unknown", [None, 0, 999, 10**30])
def test_an_unknown_unit_has_no_path(session: Session, unknown: int | None) -> None:
    plant(session)
    assert queries.path_of(session, unknown) is None
    assert queries.path_above(session, unknown or 0) is None


def test_an_ended_unit_keeps_its_last_place_and_a_coming_one_has_its_first(
    session: Session, tree_ids: dict[str, int]
) -> None:
    operations.end_unit(session, tree_ids["DT2"], on=TODAY, now=NOON)
    coming = operations.found_unit(
        session, code="", kind=Kind.CELL, name="Mới", parent_id=tree_ids["DT"], on=date(2027, 1, 1)
    )
    above = (tree_ids["QN"], tree_ids["DT"])
    assert queries.path_of(session, tree_ids["DT2"]) == (*above, tree_ids["DT2"])
    assert queries.path_of(session, coming) == (*above, coming)


def test_the_path_is_that_of_the_day_asked_for(session: Session, tree_ids: dict[str, int]) -> None:
    cell = tree_ids["DT10"]
    operations.move_unit(session, cell, parent_id=tree_ids["DH"], on=TODAY, now=NOON)
    assert queries.path_of(session, cell) == (tree_ids["QN"], tree_ids["DH"], cell)
    assert queries.path_of(session, cell, YESTERDAY) == (tree_ids["QN"], tree_ids["DT"], cell)


def test_all_above_several_units_are_those_above_each_of_them(
    session: Session, tree_ids: dict[str, int]
) -> None:
    units = [tree_ids["DT2"], tree_ids["DH"]]
    paths = [queries.path_of(session, unit) or () for unit in units]
    assert sorted(queries.all_above(session, units)) == sorted({u for path in paths for u in path})
    assert queries.all_above(session, []) == ()


# ------------------------------------------------------------------ headcounts


def test_the_headcount_is_the_last_one_before_the_moment(
    session: Session, tree_ids: dict[str, int]
) -> None:
    cell = tree_ids["DT2"]
    later = NOON + timedelta(hours=1)
    operations.set_headcount(session, cell, total=21, eligible=19, now=later)
    assert queries.headcounts(session, NOON - timedelta(seconds=1)) == {}
    assert queries.headcounts(session, later - timedelta(seconds=1))[cell] == (20, 20)
    assert queries.headcounts(session, later)[cell] == (21, 19)


# ------------------------------------------------------------------ search

ALIKE = [
    "dang uy xa dak to",
    "Đảng ủy xã Đăk Tô",
    "Đảng uỷ xã Đăk Tô",
    "đảng bộ xã đăk tô",
    "xa  DAK to",
    "da\u0306k to\u0302",  # as some phones send it: letter and mark apart
    "tô đăk",
    "DT",
]


@pytest.mark.parametrize("words", ALIKE)
def test_a_unit_is_found_however_its_name_is_typed(session: Session, words: str) -> None:
    plant(session)
    assert found(session, words)[0] == "Đảng bộ xã Đăk Tô"


@pytest.mark.parametrize("words", ["", "   ", "%", "_", "?!", "khong co", "an ha"])
def test_what_no_unit_is_called_finds_nothing(session: Session, words: str) -> None:
    plant(session)
    assert found(session, words) == []


def test_the_committee_and_the_body_are_one_also_where_the_list_says_committee(
    session: Session,
) -> None:
    plant(session, [row("T", "", "Tỉnh ủy Quảng Ngãi"), row("X", "T", "Đảng ủy xã Ia H’Drai")])
    assert found(session, "dang bo tinh quang ngai") == ["Tỉnh ủy Quảng Ngãi"]
    assert found(session, "Đảng bộ xã Ia H'Drai") == ["Đảng ủy xã Ia H’Drai"]
    assert found(session, "ia hdrai") == ["Đảng ủy xã Ia H’Drai"]


def test_words_side_by_side_come_before_words_apart(session: Session) -> None:
    plant(
        session,
        [
            row("A", "", "Đảng bộ A"),
            row("B", "A", "Chi bộ thôn 10", kind=Kind.CELL),
            row("C", "A", "Chi bộ thôn 1 mở rộng", kind=Kind.CELL),
            row("D", "A", "Chi bộ thôn Đăk 1", kind=Kind.CELL),
        ],
    )
    assert found(session, "thon 1") == [
        "Chi bộ thôn 1 mở rộng",
        "Chi bộ thôn 10",
        "Chi bộ thôn Đăk 1",
    ]


def test_a_search_stays_under_a_unit_and_within_a_kind(
    session: Session, tree_ids: dict[str, int]
) -> None:
    assert found(session, "thon 2") == [
        "Chi bộ thôn 2, Đảng bộ xã Đăk Hà",
        "Chi bộ thôn 2, Đảng bộ xã Đăk Tô",
    ]
    assert found(session, "thon 2", under=tree_ids["DT"]) == ["Chi bộ thôn 2, Đảng bộ xã Đăk Tô"]
    assert found(session, "dak", kind=Kind.CELL) == []
    assert len(found(session, "bo", limit=3)) == 3


def test_an_old_name_finds_the_unit_and_is_told(session: Session, tree_ids: dict[str, int]) -> None:
    operations.rename_unit(session, tree_ids["DT2"], name="Chi bộ Rao", on=TODAY, now=NOON)
    tree = queries.load_tree(session, TODAY)
    told = queries.find(session, "thon 2", tree=tree)
    assert [(hit.node.name, hit.by) for hit in told] == [
        ("Chi bộ thôn 2", None),
        ("Chi bộ Rao", "Chi bộ thôn 2"),
    ]
    assert [hit.by for hit in queries.find(session, "rao", tree=tree)] == [None]


def test_an_ended_unit_is_found_apart_from_those_that_stand(
    session: Session, tree_ids: dict[str, int]
) -> None:
    operations.end_unit(session, tree_ids["DT2"], on=TODAY, now=NOON)
    told = queries.find_ended(session, "thôn 2", on=TODAY)
    assert [(name.name, day) for name, day in told] == [("Chi bộ thôn 2", TODAY)]
    assert queries.find_ended(session, "thôn 2", on=TODAY, under=tree_ids["DH"]) == []
    assert len(queries.find_ended(session, "thôn 2", on=TODAY, under=tree_ids["DT"])) == 1
    assert queries.find_ended(session, "", on=TODAY) == []
    assert found(session, "thon 2") == ["Chi bộ thôn 2, Đảng bộ xã Đăk Hà"]


def test_what_is_on_record_about_a_unit_comes_latest_first(
    session: Session, tree_ids: dict[str, int]
) -> None:
    cell = tree_ids["DT2"]
    operations.rename_unit(session, cell, name="Chi bộ Rao", on=TODAY, now=NOON)
    operations.move_unit(session, cell, parent_id=None, on=TODAY, now=NOON)
    operations.rename_unit(session, tree_ids["DT"], name="Đăk Tô mới", on=TODAY, now=NOON)
    record = queries.record_of(session, cell)
    assert record is not None
    assert [(n.since, n.name) for n in record.names] == [
        (TODAY, "Chi bộ Rao"),
        (FOUNDED, "Chi bộ thôn 2"),
    ]
    assert record.parents == [
        (TODAY, None, None),
        (FOUNDED, tree_ids["DT"], "Đăk Tô mới"),
    ]
    assert [(h.total, h.eligible) for h in record.heads] == [(20, 20)]
    assert queries.record_of(session, 999) is None


def test_codes_are_those_of_all_units_ever(session: Session, tree_ids: dict[str, int]) -> None:
    operations.end_unit(session, tree_ids["VP"], on=TODAY, now=NOON)
    take(session, row("MOI", "QN", "Chi bộ mới"), on=TOMORROW)
    on_record = queries.standing(session, TODAY, NOON)
    assert {"VP", "MOI"} <= on_record.codes
    assert set(ids(session)) & {"VP", "MOI"} == set()
