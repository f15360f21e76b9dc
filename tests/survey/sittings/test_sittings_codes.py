"""Keys and codes of doors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.sittings import codes

seven_digits = st.text("0123456789", min_size=7, max_size=7)


@pytest.mark.parametrize(
    ("digits", "check"), [("572", "4"), ("43881234567", "9"), ("0000000", "0")]
)
def test_the_check_digit_is_that_of_damms_own_examples(digits: str, check: str) -> None:
    assert codes.check_digit(digits) == check


@given(seven_digits, st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_never_leads_to_another_door(digits: str, place: int, shift: int) -> None:
    code = digits + codes.check_digit(digits)
    wrong = str((int(code[place]) + shift) % 10)
    assert codes.read_code(code) == code
    assert codes.read_code(code[:place] + wrong + code[place + 1 :]) is None


@given(seven_digits, st.integers(0, 6))
def test_two_neighbours_exchanged_never_lead_to_another_door(digits: str, place: int) -> None:
    code = digits + codes.check_digit(digits)
    turned = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert codes.read_code(turned) == (code if turned == code else None)


@pytest.mark.parametrize(
    "typed",
    [
        "48271930",
        "4827 1930",
        " 4827.1930 ",
        "48-27-19-30",
        "4827–1930",
        "4827\u00a01930",
        "４８２７ １９３０",
        "٤٨٢٧١٩٣٠",
    ],
)
def test_a_code_is_read_whatever_stands_between_its_digits(typed: str) -> None:
    assert codes.check_digit("4827193") == "0"
    assert codes.read_code(typed) == "48271930"


@pytest.mark.parametrize("typed", ["", "4827193", "482719300", "4827193x", "48271934", "4827/1933"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert codes.read_code(typed) is None


@given(st.text(max_size=30))
def test_any_text_at_all_can_be_typed(typed: str) -> None:
    read = codes.read_code(typed)
    assert read is None or (len(read) == 8 and codes.check_digit(read) == "0")


def test_a_drawn_code_can_be_typed_as_it_is_shown() -> None:
    for _ in range(200):
        code = codes.draw_code()
        assert codes.read_code(codes.spaced(code)) == code
    assert codes.spaced("48271930") == "4827 1930"


def test_a_key_is_128_bits_that_fit_the_alphanumeric_mode() -> None:
    keys = {codes.draw_key() for _ in range(500)}
    assert len(keys) == 500
    assert {len(key) for key in keys} == {26}
    assert set("".join(keys)) == set(codes.CROCKFORD)
    # 26 signs hold 130 bits; the first one carries the three that are left of 128.
    assert {key[0] for key in keys} == set("01234567")
