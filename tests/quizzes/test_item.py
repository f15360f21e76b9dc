"""Which questions are fit to be put before people."""

import pickle
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.item import MOST_OPTIONS, Item, ItemError, ItemKind, Level, Option
from tests.quizzes.making import code_of, items, multiple, options, single, true_false

SINGLE, MULTIPLE, TRUE_FALSE = ItemKind


def two(first: str, second: str) -> tuple[Option, ...]:
    return Option(first, correct=True), Option(second)


@pytest.mark.parametrize("stem", ["", "   ", "\n\t", "\u00a0"])
def test_an_item_needs_a_stem(stem: str) -> None:
    assert code_of(SINGLE, options(4, 0), stem) == ("no_stem", None)


@pytest.mark.parametrize("kind", [SINGLE, MULTIPLE])
@pytest.mark.parametrize("count", [0, 1])
def test_a_choice_needs_two_options(kind: ItemKind, count: int) -> None:
    assert code_of(kind, options(count, 0)) == ("too_few_options", None)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_true_or_false_has_exactly_two_options(count: int) -> None:
    assert code_of(TRUE_FALSE, options(count, 0)) == ("not_two_options", None)


def test_an_item_has_at_most_as_many_options_as_a_stored_digit_can_tell_apart() -> None:
    assert MOST_OPTIONS == 36
    assert code_of(SINGLE, options(36, 35)) == ()
    assert code_of(SINGLE, options(37, 35)) == ("too_many_options", 36)


def test_an_option_without_text_is_named() -> None:
    assert code_of(SINGLE, two("Có", " \u3000")) == ("empty_option", 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Đảng ủy xã", "Đảng ủy xã"),
        ("Đảng ủy xã", "đảng  ủy\nXÃ "),
        ("Đảng ủy xã", "Đa\u0309ng u\u0309y xa\u0303"),
        ("ơ\u0306", "Ơ\u0306"),
        ("Straße", "STRASSE"),
    ],
)
def test_options_that_read_the_same_are_equal(first: str, second: str) -> None:
    assert code_of(SINGLE, two(first, second)) == ("equal_options", 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [("Ba", "Bà"), ("Thôn 2", "Thôn 20"), ("cấp ủy", "cấp uỷ"), ("1 2", "12")],
)
def test_options_that_differ_in_one_mark_are_different(first: str, second: str) -> None:
    assert code_of(SINGLE, two(first, second)) == ()


@pytest.mark.parametrize("kind", ItemKind)
def test_an_item_needs_a_right_option(kind: ItemKind) -> None:
    assert code_of(kind, options(2)) == ("no_key", None)


@pytest.mark.parametrize("kind", [SINGLE, TRUE_FALSE])
def test_only_a_multiple_item_has_several_right_options(kind: ItemKind) -> None:
    assert code_of(kind, options(2, 0, 1)) == ("several_keys", 1)
    assert code_of(MULTIPLE, options(2, 0, 1)) == ()


def test_all_options_of_a_multiple_item_may_be_right() -> None:
    assert multiple(count=3, right=[0, 1, 2]).key == {0, 1, 2}


def test_the_key_is_the_places_of_the_right_options() -> None:
    assert single(right=2).key == {2}
    assert multiple(right=[3, 1]).key == {1, 3}
    assert true_false(right=1).key == {1}


def test_an_item_with_another_key_knows_it() -> None:
    assert replace(single(right=0), options=options(4, 3)).key == {3}


def test_an_item_can_not_be_changed() -> None:
    item = single()
    with pytest.raises(FrozenInstanceError):
        item.stem = "Câu khác"  # type: ignore[misc]


def test_kinds_and_levels_are_stored_by_these_names() -> None:
    assert [kind.value for kind in ItemKind] == ["single", "multiple", "true_false"]
    assert [level.value for level in Level] == ["recall", "understanding", "application"]


def test_an_error_comes_through_a_process_boundary_whole() -> None:
    error = pickle.loads(pickle.dumps(ItemError("empty_option", option=3)))  # noqa: S301
    assert (error.code, error.option, str(error)) == ("empty_option", 3, "empty_option")


@given(items())
def test_every_item_has_a_key_that_can_be_chosen(item: Item) -> None:
    assert item.key == {i for i, option in enumerate(item.options) if option.correct}
    assert 1 <= len(item.key) <= (len(item.options) if item.takes_several else 1)


@given(items())
def test_equal_items_are_one_in_a_set(item: Item) -> None:
    assert {item, replace(item)} == {item}
    assert pickle.loads(pickle.dumps(item)) == item  # noqa: S301


@given(st.sampled_from(ItemKind), st.text(max_size=3), st.data())
def test_any_text_and_options_make_an_item_or_a_named_error(
    kind: ItemKind, stem: str, data: st.DataObject
) -> None:
    drawn = st.builds(Option, st.text(max_size=2), st.booleans(), st.booleans())
    choices = tuple(data.draw(st.lists(drawn, max_size=5)))
    assert code_of(kind, choices, stem)[:1] in {
        (),
        ("no_stem",),
        ("too_few_options",),
        ("not_two_options",),
        ("empty_option",),
        ("equal_options",),
        ("no_key",),
        ("several_keys",),
    }
