"""A list is held against the tree and taken whole or not at all."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from survey.sheetfile import read_table
from survey.units import listing, operations, queries, rules
from survey.units.comparison import Change, Plan, compare
from survey.units.importing import DRAFTS_LAST
from survey.units.listing import Listed, Reason
from survey.units.models import Headcount, Unit, UnitName, UnitParent
from survey.units.queries import Standing
from survey.units.tree import Kind, Node, Tree
from tests.conftest import NOON
from tests.survey.units.planting import (
    FOUNDED,
    ROWS,
    TODAY,
    TOMORROW,
    YESTERDAY,
    ids,
    row,
    shape,
    take,
)

Ids = dict[str, int]
LATER = NOON + timedelta(hours=1)


def plan_of(session: Session, *rows: Listed, within: int | None = None) -> Plan:
    return compare(rows, queries.standing(session, TODAY, LATER), within=within)


def wrong(session: Session, *rows: Listed, within: int | None = None) -> list[tuple[str, Reason]]:
    """The faults; and that with one of them nothing at all is taken."""
    plan = plan_of(session, *rows, within=within)
    before = entries(session)
    with pytest.raises(rules.ListRefused) as refused:
        operations.import_units(session, rows, on=TODAY, now=LATER, within=within)
    assert refused.value.plan.faults == plan.faults
    assert entries(session) == before
    return [(fault.code, fault.reason) for fault in plan.faults]


def entries(session: Session) -> list[int]:
    return [session.query(model).count() for model in (Unit, UnitName, UnitParent, Headcount)]


# ------------------------------------------------------------------ taking


def test_a_list_is_taken_whatever_its_order(session: Session) -> None:
    take(session, *reversed(ROWS), on=FOUNDED)
    assert shape(queries.load_tree(session, TODAY)) == {
        "QN": ("Đảng bộ tỉnh Quảng Ngãi", None),
        "DT": ("Đảng bộ xã Đăk Tô", "QN"),
        "DH": ("Đảng bộ xã Đăk Hà", "QN"),
        "DT10": ("Chi bộ thôn 10", "DT"),
        "DT2": ("Chi bộ thôn 2", "DT"),
        "DH2": ("Chi bộ thôn 2", "DH"),
        "VP": ("Chi bộ Văn phòng", "QN"),
    }
    heads, code = queries.headcounts(session, NOON), ids(session)
    assert heads == {
        code["DT10"]: (30, 25),
        code["DT2"]: (20, 20),  # the list says nothing of eligible: all are
        code["DH2"]: (12, 12),
        code["VP"]: (9, 8),
    }


def test_the_same_list_again_changes_nothing(session: Session, tree_ids: Ids) -> None:
    before = entries(session)
    plan = take(session, *ROWS)
    assert (plan.new, plan.changed, plan.same, plan.absent) == ([], [], 7, 0)
    assert entries(session) == before


def test_changes_are_entered_from_their_day_and_the_past_stays(
    session: Session, tree_ids: Ids
) -> None:
    before = shape(queries.load_tree(session, YESTERDAY))
    plan = take(
        session,
        row("DT2", "DH", "Chi bộ Đăk Rao", total=21, eligible=20),
        row("DT", "QN", "Đảng bộ xã Đăk Tô", kind=Kind.COMMITTEE),
        row("DH3", "DH", "Chi bộ thôn 3", kind=Kind.CELL, total=7),
    )
    assert [(c.node.code, c.name, c.parent, c.kind, c.heads) for c in plan.changed] == [
        ("DT2", "Chi bộ Đăk Rao", "DH", None, (21, 20)),
        ("DT", None, None, Kind.COMMITTEE, None),
    ]
    assert ([r.code for r in plan.new], plan.same, plan.absent) == (["DH3"], 0, 5)
    now = shape(queries.load_tree(session, TODAY))
    assert now == before | {
        "DT2": ("Chi bộ Đăk Rao", "DH"),
        "DH3": ("Chi bộ thôn 3", "DH"),
    }
    assert shape(queries.load_tree(session, YESTERDAY)) == before
    assert queries.load_tree(session, TODAY)[tree_ids["DT"]].kind == Kind.COMMITTEE


def test_a_second_list_of_the_same_day_takes_the_firsts_place(
    session: Session, tree_ids: Ids
) -> None:
    take(session, row("DT2", "DT", "Chi bộ Rap"))
    take(session, row("DT2", "DT", "Chi bộ Rao"))
    assert shape(queries.load_tree(session, TODAY))["DT2"] == ("Chi bộ Rao", "DT")
    assert entries(session)[1] == 8


def test_a_headcount_is_added_only_where_it_differs(session: Session, tree_ids: Ids) -> None:
    rows = [row("DT2", "DT", "Chi bộ thôn 2", total=20), row("VP", "QN", "Chi bộ Văn phòng")]
    assert plan_of(session, *rows).work == 0
    plan = operations.import_units(
        session, [row("DT2", "DT", "Chi bộ thôn 2", total=22)], on=TODAY, now=LATER
    )
    assert [change.heads for change in plan.changed] == [(22, 22)]
    assert entries(session)[3] == 5


def test_what_was_corrected_by_hand_stays_where_the_list_says_nothing_of_it(
    session: Session, tree_ids: Ids
) -> None:
    operations.set_headcount(session, tree_ids["DT2"], total=20, eligible=17, now=LATER)
    assert plan_of(session, row("DT2", "DT", "Chi bộ thôn 2", total=20)).work == 0


def test_figures_above_the_cells_are_not_taken_and_the_plan_says_so(
    session: Session, tree_ids: Ids
) -> None:
    plan = take(
        session,
        row("DT", "QN", "Đảng bộ xã Đăk Tô", total=500),
        row("M", "QN", "Đảng bộ mới", total=40),
    )
    assert (plan.uncounted, plan.same) == (2, 1)
    assert set(queries.headcounts(session, LATER)) == {
        tree_ids[code] for code in ("DT10", "DT2", "DH2", "VP")
    }


def test_a_kind_we_have_no_word_for_is_kept_and_told(session: Session, tree_ids: Ids) -> None:
    plan = take(session, row("M", "QN", "Tổ hợp tác 1", kind="Tổ hợp tác"))
    assert plan.strange == ("Tổ hợp tác",)
    assert queries.load_tree(session, TODAY)[ids(session)["M"]].kind == "Tổ hợp tác"


def test_units_may_be_added_on_a_past_day(session: Session, tree_ids: Ids) -> None:
    take(session, row("M", "DT", "Chi bộ thôn 5"), on=YESTERDAY)
    assert shape(queries.load_tree(session, YESTERDAY))["M"] == ("Chi bộ thôn 5", "DT")


# ------------------------------------------------------------------ refusing


def test_a_parent_that_is_nowhere_is_named(session: Session, tree_ids: Ids) -> None:
    assert wrong(session, row("M", "KHONG", "Chi bộ a")) == [("M", Reason.ORPHAN)]


def test_a_child_of_a_row_already_refused_is_no_orphan(session: Session, tree_ids: Ids) -> None:
    on_record = queries.standing(session, TODAY, LATER)
    rows = [row("M", "HONG", "Chi bộ a")]
    assert compare(rows, on_record, mentioned={"HONG"}).faults == []


def test_every_row_on_a_circle_is_named_and_none_that_hangs_from_it(
    session: Session, tree_ids: Ids
) -> None:
    rows = [row("A", "B", number=2), row("B", "C", number=3), row("C", "A", number=4)]
    assert wrong(session, *rows, row("D", "A", number=5), row("E", "E", number=6)) == [
        ("A", Reason.CYCLE),
        ("B", Reason.CYCLE),
        ("C", Reason.CYCLE),
        ("E", Reason.CYCLE),
    ]


def test_a_circle_closed_through_units_on_record_is_named(session: Session, tree_ids: Ids) -> None:
    moved = row("QN", "DT", "Đảng bộ tỉnh Quảng Ngãi")
    assert wrong(session, moved) == [("QN", Reason.CYCLE)]


def test_a_circle_that_would_close_on_a_later_day_is_refused(
    session: Session, tree_ids: Ids
) -> None:
    operations.move_unit(session, tree_ids["DT"], parent_id=tree_ids["DH"], on=TOMORROW, now=NOON)
    before = entries(session)
    with pytest.raises(rules.WouldCircle):
        take(session, row("DH", "DT", "Đảng bộ xã Đăk Hà"))
    assert entries(session) == before


def test_the_same_name_beside_itself_is_named(session: Session, tree_ids: Ids) -> None:
    assert wrong(
        session,
        row("M", "DT", "CHI BỘ THÔN 2", number=2),
        row("X", "QN", "Chi bộ mới", number=3),
        row("Y", "QN", "Chi bộ mới", number=4),
        row("Z", "DH", "Chi bộ mới", number=5),
    ) == [("M", Reason.SAME_NAME), ("X", Reason.SAME_NAME), ("Y", Reason.SAME_NAME)]


def test_two_units_may_change_their_names_for_each_others(session: Session, tree_ids: Ids) -> None:
    take(session, row("DT2", "DT", "Chi bộ thôn 10"), row("DT10", "DT", "Chi bộ thôn 2"))
    assert shape(queries.load_tree(session, TODAY))["DT2"][0] == "Chi bộ thôn 10"


def test_nothing_is_listed_below_a_cell(session: Session, tree_ids: Ids) -> None:
    rows = [
        row("M", "DT2", "Tổ đảng 1", number=2),
        row("C", "DT", "Chi bộ c", number=3),
        row("T", "C", "Tổ đảng 2", number=4),
    ]
    assert wrong(session, *rows) == [("M", Reason.BELOW_CELL), ("T", Reason.BELOW_CELL)]


def test_a_cell_stays_a_cell(session: Session, tree_ids: Ids) -> None:
    rows = [
        row("DT2", "DT", "Chi bộ thôn 2", kind=Kind.COMMITTEE, number=2),
        row("DT", "QN", "Đảng bộ xã Đăk Tô", kind=Kind.CELL, number=3),
    ]
    assert wrong(session, *rows) == [("DT2", Reason.OTHER_KIND), ("DT", Reason.OTHER_KIND)]


def test_the_code_of_an_ended_unit_does_not_come_back(session: Session, tree_ids: Ids) -> None:
    operations.end_unit(session, tree_ids["VP"], on=TODAY, now=NOON)
    assert wrong(session, ROWS[-1]) == [("VP", Reason.NOT_STANDING)]


def test_nothing_new_is_put_under_a_unit_about_to_end(session: Session, tree_ids: Ids) -> None:
    alone = take(session, row("TAM", "QN", "Đảng bộ tạm")).new[0].code
    operations.end_unit(session, ids(session)[alone], on=TOMORROW, now=NOON)
    assert wrong(session, row("M", "TAM", "Chi bộ a")) == [("M", Reason.ORPHAN)]


def test_no_change_slips_in_before_one_already_entered(session: Session, tree_ids: Ids) -> None:
    operations.rename_unit(session, tree_ids["DT2"], name="Mai đổi", on=TOMORROW, now=NOON)
    assert wrong(session, row("DT2", "DT", "Nay đổi")) == [("DT2", Reason.SETTLED)]


def test_names_and_places_do_not_change_before_today(session: Session, tree_ids: Ids) -> None:
    with pytest.raises(rules.ListRefused) as refused:
        take(session, row("DT2", "DT", "Chi bộ Rao"), on=YESTERDAY)
    assert [fault.reason for fault in refused.value.plan.faults] == [Reason.PAST_DAY]


def test_each_row_is_new_changed_the_same_or_wrong(session: Session, tree_ids: Ids) -> None:
    plan = plan_of(
        session,
        row("DT", "QN", "Đảng bộ xã Đăk Tô", number=2),
        row("DT2", "DT", "Chi bộ Rao", number=3),
        row("DT10", "KHONG", "Chi bộ thôn 10", number=4),
        row("M1", "DT", "Chi bộ 1", number=5),
        row("M2", "KHONG", "Chi bộ 2", number=6),
    )
    assert ([r.row for r in plan.new], [c.listed.row for c in plan.changed]) == ([5], [3])
    assert (plan.same, [fault.row for fault in plan.faults]) == (1, [4, 6])


# ------------------------------------------------------------------ reach


def test_an_organiser_changes_only_what_is_below(session: Session, tree_ids: Ids) -> None:
    assert wrong(
        session,
        row("DH2", "DH", "Chi bộ thôn 2", total=99, number=2),  # another commune's figure
        row("DT2", "DH", "Chi bộ đi", number=3),  # away from here
        row("VP", "DT", "Chi bộ về", number=4),  # from elsewhere to here
        row("DT", "", "Đảng bộ xã Đăk Tô", number=5),  # to the top
        row("M1", "DH", "Chi bộ mới", number=6),
        row("M2", "", "Đảng bộ mới", number=7),
        row("M3", "M2", "Chi bộ dưới đảng bộ mới", number=8),
        row("DT10", "", "Chi bộ thôn 10", number=9),  # a cell of one's own, to the top
        within=tree_ids["DT"],
    ) == [
        ("DH2", Reason.OUTSIDE),
        ("DT2", Reason.OUTSIDE),
        ("VP", Reason.OUTSIDE),
        ("DT", Reason.OUTSIDE),
        ("M1", Reason.OUTSIDE),
        ("M2", Reason.NEW_ROOT),
        ("M3", Reason.OUTSIDE),
        ("DT10", Reason.OUTSIDE),
    ]


def test_an_organiser_may_send_the_whole_list_with_own_changes_in_it(
    session: Session, tree_ids: Ids
) -> None:
    rows = [r for r in ROWS if r.code != "DT2"]
    plan = take(
        session,
        *rows,
        row("DT2", "N", "Chi bộ Rao"),
        row("N", "DT", "Đảng bộ bộ phận mới"),
        row("N1", "N", "Chi bộ n1", total=5),
        within=tree_ids["DT"],
    )
    assert (len(plan.new), len(plan.changed), plan.same, plan.absent) == (2, 1, 6, 0)
    assert shape(queries.load_tree(session, TODAY))["DT2"] == ("Chi bộ Rao", "N")


def test_only_units_in_reach_count_as_absent(session: Session, tree_ids: Ids) -> None:
    assert plan_of(session, ROWS[4], within=tree_ids["DT"]).absent == 2
    assert plan_of(session, ROWS[4]).absent == 6


# ------------------------------------------------------------------ drafts


def test_a_draft_is_seen_by_its_owner_only_and_forgotten_after_a_day(
    session: Session, tree_ids: Ids, sign_in: object
) -> None:
    sign_in("administrator")
    sign_in("administrator")
    rows: list[list[object]] = [["Mã", 1.5, True, ""]]
    draft = operations.keep_draft(session, rows, account_id=1, filename="a" * 300, now=NOON)
    assert queries.draft_of(session, draft, 1) == rows
    assert queries.draft_of(session, draft, 2) is None
    assert queries.draft_of(session, draft + 1, 1) is None
    next_day = NOON + DRAFTS_LAST + timedelta(seconds=1)
    second = operations.keep_draft(session, rows, account_id=1, filename="b", now=next_day)
    assert queries.draft_of(session, draft, 1) is None
    assert second != draft
    operations.drop_draft(session, second)
    assert queries.draft_of(session, second, 1) is None


# ------------------------------------------------------------------ the province, and anything


def test_the_province_is_taken_in_seconds_and_again_for_nothing(session: Session) -> None:
    content = Path("survey/demo/data/units_quangngai_2025.csv").read_bytes()
    began = time.perf_counter()
    table = read_table(content, "units.csv")
    listed = listing.read(table, listing.guess(table)).listed
    assert len(take(session, *listed, on=FOUNDED).new) == 4155
    assert time.perf_counter() - began < 5
    assert take(session, *listed).same == 4155
    tree = queries.load_tree(session, TODAY)
    assert tree.size(tree.roots[0], queries.headcounts(session, NOON)) == (3935, 69505, 66042)
    told = [tree.place(n.id) for n in queries.search(session, "dang uy xa dak to")]
    assert told[0] == "Đảng bộ xã Đăk Tô"


codes = st.sampled_from(["QN", "DT", "DT2", "VP", "M1", "M2", "M3", ""])
rows_of_any_kind = st.lists(
    st.builds(
        Listed,
        row=st.integers(2, 99),
        code=codes.filter(bool),
        parent=codes,
        name=st.sampled_from(["Chi bộ a", "Chi bộ b", "Đảng bộ c", "Chi bộ thôn 2"]),
        kind=st.sampled_from([None, Kind.CELL, Kind.COMMITTEE]),
        total=st.none() | st.integers(0, 9),
    ),
    max_size=7,
    unique_by=(lambda listed: listed.row, lambda listed: listed.code),
)
ON_RECORD = Standing(
    tree=Tree(
        [
            Node(1, "QN", Kind.PROVINCE, "Đảng bộ tỉnh", None),
            Node(2, "DT", Kind.COMMUNE, "Đảng bộ xã", 1),
            Node(3, "DT2", Kind.CELL, "Chi bộ thôn 2", 2),
            Node(4, "VP", Kind.CELL, "Chi bộ Văn phòng", 1),
        ]
    ),
    heads={3: (20, 20)},
    codes=frozenset({"QN", "DT", "DT2", "VP", "M3"}),
    ending=frozenset(),
    settled=frozenset(),
)


@settings(max_examples=200)
@given(rows_of_any_kind, st.sampled_from([None, 1, 2, 4]))
def test_a_list_without_faults_leaves_a_whole_tree(rows: list[Listed], within: int | None) -> None:
    plan = compare(rows, ON_RECORD, within=within)
    bad = {fault.row for fault in plan.faults}
    assert len(plan.new) + len(plan.changed) + plan.same + len(bad) == len(rows)
    if plan.faults:
        return
    after = _after(plan)
    assert after.whole
    for node in after:
        beside = [after[i].name.casefold() for i in after.children(node.id)]
        assert len(beside) == len(set(beside))
        assert node.kind != Kind.CELL or not after.children(node.id)
    touched = [after_id(r.code, plan) for r in [*plan.new, *(c.listed for c in plan.changed)]]
    assert all(within is None or within in after.path(unit_id) for unit_id in touched)


def after_id(code: str, plan: Plan) -> int:
    known = {node.code: node.id for node in ON_RECORD.tree}
    return known.get(code) or 100 + [r.code for r in plan.new].index(code)


def _after(plan: Plan) -> Tree:
    changes: dict[str, Change] = {change.node.code: change for change in plan.changed}
    nodes = []
    for node in ON_RECORD.tree:
        change = changes.get(node.code)
        name = change.name if change and change.name else node.name
        parent = node.parent_id
        if change and change.parent is not None:
            parent = after_id(change.parent, plan) if change.parent else None
        nodes.append(node._replace(name=name, parent_id=parent))
    for listed in plan.new:
        kind = listed.kind or listing.kind_by_name(listed.name)
        parent = after_id(listed.parent, plan) if listed.parent else None
        nodes.append(Node(after_id(listed.code, plan), listed.code, kind, listed.name, parent))
    return Tree(nodes)
