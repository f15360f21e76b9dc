"""The list of units as a file that our own import reads back, and Excel opens rightly."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from flask_babel import gettext as _

from survey.units.tree import Kind, Tree
from survey.units.words import kind_label

Row = tuple[str, str, str, str, int | None, int | None]


def rows_of(tree: Tree, heads: Mapping[int, tuple[int, int]], tops: Iterable[int]) -> Iterator[Row]:
    """Code, code above, name, kind, total, eligible of every unit under the tops."""
    for unit_id in (below for top in tops for below in tree.under(top)):
        node = tree[unit_id]
        above = tree.above(unit_id)
        counted = heads.get(unit_id) if node.kind == Kind.CELL else None
        code = above.code if above else ""
        yield node.code, code, node.name, kind_label(node.kind), *(counted or (None, None))


def headings() -> list[str]:
    return [
        _("Mã"),
        _("Mã cấp trên"),
        _("Tên"),
        _("Loại"),
        _("Tổng số đảng viên"),
        _("Thuộc diện"),
    ]


def as_csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 with its mark, semicolons, CRLF: what Excel set to Vietnamese opens in columns."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings())
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _inert(cell: str | int | None) -> str | int | None:
    """A name that begins like a formula must not become one on somebody's machine."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@"} else cell


def as_xlsx(rows: Iterable[Row]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(_("Tổ chức"))
        sheet.write_row(0, 0, headings(), book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)
        sheet.set_column(0, 1, 16)
        sheet.set_column(2, 2, 48)
        sheet.set_column(3, 5, 18)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
