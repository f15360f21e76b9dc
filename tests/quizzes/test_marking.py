"""What a sheet is stored as, what is refused, and what earns a point."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.marking import Response, ResponseError, decode, encode, mark, mark_sheet
from quizzes.paper import Paper
from tests.quizzes.making import (
    answered,
    chose,
    multiple,
    paper_of,
    papers,
    sheets,
    single,
    true_false,
)

Answered = tuple[Paper, list[tuple[Response, ...]]]

PAPER = paper_of(single("a"), multiple("b"), true_false("c"), single("d", right=2))


def refusal(text: str, paper: Paper = PAPER) -> tuple[str, int | None]:
    with pytest.raises(ResponseError) as refused:
        decode(paper, text)
    return refused.value.code, refused.value.item


def test_a_sheet_is_stored_as_one_digit_an_option() -> None:
    assert encode(chose(0, [3, 1], None, 2)) == "0;13;;2"
    assert decode(PAPER, "0;13;;2") == chose(0, [1, 3], None, 2)


def test_the_digits_rise_whatever_order_the_choices_come_in() -> None:
    # A set of small numbers does not always run through them from the least up.
    assert list(frozenset([1, 8])) != [1, 8]
    assert encode(chose([8, 1], [35, 2, 16])) == "18;2gz"


def test_an_empty_sheet_is_stored_too() -> None:
    assert encode(chose(None, None, None, None)) == ";;;"
    assert decode(PAPER, ";;;") == chose(None, None, None, None)
    assert decode(paper_of(single()), "") == chose(None)


def test_options_after_the_tenth_are_letters() -> None:
    paper = paper_of(multiple(count=36))
    assert encode(chose([9, 10, 35])) == "9az"
    assert decode(paper, "9az") == chose([9, 10, 35])
    whole = encode(chose(range(36)))
    assert whole == "0123456789abcdefghijklmnopqrstuvwxyz"
    assert decode(paper, whole) == chose(range(36))


@pytest.mark.parametrize("option", [36, 100, -1])
def test_an_option_without_a_digit_is_never_stored(option: int) -> None:
    with pytest.raises(ResponseError) as refused:
        encode(chose(0, [1, option]))
    assert refused.value.code == "unknown_option"


@pytest.mark.parametrize("text", ["", "0", "0;13;;2;", "0;13;2", ";;;;", "0,13,,2"])
def test_a_sheet_of_another_number_of_items_is_refused(text: str) -> None:
    assert refusal(text) == ("wrong_length", None)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("4;;;", 0),
        (";4;;", 1),
        (";;2;", 2),
        (";;;a", 3),
        ("A;;;", 0),
        (" ;;;", 0),
        ("-1;;;", 0),
        ("٣;;;", 0),
        (";0 1;;", 1),
        (";;;2\n", 3),
        ("\x00;;;", 0),
    ],
)
def test_an_option_that_the_item_does_not_have_is_refused(text: str, item: int) -> None:
    assert refusal(text) == ("unknown_option", item)


@pytest.mark.parametrize(("text", "item"), [("01;;;", 0), (";;01;", 2), (";;;32", 3)])
def test_two_choices_where_one_is_asked_for_are_refused(text: str, item: int) -> None:
    assert refusal(text) == ("several_choices", item)


@pytest.mark.parametrize(("text", "item"), [(";11;;", 1), (";0120;;", 1), ("00;;;", 0)])
def test_a_choice_made_twice_is_refused(text: str, item: int) -> None:
    assert refusal(text) == ("repeated_option", item)


def test_choices_out_of_order_are_refused() -> None:
    assert refusal(";31;;") == ("not_canonical", 1)


def test_the_first_fault_is_the_one_named() -> None:
    assert refusal("0;31;9;9") == ("not_canonical", 1)


def test_a_refusal_is_not_remembered_as_an_answer() -> None:
    for _ in range(2):
        assert refusal("4;;;") == ("unknown_option", 0)
    assert decode(paper_of(single(count=5)), "4") == chose(4)
    assert refusal("4", paper_of(single(count=4))) == ("unknown_option", 0)
    assert decode(paper_of(multiple()), "01") == chose([0, 1])
    assert refusal("01", paper_of(single())) == ("several_choices", 0)


@given(answered())
def test_every_sheet_comes_back_from_its_text(given: Answered) -> None:
    paper, group = given
    for sheet in group:
        assert decode(paper, encode(sheet)) == sheet


@given(st.data())
def test_two_sheets_have_one_text_only_if_they_are_equal(data: st.DataObject) -> None:
    paper = data.draw(papers(most_items=2))
    first, second = data.draw(sheets(paper)), data.draw(sheets(paper))
    assert (encode(first) == encode(second)) == (first == second)


@given(papers(most_items=3), st.text(alphabet="0123;az 9", max_size=12))
def test_a_text_is_read_as_the_sheet_that_has_it_or_refused(paper: Paper, text: str) -> None:
    try:
        responses = decode(paper, text)
    except ResponseError:
        return
    assert encode(responses) == text


def test_all_that_is_accepted_of_a_small_paper() -> None:
    paper = paper_of(single("a", count=2), multiple("b", count=2))
    texts = ["".join(letters) for n in range(6) for letters in product("012;", repeat=n)]
    accepted = []
    for text in texts:
        try:
            decode(paper, text)
        except ResponseError:
            continue
        accepted.append(text)
    assert sorted(accepted) == sorted(
        f"{one};{several}" for one in ["", "0", "1"] for several in ["", "0", "1", "01"]
    )


@pytest.mark.parametrize(
    ("response", "points"),
    [([0, 2], 1), ([0], 0), ([2], 0), ([0, 1, 2], 0), ([1, 3], 0), ([], 0), ([0, 1, 2, 3], 0)],
)
def test_a_multiple_item_is_right_with_all_right_options_and_no_other(
    response: list[int], points: int
) -> None:
    assert mark(multiple(right=[0, 2]), frozenset(response)) == points


def test_a_single_item_is_right_with_the_key_alone() -> None:
    assert [mark(single(right=2), choice) for choice in chose(0, 1, 2, 3, None)] == [0, 0, 1, 0, 0]


def test_a_sheet_has_a_mark_an_item() -> None:
    assert mark_sheet(PAPER, chose(0, [0, 2], 1, 2)) == (1, 1, 0, 1)
    assert mark_sheet(PAPER, chose(None, None, None, None)) == (0, 0, 0, 0)


@pytest.mark.parametrize("sheet", [chose(), chose(0), chose(0, 0, 0, 0, 0)])
def test_a_sheet_of_another_length_is_not_marked(sheet: tuple[Response, ...]) -> None:
    with pytest.raises(ResponseError) as refused:
        mark_sheet(PAPER, sheet)
    assert refused.value.code == "wrong_length"


@given(papers())
def test_the_key_itself_is_a_full_sheet(paper: Paper) -> None:
    key = tuple(item.key for item in paper.items)
    assert mark_sheet(paper, decode(paper, encode(key))) == (1,) * len(paper.items)
