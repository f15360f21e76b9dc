"""What is kept of a group's sheets: whole-number sums, which add up with +.

From n, the sums and the sums of squares every figure of `quizzes.statistics` follows exactly,
so a group's figures cost the same for ten sheets as for a million, hold no person, and those of
a province are the sum of those of its cells in any order.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

from quizzes.item import Item
from quizzes.marking import Response, decode, encode, mark, mark_sheet
from quizzes.paper import Paper
from quizzes.scoring import DEFAULT_BANDS, Band, band_of, check_bands


class TallyError(ValueError):
    """Sums that don't fit together, or no sums at all.

    `code` is other_shape (of different papers or bands, so they can't be added) or unreadable.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class ItemTally:
    """One item over n sheets, where x is its mark on a sheet and s the sheet's points."""

    n: int
    right: int
    """Sum of x."""
    squares: int
    """Sum of x², which is `right` while marks are 0 or 1."""
    cross: int
    """Sum of x·s."""
    chosen: tuple[int, ...]
    """Sheets that chose each option; more in all than n where several may be chosen."""
    skipped: int
    """Sheets that chose none."""

    def __add__(self, other: "ItemTally") -> "ItemTally":
        if len(self.chosen) != len(other.chosen):
            raise TallyError("other_shape")
        return ItemTally(
            n=self.n + other.n,
            right=self.right + other.right,
            squares=self.squares + other.squares,
            cross=self.cross + other.cross,
            chosen=tuple(map(add, self.chosen, other.chosen)),
            skipped=self.skipped + other.skipped,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """A group of n sheets of one paper, where s is a sheet's points."""

    n: int
    total: int
    """Sum of s."""
    squares: int
    """Sum of s²."""
    maximum: int
    """The points of a full sheet."""
    bands: tuple[int, ...]
    """Sheets in each band."""
    items: tuple[ItemTally, ...]
    """In paper order."""

    @classmethod
    def empty(cls, paper: Paper, bands: Sequence[Band] = DEFAULT_BANDS) -> "Tally":
        """No sheet yet: the zero to start adding from."""
        return cls.of_encoded(paper, (), bands)

    @classmethod
    def of(
        cls,
        paper: Paper,
        sheets: Iterable[Sequence[Response]],
        bands: Sequence[Band] = DEFAULT_BANDS,
    ) -> "Tally":
        """The sums of these sheets; ResponseError for one the paper does not allow."""
        return cls.of_encoded(paper, ((encode(sheet), 1) for sheet in sheets), bands)

    @classmethod
    def of_encoded(
        cls,
        paper: Paper,
        sheets: Iterable[tuple[str, int]],
        bands: Sequence[Band] = DEFAULT_BANDS,
    ) -> "Tally":
        """The sums of sheets as stored: (text, how many such sheets), a text as often as it comes.

        Each different text is read and marked once. ResponseError for a text the paper does not
        allow, even of no sheet; ValueError for fewer than none.
        """
        check_bands(bands)
        scores: Counter[int] = Counter()
        answers: list[Counter[tuple[Response, int]]] = [Counter() for _ in paper.items]
        for text, times in _counted(sheets).items():
            responses = decode(paper, text)
            points = sum(mark_sheet(paper, responses))
            scores[points] += times
            for answer, response in zip(answers, responses, strict=True):
                answer[response, points] += times
        return cls(
            n=scores.total(),
            total=sum(points * times for points, times in scores.items()),
            squares=sum(points * points * times for points, times in scores.items()),
            maximum=len(paper.items),
            bands=_in_bands(scores, len(paper.items), bands),
            items=tuple(map(_item_tally, paper.items, answers)),
        )

    def __add__(self, other: "Tally") -> "Tally":
        if self._shape != other._shape:
            raise TallyError("other_shape")
        return Tally(
            n=self.n + other.n,
            total=self.total + other.total,
            squares=self.squares + other.squares,
            maximum=self.maximum,
            bands=tuple(map(add, self.bands, other.bands)),
            items=tuple(map(add, self.items, other.items)),
        )

    @property
    def _shape(self) -> tuple[int, int, int]:
        return self.maximum, len(self.bands), len(self.items)

    def to_json(self) -> str:
        """Compact JSON, about 30 bytes an item; an item is a list in the order of its fields."""
        items = [[i.n, i.right, i.squares, i.cross, i.chosen, i.skipped] for i in self.items]
        content = [self.n, self.total, self.squares, self.maximum, self.bands, items]
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Tally":
        """The sums written to this text; TallyError "unreadable" for any other text."""
        try:
            n, total, squares, maximum, bands, items = json.loads(text)
            return cls(
                n=_count(n),
                total=_count(total),
                squares=_count(squares),
                maximum=_count(maximum),
                bands=tuple(map(_count, bands)),
                items=tuple(map(_read_item, items)),
            )
        except (ValueError, TypeError, RecursionError) as error:
            raise TallyError("unreadable") from error

    def clause_totals(self, paper: Paper) -> dict[str | None, tuple[int, int]]:
        """(right answers, answers asked for) of each clause asked about, in the paper's order.

        Items on no clause come last, under None. TallyError for the tally of another paper.
        """
        if [len(item.options) for item in paper.items] != [len(i.chosen) for i in self.items]:
            raise TallyError("other_shape")
        totals: dict[str | None, tuple[int, int]] = {}
        for clause in (*(clause.id for clause in paper.clauses), None):
            of_clause = [
                tally
                for item, tally in zip(paper.items, self.items, strict=True)
                if item.clause == clause
            ]
            if of_clause:
                totals[clause] = (sum(i.right for i in of_clause), sum(i.n for i in of_clause))
        return totals


def _counted(sheets: Iterable[tuple[str, int]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text, times in sheets:
        if times < 0:
            raise ValueError("fewer than no sheets")
        counted[text] += times
    return counted


def _in_bands(scores: Counter[int], maximum: int, bands: Sequence[Band]) -> tuple[int, ...]:
    held = [0] * len(bands)
    for points, times in scores.items():
        held[band_of(points, maximum, bands)] += times
    return tuple(held)


def _item_tally(item: Item, answers: Counter[tuple[Response, int]]) -> ItemTally:
    """The sums of one item from how many sheets gave each response and got so many points."""
    chosen = [0] * len(item.options)
    right = cross = skipped = 0
    for (response, points), times in answers.items():
        for option in response:
            chosen[option] += times
        skipped += 0 if response else times
        right += mark(item, response) * times
        cross += mark(item, response) * points * times
    return ItemTally(
        n=answers.total(),
        right=right,
        squares=right,
        cross=cross,
        chosen=tuple(chosen),
        skipped=skipped,
    )


def _read_item(fields: Any) -> ItemTally:
    n, right, squares, cross, chosen, skipped = fields
    return ItemTally(
        n=_count(n),
        right=_count(right),
        squares=_count(squares),
        cross=_count(cross),
        chosen=tuple(map(_count, chosen)),
        skipped=_count(skipped),
    )


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"not a count: {value!r}")
    return value
