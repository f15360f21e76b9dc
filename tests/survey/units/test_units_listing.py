"""What an office's list says: which column is what, and what is wrong with which row."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.sheetfile import read_table
from survey.units.listing import Columns, Fault, Listed, Reason, guess, kind_by_name, read
from survey.units.tree import Kind

REAL = Path("survey/demo/data/units_quangngai_2025.csv")
ALL = Columns(first=2, code=0, parent=1, name=2, kind=3, total=4, eligible=5)
HEAD: list[object] = ["Mã", "Mã cấp trên", "Tên", "Loại", "Tổng số", "Thuộc diện"]


def said(*rows: list[object]) -> tuple[list[Listed], list[Fault]]:
    reading = read([HEAD, *rows], ALL)
    return reading.listed, reading.faults


def faults(*rows: list[object]) -> list[tuple[int, Reason, str]]:
    return [(fault.row, fault.reason, fault.about) for fault in said(*rows)[1]]


# ------------------------------------------------------------------ columns


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        (
            ["id", "parent_id", "level", "name", "members"],
            Columns(first=2, code=0, parent=1, kind=2, name=3, total=4),
        ),
        (
            ["STT", "Mã TCĐ", "Tên tổ chức đảng", "Trực thuộc", "Số đảng viên"],
            Columns(first=2, name=2, parent=3, total=4),
        ),
        (
            ["TÊN ĐƠN VỊ", "MÃ ĐƠN VỊ", "MÃ ĐƠN VỊ CẤP TRÊN", "THUỘC DIỆN", "TỔNG SỐ ĐẢNG VIÊN"],
            Columns(first=2, name=0, code=1, parent=2, eligible=3, total=4),
        ),
        (
            ["Mã", "Mã cấp trên (nếu có)", "Tên", "Đảng viên thuộc diện tham gia (người)"],
            Columns(first=2, code=0, parent=1, name=2, eligible=3),
        ),
        (["a", "b"], Columns(first=1)),
        ([], Columns(first=1)),
    ],
)
def test_columns_are_guessed_by_their_headings(heading: list[object], columns: Columns) -> None:
    assert guess([heading]) == columns


def test_a_title_and_blank_rows_may_stand_above_the_headings() -> None:
    table = [["DANH SÁCH TỔ CHỨC ĐẢNG", "", ""], ["", "", ""], HEAD, ["A", "", "Đảng bộ A"]]
    assert guess(table) == Columns(first=4, code=0, parent=1, name=2, kind=3, total=4, eligible=5)


def test_our_own_list_of_the_province_is_understood_whole() -> None:
    table = read_table(REAL.read_bytes(), REAL.name)
    reading = read(table, guess(table))
    assert (len(reading.listed), reading.faults, reading.blank) == (4155, [], 0)
    kinds = [row.kind for row in reading.listed]
    assert (kinds.count(Kind.CELL), kinds.count(Kind.COMMUNE)) == (3935, 96)
    assert sum(row.total or 0 for row in reading.listed) == 69505


# ------------------------------------------------------------------ rows


def test_a_row_is_read_field_by_field() -> None:
    listed, wrong = said(["C1", "A", " Chi  bộ\nthôn 1 ", "Chi bộ", 20.0, "18"])
    assert listed == [Listed(2, "C1", "A", "Chi bộ thôn 1", Kind.CELL, 20, 18)]
    assert wrong == []


def test_the_number_that_a_workbook_made_of_a_code_is_a_code_again() -> None:
    listed, _ = said([21025.0, 51.0, "Đảng bộ", "", "", ""])
    assert (listed[0].code, listed[0].parent) == ("21025", "51")


@pytest.mark.parametrize(
    ("written", "members"),
    [
        (35.0, 35),
        ("35", 35),
        (" 35 ", 35),
        ("35,0", 35),
        ("35.00", 35),
        ("1.234", 1234),
        ("1,234", 1234),
        ("1 234", 1234),
        ("1.234.567", 1234567),
        ("0", 0),
        ("", None),
        (None, None),
    ],
)
def test_members_are_read_as_people_write_them(written: object, members: int | None) -> None:
    listed, wrong = said(["C", "", "Chi bộ", "", written, ""])
    assert (listed[0].total, wrong) == (members, [])


@pytest.mark.parametrize(
    ("total", "eligible", "reason", "about"),
    [
        ("mười", "", Reason.NOT_A_NUMBER, "mười"),
        ("", "x", Reason.NOT_A_NUMBER, "x"),
        (3.5, "", Reason.NOT_A_NUMBER, "3.5"),
        ("3,5", "", Reason.NOT_A_NUMBER, "3,5"),
        ("1.23", "", Reason.NOT_A_NUMBER, "1.23"),
        (float("nan"), "", Reason.NOT_A_NUMBER, "nan"),
        (float("inf"), "", Reason.NOT_A_NUMBER, "inf"),
        (True, "", Reason.NOT_A_NUMBER, "True"),
        (-3.0, "", Reason.NEGATIVE, "-3"),
        ("-3", "", Reason.NEGATIVE, "-3"),
        ("10000000", "", Reason.TOO_MANY, "10000000"),
        ("9" * 40, "", Reason.TOO_MANY, "9" * 40),
        ("10", "12", Reason.ELIGIBLE_ABOVE_TOTAL, "12 > 10"),
        ("", "12", Reason.NO_TOTAL, ""),
    ],
)
def test_an_impossible_headcount_is_named(
    total: object, eligible: object, reason: Reason, about: str
) -> None:
    assert faults(["C", "", "Chi bộ", "", total, eligible]) == [(2, reason, about)]


def test_missing_repeated_and_endless_texts_are_named() -> None:
    assert faults(
        ["A", "", "Đảng bộ A", "", "", ""],
        ["", "A", "Chi bộ", "", "", ""],
        ["B", "A", "", "", "", ""],
        ["A", "", "Đảng bộ khác", "", "", ""],
        ["C" * 61, "A", "t" * 201, "k" * 21, "", ""],
    ) == [
        (3, Reason.NO_CODE, ""),
        (4, Reason.NO_NAME, ""),
        (5, Reason.DUPLICATE, "2"),
        (6, Reason.TOO_LONG, "C" * 60),
        (6, Reason.TOO_LONG, "t" * 200),
        (6, Reason.TOO_LONG, "k" * 20),
    ]


def test_every_fault_of_a_row_is_named_at_once() -> None:
    assert [reason for _, reason, _ in faults(["", "", "", "", "x", -1.0])] == [
        Reason.NOT_A_NUMBER,
        Reason.NEGATIVE,
        Reason.NO_CODE,
        Reason.NO_NAME,
    ]


def test_blank_rows_are_passed_over_and_rows_keep_their_numbers() -> None:
    reading = read([HEAD, ["", "  ", None, "", "", ""], ["A", "", "Đảng bộ", "", "", ""]], ALL)
    assert (reading.blank, [row.row for row in reading.listed]) == (1, [3])


def test_rows_shorter_than_the_headings_are_read_as_far_as_they_go() -> None:
    listed, wrong = said(["A", "", "Đảng bộ"])
    assert (listed, wrong) == ([Listed(2, "A", "", "Đảng bộ")], [])


def test_columns_that_the_list_does_not_have_say_nothing() -> None:
    reading = read([["A", "", "Chi bộ a"]], Columns(first=1, code=0, parent=1, name=2))
    assert reading.listed == [Listed(1, "A", "", "Chi bộ a", None, None, None)]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Chi bộ", Kind.CELL),
        ("CHI BỘ CƠ SỞ", Kind.CELL),
        ("cell", Kind.CELL),
        ("Cấp xã", Kind.COMMUNE),
        ("Đảng uỷ", Kind.COMMITTEE),
        ("grassroots", Kind.COMMITTEE),
        ("Đảng bộ bộ phận", Kind.SECTION),
        ("province", Kind.PROVINCE),
        ("Tổ hợp tác", "Tổ hợp tác"),
        ("", None),
    ],
)
def test_kinds_are_known_by_their_words_and_others_kept(word: str, kind: str | None) -> None:
    listed, _ = said(["A", "", "Tên", word, "", ""])
    assert listed[0].kind == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Chi bộ thôn 3", Kind.CELL),
        ("chi uỷ thôn 3", Kind.CELL),
        ("Đảng bộ tỉnh Quảng Ngãi", Kind.PROVINCE),
        ("Tỉnh ủy Quảng Ngãi", Kind.PROVINCE),
        ("Huyện ủy Đăk Tô", Kind.DISTRICT),
        ("Đảng ủy đặc khu Lý Sơn", Kind.COMMUNE),
        ("Đảng bộ bộ phận Khoa Nội", Kind.SECTION),
        ("Đảng bộ Công an tỉnh", Kind.COMMITTEE),
        ("Chi bội thu", Kind.COMMITTEE),
    ],
)
def test_where_no_kind_is_listed_the_name_tells_it(name: str, kind: Kind) -> None:
    assert kind_by_name(name) == kind


# ------------------------------------------------------------------ anything at all

cells = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.text(max_size=12),
    st.sampled_from(["", "A", "B", "A1", "Chi bộ", "12", "-1", "1.234", "id", "Tên", "Mã"]),
)
tables = st.lists(st.lists(cells, max_size=8), max_size=12)


@settings(max_examples=150)
@given(tables, st.integers(1, 14), st.lists(st.integers(0, 8), min_size=6, max_size=6))
def test_whatever_a_table_holds_every_row_is_listed_faulty_or_blank(
    table: list[list[object]], first: int, places: list[int]
) -> None:
    chosen = dict(zip(("code", "parent", "name", "kind", "total", "eligible"), places, strict=True))
    for columns in (Columns(first=first, **chosen), guess(table)):
        reading = read(table, columns)
        listed = [row.row for row in reading.listed]
        faulty = {fault.row for fault in reading.faults}
        numbers = range(columns.first, len(table) + 1)
        assert not faulty & set(listed)
        assert len(listed) + len(faulty) + reading.blank == len(numbers)
        assert {*listed, *faulty} <= set(numbers)
        assert len({row.code for row in reading.listed}) == len(listed)
        for row in reading.listed:
            assert row.code
            assert row.name
            assert (row.eligible or 0) <= (row.total or 0)
