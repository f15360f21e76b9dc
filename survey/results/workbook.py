"""A workbook of the tables of results: true numbers, and text that is never a formula."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from quizzes.disclosure import LEAST
from survey import web
from survey.results import words
from survey.results.exports import NONE, WITHHELD, Cell, Table
from survey.results.queries import Overview

if TYPE_CHECKING:
    import pandas as pd

DEEPEST = 15  # as far as Excel indents
A4 = 9
SAMPLE = 200  # rows that decide how wide a column is


def workbook_of(seen: Overview, tables: Iterable[Table], *, today: date) -> bytes:
    """One sheet a table. The properties of the file carry the day and no time either."""
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(
        made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    midnight = datetime(today.year, today.month, today.day)  # noqa: DTZ001  a file knows no zone
    book.set_properties({"title": seen.sitting.title, "created": midnight})
    styles = _styles(book)
    for table in tables:
        _write(book.add_worksheet(table.title), table, _heading(seen, today), styles)
    book.close()
    return made.getvalue()


def _heading(seen: Overview, today: date) -> list[str]:
    until = _("Kết quả cuối cùng.") if seen.run.final else _("Đợt khảo sát chưa kết thúc.")
    lines = [
        seen.sitting.title,
        f"{seen.tree.place(seen.own.id)} · {seen.paper.source.number}",
        _("Ngày lập: %(day)s", day=web.day(today)) + f" · {until}",
    ]
    return [*lines, words.seal_words(seen.seal)] if seen.seal else lines


def _notes() -> list[str]:
    withheld = _(
        "(*) Không hiển thị do số người trả lời dưới %(least)d, hoặc để không suy ra được nhóm "
        "dưới %(least)d người. Khoảng tin cậy ở mức %(level)s.",
        least=LEAST,
        level=web.percentage(95, 0),
    )
    return [withheld, _("%(mark)s Không có số liệu.", mark=NONE)]


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
    boxed = {**base, "border": 1}
    wrapped = {**boxed, "text_wrap": True}
    return {
        "title": book.add_format({**base, "bold": True, "font_size": 14}),
        "plain": book.add_format(base),
        "head": book.add_format({**wrapped, "bold": True, "bg_color": "#F4EFE9"}),
        "number": book.add_format(boxed),
        "share": book.add_format({**boxed, "num_format": "0.0"}),
        "gap": book.add_format({**boxed, "align": "right"}),
        "text": [book.add_format({**wrapped, "indent": deep}) for deep in range(DEEPEST + 1)],
    }


def _write(sheet: Any, table: Table, heading: Sequence[str], styles: dict[str, Any]) -> None:
    for line, text in enumerate(heading):
        sheet.write_string(line, 0, text, styles["plain" if line else "title"])
    first = len(heading) + 1
    for column, name in enumerate(table.frame.columns):
        sheet.write_string(first, column, name, styles["head"])
        sheet.set_column(column, column, _width(table.frame, name))
    depths = table.depths or [0] * len(table.frame)
    rows = zip(depths, table.frame.itertuples(index=False, name=None), strict=True)
    for line, (depth, row) in enumerate(rows, first + 1):
        for column, cell in enumerate(row):
            style = _style(cell, depth if column == 1 else 0, styles)
            (sheet.write_string if isinstance(cell, str) else sheet.write_number)(
                line, column, cell, style
            )
    for line, text in enumerate(_notes(), first + len(table.frame) + 2):
        sheet.write_string(line, 0, text, styles["plain"])
    sheet.freeze_panes(first + 1, 2)
    sheet.repeat_rows(first)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _style(cell: Cell, depth: int, styles: dict[str, Any]) -> Any:
    if isinstance(cell, str):
        return styles["gap"] if cell in (NONE, WITHHELD) else styles["text"][min(depth, DEEPEST)]
    return styles["share" if isinstance(cell, float) else "number"]


def _width(frame: "pd.DataFrame", column: str) -> int:
    longest = max((len(str(cell)) for cell in frame[column].head(SAMPLE)), default=0)
    return max(10, min(longest + 2, 44))
