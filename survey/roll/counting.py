"""Counts as people type and paste them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from survey.text import fold

MOST = 99_999  # more people than any hall holds is a slip of the finger
Counts = tuple[int, int]  # present, excused


class NotACount(ValueError):
    """Neither blank nor a whole number from 0 to MOST."""


class Fault(NamedTuple):
    """What is wrong in a line. `code` is one of: unknown, repeated, not_a_count, no_present."""

    line: int
    code: str
    text: str


def read_count(typed: object) -> int | None:
    """`12`, ` 1.234 `, 12.0 from a workbook; None for a blank."""
    if isinstance(typed, float):
        # A fraction from a formula's cell: its point is none between thousands.
        if not typed.is_integer():
            raise NotACount(str(typed))
        typed = int(typed)
    text = "".join(str(typed).split())
    if not text:
        return None
    head, *groups = text.split(".")
    if groups and not 1 <= len(head) <= 3:
        raise NotACount(text)
    if not all(len(group) == 3 for group in groups) or not (head + "".join(groups)).isdecimal():
        raise NotACount(text)
    digits = head + "".join(groups)
    if len(digits) > 9 or int(digits) > MOST:
        raise NotACount(text)
    return int(digits)


def read_counts(present: object, excused: object) -> Counts | None:
    """Both figures of a cell; None where both are blank. Who wrote down only the present had
    nobody excused. NotACount with "" where there are excused ones and no present ones."""
    here, away = read_count(present), read_count(excused)
    if here is None:
        if away is None:
            return None
        raise NotACount("")
    return here, away or 0


def read_list(
    rows: Sequence[Sequence[object]], cells: Mapping[str, int]
) -> tuple[dict[int, Counts], list[Fault]]:
    """{cell: counts} of a pasted list, and every line that was not understood.

    `cells` are those that may be written down, by folded code. A heading, where there is one,
    says which columns hold what; without one they are code, present, excused. A line without
    figures says nothing.
    """
    columns, first = _columns(rows)
    found: dict[int, Counts] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows[first:], start=first + 1):
        code, present, excused = (row[c] if c < len(row) else "" for c in columns)
        named = str(code).strip()
        try:
            counts = read_counts(present, excused)
        except NotACount as error:
            fault = "not_a_count" if str(error) else "no_present"
            faults.append(Fault(number, fault, str(error) or named))
            continue
        cell = cells.get(fold(named))
        if counts is None:
            continue
        if cell is None:
            faults.append(Fault(number, "unknown", named))
        elif cell in found:
            faults.append(Fault(number, "repeated", named))
        else:
            found[cell] = counts
    return found, faults


def _columns(rows: Sequence[Sequence[object]]) -> tuple[tuple[int, int, int], int]:
    """Where code, present and excused stand, and the first row that is not the heading."""
    heads = [fold(str(cell)) for cell in rows[0]] if rows else []
    present = next(_holding(heads, "co mat", "present"), None)
    if present is None:
        return (0, 1, 2), 0
    code = next(_holding(heads, "ma", "code"), 0)
    return (code, present, next(_holding(heads, "vang", "excused"), present + 1)), 1


def _holding(heads: Sequence[str], *words: str) -> Iterator[int]:
    return (at for at, head in enumerate(heads) if any(f" {w} " in f" {head} " for w in words))
