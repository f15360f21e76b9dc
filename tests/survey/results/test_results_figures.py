"""What is rounded for showing, against figures worked out by hand."""

from decimal import Decimal

from quizzes.tally import Tally
from survey.results import figures
from tests.survey.results.ground import PAPER, sheet

SIX = Tally.of_encoded(PAPER, [(sheet(right), 1) for right in (0, 1, 2, 2, 4, 4)])
"""13 points of 24: 54.2; s² = 2.567, t(5) = 2.571 -> 54.2 ± 42.0."""


def test_a_score_is_a_mean_of_100_with_its_interval() -> None:
    assert figures.score(SIX) == figures.Score(Decimal("54.2"), (Decimal("12.1"), Decimal("96.2")))


def test_no_sheet_has_no_score_and_one_has_no_interval() -> None:
    assert figures.score(None) is None
    assert figures.score(Tally.empty(PAPER)) is None
    one = Tally.of_encoded(PAPER, [(sheet(3), 1)])
    assert figures.score(one) == figures.Score(Decimal("75.0"), None)


def test_bands_count_sheets_and_their_share() -> None:
    assert [(band.name, band.count, str(band.share)) for band in figures.bands(SIX)] == [
        ("good", 2, "33.3"),
        ("fair", 0, "0.0"),
        ("pass", 2, "33.3"),
        ("below", 2, "33.3"),
    ]


def test_an_item_tells_its_share_its_options_and_who_skipped_it() -> None:
    first = figures.items(PAPER, SIX)[0]
    assert (first.number, first.count, first.n, str(first.right)) == (1, 5, 6, "83.3")
    assert first.interval == (Decimal("43.6"), Decimal("97.0"))  # Wilson, 5 of 6
    assert [(option.count, str(option.share)) for option in first.options] == [
        (5, "83.3"),
        (0, "0.0"),
        (0, "0.0"),
    ]
    assert (first.skipped, str(first.skipped_share)) == (1, "16.7")
    assert first.clause == PAPER.clauses[0]


def test_the_weakest_item_comes_first_and_paper_order_breaks_ties() -> None:
    ordered = figures.weakest_first(figures.items(PAPER, SIX))
    assert [(item.number, item.count) for item in ordered] == [(3, 2), (4, 2), (2, 4), (1, 5)]


def test_a_clause_adds_its_items_and_those_on_none_come_last() -> None:
    told = [
        (row.clause and row.clause.label, row.numbers, row.count, row.asked, str(row.right))
        for row in figures.clauses(PAPER, SIX)
    ]
    assert told == [
        ("Mục I", (1, 2), 9, 12, "75.0"),
        ("Mục II", (3,), 2, 6, "33.3"),
        (None, (4,), 2, 6, "33.3"),
    ]
