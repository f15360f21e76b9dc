"""The figures, against published worked examples and against numpy and scipy."""

from math import inf, isclose, nan, sqrt
from random import Random
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from quizzes.statistics import (
    alpha,
    critical_t,
    discrimination,
    facility,
    interval,
    mean,
    option_shares,
    proportion_interval,
    standard_error,
)
from quizzes.tally import ItemTally, Tally
from tests.quizzes.making import chose, multiple, paper_of, single

# Ten students, ten items: K. Wuensch, East Carolina University, "The Kuder-Richardson 20".
WUENSCH = [
    "1111110110",
    "1011011101",
    "1111011001",
    "0010001000",
    "0000010010",
    "1110111111",
    "1101110111",
    "1111111101",
    "0101111101",
    "1101101110",
]
# Twelve students, eleven items: C. Zaiontz, Real Statistics Using Excel, Kuder and Richardson.
ZAIONTZ = [
    "11111111111",
    "11111111010",
    "10111111100",
    "11101101100",
    "11111000100",
    "01101111000",
    "11110010000",
    "11111000000",
    "01011000010",
    "10010100000",
    "11100000000",
    "10010000000",
]

MARKS = st.integers(2, 6).flatmap(
    lambda items: st.lists(
        st.text(alphabet="01", min_size=items, max_size=items), min_size=1, max_size=15
    )
)


def marked(rows: list[str]) -> Tally:
    """The sums of sheets on which a 1 is a right answer and a 0 a wrong one."""
    paper = paper_of(*(single(str(i), count=2, right=1) for i in range(len(rows[0]))))
    return Tally.of(paper, [chose(*map(int, row)) for row in rows])


def matrix(rows: list[str]) -> np.ndarray:
    return np.array([list(map(int, row)) for row in rows])


def scores(rows: list[str]) -> np.ndarray:
    return 100 * matrix(rows).mean(axis=1)


def test_facilities_of_a_published_quiz() -> None:
    shares = [facility(item) for item in marked(WUENSCH).items]
    assert shares == [0.7, 0.7, 0.6, 0.7, 0.6, 0.8, 0.7, 0.7, 0.5, 0.6]


def test_kr20_of_published_quizzes() -> None:
    assert alpha(marked(ZAIONTZ)) == pytest.approx(0.738, abs=0.0005)
    # The variance of the points is printed as 5.84; the facilities above give sum pq = 2.18.
    assert alpha(marked(WUENSCH)) == pytest.approx(10 / 9 * (1 - 2.18 / 5.84), rel=1e-12)


def test_mean_and_standard_error_of_a_published_quiz() -> None:
    quiz = marked(WUENSCH)
    assert mean(quiz) == 66.0
    assert standard_error(quiz) == pytest.approx(10 * sqrt(5.84 / 9), rel=1e-12)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_as_in_newcombe_1998(
    successes: int, n: int, low: float, high: float
) -> None:
    assert proportion_interval(successes, n) == pytest.approx((low, high), abs=0.00005)


@pytest.mark.parametrize(
    ("df", "confidence", "printed"),
    [
        (1, 0.95, 12.706),
        (1, 0.99, 63.657),
        (2, 0.95, 4.303),
        (4, 0.95, 2.776),
        (9, 0.90, 1.833),
        (9, 0.95, 2.262),
        (30, 0.99, 2.750),
        (100, 0.95, 1.984),
        (120, 0.95, 1.980),
    ],
)
def test_critical_values_as_in_the_printed_table(
    df: int, confidence: float, printed: float
) -> None:
    assert critical_t(df, confidence) == pytest.approx(printed, abs=0.0005)


@pytest.mark.parametrize(
    ("confidence", "error"),
    [(0.5, 1e-10), (0.8, 1e-10), (0.95, 1e-10), (0.99, 1e-9), (0.999, 1e-8), (0.9999, 1e-7)],
)
def test_critical_values_agree_with_scipy(confidence: float, error: float) -> None:
    for df in [*range(1, 131), 200, 999, 10_000, 1_930_000]:
        oracle = stats.t.ppf((1 + confidence) / 2, df)
        assert critical_t(df, confidence) == pytest.approx(oracle, rel=error)


def test_critical_values_fall_towards_the_normal_one() -> None:
    values = [critical_t(df, 0.95) for df in range(1, 300)]
    assert values == sorted(values, reverse=True)
    assert values[-1] > critical_t(10**9, 0.95)
    assert critical_t(10**9, 0.95) == pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-8)


def test_there_is_no_critical_value_without_freedom() -> None:
    with pytest.raises(ValueError, match="0 degrees of freedom"):
        critical_t(0, 0.95)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0, nan, inf])
def test_a_confidence_is_between_none_and_all(confidence: float) -> None:
    for figure in (
        lambda: critical_t(5, confidence),
        lambda: interval(marked(WUENSCH), confidence),
        lambda: proportion_interval(3, 5, confidence),
    ):
        with pytest.raises(ValueError, match="a confidence of"):
            figure()


def test_nothing_is_said_of_no_sheet() -> None:
    nobody = Tally.empty(paper_of(single("a"), single("b")))
    assert mean(nobody) is None
    assert standard_error(nobody) is None
    assert interval(nobody) is None
    assert alpha(nobody) is None
    assert discrimination(nobody, 0) is None
    assert facility(nobody.items[0]) is None
    assert option_shares(nobody.items[0]) is None
    assert proportion_interval(0, 0) is None


def test_one_sheet_has_a_mean_and_no_interval() -> None:
    one = marked(["1101"])
    assert mean(one) == 75.0
    assert standard_error(one) is None
    assert interval(one) is None
    assert alpha(one) is None
    assert discrimination(one, 0) is None


def test_sums_of_no_points_have_no_mean() -> None:
    blank = Tally(n=3, total=0, squares=0, maximum=0, bands=(3,), items=())
    assert (mean(blank), standard_error(blank), interval(blank)) == (None, None, None)


@given(MARKS)
def test_mean_and_error_agree_with_numpy(rows: list[str]) -> None:
    group = marked(rows)
    assert mean(group) == pytest.approx(scores(rows).mean(), abs=1e-9)
    if len(rows) > 1:
        oracle = scores(rows).std(ddof=1) / sqrt(len(rows))
        assert standard_error(group) == pytest.approx(oracle, abs=1e-9)


@given(MARKS, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_agrees_with_scipy_within_0_and_100(rows: list[str], level: float) -> None:
    assume(len({row.count("1") for row in rows}) > 1)
    values = scores(rows)
    oracle = stats.t.interval(level, len(rows) - 1, loc=values.mean(), scale=stats.sem(values))
    assert interval(marked(rows), level) == pytest.approx(np.clip(oracle, 0, 100), abs=1e-6)


@given(MARKS.filter(lambda rows: len(rows) > 1))
def test_the_interval_holds_the_mean_and_widens_with_confidence(rows: list[str]) -> None:
    group = marked(rows)
    average, narrow, wide = mean(group), interval(group, 0.9), interval(group, 0.99)
    assert average is not None
    assert narrow is not None
    assert wide is not None
    assert 0 <= wide[0] <= narrow[0] <= average + 1e-9
    assert average - 1e-9 <= narrow[1] <= wide[1] <= 100


def test_five_full_sheets_do_not_prove_the_sixth() -> None:
    # 0.05 ** (1/5) = 0.5493: with a share above 45.07 % scoring otherwise, five equal sheets
    # would come up less than once in twenty times.
    assert interval(marked(["1111"] * 5)) == pytest.approx((54.93, 100.0), abs=0.005)
    assert interval(marked(["0000"] * 5)) == pytest.approx((0.0, 45.07), abs=0.005)
    assert interval(marked(["1100", "0011"] * 3)) == pytest.approx((30.35, 69.65), abs=0.005)


def test_many_equal_sheets_leave_about_three_in_n_open() -> None:
    bounds = interval(marked(["1111"] * 300))
    assert bounds is not None
    assert bounds[0] == pytest.approx(100 - 100 * 3 / 300, abs=0.01)


def test_the_equal_sheets_bound_is_as_sure_as_it_says() -> None:
    # The worst group the bound still allows: a share `same` scores full, the others nothing.
    for n in (2, 5, 20):
        bounds = interval(marked(["11"] * n), 0.9)
        assert bounds is not None
        worst = bounds[0] / 100
        assert worst**n == pytest.approx(1 - 0.9, rel=1e-9)


@given(st.integers(1, 400), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_agrees_with_scipy(n: int, data: st.DataObject, level: float) -> None:
    k = data.draw(st.integers(0, n))
    oracle = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    assert proportion_interval(k, n, level) == pytest.approx((oracle.low, oracle.high), abs=1e-9)


@pytest.mark.parametrize("n", [1, 5, 1000, 1_930_000])
def test_none_and_all_reach_their_end_exactly(n: int) -> None:
    none, every = proportion_interval(0, n), proportion_interval(n, n)
    assert none is not None
    assert every is not None
    assert none[0] == 0.0 < none[1]
    assert every[0] < 1.0 == every[1]


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, -1), (1, 0)])
def test_more_successes_than_tries_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{successes} of {n}"):
        proportion_interval(successes, n)


@given(MARKS)
def test_discrimination_is_the_correlation_with_the_rest(rows: list[str]) -> None:
    group, table = marked(rows), matrix(rows)
    for i in range(table.shape[1]):
        item, rest = table[:, i], table.sum(axis=1) - table[:, i]
        found = discrimination(group, i)
        if item.std() == 0 or rest.std() == 0:
            assert found is None
        else:
            assert found == pytest.approx(np.corrcoef(item, rest)[0, 1], abs=1e-9)


def test_an_item_that_goes_with_the_rest_discriminates_fully() -> None:
    assert discrimination(marked(["111", "111", "000"]), 0) == 1.0
    assert discrimination(marked(["011", "100", "100"]), 0) == -1.0


def test_an_item_is_not_compared_with_itself() -> None:
    # Independent of the rest by construction: against the whole it would show 0.58.
    assert discrimination(marked(["11", "10", "01", "00"]), 0) == 0.0


@given(MARKS)
def test_alpha_is_cronbachs(rows: list[str]) -> None:
    table = matrix(rows)
    whole = table.sum(axis=1).var()
    found = alpha(marked(rows))
    if whole == 0:
        assert found is None
    else:
        k = table.shape[1]
        assert found == pytest.approx(k / (k - 1) * (1 - table.var(axis=0).sum() / whole))


def test_one_item_has_no_consistency_and_no_rest() -> None:
    group = marked(["1", "0", "1"])
    assert alpha(group) is None
    assert discrimination(group, 0) is None


def test_items_that_all_say_the_same_are_fully_consistent() -> None:
    assert alpha(marked(["1111", "0000", "1111"])) == pytest.approx(1.0)


def test_items_that_speak_against_one_another_are_below_nothing() -> None:
    value = alpha(marked(["110", "001", "110", "011", "101"]))
    assert value is not None
    assert value < 0


def test_an_item_put_to_only_some_has_no_part_in_comparisons() -> None:
    group = marked(ZAIONTZ)
    fewer = ItemTally(n=5, right=3, squares=3, cross=20, chosen=(2, 3), skipped=0)
    mixed = Tally(group.n, group.total, group.squares, 11, group.bands, (fewer, *group.items[1:]))
    assert alpha(mixed) is None
    assert discrimination(mixed, 0) is None


def test_shares_of_the_options_count_each_sheet_for_all_it_chose() -> None:
    group = Tally.of(paper_of(multiple()), [chose([0, 2]), chose([0, 1, 3]), chose(None), chose(2)])
    assert option_shares(group.items[0]) == (0.5, 0.25, 0.5, 0.25)
    assert facility(group.items[0]) == 0.25


@given(MARKS)
def test_figures_depend_on_the_sheets_and_not_on_how_they_were_added(rows: list[str]) -> None:
    whole = marked(rows)
    cells = sum((marked([row]) for row in rows[1:]), marked(rows[:1]))
    for figure in (mean, standard_error, interval, alpha):
        assert figure(cells) == figure(whole)


def test_a_million_equal_sheets_and_one_other_keep_a_spread() -> None:
    # Sums of floats lose this: the variance is a millionth of the squares.
    paper = paper_of(single("a"), single("b"))
    n = 10**12
    group = Tally.of_encoded(paper, [("0;0", n - 1), ("0;1", 1)])
    error = standard_error(group)
    assert error is not None
    assert isclose(error, 50 * sqrt(1 / n / n), rel_tol=1e-9)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # Seeded, so the same 400 samples each time: 60 % of the answers are right in truth.
    chance = Random(366)
    held = 0
    for _ in range(400):
        rows = ["".join(str(int(chance.random() < 0.6)) for _ in range(10)) for _ in range(12)]
        bounds = interval(marked(rows))
        assert bounds is not None
        held += bounds[0] <= 60 <= bounds[1]
    assert 0.92 <= held / 400 <= 0.98
