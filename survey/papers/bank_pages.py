"""The bank of a resolution: its questions, one by one, as the phone shows them, and out of it."""

import io
import re

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from quizzes.exchange.gift import write_gift
from quizzes.exchange.table import write_rows
from quizzes.item import Item, ItemKind, Level
from survey import db
from survey.access.guards import Right, allow
from survey.papers import bank, queries
from survey.papers.assembly import fault_of, item_of
from survey.papers.forms import LEAST_ROWS, USUAL_ROWS, ItemForm
from survey.papers.models import BankItem, Resolution
from survey.papers.queries import BankFilter, path_of_item, path_of_resolution
from survey.papers.room import bp
from survey.papers.words import KINDS, LEVELS, fault
from survey.text import fold

A_PAGE = 50


@bp.get("/resolutions/<int:resolution_id>/items")
@allow(Right.SEE_PAPERS, on=path_of_resolution)
def items(resolution_id: int) -> str:
    session = db.session()
    wanted = filter_asked()
    rows = queries.bank(session, resolution_id, wanted)
    page = max(1, request.args.get("page", 1, type=int))
    return render_template(
        "papers/bank.html",
        resolution=session.get_one(Resolution, resolution_id),
        clauses=queries.clauses_of(session, resolution_id),
        rows=rows[(page - 1) * A_PAGE : page * A_PAGE],
        found=len(rows),
        unfit=sum(row.fault is not None for row in rows),
        page=page,
        pages=-(-len(rows) // A_PAGE),
        wanted=wanted,
        filtered=wanted != BankFilter(),
        kinds=KINDS,
        levels=LEVELS,
        say=fault,
    )


def filter_asked() -> BankFilter:
    """What of the bank the address asks for; nonsense asks for everything."""
    kind, level = request.args.get("kind", ""), request.args.get("level", "")
    return BankFilter(
        text=request.args.get("q", "").strip(),
        clause=request.args.get("clause", type=int),
        level=level if level in set(Level) else "",
        kind=kind if kind in set(ItemKind) else "",
    )


@bp.route("/resolutions/<int:resolution_id>/items/new", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_resolution)
def new_item(resolution_id: int) -> str | Response:
    asked = request.args.get("kind", "")
    kind = ItemKind(asked) if asked in set(ItemKind) else ItemKind.SINGLE
    clauses = queries.clauses_of(db.session(), resolution_id)
    form = ItemForm.of(clauses, None, kind)
    if form.is_submitted():
        form.read_options(request.form)
        if _can_be_kept(form):
            made = bank.draft_item(db.session(), resolution_id, form.draft())
            return _saved(made)
    return _editor(form, db.session().get_one(Resolution, resolution_id), None)


@bp.route("/items/<int:item_id>", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_item)
def item(item_id: int) -> str | Response:
    """The editor. What is typed is kept even when it is no question yet: then the page says,
    beside the field, what is still wanting."""
    session = db.session()
    row = session.get_one(BankItem, item_id)
    clauses = queries.clauses_of(session, row.resolution_id)
    form = ItemForm.of(clauses, row, ItemKind(row.kind))
    if form.is_submitted():
        form.read_options(request.form)
        if _can_be_kept(form):
            bank.amend_item(session, item_id, form.draft())
            return _saved(item_id)
    else:
        form.tell(fault_of(row))
    return _editor(form, session.get_one(Resolution, row.resolution_id), row)


def _can_be_kept(form: ItemForm) -> bool:
    valid = form.validate() and not form.option_errors
    if valid and form.blank:
        form.stem.errors = [_("Chưa có gì để lưu.")]
    return valid and not form.blank


def _saved(item_id: int) -> Response:
    row = db.session().get_one(BankItem, item_id)
    wanting = fault_of(row)
    if wanting is None:
        flash(_("Đã lưu câu hỏi."), "success")
    else:
        flash(_("Đã lưu bản nháp. %(fault)s", fault=fault(wanting.code)), "warning")
    match request.form.get("then"):
        case "rows":
            more = len(row.options) + 2
            return redirect(url_for("papers.item", item_id=item_id, rows=more))
        case "another" if wanting is None:
            return redirect(
                url_for("papers.new_item", resolution_id=row.resolution_id, kind=row.kind)
            )
        case "preview":
            return redirect(url_for("papers.preview_item", item_id=item_id))
    return redirect(url_for("papers.item", item_id=item_id))


def _editor(form: ItemForm, resolution: Resolution, row: BankItem | None) -> str:
    asked = request.args.get("rows", 0, type=int)
    shown = max(LEAST_ROWS, min(asked, USUAL_ROWS), len(form.options))
    if form.kind.data == ItemKind.TRUE_FALSE:
        shown = max(2, len(form.options))
    return render_template(
        "papers/item_form.html",
        form=form,
        resolution=resolution,
        item=row,
        rows=shown,
        drafts=queries.drafts_with(db.session(), row.id) if row else [],
    )


@bp.get("/items/<int:item_id>/preview")
@allow(Right.SEE_PAPERS, on=path_of_item)
def preview_item(item_id: int) -> str:
    """The question alone, by the sheet and the markup of the phone."""
    row = db.session().get_one(BankItem, item_id)
    return render_template(
        "papers/phone.html",
        title=_("Xem thử câu hỏi"),
        questions=[(row, range(len(row.options)))],
        back=url_for("papers.item", item_id=item_id),
    )


@bp.post("/items/<int:item_id>/delete")
@allow(Right.EDIT_PAPERS, on=path_of_item)
def delete_item(item_id: int) -> Response:
    session = db.session()
    resolution_id = session.get_one(BankItem, item_id).resolution_id
    bank.delete_item(session, item_id)
    flash(_("Đã xóa câu hỏi."), "success")
    return redirect(url_for("papers.items", resolution_id=resolution_id))


# ------------------------------------------------------------------ out of the bank


@bp.get("/resolutions/<int:resolution_id>/items.gift")
@allow(Right.SEE_PAPERS, on=path_of_resolution)
def export_gift(resolution_id: int) -> Response:
    text = write_gift(_fit_items(resolution_id))
    return _file(text.encode(), resolution_id, "gift", "text/plain")


@bp.get("/resolutions/<int:resolution_id>/items.xlsx")
@allow(Right.SEE_PAPERS, on=path_of_resolution)
def export_xlsx(resolution_id: int) -> Response:
    import xlsxwriter

    held = io.BytesIO()
    # Cells are text: a stem that begins with "=" is no formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, options) as workbook:
        sheet = workbook.add_worksheet(_("Câu hỏi"))
        head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        body = workbook.add_format({"text_wrap": True, "valign": "top"})
        for at, cells in enumerate(write_rows(_fit_items(resolution_id))):
            sheet.write_row(at, 0, cells, body if at else head)
        sheet.set_column(0, 15, 24)
        sheet.freeze_panes(1, 0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file(held.getvalue(), resolution_id, "xlsx", kind)


def _fit_items(resolution_id: int) -> list[Item]:
    """The questions that are fit to be asked; a file has no form for one that is not. Clauses
    go by their labels, which another bank understands."""
    rows = queries.bank(db.session(), resolution_id)
    labels = {row.clause.id: row.clause.label for row in rows if row.clause}
    return [item_of(row.item, labels.__getitem__) for row in rows if row.fault is None]


def _file(content: bytes, resolution_id: int, ending: str, kind: str) -> Response:
    number = db.session().get_one(Resolution, resolution_id).number
    name = re.sub(r"[^a-z0-9]+", "-", fold(number)).strip("-") or "nghi-quyet"
    return send_file(
        io.BytesIO(content),
        mimetype=kind,
        as_attachment=True,
        download_name=f"cau-hoi-{name}.{ending}",
    )
