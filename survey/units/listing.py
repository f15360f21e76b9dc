"""A list of units as an office keeps it: which column is what, what each row says, and how that
differs from the tree on record. Values only: no store, no words of any language."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from survey import text
from survey.units.tree import Kind

MOST_MEMBERS = 9_999_999
LONGEST = {"code": 60, "name": 200, "kind": 20}

_HEADINGS = {
    "parent": (
        "ma cap tren", "parent id", "parent", "parent code", "cap tren", "truc thuoc",
        "ma to chuc cap tren", "ma don vi cap tren", "ma to chuc dang cap tren", "code above",
    ),
    "code": ("ma", "id", "code", "ma to chuc", "ma to chuc dang", "ma don vi", "ma chi bo"),
    "name": ("ten", "name", "ten to chuc", "ten to chuc dang", "to chuc dang", "ten don vi"),
    "kind": ("loai", "level", "kind", "loai hinh", "loai to chuc", "cap"),
    "eligible": ("thuoc dien", "eligible", "thuoc dien tham gia", "so thuoc dien"),
    "total": (
        "tong so dang vien", "members", "total", "so dang vien", "tong so", "dang vien",
        "tong dang vien", "si so",
    ),
}  # fmt: skip
FIELDS = ("code", "parent", "name", "kind", "total", "eligible")

_KINDS = {
    Kind.PROVINCE: ("tinh", "cap tinh", "dang bo tinh", "provincial"),
    Kind.DISTRICT: ("huyen", "cap huyen", "dang bo huyen"),
    Kind.COMMUNE: ("xa", "phuong", "dac khu", "cap xa", "dang bo xa", "dang bo phuong"),
    Kind.COMMITTEE: (
        "dang bo", "dang uy", "direct", "grassroots", "dang bo co so", "party committee",
    ),
    Kind.SECTION: ("dang bo bo phan", "bo phan", "sectional committee"),
    Kind.CELL: ("chi bo", "chi bo co so", "chi bo truc thuoc", "party cell"),
}  # fmt: skip
_KIND_OF_WORD = {kind.value: kind for kind in Kind} | {
    word: kind for kind, words in _KINDS.items() for word in words
}


class Reason(StrEnum):
    """What is wrong with a row."""

    NO_CODE = "no_code"
    NO_NAME = "no_name"
    TOO_LONG = "too_long"
    DUPLICATE = "duplicate"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    TOO_MANY = "too_many"
    ELIGIBLE_ABOVE_TOTAL = "eligible_above_total"
    NO_TOTAL = "no_total"
    ORPHAN = "orphan"
    CYCLE = "cycle"
    BELOW_CELL = "below_cell"
    SAME_NAME = "same_name"
    OUTSIDE = "outside"
    NEW_ROOT = "new_root"
    OTHER_KIND = "other_kind"
    NOT_STANDING = "not_standing"
    SETTLED = "settled"
    PAST_DAY = "past_day"


class Fault(NamedTuple):
    """Why a row cannot be taken. `about`: the text, code or row number it is about."""

    row: int
    code: str
    name: str
    reason: Reason
    about: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """What one row says. `parent` "": the top of a tree. None: the list does not say."""

    row: int
    code: str
    parent: str
    name: str
    kind: str | None = None
    total: int | None = None
    eligible: int | None = None

    def fault(self, reason: Reason, about: object = "") -> Fault:
        return Fault(self.row, self.code, self.name, reason, str(about))


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands, counted from 0; `first` is the first row of data, from 1."""

    first: int
    code: int | None = None
    parent: int | None = None
    name: int | None = None
    kind: int | None = None
    total: int | None = None
    eligible: int | None = None


class Reading(NamedTuple):
    """Every row of the file from `first` on is listed, faulty, or blank."""

    listed: list[Listed]
    faults: list[Fault]
    blank: int


# ------------------------------------------------------------------ columns


def guess(table: Sequence[Sequence[object]]) -> Columns:
    """The columns by the heading that most of the first rows' words fit: a title and a blank
    row often come before it."""
    best: dict[str, int] = {}
    heading = 0
    for number, row in enumerate(table[:15], start=1):
        found = _headings(row)
        if len(found) > len(best):
            best, heading = found, number
    return Columns(first=heading + 1, **best)


def _headings(row: Sequence[object]) -> dict[str, int]:
    words = [" ".join(re.findall(r"[^\W_]+", text.fold(_text(cell)))) for cell in row]
    found: dict[str, int] = {}
    for exact in (True, False):
        for field, known in _HEADINGS.items():
            for place, word in enumerate(words):
                fits = word in known or (not exact and any(k in word for k in known if " " in k))
                if fits and field not in found and place not in found.values():
                    found[field] = place
    return found


# ------------------------------------------------------------------ rows


def read(table: Sequence[Sequence[object]], columns: Columns) -> Reading:
    """What the rows say, each by itself; rows that say something impossible become faults."""
    listed: list[Listed] = []
    faults: list[Fault] = []
    blank = 0
    first_of: dict[str, int] = {}
    for number, cells in enumerate(table[columns.first - 1 :], start=columns.first):
        said = {field: _cell(cells, getattr(columns, field)) for field in FIELDS}
        if not any(_text(cell) for cell in said.values()):
            blank += 1
            continue
        unit, wrong = _read_row(number, said)
        if unit.code and first_of.setdefault(unit.code, number) != number:
            wrong.append(unit.fault(Reason.DUPLICATE, first_of[unit.code]))
        if wrong:
            faults.extend(wrong)
        else:
            listed.append(unit)
    return Reading(listed, faults, blank)


def _read_row(number: int, said: dict[str, object]) -> tuple[Listed, list[Fault]]:
    name = _text(said["name"])
    total, total_wrong = _count(said["total"])
    eligible, eligible_wrong = _count(said["eligible"])
    unit = Listed(
        row=number,
        code=_text(said["code"]),
        parent=_text(said["parent"]),
        name=name,
        kind=_kind(_text(said["kind"])),
        total=total,
        eligible=eligible,
    )
    wrong = [
        unit.fault(reason, _text(said[field]))
        for field, reason in (("total", total_wrong), ("eligible", eligible_wrong))
        if reason
    ]
    if not wrong and eligible is not None:
        if total is None:
            wrong.append(unit.fault(Reason.NO_TOTAL))
        elif eligible > total:
            wrong.append(unit.fault(Reason.ELIGIBLE_ABOVE_TOTAL, f"{eligible} > {total}"))
    if not unit.code:
        wrong.append(unit.fault(Reason.NO_CODE))
    if not name:
        wrong.append(unit.fault(Reason.NO_NAME))
    wrong += [
        unit.fault(Reason.TOO_LONG, getattr(unit, field)[:most])
        for field, most in LONGEST.items()
        if len(getattr(unit, field) or "") > most
    ]
    return unit, wrong


def _cell(cells: Sequence[object], place: int | None) -> object:
    return cells[place] if place is not None and place < len(cells) else ""


def _text(cell: object) -> str:
    """One line of clean text. A number of a workbook is a float: `21025.0` is the code 21025.
    The apostrophe that our own export puts before `=` comes off again."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    line = " ".join(text.clean("" if cell is None else str(cell)).split())
    return line[1:] if re.match(r"'[=+\-@]", line) else line


_WHOLE = re.compile(r"([+-]?\d+)([.,]0+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([.,\s])\d{3})(?:\1\d{3})*")


def _count(cell: object) -> tuple[int | None, Reason | None]:
    """A number of members, written as people do (35, 35.0, 1.234), or what is wrong with it."""
    if isinstance(cell, float) and math.isfinite(cell) and not cell.is_integer():
        return None, Reason.NOT_A_NUMBER
    said = _text(cell)
    if not said:
        return None, None
    if _GROUPED.fullmatch(said):
        said = re.sub(r"[.,\s]", "", said)
    whole = _WHOLE.fullmatch(said)
    if whole is None:
        return None, Reason.NOT_A_NUMBER
    if len(whole[1]) > 12 or int(whole[1]) > MOST_MEMBERS:
        return None, Reason.TOO_MANY
    value = int(whole[1])
    return (None, Reason.NEGATIVE) if value < 0 else (value, None)


def _kind(said: str) -> str | None:
    """The kind by the list's word for it; a word we do not know is kept as it stands."""
    return _KIND_OF_WORD.get(text.fold(said).replace("_", " "), said) or None


_KIND_OF_NAME = (
    (r"chi (bo|uy)\b", Kind.CELL),
    (r"(dang (bo|uy) tinh|tinh uy)\b", Kind.PROVINCE),
    (r"(dang (bo|uy) huyen|huyen uy)\b", Kind.DISTRICT),
    (r"dang (bo|uy) (xa|phuong|dac khu|thi tran)\b", Kind.COMMUNE),
    (r"dang (bo|uy) bo phan\b", Kind.SECTION),
)


def kind_by_name(name: str) -> Kind:
    """What a new unit is of which the list says no kind."""
    folded = text.fold(name)
    fits = (kind for start, kind in _KIND_OF_NAME if re.match(start, folded))
    return next(fits, Kind.COMMITTEE)
