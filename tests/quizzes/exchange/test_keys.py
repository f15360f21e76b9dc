"""Keys as written, and the options they name."""

import pytest

from quizzes.exchange.keys import Choice, Settled, Told, named, settle
from quizzes.exchange.report import Code, Problem
from quizzes.exchange.words import others_named

RIVERS = [Choice("A", "Sông Hồng"), Choice("B", "Sông Mã"), Choice("C", "Năm 1945")]
YEARS = [Choice("A", "2"), Choice("B", "3"), Choice("C", "A")]
VERDICTS = [Choice("A", "Đúng"), Choice("B", "Sai")]


@pytest.mark.parametrize(
    ("raw", "choices", "found"),
    [
        ("B", RIVERS, ({1}, "")),
        ("b.", RIVERS, ({1}, "")),
        ("A, C", RIVERS, ({0, 2}, "")),
        ("a và c", RIVERS, ({0, 2}, "")),
        ("AC", RIVERS, ({0, 2}, "")),
        ("CA", RIVERS, None),
        ("sông  MÃ", RIVERS, ({1}, "")),
        ("B. Sông Mã", RIVERS, ({1}, "")),
        ("B. Sông Hồng", RIVERS, None),
        ("B vì chảy qua Thanh Hóa", RIVERS, ({1}, "vì chảy qua Thanh Hóa")),
        ("b) Vì chảy qua Thanh Hóa", RIVERS, ({1}, "Vì chảy qua Thanh Hóa")),
        ("a dua theo", RIVERS, None),
        ("A dua theo", RIVERS, ({0}, "dua theo")),
        ("đáp án C", RIVERS, ({2}, "")),
        ("là câu B", RIVERS, ({1}, "")),
        ("2", RIVERS, ({1}, "")),
        ("1, 3", RIVERS, ({0, 2}, "")),
        ("4", RIVERS, None),
        ("D", RIVERS, None),
        ("A, D", RIVERS, None),
        ("", RIVERS, None),
        ("Năm 1945", RIVERS, ({2}, "")),
        ("2", YEARS, None),  # the text of A, and the number of B
        ("A", YEARS, ({0}, "")),  # a letter is a letter, though it is the text of C
        ("Đ", VERDICTS, ({0}, "")),
        ("S", VERDICTS, ({1}, "")),
        ("FALSE", VERDICTS, ({1}, "")),
        ("SAI. Điểm 3", VERDICTS, ({1}, "Điểm 3")),
        ("sai lầm", VERDICTS, ({1}, "lầm")),
        ("Đúng", RIVERS, None),
    ],
)
def test_a_key_names_options(
    raw: str, choices: list[Choice], found: tuple[set[int], str] | None
) -> None:
    assert named(raw, choices) == found


def test_a_letter_that_two_options_bear_names_neither() -> None:
    assert named("B", [Choice("A", "1x"), Choice("B", "2x"), Choice("B", "3x")]) is None


def test_places_that_agree_are_one_key() -> None:
    signed = [Choice("A", "Một"), Choice("B", "Hai", marked=True)]
    assert settle(signed, [Told(3, "B"), Told(9, "Hai")], line=1) == Settled(frozenset({1}))


def test_places_that_disagree_are_told() -> None:
    assert settle(RIVERS, [Told(3, "A"), Told(9, "B")], line=1) == Settled(
        frozenset(), (Problem(Code.TWO_KEYS, 9, "A; B"),)
    )


def test_one_bad_place_spoils_a_good_one() -> None:
    assert settle(RIVERS, [Told(3, "A"), Told(9, "H")], line=1) == Settled(
        frozenset(), (Problem(Code.KEY_UNKNOWN, 9, "H"),)
    )


def test_no_place_at_all_is_told_where_it_should_be() -> None:
    assert settle(RIVERS, [], line=7) == Settled(frozenset(), (Problem(Code.NO_KEY, 7),))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Cả A, B, C đều đúng", {"A", "B", "C"}),
        ("A và B", {"A", "B"}),
        ("b và c đều đúng.", {"B", "C"}),
        ("Cả đối tượng A và C", {"A", "C"}),
        ("Đáp án A hoặc B", {"A", "B"}),
        ("Chỉ A đúng", {"A"}),
        ("Cả 3 đáp án trên", set()),
        ("Cả ba nguyên tắc trên", set()),
        ("Tất cả đều đúng", set()),
        ("Tất cả các phương án nêu trên", set()),
        ("Không có đáp án nào đúng", set()),
        ("Các ý trên đều sai", set()),
        ("All of the above", set()),
        ("Vitamin A và D", None),
        ("Tất cả cán bộ, đảng viên", None),
        ("Cả nước", None),
        ("Không có gì", None),
        ("Hai năm một lần", None),
        ("Tổ A", None),
        ("", None),
    ],
)
def test_options_that_name_others(text: str, names: set[str] | None) -> None:
    assert others_named(text) == names
