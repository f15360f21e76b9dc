"""Resolutions and their clauses."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from survey import db
from survey.access.guards import Right, allow, signed_in
from survey.papers import bank, queries
from survey.papers.forms import ClauseForm, ClausesForm, ResolutionForm
from survey.papers.models import Clause, Resolution
from survey.papers.queries import path_of_clause, path_of_resolution
from survey.papers.room import bp, ordered, own_tree
from survey.units.queries import Tree


@bp.get("/resolutions")
@allow(Right.SEE_PAPERS)
def resolutions() -> str:
    tree, units = own_tree()
    wanted = request.args.get("q", "")
    everything = queries.resolutions(db.session(), units)
    rows, sort = ordered(
        [r for r in everything if queries.matches(wanted, r.resolution.number, r.resolution.title)],
        {
            "number": lambda row: row.resolution.number,
            "title": lambda row: row.resolution.title,
            "dated": lambda row: row.resolution.dated,
            "items": lambda row: row.items,
        },
        "-dated",
    )
    return render_template(
        "papers/resolutions.html",
        rows=rows,
        any=bool(everything),
        sort=sort,
        q=wanted,
        tree=tree,
        many_owners=len({row.resolution.unit_id for row in everything}) > 1,
    )


class OwnedResolutionForm(ResolutionForm):
    unit = SelectField(coerce=int)


@bp.route("/resolutions/new", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS)
def new_resolution() -> str | Response:
    tree, _units = own_tree()
    owners = _owners(tree)
    if not owners:
        return render_template("papers/no_units.html")
    form = OwnedResolutionForm()
    form.unit.label.text = _("Của tổ chức")
    form.unit.choices = owners
    if len(owners) == 1:
        form.unit.data = int(owners[0].value)
    if form.validate_on_submit():
        try:
            made = bank.save_resolution(db.session(), form.source(), unit_id=form.unit.data)
        except bank.ResolutionKnown:
            form.number.errors = [_("Đã có nghị quyết mang số này.")]
        else:
            flash(_("Đã lưu nghị quyết. Tiếp theo, đồng chí ghi các mục."), "success")
            return redirect(url_for("papers.resolution", resolution_id=made))
    return render_template("papers/resolution_form.html", form=form, choose_owner=len(owners) > 1)


def _owners(tree: Tree) -> list[SelectChoice]:
    """Whose a new resolution can be: the account's own unit's, or any top of the tree's."""
    top = signed_in().unit_id
    ids = tree.roots if top is None else [top] if top in tree else []
    return [SelectChoice(id, tree[id].name) for id in ids]


@bp.get("/resolutions/<int:resolution_id>")
@allow(Right.SEE_PAPERS, on=path_of_resolution)
def resolution(resolution_id: int) -> str:
    return _resolution_page(resolution_id, ClauseForm(None), ClausesForm(None))


def _resolution_page(resolution_id: int, one: ClauseForm, many: ClausesForm) -> str:
    session = db.session()
    return render_template(
        "papers/resolution.html",
        resolution=session.get_one(Resolution, resolution_id),
        clauses=queries.clauses_of(session, resolution_id),
        counts=queries.items_per_clause(session, resolution_id),
        one=one,
        many=many,
    )


@bp.route("/resolutions/<int:resolution_id>/edit", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_resolution)
def edit_resolution(resolution_id: int) -> str | Response:
    row = db.session().get_one(Resolution, resolution_id)
    form = ResolutionForm.of(row)
    if form.validate_on_submit():
        try:
            bank.amend_resolution(db.session(), resolution_id, form.source())
        except bank.ResolutionKnown:
            form.number.errors = [_("Đã có nghị quyết mang số này.")]
        else:
            flash(_("Đã lưu nghị quyết."), "success")
            return redirect(url_for("papers.resolution", resolution_id=resolution_id))
    return render_template("papers/resolution_form.html", form=form, resolution=row)


@bp.post("/resolutions/<int:resolution_id>/delete")
@allow(Right.EDIT_PAPERS, on=path_of_resolution)
def delete_resolution(resolution_id: int) -> Response:
    try:
        bank.delete_resolution(db.session(), resolution_id)
    except bank.ResolutionInUse:
        flash(_("Chưa xóa: đang có đề về nghị quyết này."), "error")
        return redirect(url_for("papers.resolution", resolution_id=resolution_id))
    flash(_("Đã xóa nghị quyết."), "success")
    return redirect(url_for("papers.resolutions"))


# ------------------------------------------------------------------ clauses


@bp.post("/resolutions/<int:resolution_id>/clauses")
@allow(Right.EDIT_PAPERS, on=path_of_resolution)
def add_clause(resolution_id: int) -> str | Response:
    form = ClauseForm()
    if form.validate_on_submit():
        try:
            bank.add_clauses(db.session(), resolution_id, [(form.label.data, form.text.data)])
        except bank.ClauseKnown:
            form.label.errors = [_("Nghị quyết đã có mục này.")]
        else:
            flash(_("Đã thêm %(label)s.", label=form.label.data), "success")
            return _to_clauses(resolution_id)
    return _resolution_page(resolution_id, form, ClausesForm(None))


@bp.post("/resolutions/<int:resolution_id>/clauses/paste")
@allow(Right.EDIT_PAPERS, on=path_of_resolution)
def paste_clauses(resolution_id: int) -> str | Response:
    form = ClausesForm()
    if form.validate_on_submit():
        parts = form.parts()
        try:
            bank.add_clauses(db.session(), resolution_id, parts)
        except bank.ClauseKnown:
            form.lines.errors = [_doubled(resolution_id, parts)]
        else:
            said = ngettext("Đã thêm %(num)d mục.", "Đã thêm %(num)d mục.", len(parts))
            flash(said, "success")
            return _to_clauses(resolution_id)
    return _resolution_page(resolution_id, ClauseForm(None), form)


def _doubled(resolution_id: int, parts: list[tuple[str, str]]) -> str:
    """Which label it was that would have stood there twice."""
    seen = {clause.label for clause in queries.clauses_of(db.session(), resolution_id)}
    for label, _text in parts:
        if label in seen:
            return str(_("Có hai mục cùng tên “%(label)s”. Chưa thêm mục nào.", label=label))
        seen.add(label)
    return str(_("Có hai mục cùng tên. Chưa thêm mục nào."))


@bp.route("/clauses/<int:clause_id>/edit", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_clause)
def edit_clause(clause_id: int) -> str | Response:
    row = db.session().get_one(Clause, clause_id)
    resolution_id = row.resolution_id
    form = ClauseForm(obj=row)
    if form.validate_on_submit():
        try:
            bank.amend_clause(db.session(), clause_id, label=form.label.data, text=form.text.data)
        except bank.ClauseKnown:
            form.label.errors = [_("Nghị quyết đã có mục này.")]
        else:
            flash(_("Đã lưu %(label)s.", label=form.label.data), "success")
            return _to_clauses(resolution_id)
    return render_template(
        "papers/clause_form.html",
        form=form,
        clause=row,
        resolution=db.session().get_one(Resolution, resolution_id),
        items=queries.items_per_clause(db.session(), resolution_id).get(clause_id, 0),
    )


@bp.post("/clauses/<int:clause_id>/move")
@allow(Right.EDIT_PAPERS, on=path_of_clause)
def move_clause(clause_id: int) -> Response:
    resolution_id = db.session().get_one(Clause, clause_id).resolution_id
    bank.move_clause(db.session(), clause_id, by=-1 if "up" in request.form else 1)
    return _to_clauses(resolution_id)


@bp.post("/clauses/<int:clause_id>/delete")
@allow(Right.EDIT_PAPERS, on=path_of_clause)
def delete_clause(clause_id: int) -> Response:
    row = db.session().get_one(Clause, clause_id)
    label, resolution_id = row.label, row.resolution_id
    bank.delete_clause(db.session(), clause_id)
    flash(_("Đã xóa %(label)s.", label=label), "success")
    return _to_clauses(resolution_id)


def _to_clauses(resolution_id: int) -> Response:
    return redirect(url_for("papers.resolution", resolution_id=resolution_id) + "#clauses")
