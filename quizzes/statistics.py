"""What a tally says of a group and of its questions, and how far that can be trusted.

Scores are 0-100, shares and correlations plain numbers (0-1, -1 to 1); None where a figure is
not defined. Sums stay whole numbers up to the last division, so nothing is lost to cancelling.
"""

from functools import lru_cache
from math import cos, pi, sin, sqrt, tan
from statistics import NormalDist

from quizzes.tally import ItemTally, Tally


def mean(tally: Tally) -> float | None:
    """The mean score, 0-100; None of no sheet."""
    points = tally.n * tally.maximum
    return 100 * tally.total / points if points else None


def standard_error(tally: Tally) -> float | None:
    """The standard error of the mean, in points of 0-100: s / √n, n - 1 in s²; None below two.

    No correction for a finite group: a cell's sheets are read as a sample of what its members
    would answer, not as a census of them.
    """
    if tally.n < 2 or not tally.maximum:
        return None
    variance = _spread(tally.n, tally.total, tally.squares) / (tally.n * (tally.n - 1))
    return 100 / tally.maximum * sqrt(variance / tally.n)


def interval(tally: Tally, confidence: float = 0.95) -> tuple[float, float] | None:
    """Where the mean score lies with this confidence, within 0-100; None below two sheets.

    Student's t, except where all sheets score the same: t would then give a width of nothing,
    as if five full sheets proved the sixth. What n equal sheets do show is that at most a share
    p of the group scores otherwise, (1 - p)**n = 1 - confidence (the exact bound behind the "rule
    of three"), and that share may score anything: m - p m to m + p (100 - m).
    """
    _check(confidence)
    average, error = mean(tally), standard_error(tally)
    if average is None or error is None:
        return None
    if error == 0:
        same = (1 - confidence) ** (1 / tally.n)
        return average * same, average + (100 - average) * (1 - same)
    reach = critical_t(tally.n - 1, confidence) * error
    return max(0.0, average - reach), min(100.0, average + reach)


def facility(item: ItemTally) -> float | None:
    """The share of sheets that have the item right, 0-1; None of no sheet."""
    return item.right / item.n if item.n else None


def option_shares(item: ItemTally) -> tuple[float, ...] | None:
    """The share of sheets that chose each option, 0-1 each; None of no sheet.

    They add to less than 1 by those who skipped, and to more where several may be chosen.
    """
    return tuple(chosen / item.n for chosen in item.chosen) if item.n else None


def proportion_interval(
    successes: int, n: int, confidence: float = 0.95
) -> tuple[float, float] | None:
    """Where a share lies with this confidence, 0-1 (Wilson 1927); None of nothing.

    Unlike p ± z·√(pq/n) it stays within 0-1 and keeps a width when none or all succeed.
    """
    _check(confidence)
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n}")
    if n == 0:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (successes + z * z / 2) / (n + z * z)
    reach = z / (n + z * z) * sqrt(successes * (n - successes) / n + z * z / 4)
    return (
        max(0.0, centre - reach) if successes else 0.0,
        min(1.0, centre + reach) if successes < n else 1.0,
    )


def discrimination(tally: Tally, index: int) -> float | None:
    """How well an item tells strong sheets from weak, -1 to 1: Pearson's r of mark and rest.

    The rest is the points on all other items: with itself in the sum, an item would seem to
    agree with a sum of which it is a part. None where all are right, all wrong, or all the same
    on the rest.
    """
    item = tally.items[index]
    own = _spread(item.n, item.right, item.squares)
    rest = _spread(item.n, tally.total - item.right, tally.squares - 2 * item.cross + item.squares)
    if item.n != tally.n or own <= 0 or rest <= 0:
        return None
    shared = item.n * (item.cross - item.squares) - item.right * (tally.total - item.right)
    return max(-1.0, min(1.0, shared / sqrt(own * rest)))


def alpha(tally: Tally) -> float | None:
    """How consistent the paper is (Cronbach 1951), which for marks of 0 and 1 is KR-20.

    k/(k-1) · (1 - Σ item variances / variance of the points). At most 1; below 0 when items
    speak against one another. None of one item, or where all sheets have the same points.
    """
    items = len(tally.items)
    whole = _spread(tally.n, tally.total, tally.squares)
    if items < 2 or whole <= 0 or any(item.n != tally.n for item in tally.items):
        return None
    parts = sum(_spread(item.n, item.right, item.squares) for item in tally.items)
    return items / (items - 1) * (1 - parts / whole)


def _spread(n: int, total: int, squares: int) -> int:
    """n² times the variance about the mean, n·Σx² - (Σx)², as a whole number."""
    return n * squares - total * total


@lru_cache(maxsize=4096)
def critical_t(df: int, confidence: float) -> float:
    """The t with P(|T| <= t) = confidence for Student's T with df degrees of freedom, df >= 1.

    Sound to a relative 1e-7 for a confidence of 0.5 to 0.9999. Up to 100 degrees by halving on
    the finite sums for P in θ = atan(t / √df), Abramowitz and Stegun 26.7.3 and 26.7.4; beyond,
    by their expansion about the normal quantile, 26.7.5.
    """
    _check(confidence)
    if df < 1:
        raise ValueError(f"{df} degrees of freedom")
    if df > 100:
        return _expanded_t(df, NormalDist().inv_cdf((1 + confidence) / 2))
    low, high = 0.0, pi / 2
    while low < (middle := (low + high) / 2) < high:
        if _within(df, middle) < confidence:
            low = middle
        else:
            high = middle
    return sqrt(df) * tan(high)


def _within(df: int, theta: float) -> float:
    """P(|T| <= √df · tan θ)."""
    odd = df % 2
    term = cos(theta) if odd else 1.0
    series = 0.0
    for step in range(2 + odd, df + 1, 2):
        series += term
        term *= (step - 1) / step * cos(theta) ** 2
    if odd:
        return 2 / pi * (theta + sin(theta) * series)
    return sin(theta) * series


def _expanded_t(df: int, z: float) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(df) ** power for power, term in enumerate(terms, start=1))


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence}")
