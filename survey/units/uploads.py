"""The import of a list, in three pages: the file, its columns, what would happen."""

import hashlib
from collections import Counter
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from survey import db, web
from survey.access.guards import Right, allow, current_account, signed_in
from survey.sheetfile import SheetError, read_table
from survey.units import forms, listing, operations, queries, rules, words
from survey.units.comparison import Change, Plan, compare
from survey.units.views import bp

Table = list[list[object]]
SHOWN_CHANGES = 200


@bp.route("/units/import", methods=["GET", "POST"])
@allow(Right.EDIT_UNITS)
def upload() -> str | Response | tuple[str, int]:
    form = forms.UploadForm()
    if form.validate_on_submit():
        name = form.file.data.filename or ""
        try:
            table = read_table(form.file.data.read(), name)
        except SheetError as error:
            form.file.errors = [words.sheet_error(error.code)]
            return render_template("units/upload.html", form=form), 422
        draft_id = operations.keep_draft(
            db.session(), table, account_id=signed_in().id, filename=name, now=web.now()
        )
        return redirect(url_for("units.columns", draft_id=draft_id))
    return render_template("units/upload.html", form=form)


@bp.errorhandler(RequestEntityTooLarge)
def file_too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """The server stopped reading, so there is nothing of the form to show but its file."""
    form = forms.UploadForm(formdata=None)
    form.file.errors = [words.sheet_error("too_big")]
    if current_account() is None:
        abort(401)
    return render_template("units/upload.html", form=form), 413


@bp.get("/units/import/<int:draft_id>")
@allow(Right.EDIT_UNITS)
def columns(draft_id: int) -> str:
    table = _draft(draft_id)
    said = request.args if "first" in request.args else _guessed(table)
    return _columns_page(draft_id, table, _columns_form(table, said))


def _guessed(table: Table) -> MultiDict[str, str]:
    guessed = listing.guess(table)
    places = {field: getattr(guessed, field) for field in listing.FIELDS}
    said = {field: str(place) for field, place in places.items() if place is not None}
    return MultiDict(said | {"first": str(guessed.first), "on": queries.today().isoformat()})


@bp.route("/units/import/<int:draft_id>/preview", methods=["GET", "POST"])
@allow(Right.EDIT_UNITS)
def preview(draft_id: int) -> str | Response | tuple[str, int]:
    """What the list would do; sent by its button, it is done, if it is still the same."""
    table = _draft(draft_id)
    form = _columns_form(table, request.values)
    if not form.validate():
        return _columns_page(draft_id, table, form), 422
    reading = listing.read(table, form.columns())
    on_record = queries.standing(db.session(), form.on.data, web.now())
    plan = _plan(reading, on_record, form.on.data)
    if request.method == "POST" and request.form.get("seen") != _seen(plan):
        flash(_("Cây tổ chức vừa thay đổi. Đồng chí xem lại rồi bấm nhập."), "warning")
    elif request.method == "POST" and not plan.faults:
        try:
            done = operations.import_units(
                db.session(),
                reading.listed,
                on=form.on.data,
                now=web.now(),
                within=signed_in().unit_id,
            )
        except rules.ListRefused as refused:  # the tree changed since the line above
            plan = refused.plan
        else:
            operations.drop_draft(db.session(), draft_id)
            flash(_taken(done.work), "success")
            return redirect(url_for("units.index"))
    return render_template(
        "units/preview.html",
        draft_id=draft_id,
        form=form,
        plan=plan,
        seen=_seen(plan),
        faults=[(found, words.fault(found)) for found in plan.faults],
        kinds=Counter(row.kind or listing.kind_by_name(row.name) for row in plan.new),
        changes=[(c, _differences(c, on_record)) for c in plan.changed[:SHOWN_CHANGES]],
    )


# ------------------------------------------------------------------ below the pages


def _draft(draft_id: int) -> Table:
    return queries.draft_of(db.session(), draft_id, signed_in().id) or abort(404)


def _columns_form(table: Table, said: MultiDict[str, str]) -> forms.ColumnsForm:
    """Read from the address as well as from a form: the token of the form is checked for the
    whole application where it is posted."""
    form = forms.ColumnsForm(formdata=said, meta={"csrf": False})
    first = form.first.data or 1
    heading = table[min(first, len(table)) - 2] if first > 1 else []
    names = [forms.one_line(str(cell))[:60] for cell in heading] or [""] * len(table[0])
    form.offer([f"{letters(i)} · {name}" if name else letters(i) for i, name in enumerate(names)])
    return form


def letters(place: int) -> str:
    """The name of a column as workbooks have it: 0 -> A, 26 -> AA."""
    high, low = divmod(place, 26)
    return (letters(high - 1) if high else "") + chr(ord("A") + low)


def _columns_page(draft_id: int, table: Table, form: forms.ColumnsForm) -> str:
    start = max((form.first.data or 1) - 2, 0)
    return render_template(
        "units/columns.html",
        draft_id=draft_id,
        form=form,
        letters=[letters(i) for i in range(len(table[0]))],
        sample=list(enumerate(table[start : start + 6], start=start + 1)),
        rows=len(table),
    )


def _plan(reading: listing.Reading, on_record: queries.Standing, on: date) -> Plan:
    plan = compare(
        reading.listed,
        on_record,
        within=signed_in().unit_id,
        backdated=on < queries.today(),
        mentioned={found.code for found in reading.faults},
    )
    return plan._replace(faults=sorted([*reading.faults, *plan.faults]))


def _seen(plan: Plan) -> str:
    """What the reader of the preview agreed to, so that nothing else is done in its name."""
    return hashlib.sha256(repr((plan.new, plan.changed)).encode()).hexdigest()


def _differences(change: Change, on_record: queries.Standing) -> list[tuple[str, str, str]]:
    """What changes about a unit: the field, before, after."""
    node = change.node
    above = on_record.tree.above(node.id)
    heads = on_record.heads.get(node.id)
    found = [
        (_("Tên"), node.name, change.name),
        (
            _("Mã cấp trên"),
            above.code if above else "–",
            change.parent if change.parent != "" else "–",
        ),
        (_("Loại"), words.kind_label(node.kind), change.kind and words.kind_label(change.kind)),
        (_("Đảng viên / thuộc diện"), _figures(heads), change.heads and _figures(change.heads)),
    ]
    return [(label, before, after) for label, before, after in found if after is not None]


def _taken(n: int) -> str:
    return str(
        ngettext("Đã nhập %(count)s tổ chức.", "Đã nhập %(count)s tổ chức.", n, count=web.number(n))
    )


def _figures(heads: tuple[int, int] | None) -> str:
    return " / ".join(web.number(count) for count in heads) if heads else "–"
