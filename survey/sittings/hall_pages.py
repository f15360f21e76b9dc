"""Halls of a conference, and who is called to each."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from survey import db, web
from survey.access.guards import Right, allow
from survey.sittings import conferences
from survey.sittings.calling import Register
from survey.sittings.forms import HallForm
from survey.sittings.models import Conference, Hall, Sitting
from survey.sittings.queries import (
    halls_called,
    has_begun,
    path_of_conference,
    path_of_hall,
)
from survey.sittings.room import bp, hosts, tree_of
from survey.text import clean
from survey.units.queries import Tree, find, headcounts

LINES = 500


def _setting(session: Session, conference_id: int) -> tuple[Conference, Tree]:
    """A conference and the tree by which its halls are arranged."""
    conference = session.get_one(Conference, conference_id)
    sittings = session.scalars(select(Sitting).where(Sitting.conference_id == conference_id))
    return conference, tree_of(session, conference, sittings.all())


@bp.route("/conferences/<int:conference_id>/halls/new", methods=["GET", "POST"])
@allow(Right.RUN_SITTINGS, on=path_of_conference)
def new_hall(conference_id: int) -> str | Response:
    session = db.session()
    conference, tree = _setting(session, conference_id)
    form = HallForm()
    form.unit.register = Register(tree, [conference.unit_id])
    if form.validate_on_submit():
        try:
            host = form.unit.unit_id or 0
            made = conferences.add_hall(
                session, conference_id, name=form.name.data or "", unit_id=host, called=[host]
            )
        except conferences.HallNameTaken:
            form.name.errors = [_("Hội nghị đã có điểm cầu tên này.")]
        else:
            flash(_("Đã thêm điểm cầu. Đồng chí xem lại các tổ chức được triệu tập."), "success")
            return redirect(url_for("sittings.show_hall", hall_id=made))
    return render_template(
        "sittings/hall_form.html",
        form=form,
        conference=conference,
        units=hosts(tree, [conference.unit_id]),
    )


@bp.route("/halls/<int:hall_id>/edit", methods=["GET", "POST"])
@allow(Right.RUN_SITTINGS, on=path_of_hall)
def edit_hall(hall_id: int) -> str | Response:
    session = db.session()
    hall = session.get_one(Hall, hall_id)
    conference, tree = _setting(session, hall.conference_id)
    form = HallForm(obj=hall)
    form.unit.register = Register(tree, [conference.unit_id])
    if form.validate_on_submit():
        try:
            conferences.edit_hall(
                session, hall_id, name=form.name.data or "", unit_id=form.unit.unit_id or 0
            )
        except conferences.HallNameTaken:
            form.name.errors = [_("Hội nghị đã có điểm cầu tên này.")]
        else:
            flash(_("Đã lưu."), "success")
            return redirect(url_for("sittings.show_hall", hall_id=hall_id))
    if not form.is_submitted() and hall.unit_id in tree:
        form.unit.data = tree.place(hall.unit_id)
    return render_template(
        "sittings/hall_form.html",
        form=form,
        conference=conference,
        hall=hall,
        units=hosts(tree, [conference.unit_id]),
    )


@bp.get("/halls/<int:hall_id>")
@allow(Right.SEE_SITTINGS, on=path_of_hall)
def show_hall(hall_id: int) -> str:
    session, now = db.session(), web.now()
    hall = session.get_one(Hall, hall_id)
    conference, tree = _setting(session, hall.conference_id)
    heads = headcounts(session, now)
    called = [
        (tree[unit], tree.place(unit), tree.size(unit, heads))
        for unit in halls_called(session, conference.id)[hall_id]
        if unit in tree
    ]
    return render_template(
        "sittings/hall.html",
        hall=hall,
        conference=conference,
        host=tree.place(hall.unit_id) if hall.unit_id in tree else "–",
        called=sorted(called, key=lambda row: tree.path(row[0].id)),
        begun=has_begun(session, conference.id, now=now),
    )


@bp.post("/halls/<int:hall_id>/remove")
@allow(Right.RUN_SITTINGS, on=path_of_hall)
def remove_hall(hall_id: int) -> Response:
    session = db.session()
    conference_id = session.get_one(Hall, hall_id).conference_id
    try:
        conferences.remove_hall(session, hall_id, now=web.now())
    except conferences.HallInUse:
        flash(
            _("Đã có phiếu, số có mặt hoặc đợt khảo sát đã mở nên giữ lại điểm cầu này."), "error"
        )
        return redirect(url_for("sittings.show_hall", hall_id=hall_id))
    flash(_("Đã bỏ điểm cầu và mã của điểm cầu đó."), "success")
    return redirect(url_for("sittings.show_conference", conference_id=conference_id))


# ------------------------------------------------------------------ who is called


@bp.route("/halls/<int:hall_id>/call", methods=["GET", "POST"])
@allow(Right.RUN_SITTINGS, on=path_of_hall)
def call(hall_id: int) -> str | Response:
    """Units to tick: those below one unit, or those that a search finds."""
    session = db.session()
    hall = session.get_one(Hall, hall_id)
    conference, tree = _setting(session, hall.conference_id)
    callable_ones = set(tree.under(conference.unit_id)) if conference.unit_id in tree else set()
    if request.method == "POST":
        ticked = callable_ones.intersection(request.form.getlist("units", type=int))
        return _call(session, hall_id, ticked)
    asked = clean(request.args.get("q", ""))
    at = request.args.get("under", conference.unit_id, type=int)
    at = at if at in callable_ones else conference.unit_id
    if asked:
        hits = find(session, asked, tree=tree, under=conference.unit_id)
        offered = [found.node.id for found in hits]
    else:
        offered = tree.children(at)
    return render_template(
        "sittings/call.html",
        hall=hall,
        conference=conference,
        tree=tree,
        offered=offered,
        asked=asked,
        path=[unit for unit in tree.path(at) if unit in callable_ones],
        called=set(halls_called(session, conference.id)[hall_id]),
        heads=headcounts(session, web.now()),
    )


@bp.post("/halls/<int:hall_id>/paste")
@allow(Right.RUN_SITTINGS, on=path_of_hall)
def paste(hall_id: int) -> str | Response:
    """What the pasted lines were taken for: understood ones ticked, doubtful ones to choose
    from, unknown ones back in the box."""
    session = db.session()
    hall = session.get_one(Hall, hall_id)
    conference, tree = _setting(session, hall.conference_id)
    typed = clean(request.form.get("lines", "")).split("\n")
    lines = Register(tree, [conference.unit_id]).read(typed[:LINES])
    if not lines:
        flash(_("Chưa có dòng nào. Mỗi tổ chức một dòng, bằng tên hoặc mã."), "error")
        return redirect(url_for("sittings.call", hall_id=hall_id))
    return render_template(
        "sittings/pasted.html",
        hall=hall,
        conference=conference,
        tree=tree,
        understood=[line for line in lines if len(line.found) == 1],
        doubtful=[line for line in lines if len(line.found) > 1],
        unknown=[line.text for line in lines if not line.found] + typed[LINES:],
        cut=len(typed) > LINES,
        called=set(halls_called(session, conference.id)[hall_id]),
    )


def _call(session: Session, hall_id: int, units: set[int]) -> Response:
    if not units:
        flash(_("Đồng chí chưa chọn tổ chức nào."), "error")
        return redirect(url_for("sittings.call", hall_id=hall_id))
    conferences.call_units(session, hall_id, units=units)
    flash(
        ngettext("Đã triệu tập %(num)d tổ chức.", "Đã triệu tập %(num)d tổ chức.", len(units)),
        "success",
    )
    return redirect(url_for("sittings.show_hall", hall_id=hall_id))


@bp.post("/halls/<int:hall_id>/uncall")
@allow(Right.RUN_SITTINGS, on=path_of_hall)
def uncall(hall_id: int) -> Response:
    units = request.form.getlist("units", type=int)
    try:
        conferences.uncall_units(db.session(), hall_id, units=units, now=web.now())
    except conferences.HallInUse:
        flash(_("Đã có đợt khảo sát mở nên chỉ thêm, không bớt tổ chức được triệu tập."), "error")
    else:
        flash(_("Đã thôi triệu tập."), "success")
    return redirect(url_for("sittings.show_hall", hall_id=hall_id))
