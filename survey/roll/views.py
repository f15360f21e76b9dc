"""The roll: typed into a table, or pasted as a list."""

import csv
import io
from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from survey import db, web
from survey.access.guards import Right, allow, may, signed_in
from survey.roll import counting
from survey.roll.counting import Counts, NotACount
from survey.roll.operations import note_cells, note_roll
from survey.roll.sheet import RollSheet, roll_of
from survey.sheetfile import SheetError, read_table
from survey.sittings.models import Sitting
from survey.sittings.queries import circle_of_sitting, day_of
from survey.text import clean, fold
from survey.units.queries import Tree, load_tree
from survey.units.words import sheet_error

bp = Blueprint("roll", __name__)

LONG = 300  # cells on one page; above it they are gone through unit by unit
NAMED = 5  # places that a warning names


@bp.route("/sittings/<int:sitting_id>/roll", methods=["GET", "POST"])
@allow(Right.RUN_CHECK, on=circle_of_sitting)
def sheet(sitting_id: int) -> str | AnyResponse | tuple[str, int]:
    sitting, tree, whole = _roll(sitting_id)
    under = request.args.get("under", type=int)
    shown = whole
    if under is not None and under in tree:
        shown = whole.under(tree, under)
    elif len(whole.cells) > LONG:
        under, shown = None, RollSheet(whole.halls, [])
    values = {"sitting": sitting, "tree": tree, "whole": whole, "shown": shown, "under": under}
    if request.method == "GET":
        return _page(values)
    typed = {name: clean(value)[:20] for name, value in request.form.items()}
    cells, halls, wrong = _read(shown, typed)
    if wrong:
        return _page(values, typed=typed, wrong=wrong), 422
    note_roll(db.session(), sitting_id, cells, halls, now=web.now())
    _say(sitting_id, set(cells), set(halls))
    return redirect(url_for("roll.sheet", sitting_id=sitting_id, under=under))


def _page(
    values: Mapping[str, object],
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> str:
    account = signed_in()
    return render_template(
        "roll/sheet.html",
        **values,
        typed=typed or {},
        wrong=wrong or {},
        organises=may(account, Right.SEE_SITTINGS),
    )


def _roll(sitting_id: int) -> tuple[Sitting, Tree, RollSheet]:
    """A sitting, its tree, and what of its roll lies in the own subtree."""
    session = db.session()
    sitting = session.get_one(Sitting, sitting_id)
    tree = load_tree(session, day_of(sitting))
    return sitting, tree, roll_of(session, sitting, tree, signed_in().unit_id, now=web.now())


def _read(
    shown: RollSheet, typed: Mapping[str, str]
) -> tuple[dict[int, Counts | None], dict[int, int | None], dict[str, str]]:
    """The figures that were changed on this page, and what is wrong at which field.

    Each row carries what it held when the page was made: a row that was left alone is not
    written, or an old page would take back what others have written down since.
    """
    cells: dict[int, Counts | None] = {}
    halls: dict[int, int | None] = {}
    wrong: dict[str, str] = {}
    for cell in shown.cells:
        names = f"present-{cell.id}", f"excused-{cell.id}"
        if not _changed(typed, cell.id, *names):
            continue
        present, excused = (_count(typed, name, wrong) for name in names)
        if present is None and excused is not None:
            wrong.setdefault(names[0], str(_("Có số vắng thì cần điền cả số có mặt.")))
        cells[cell.id] = None if present is None else (present, excused or 0)
    for hall in shown.halls:
        name = f"hall-{hall.id}"
        if _changed(typed, name, name):
            halls[hall.id] = _count(typed, name, wrong)
    return cells, halls, wrong


def _changed(typed: Mapping[str, str], place: int | str, *names: str) -> bool:
    """Whether the fields of a row say something else than when the page was made."""
    if not all(name in typed for name in names):
        return False
    return ";".join(typed[name] for name in names) != typed.get(f"was-{place}")


def _count(typed: Mapping[str, str], name: str, wrong: dict[str, str]) -> int | None:
    try:
        return counting.read_count(typed[name])
    except NotACount as error:
        wrong[name] = str(_("“%(text)s” không phải số người, ví dụ đúng: 12.", text=str(error)))
        return None


def _say(sitting_id: int, cells: set[int], halls: set[int]) -> None:
    """How much was written down, and where it is more than there are people."""
    count = len(cells) + len(halls)
    if not count:
        flash(_("Không có số nào thay đổi."), "success")
        return
    flash(ngettext("Đã ghi %(num)d dòng.", "Đã ghi %(num)d dòng.", count), "success")
    _sitting, _tree, now = _roll(sitting_id)
    beyond = [hall.name for hall in now.halls if hall.id in halls and hall.beyond]
    beyond += [cell.place for cell in now.cells if cell.id in cells and cell.beyond]
    if beyond:
        named = "; ".join(beyond[:NAMED]) + ("; …" if len(beyond) > NAMED else "")
        flash(_("Nhiều hơn số thuộc diện, đồng chí xem lại: %(places)s.", places=named), "warning")


# ------------------------------------------------------------------ a list


@bp.get("/sittings/<int:sitting_id>/roll.csv")
@allow(Right.RUN_CHECK, on=circle_of_sitting)
def download(sitting_id: int) -> Response:
    """The list to fill in: what comes back is read by `paste`."""
    _sitting, _tree, whole = _roll(sitting_id)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Mã"), _("Chi bộ"), _("Thuộc diện"), _("Có mặt"), _("Vắng có lý do")])
    for cell in whole.cells:
        # A name that begins like a formula must not become one on somebody's machine.
        place = f"'{cell.place}" if cell.place[:1] in "=+-@" else cell.place
        writer.writerow([cell.code, place, cell.expected, *(cell.noted or ("", ""))])
    return Response(
        out.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="roll-{sitting_id}.csv"'},
    )


@bp.route("/sittings/<int:sitting_id>/roll/paste", methods=["GET", "POST"])
@allow(Right.RUN_CHECK, on=circle_of_sitting)
def paste(sitting_id: int) -> str | AnyResponse | tuple[str, int]:
    """All lines of the list or none: what is wrong is named, and the list stays in the box."""
    sitting, _tree, whole = _roll(sitting_id)
    if request.method == "GET":
        return render_template("roll/paste.html", sitting=sitting, lines="", problems=[])
    lines, problems, found = _listed(whole)
    if problems:
        page = render_template("roll/paste.html", sitting=sitting, lines=lines, problems=problems)
        return page, 422
    note_cells(db.session(), sitting_id, found, now=web.now())
    _say(sitting_id, set(found), set())
    return redirect(url_for("roll.sheet", sitting_id=sitting_id))


def _listed(whole: RollSheet) -> tuple[str, list[str], dict[int, Counts]]:
    """The list as text, what is wrong with it, and the counts in it."""
    lines = request.form.get("lines", "")
    file: FileStorage | None = request.files.get("file")
    try:
        if file and file.filename:
            rows = read_table(file.read(), file.filename)
            lines = "\n".join(";".join(map(_plain, row)) for row in rows)
        else:
            rows = read_table(lines.encode(), "lines.csv")
    except SheetError as error:
        if error.code == "empty":
            return lines, [_("Chưa có dòng nào.")], {}
        return lines, [str(sheet_error(error.code))], {}
    found, faults = counting.read_list(rows, {fold(cell.code): cell.id for cell in whole.cells})
    if not found and not faults:
        return lines, [_("Không dòng nào có số có mặt.")], {}
    return lines, [_problem(fault) for fault in faults], found


def _plain(cell: object) -> str:
    """A cell of a file as it would be pasted: a workbook makes every number a fraction."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell).replace(".", ",")
    return str(cell)


def _problem(fault: counting.Fault) -> str:
    where = {"line": fault.line, "text": fault.text}
    messages = {
        "unknown": _("Dòng %(line)d: không có chi bộ mã “%(text)s” trong đợt này.", **where),
        "repeated": _("Dòng %(line)d: mã “%(text)s” đã có ở dòng trên.", **where),
        "not_a_count": _("Dòng %(line)d: “%(text)s” không phải số người.", **where),
        "no_present": _("Dòng %(line)d: mã “%(text)s” có số vắng mà thiếu số có mặt.", **where),
    }
    return str(messages[fault.code])
