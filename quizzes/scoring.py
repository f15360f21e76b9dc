"""Rounding, and the bands into which points are sorted: each in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise


def percent(part: int, whole: int, places: int = 1) -> Decimal | None:
    """`part` of `whole` in percent, rounded half up; None of nothing.

    Worked in whole numbers, so 1 of 16 is 6.3 and not the 6.2 of its nearest float. Halves go
    away from zero, so a fall is rounded like a rise.
    """
    if whole < 0 or places < 0:
        raise ValueError("a whole and a number of places are never negative")
    if whole == 0:
        return None
    units = (abs(part) * 200 * 10**places + whole) // (2 * whole)
    return Decimal(f"{'-' if part < 0 < units else ''}{units}E-{places}")


def rounded(value: float, places: int = 1) -> Decimal:
    """A figure of `quizzes.statistics` for showing, rounded half up like `percent`.

    2.675 is taken for what it says, not for the float just below it.
    """
    figure = Decimal(repr(value)).quantize(Decimal(f"1E-{places}"), ROUND_HALF_UP)
    return figure or abs(figure)  # never "-0.0"


@dataclass(frozen=True, slots=True)
class Band:
    """A grade: its code name, and the lowest percent of the points that reaches it."""

    name: str
    lowest: int


DEFAULT_BANDS = (Band("good", 80), Band("fair", 65), Band("pass", 50), Band("below", 0))


class BandError(ValueError):
    """Bands that leave a score without a grade, or a grade without a score.

    `code` is one of no_floor (the last does not begin at 0), not_falling, above_full (over 100).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_bands(bands: Sequence[Band]) -> None:
    """BandError unless every score falls into one band and every band can be reached."""
    if not bands or bands[-1].lowest != 0:
        raise BandError("no_floor")
    if any(upper.lowest <= lower.lowest for upper, lower in pairwise(bands)):
        raise BandError("not_falling")
    if bands[0].lowest > 100:
        raise BandError("above_full")


def band_of(points: int, maximum: int, bands: Sequence[Band] = DEFAULT_BANDS) -> int:
    """The index of the band that these points reach; bands as `check_bands` wants them.

    Compared unrounded: 799 of 1000 shows as 80 % without decimals and is not yet 80 %.
    """
    if not 0 <= points <= maximum or maximum == 0:
        raise ValueError(f"{points} of {maximum} points")
    return next(i for i, band in enumerate(bands) if points * 100 >= band.lowest * maximum)
