"""A group's sums: right, independent of the order of adding, and the same as counting by hand."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.marking import Response, ResponseError, encode, mark, mark_sheet
from quizzes.paper import Paper
from quizzes.scoring import DEFAULT_BANDS, Band, BandError, band_of
from quizzes.tally import ItemTally, Tally, TallyError
from tests.quizzes.making import answered, chose, multiple, paper_of, single, true_false

Answered = tuple[Paper, list[tuple[Response, ...]]]

PAPER = paper_of(single("a"), multiple("b"), true_false("c"))
SHEETS = [
    chose(0, [0, 2], 0),  # 3 points
    chose(0, [0, 1, 2], None),  # 1
    chose(3, None, 0),  # 1
    chose(0, [0, 2], 1),  # 2
]


def test_the_sums_of_four_sheets_worked_by_hand() -> None:
    assert Tally.of(PAPER, SHEETS) == Tally(
        n=4,
        total=7,
        squares=9 + 1 + 1 + 4,
        maximum=3,
        bands=(1, 1, 0, 2),  # 100 %, 66.7 %, and 33.3 % twice
        items=(
            ItemTally(n=4, right=3, squares=3, cross=6, chosen=(3, 0, 0, 1), skipped=0),
            ItemTally(n=4, right=2, squares=2, cross=5, chosen=(3, 1, 3, 0), skipped=1),
            ItemTally(n=4, right=2, squares=2, cross=4, chosen=(2, 1), skipped=1),
        ),
    )


def test_no_sheet_gives_sums_of_nothing() -> None:
    assert Tally.empty(PAPER) == Tally(
        n=0,
        total=0,
        squares=0,
        maximum=3,
        bands=(0, 0, 0, 0),
        items=(
            ItemTally(0, 0, 0, 0, (0, 0, 0, 0), 0),
            ItemTally(0, 0, 0, 0, (0, 0, 0, 0), 0),
            ItemTally(0, 0, 0, 0, (0, 0), 0),
        ),
    )


def item_by_definition(paper: Paper, group: Sequence[tuple[Response, ...]], i: int) -> ItemTally:
    item = paper.items[i]
    x = [mark(item, sheet[i]) for sheet in group]
    s = [sum(mark_sheet(paper, sheet)) for sheet in group]
    return ItemTally(
        n=len(group),
        right=sum(x),
        squares=sum(mark * mark for mark in x),
        cross=sum(mark * points for mark, points in zip(x, s, strict=True)),
        chosen=tuple(sum(o in sheet[i] for sheet in group) for o in range(len(item.options))),
        skipped=sum(not sheet[i] for sheet in group),
    )


@given(answered())
def test_the_sums_are_what_their_definitions_say(given: Answered) -> None:
    paper, group = given
    s = [sum(mark_sheet(paper, sheet)) for sheet in group]
    bands = [band_of(points, len(paper.items)) for points in s]
    assert Tally.of(paper, group) == Tally(
        n=len(group),
        total=sum(s),
        squares=sum(points * points for points in s),
        maximum=len(paper.items),
        bands=tuple(bands.count(index) for index in range(4)),
        items=tuple(item_by_definition(paper, group, i) for i in range(len(paper.items))),
    )


@given(answered(), st.data())
def test_a_whole_is_the_sum_of_its_parts_however_cut(given: Answered, data: st.DataObject) -> None:
    paper, group = given
    cut = data.draw(st.lists(st.integers(0, 3), min_size=len(group), max_size=len(group)))
    parts = [
        Tally.of(paper, [sheet for sheet, at in zip(group, cut, strict=True) if at == part])
        for part in range(4)
    ]
    whole = Tally.of(paper, group)
    assert sum(parts, Tally.empty(paper)) == whole
    a, b, c, d = data.draw(st.permutations(parts))
    assert (a + b) + (c + d) == a + (b + (c + d)) == d + c + b + a == whole


@given(answered())
def test_adding_nobody_changes_nothing(given: Answered) -> None:
    paper, group = given
    whole = Tally.of(paper, group)
    assert whole + Tally.empty(paper) == Tally.empty(paper) + whole == whole


@given(answered(), st.integers(1, 5))
def test_a_text_with_its_number_counts_like_so_many_sheets(given: Answered, times: int) -> None:
    paper, group = given
    texts = [encode(sheet) for sheet in group]
    many = Tally.of_encoded(paper, [(text, times) for text in texts])
    assert many == Tally.of_encoded(paper, [(text, 1) for text in texts] * times)
    assert many == Tally.of(paper, group * times)


class Watched(str):
    """A stored text that notes when it is taken apart."""

    read: ClassVar[list[str]] = []

    def split(self, *arguments: Any) -> list[str]:
        self.read.append(self)
        return super().split(*arguments)


def test_texts_that_come_again_are_read_once() -> None:
    Watched.read.clear()
    texts = [encode(sheet) for sheet in SHEETS]
    whole = Tally.of_encoded(PAPER, ((Watched(text), 2) for text in texts * 1000))
    assert whole.n == 8000
    assert sorted(Watched.read) == sorted(texts)


def test_sheets_may_come_as_a_stream() -> None:
    assert Tally.of(PAPER, iter(SHEETS)) == Tally.of(PAPER, SHEETS)
    assert Tally.of_encoded(PAPER, ((encode(s), 1) for s in SHEETS)) == Tally.of(PAPER, SHEETS)


def test_a_text_of_no_sheet_adds_nothing() -> None:
    assert Tally.of_encoded(PAPER, [("0;02;0", 0)]) == Tally.empty(PAPER)


def test_fewer_than_no_sheets_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer than no sheets"):
        Tally.of_encoded(PAPER, [("0;02;0", 3), ("0;02;0", -1)])


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        (chose(0, 0), "wrong_length"),
        (chose(4, 0, 0), "unknown_option"),
        (chose([0, 1], 0, 0), "several_choices"),
    ],
)
def test_one_sheet_the_paper_does_not_allow_refuses_the_lot(
    sheet: tuple[Response, ...], code: str
) -> None:
    with pytest.raises(ResponseError) as refused:
        Tally.of(PAPER, [*SHEETS, sheet])
    assert refused.value.code == code


def test_bands_of_ones_own() -> None:
    bands = [Band("full", 100), Band("some", 1), Band("none", 0)]
    assert Tally.empty(PAPER, bands).bands == (0, 0, 0)
    assert Tally.of(PAPER, [*SHEETS, chose(1, 1, 1)], bands).bands == (1, 3, 1)
    assert Tally.of(PAPER, SHEETS).bands == Tally.of(PAPER, SHEETS, DEFAULT_BANDS).bands


def test_bands_with_a_gap_are_refused_before_anything_is_counted() -> None:
    with pytest.raises(BandError) as refused:
        Tally.empty(PAPER, [Band("good", 80)])
    assert refused.value.code == "no_floor"


@pytest.mark.parametrize(
    "other",
    [
        Tally.empty(paper_of(single("a"), multiple("b"))),
        Tally.empty(paper_of(single("a", count=5), multiple("b"), true_false("c"))),
        Tally.empty(PAPER, [Band("pass", 50), Band("below", 0)]),
        replace(Tally.empty(PAPER), maximum=4),
    ],
    ids=["fewer items", "more options", "other bands", "other points"],
)
def test_sums_of_another_shape_are_never_added(other: Tally) -> None:
    whole = Tally.of(PAPER, SHEETS)
    for first, second in [(whole, other), (other, whole)]:
        with pytest.raises(TallyError) as refused:
            first + second
        assert refused.value.code == "other_shape"


@given(answered())
def test_sums_come_back_from_their_text(given: Answered) -> None:
    paper, group = given
    whole = Tally.of(paper, group)
    assert Tally.from_json(whole.to_json()) == whole


def test_the_text_of_sums_is_this_and_stays_readable() -> None:
    text = "[4,7,15,3,[1,1,0,2],[[4,3,3,6,[3,0,0,1],0],[4,2,2,5,[3,1,3,0],1],[4,2,2,4,[2,1],1]]]"
    assert Tally.of(PAPER, SHEETS).to_json() == text
    assert Tally.from_json(text) == Tally.of(PAPER, SHEETS)


GOOD = [4, 7, 15, 3, [1, 1, 0, 2], [[4, 3, 3, 6, [3, 0, 0, 1], 0]]]


@pytest.mark.parametrize(
    "content",
    [
        None,
        7,
        [],
        {},
        "abcdef",
        GOOD[:5],
        [*GOOD, 1],
        [-1, *GOOD[1:]],
        [4.0, *GOOD[1:]],
        [True, *GOOD[1:]],
        ["4", *GOOD[1:]],
        [*GOOD[:4], 3, GOOD[5]],
        [*GOOD[:5], [[4, 3, 3, 6, [3, 0, 0, 1]]]],
        [*GOOD[:5], [[4, 3, 3, 6, [3, 0, None, 1], 0]]],
        [*GOOD[:5], [7]],
    ],
    ids=str,
)
def test_a_text_that_is_no_sums_is_refused(content: object) -> None:
    assert Tally.from_json(json.dumps(GOOD)).n == 4
    with pytest.raises(TallyError) as refused:
        Tally.from_json(json.dumps(content))
    assert refused.value.code == "unreadable"


@pytest.mark.parametrize(
    "text", ["", "[1", "[" * 100_000, "NaN"], ids=["empty", "cut", "deep", "nan"]
)
def test_a_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(TallyError) as refused:
        Tally.from_json(text)
    assert refused.value.code == "unreadable"


def test_right_answers_by_clause_stand_in_the_order_of_the_resolution() -> None:
    paper = paper_of(
        single("a", clause="II"),
        single("b"),
        single("c", clause="I"),
        single("d", clause="II"),
        clauses=["I", "II", "III"],
    )
    whole = Tally.of(paper, [chose(0, 0, 1, 1), chose(0, 1, 1, 0), chose(0, None, 0, None)])
    totals = whole.clause_totals(paper)
    assert list(totals.items()) == [("I", (1, 3)), ("II", (4, 6)), (None, (1, 3))]


@given(answered())
def test_the_clauses_hold_every_answer_once(given: Answered) -> None:
    paper, group = given
    whole = Tally.of(paper, group)
    totals = whole.clause_totals(paper)
    assert sum(right for right, _ in totals.values()) == whole.total
    assert sum(asked for _, asked in totals.values()) == whole.n * len(paper.items)
    assert set(totals) == {item.clause for item in paper.items}


def test_the_clauses_of_another_paper_are_refused() -> None:
    with pytest.raises(TallyError) as refused:
        Tally.of(PAPER, SHEETS).clause_totals(paper_of(single("a")))
    assert refused.value.code == "other_shape"


def test_a_tally_holds_whole_numbers_and_nothing_of_a_person() -> None:
    assert [field.name for field in fields(Tally)] == [
        "n", "total", "squares", "maximum", "bands", "items",
    ]  # fmt: skip
    assert [field.name for field in fields(ItemTally)] == [
        "n", "right", "squares", "cross", "chosen", "skipped",
    ]  # fmt: skip


def test_the_sums_of_a_nation_stay_exact() -> None:
    chance = Random(57)
    cells = [
        Tally.of_encoded(PAPER, [(encode(sheet), chance.randrange(10**14)) for sheet in SHEETS])
        for _ in range(200)
    ]
    whole = sum(cells, Tally.empty(PAPER))
    assert whole.squares == sum(cell.squares for cell in cells) > 2**53
    assert Tally.from_json(whole.to_json()) == whole
    assert whole.n == sum(whole.bands)
