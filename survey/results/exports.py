"""Results as tables for files, and as CSV; `workbook` makes a workbook of the same tables.

Nothing that is withheld goes into a table, so no format can let it out; and no time finer than a
day does.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from survey.answering.models import Seal
from survey.answering.sealing import shown_code
from survey.results import figures, words
from survey.results.figures import ItemFigure
from survey.results.queries import Gap, Overview, Standing

if TYPE_CHECKING:
    import pandas as pd

NONE, WITHHELD = "–", "(*)"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | float
Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """`depths`: how far the text of each row is indented; none: not at all."""

    name: str  # in the address
    title: str
    frame: "pd.DataFrame"
    depths: tuple[int, ...] = ()


def tables(seen: Overview, below: Sequence[tuple[int, Standing]]) -> list[Table]:
    """The unit with all units below it, its questions, its clauses."""
    return [
        Table(
            "units",
            _("Tổng hợp theo tổ chức"),
            _frame(_unit_rows(seen, below), _unit_labels()),
            tuple(depth for depth, _standing in below),
        ),
        Table("items", _("Theo câu hỏi"), _frame(_item_rows(seen), _item_labels(seen))),
        Table("clauses", _("Theo nội dung"), _frame(_clause_rows(seen), _clause_labels())),
    ]


def csv_of(table: Table, seal: Seal | None) -> bytes:
    """As the Vietnamese Excel opens it by a double click: BOM, semicolons, decimal commas. Of a
    sealed sitting the last line says so."""
    text: str = table.frame.map(_plain).to_csv(index=False, sep=";", lineterminator="\r\n")
    last = f"\r\n{words.seal_words(seal)}\r\n" if seal else ""
    return f"{text}{last}".encode("utf-8-sig")


def receipts_csv(title: str, seal: Seal, receipts: Iterable[Sequence[bytes]]) -> Iterator[str]:
    """Every receipt that was counted, a line each, under what they were sealed by: whoever keeps
    a receipt sees that it counted. It leads to no sheet."""
    yield f"\ufeff{_plain(title)}\r\n{words.seal_words(seal, seal.sheets)}\r\n\r\n"
    yield f"{_('Mã trên điện thoại')};{_('Biên nhận')}\r\n"
    for some in receipts:
        yield "".join(f"{shown_code(receipt)};{receipt.hex()}\r\n" for receipt in some)


def _frame(rows: Sequence[Row], labels: dict[str, str]) -> "pd.DataFrame":
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(labels), dtype=object)
    return frame.set_axis(list(labels.values()), axis="columns")


def _plain(cell: Cell) -> str:
    """A text that a spreadsheet would take for a formula begins with an apostrophe, which our own
    import takes off again."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return str(cell).replace(".", ",")


def _known(value: int | Decimal | None, otherwise: str = NONE) -> Cell:
    if value is None:
        return otherwise
    return float(value) if isinstance(value, Decimal) else value


def _mark(standing: Standing) -> str:
    """What stands in place of scores."""
    return WITHHELD if standing.gap in (Gap.FEW, Gap.SHIELD) else NONE


# ------------------------------------------------------------------ by unit


def _unit_labels() -> dict[str, str]:
    return {
        "level": _("Cấp"),
        "name": _("Tổ chức đảng"),
        "code": _("Mã"),
        "expected": _("Thuộc diện"),
        "present": _("Có mặt"),
        "excused": _("Vắng có lý do"),
        "answered": _("Trả lời"),
        "participation": _("Tỷ lệ tham gia (%)"),
        "mean": _("Điểm trung bình"),
        "low": _("Khoảng tin cậy, từ"),
        "high": _("Khoảng tin cậy, đến"),
        **{name: str(label) for name, label in words.BANDS.items()},
        "remark": _("Ghi chú"),
    }


def _unit_rows(seen: Overview, below: Sequence[tuple[int, Standing]]) -> list[Row]:
    reason = cache(words.gap_words)  # looked up once and not once a cell: a province has 4,000
    return [
        {
            "level": depth + 1,
            "name": standing.name,
            "code": seen.tree[standing.id].code,
            "expected": _known(standing.expected),
            "present": _known(standing.present),
            "excused": _known(standing.excused),
            "answered": standing.answered,
            "participation": _known(standing.participation),
            **_scores(standing),
            "remark": _remark(standing, reason),
        }
        for depth, standing in below
    ]


def _scores(standing: Standing) -> Row:
    score, mark = figures.score(standing.tally), _mark(standing)
    low, high = (score.interval if score else None) or (None, None)
    bands = figures.bands(standing.tally) if standing.tally else []
    return {
        "mean": _known(score.mean if score else None, mark),
        "low": _known(low, mark),
        "high": _known(high, mark),
        **dict.fromkeys(words.BANDS, mark),
        **{band.name: band.count for band in bands},
    }


def _remark(standing: Standing, reason: Callable[[Gap], str]) -> str:
    remarks = [reason(standing.gap)] if standing.gap else []
    if standing.uncounted:
        remarks.append(_("%(count)d chi bộ chưa có số đảng viên", count=standing.uncounted))
    if standing.noted and standing.noted < standing.cells:
        remarks.append(
            _("có mặt ở %(noted)d/%(cells)d chi bộ", noted=standing.noted, cells=standing.cells)
        )
    return "; ".join(remarks)


# ------------------------------------------------------------------ by question, by clause


def _item_labels(seen: Overview) -> dict[str, str]:
    labels = {
        "number": _("Câu"),
        "stem": _("Câu hỏi"),
        "clause": _("Mục"),
        "level": _("Mức độ"),
        "n": _("Trả lời"),
        "count": _("Trả lời đúng"),
        "right": _("Tỷ lệ đúng (%)"),
        "low": _("Khoảng tin cậy, từ"),
        "high": _("Khoảng tin cậy, đến"),
        "skipped": _("Bỏ trống"),
    }
    for letter in LETTERS[: max(len(item.options) for item in seen.paper.items)]:
        labels[f"option {letter}"] = _("Phương án %(letter)s", letter=letter)
        labels[f"chose {letter}"] = _("Chọn %(letter)s", letter=letter)
    return labels


def _item_rows(seen: Overview) -> list[Row]:
    shown = figures.items(seen.paper, seen.own.tally) if seen.own.tally else []
    known = {figure.number: figure for figure in shown}
    clauses = {clause.id: clause.label for clause in seen.paper.clauses}
    rows = []
    for number, item in enumerate(seen.paper.items, 1):
        row: Row = {
            "number": number,
            "stem": item.stem,
            "clause": clauses.get(item.clause or "", NONE),
            "level": str(words.LEVELS[item.level]),
            **_item_figures(known.get(number), _mark(seen.own)),
        }
        for place, letter in enumerate(LETTERS):
            there = place < len(item.options)
            option = item.options[place] if there else None
            row[f"option {letter}"] = (
                f"{'✓ ' if option.correct else ''}{option.text}" if option else ""
            )
            row.setdefault(f"chose {letter}", _mark(seen.own) if option else "")
        rows.append(row)
    return rows


def _item_figures(figure: ItemFigure | None, mark: str) -> Row:
    if figure is None:
        return dict.fromkeys(("n", "count", "right", "low", "high", "skipped"), mark)
    chosen = {
        f"chose {letter}": option.count
        for letter, option in zip(LETTERS, figure.options, strict=False)
    }
    return {
        "n": figure.n,
        "count": figure.count,
        "right": float(figure.right),
        "low": float(figure.interval[0]),
        "high": float(figure.interval[1]),
        "skipped": figure.skipped,
        **chosen,
    }


def _clause_labels() -> dict[str, str]:
    return {
        "clause": _("Mục"),
        "numbers": _("Các câu"),
        "asked": _("Lượt trả lời"),
        "count": _("Lượt đúng"),
        "right": _("Tỷ lệ đúng (%)"),
    }


def _clause_rows(seen: Overview) -> list[Row]:
    if seen.own.tally is None:
        marks = dict.fromkeys(("asked", "count", "right"), _mark(seen.own))
        return [{"clause": c.label, "numbers": NONE, **marks} for c in seen.paper.clauses]
    return [
        {
            "clause": figure.clause.label if figure.clause else _("Không gắn nội dung"),
            "numbers": ", ".join(map(str, figure.numbers)),
            "asked": figure.asked,
            "count": figure.count,
            "right": float(figure.right),
        }
        for figure in figures.clauses(seen.paper, seen.own.tally)
    ]
