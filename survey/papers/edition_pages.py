"""A published paper: read, looked at as on the phone, given to cells for a month, taken back."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from survey import db
from survey.access.guards import Right, allow, may, signed_in
from survey.papers import operations, queries
from survey.papers.forms import ProvideForm
from survey.papers.models import Edition
from survey.papers.queries import load_paper, path_of_edition
from survey.papers.room import bp, own_tree, used_from
from survey.papers.words import KINDS, LEVELS
from survey.units.queries import today

MONTHS_AHEAD = 12


@bp.get("/editions/<int:edition_id>")
@allow(Right.SEE_PAPERS, on=used_from)
def edition(edition_id: int) -> str:
    session = db.session()
    row = session.get_one(Edition, edition_id)
    owner = path_of_edition(session, edition_id) or ()
    tree, _units = own_tree()
    paper = load_paper(session, edition_id)
    return render_template(
        "papers/edition.html",
        edition=row,
        paper=paper,
        clauses={clause.id: clause for clause in paper.clauses},
        owner=tree[owner[-1]].name if owner[-1] in tree else "",
        may_edit=may(signed_in(), Right.EDIT_PAPERS, owner),
        periods=queries.periods_of(session, edition_id),
        month=month,
        kinds=KINDS,
        levels=LEVELS,
    )


def month(period: str) -> str:
    """`2026-11` -> `11/2026`."""
    year, _dash, number = period.partition("-")
    return f"{number}/{year}"


@bp.get("/editions/<int:edition_id>/preview")
@allow(Right.SEE_PAPERS, on=used_from)
def preview_edition(edition_id: int) -> str:
    paper = load_paper(db.session(), edition_id)
    return render_template(
        "papers/phone.html",
        title=paper.title,
        questions=[(item, range(len(item.options))) for item in paper.items],
        back=url_for("papers.edition", edition_id=edition_id),
        shuffled=paper.shuffle_items or paper.shuffle_options,
    )


@bp.route("/editions/<int:edition_id>/provide", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_edition)
def provide(edition_id: int) -> str | Response:
    session = db.session()
    given = queries.periods_of(session, edition_id)
    form = ProvideForm()
    form.period.choices = [
        SelectChoice(period, _("Tháng %(month)s", month=month(period)))
        for period in _coming(today())
        if period not in given or form.is_submitted()
    ]
    if form.validate_on_submit():
        operations.provide(session, edition_id, form.period.data)
        flash(_("Đã cấp đề cho chi bộ, tháng %(month)s.", month=month(form.period.data)), "success")
        return redirect(url_for("papers.edition", edition_id=edition_id))
    return render_template(
        "papers/provide.html",
        form=form,
        edition=session.get_one(Edition, edition_id),
        given=[month(period) for period in given],
    )


def _coming(day: date) -> list[str]:
    """This month and the next ones, as `2026-11`."""
    first = day.year * 12 + day.month - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, first + MONTHS_AHEAD + 1)]


@bp.post("/editions/<int:edition_id>/withdraw")
@allow(Right.EDIT_PAPERS, on=path_of_edition)
def withdraw(edition_id: int) -> Response:
    session, period = db.session(), request.form.get("period", "")
    if period in queries.periods_of(session, edition_id):
        operations.withdraw(session, edition_id, period)
        flash(_("Đã thu lại đề của tháng %(month)s.", month=month(period)), "success")
    return redirect(url_for("papers.edition", edition_id=edition_id))
