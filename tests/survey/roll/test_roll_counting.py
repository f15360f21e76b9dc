"""Counts as they are typed and pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.roll.counting import MOST, Fault, NotACount, read_count, read_counts, read_list

CELLS = {"qn-1": 1, "qn-2": 2, "qn-3": 3}


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("12", 12),
        (" 0 ", 0),
        ("1.234", 1234),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("１２", 12),
        (12.0, 12),
        (7, 7),
        ("", None),
        ("   ", None),
        (str(MOST), MOST),
    ],
)
def test_a_count_is_a_whole_number_or_nothing(typed: object, count: int | None) -> None:
    assert read_count(typed) == count


@pytest.mark.parametrize(
    "typed",
    [
        "-1",
        "1,5",
        "1.5",
        "1.2345",
        ".",
        "x",
        "12 người",
        "²",
        12.5,
        float("nan"),
        True,
        str(MOST + 1),
        "9" * 5000,
    ],
)
def test_anything_else_is_none(typed: object) -> None:
    with pytest.raises(NotACount):
        read_count(typed)


def test_who_came_may_stand_without_who_was_excused_but_not_the_other_way() -> None:
    assert read_counts("11", "2") == (11, 2)
    assert read_counts("11", "") == (11, 0)
    assert read_counts("", "") is None
    with pytest.raises(NotACount, match=r"^$"):
        read_counts("", "2")


def test_a_list_without_a_heading_is_code_present_excused() -> None:
    rows = [["QN-1", "12", "2"], [" qn-2 ", 9.0, ""], ["QN-3"]]
    assert read_list(rows, CELLS) == ({1: (12, 2), 2: (9, 0)}, [])


def test_a_heading_says_which_column_holds_what() -> None:
    rows = [
        ["Mã", "Chi bộ", "Thuộc diện", "Có mặt", "Vắng có lý do"],
        ["QN-1", "Chi bộ thôn 1", "14", "12", "2"],
        ["QN-2", "Chi bộ thôn 2", "10", "", ""],
    ]
    assert read_list(rows, CELLS) == ({1: (12, 2)}, [])
    turned = [["Vắng có lý do", "Có mặt", "Mã chi bộ"], ["2", "12", "QN-1"]]
    assert read_list(turned, CELLS) == ({1: (12, 2)}, [])
    short = [["MA", "CO MAT"], ["QN-1", "12"]]
    assert read_list(short, CELLS) == ({1: (12, 0)}, [])


def test_every_line_that_is_not_understood_is_named_with_its_number() -> None:
    rows = [["QN-1", "12", "2"], ["QN-9", "1", ""], ["QN-1", "3", ""]]
    rows += [["QN-2", "mười", ""], ["QN-3", "", "2"], ["", "5", ""]]
    assert read_list(rows, CELLS) == (
        {1: (12, 2)},
        [
            Fault(2, "unknown", "QN-9"),
            Fault(3, "repeated", "QN-1"),
            Fault(4, "not_a_count", "mười"),
            Fault(5, "no_present", "QN-3"),
            Fault(6, "unknown", ""),
        ],
    )


def test_an_empty_list_is_an_empty_list() -> None:
    assert read_list([], CELLS) == ({}, [])
    assert read_list([[], [""]], CELLS) == ({}, [])


cells = st.sampled_from(["QN-1", "qn-2", "QN-9", "", "12", "0", "x", "Mã", "Có mặt"]) | st.text(
    max_size=5
)


@given(st.lists(st.lists(cells, max_size=4), max_size=8))
def test_each_line_with_a_figure_is_counted_or_named(rows: list[list[str]]) -> None:
    found, faults = read_list(rows, CELLS)
    assert set(found) <= {1, 2, 3}
    numbers = [fault.line for fault in faults]
    assert numbers == sorted(set(numbers))
    assert len(found) + len(faults) <= len(rows)
    for present, excused in found.values():
        assert 0 <= present <= MOST
        assert 0 <= excused <= MOST
