"""Rounding half up, and the bands."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.scoring import (
    DEFAULT_BANDS,
    Band,
    BandError,
    band_of,
    check_bands,
    percent,
    rounded,
)

COUNTS = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("part", "whole", "places", "shown"),
    [
        (1, 3, 1, "33.3"),
        (2, 3, 1, "66.7"),
        (1, 16, 1, "6.3"),  # 6.25: half up, where floats and banker's rounding say 6.2
        (1, 8, 0, "13"),
        (1, 800, 2, "0.13"),
        (0, 7, 1, "0.0"),
        (7, 7, 1, "100.0"),
        (999, 1000, 0, "100"),
        (35599, 35900, 2, "99.16"),
        (3, 2, 1, "150.0"),
        (-1, 16, 1, "-6.3"),
        (-1, 10**6, 1, "0.0"),
    ],
)
def test_percent_is_rounded_half_up(part: int, whole: int, places: int, shown: str) -> None:
    assert str(percent(part, whole, places)) == shown


def test_a_percent_has_one_place_unless_told() -> None:
    assert str(percent(1, 7)) == "14.3"


def test_there_is_no_percent_of_nothing() -> None:
    assert percent(0, 0) is None
    assert percent(5, 0) is None


@pytest.mark.parametrize(("whole", "places"), [(-1, 1), (10, -1)])
def test_a_negative_whole_or_number_of_places_is_refused(whole: int, places: int) -> None:
    with pytest.raises(ValueError, match="never negative"):
        percent(1, whole, places)


@given(COUNTS, st.integers(1, 10**12), st.integers(0, 4))
def test_percent_is_the_nearest_number_of_so_many_places(p: int, w: int, places: int) -> None:
    exact = Fraction(100 * p, w)
    shown = percent(p, w, places)
    assert shown is not None
    assert Fraction(shown) == Fraction(floor(exact * 10**places + Fraction(1, 2)), 10**places)
    assert shown.as_tuple().exponent == -places


def test_a_coarse_decimal_context_elsewhere_does_not_blur_a_percent() -> None:
    with localcontext() as context:
        context.prec = 2
        assert str(percent(12345, 100000, 3)) == "12.345"


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (6.25, 1, "6.3"),
        (2.675, 2, "2.68"),  # the float itself is a little below
        (99.95, 1, "100.0"),
        (0.0, 1, "0.0"),
        (-0.04, 1, "0.0"),
        (-6.25, 1, "-6.3"),
        (1e-9, 3, "0.000"),
        (72, 0, "72"),
    ],
)
def test_a_figure_is_rounded_half_up_as_written(value: float, places: int, shown: str) -> None:
    assert str(rounded(value, places)) == shown


@given(st.integers(0, 4096), st.integers(0, 3))
def test_a_figure_and_a_percent_are_rounded_alike(part: int, places: int) -> None:
    assert rounded(100 * part / 4096, places) == percent(part, 4096, places)


def test_the_usual_bands() -> None:
    assert [(band.name, band.lowest) for band in DEFAULT_BANDS] == [
        ("good", 80),
        ("fair", 65),
        ("pass", 50),
        ("below", 0),
    ]


def test_a_band_begins_at_its_lowest_percent() -> None:
    assert [band_of(points, 100) for points in (100, 80, 79, 65, 64, 50, 49, 0)] == [
        0, 0, 1, 1, 2, 2, 3, 3,
    ]  # fmt: skip


def test_a_score_that_only_rounding_lifts_stays_in_the_band_below() -> None:
    assert percent(799, 1000, 0) == Decimal(80)
    assert band_of(799, 1000) == 1
    assert band_of(800, 1000) == 0


@given(st.integers(1, 500), st.data())
def test_more_points_never_give_a_lower_band(maximum: int, data: st.DataObject) -> None:
    points = data.draw(st.integers(0, maximum - 1))
    assert band_of(points + 1, maximum) <= band_of(points, maximum)


@given(st.sets(st.integers(1, 100), max_size=5), st.integers(0, 100))
def test_the_band_is_the_highest_one_reached(floors: set[int], points: int) -> None:
    bands = [Band(str(lowest), lowest) for lowest in sorted({0, *floors}, reverse=True)]
    check_bands(bands)
    assert bands[band_of(points, 100, bands)].lowest == max(
        band.lowest for band in bands if band.lowest <= points
    )


@pytest.mark.parametrize(("points", "maximum"), [(-1, 10), (11, 10), (0, 0), (1, 0), (0, -1)])
def test_points_outside_a_sheet_have_no_band(points: int, maximum: int) -> None:
    with pytest.raises(ValueError, match="points"):
        band_of(points, maximum)


@pytest.mark.parametrize(
    ("lowest", "code"),
    [
        ([], "no_floor"),
        ([80, 50], "no_floor"),
        ([50, 80, 0], "not_falling"),
        ([50, 50, 0], "not_falling"),
        ([0, 0], "not_falling"),
        ([101, 50, 0], "above_full"),
    ],
)
def test_bands_with_a_gap_or_a_dead_grade_are_refused(lowest: list[int], code: str) -> None:
    with pytest.raises(BandError) as refused:
        check_bands([Band(str(at), at) for at in lowest])
    assert refused.value.code == code


@pytest.mark.parametrize("lowest", [[0], [100, 0], [80, 65, 50, 0]])
def test_bands_that_fall_to_nothing_are_accepted(lowest: list[int]) -> None:
    check_bands([Band(str(at), at) for at in lowest])
