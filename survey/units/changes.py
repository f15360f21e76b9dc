"""Pages on which an organiser changes the tree, each a form of its own."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from survey import db, web
from survey.access.guards import Right, allow, signed_in
from survey.units import forms, operations, queries, rules, words
from survey.units.tree import Kind, Tree
from survey.units.views import bp, crumbs


def _above_all(_session: Session) -> tuple[int, ...]:
    """The path of what has no unit above it: there only the administrator has a right."""
    return ()


@bp.route("/units/new", methods=["GET", "POST"])
@allow(Right.EDIT_UNITS, on=_above_all)
def found_top() -> str | Response:
    return _found(None)


@bp.route("/units/<int:unit_id>/new", methods=["GET", "POST"])
@allow(Right.EDIT_UNITS, on=queries.path_of)
def found_below(unit_id: int) -> str | Response:
    return _found(unit_id)


def _found(parent_id: int | None) -> str | Response:
    tree = _tree_with(parent_id)
    form = forms.NewUnitForm(data={"kind": Kind.CELL, "on": queries.today()})
    if _take(
        form,
        lambda: operations.found_unit(
            db.session(),
            code=form.code.data,
            kind=form.kind.data,
            name=form.name.data,
            parent_id=parent_id,
            on=form.on.data,
        ),
    ):
        flash(_("Đã thêm “%(name)s”.", name=form.name.data), "success")
        return _back(parent_id)
    return _page("units/new.html", tree, parent_id, form)


@bp.route("/units/<int:unit_id>/name", methods=["GET", "POST"])
@allow(Right.EDIT_UNITS, on=queries.path_of)
def rename(unit_id: int) -> str | Response:
    tree = _tree_with(unit_id)
    form = forms.RenameForm(data={"name": tree[unit_id].name, "on": queries.today()})
    if _take(
        form,
        lambda: operations.rename_unit(
            db.session(), unit_id, name=form.name.data, on=form.on.data, now=web.now()
        ),
    ):
        flash(
            _(
                "Từ ngày %(day)s tổ chức mang tên “%(name)s”.",
                day=web.day(form.on.data),
                name=form.name.data,
            ),
            "success",
        )
        return _back(unit_id)
    return _page("units/name.html", tree, unit_id, form)


@bp.route("/units/<int:unit_id>/parent", methods=["GET", "POST"])
@allow(Right.EDIT_UNITS, on=queries.path_above)
def move(unit_id: int) -> str | Response:
    """The places offered are those the account has the right to, so no other can be chosen."""
    tree = _tree_with(unit_id)
    wanted = forms.one_line(request.args.get("q"))
    form = forms.MoveForm(data={"on": queries.today()})
    form.parent_id.choices = _places(tree, unit_id, wanted)
    if _take(
        form,
        lambda: operations.move_unit(
            db.session(),
            unit_id,
            parent_id=form.parent_id.data or None,
            on=form.on.data,
            now=web.now(),
        ),
    ):
        flash(_("Đã ghi cấp trên mới từ ngày %(day)s.", day=web.day(form.on.data)), "success")
        return _back(unit_id)
    return _page("units/parent.html", tree, unit_id, form, wanted=wanted)


def _places(tree: Tree, unit_id: int, wanted: str) -> list[SelectChoice]:
    """Where the unit may go: what the search finds in the account's reach, without cells and
    without what is below the unit itself."""
    found = queries.find(
        db.session(), wanted, tree=tree, under=signed_in().unit_id, limit=len(tree)
    )
    fit = [
        node.id
        for node, _by in found
        if node.kind != Kind.CELL
        and unit_id not in tree.path(node.id)
        and node.id != tree[unit_id].parent_id
    ]
    choices = [SelectChoice(str(i), tree.place(i)) for i in fit[:30]]
    if signed_in().unit_id is None and tree[unit_id].parent_id is not None:
        choices.append(SelectChoice("0", _("Không có cấp trên (tổ chức cao nhất)")))
    return choices


@bp.route("/units/<int:unit_id>/headcount", methods=["GET", "POST"])
@allow(Right.EDIT_UNITS, on=queries.path_of)
def headcount(unit_id: int) -> str | Response:
    tree = _tree_with(unit_id)
    before = queries.headcounts(db.session(), web.now()).get(unit_id, (None, None))
    form = forms.HeadcountForm(data=dict(zip(("total", "eligible"), before, strict=True)))
    if _take(
        form,
        lambda: operations.set_headcount(
            db.session(),
            unit_id,
            total=form.total.data,
            eligible=form.eligible.data,
            now=web.now(),
        ),
    ):
        flash(_("Đã ghi số đảng viên."), "success")
        return _back(unit_id)
    return _page("units/headcount.html", tree, unit_id, form)


@bp.route("/units/<int:unit_id>/end", methods=["GET", "POST"])
@allow(Right.EDIT_UNITS, on=queries.path_above)
def end(unit_id: int) -> str | Response:
    tree = _tree_with(unit_id)
    form = forms.EndForm(data={"on": queries.today()})
    if _take(
        form,
        lambda: operations.end_unit(db.session(), unit_id, on=form.on.data, now=web.now()),
    ):
        flash(
            _(
                "“%(name)s” kết thúc hoạt động từ ngày %(day)s.",
                name=tree[unit_id].name,
                day=web.day(form.on.data),
            ),
            "success",
        )
        return _back(unit_id)
    below = [tree[child].name for child in tree.children(unit_id)]
    return _page("units/end.html", tree, unit_id, form, below=below)


# ------------------------------------------------------------------ shared


def _tree_with(unit_id: int | None) -> Tree:
    """Today's tree; a unit that has ended or is still to come has no pages of change."""
    tree = queries.load_tree(db.session(), queries.today())
    if unit_id is not None and unit_id not in tree:
        abort(404)
    return tree


def _take(form: Any, change: Callable[[], object]) -> bool:
    """Whether the form was sent, valid, and the change made; a refusal goes to its field."""
    if not form.validate_on_submit():
        return False
    try:
        change()
    except rules.Refused as error:
        field, message = words.refusal(error)
        place = next(form[known] for known in (field, "parent_id", "on") if known in form)
        place.errors = [*place.errors, message]
        return False
    return True


def _page(template: str, tree: Tree, unit_id: int | None, form: Any, **more: Any) -> str:
    return render_template(
        template,
        form=form,
        unit=tree[unit_id] if unit_id is not None else None,
        path=crumbs(tree, unit_id) if unit_id is not None else [],
        **more,
    )


def _back(unit_id: int | None) -> Response:
    if unit_id is None:
        return redirect(url_for("units.index"))
    return redirect(url_for("units.unit", unit_id=unit_id))
