"""A sitting: planned, looked at, opened, paused, extended, closed."""

from datetime import datetime, timedelta
from typing import Protocol

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from survey import db, web
from survey.access.guards import Right, allow, may, signed_in
from survey.papers.queries import editions_usable, load_paper
from survey.sittings import operations
from survey.sittings.forms import MOMENTS, ExtendForm, SittingForm
from survey.sittings.lists import doors_seen, place_of, within
from survey.sittings.models import Conference, Kind, Show, Sitting
from survey.sittings.queries import (
    circle_of_sitting,
    day_of,
    path_of_conference,
    path_of_sitting,
)
from survey.sittings.room import bp, refused
from survey.sittings.tickets import tickets_of
from survey.units.queries import load_tree, path_of


@bp.route("/conferences/<int:conference_id>/sittings/new", methods=["GET", "POST"])
@allow(Right.RUN_SITTINGS, on=path_of_conference)
def new(conference_id: int) -> str | Response:
    session = db.session()
    conference = session.get_one(Conference, conference_id)
    form = _form(session, conference)
    if form.validate_on_submit():
        made = operations.plan_sitting(
            session,
            conference_id,
            form.edition.data,
            kind=Kind(form.kind.data),
            title=form.title.data or "",
            show=Show(form.show.data),
            opens_at=form.opens_at.moment,
            closes_at=form.closes_at.moment,
            grace=form.grace.data,
            tickets=form.tickets.data,
            now=web.now(),
        )
        flash(_("Đã lập đợt khảo sát, cùng mã cho từng điểm cầu."), "success")
        return redirect(url_for("sittings.show", sitting_id=made))
    if not form.is_submitted():
        form.kind.data = Kind.AFTER.value
        form.title.data = _("Khảo sát sau %(conference)s", conference=conference.title)[:300]
    return render_template("sittings/sitting_form.html", form=form, conference=conference)


@bp.route("/sittings/<int:sitting_id>/edit", methods=["GET", "POST"])
@allow(Right.RUN_SITTINGS, on=path_of_sitting)
def edit(sitting_id: int) -> str | Response:
    session = db.session()
    sitting = session.get_one(Sitting, sitting_id)
    conference = session.get(Conference, sitting.conference_id or 0) or abort(404)
    form = _form(session, conference, sitting)
    if form.validate_on_submit():
        try:
            operations.edit_sitting(
                session,
                sitting_id,
                edition_id=form.edition.data,
                kind=Kind(form.kind.data),
                title=form.title.data or "",
                show=Show(form.show.data),
                opens_at=form.opens_at.moment,
                closes_at=form.closes_at.moment,
                grace=form.grace.data,
                tickets=form.tickets.data,
                now=web.now(),
            )
            flash(_("Đã lưu."), "success")
        except operations.WrongState as error:
            refused(error)
        return redirect(url_for("sittings.show", sitting_id=sitting_id))
    if not form.is_submitted():
        form.edition.data = sitting.edition_id
        form.opens_at.show(sitting.opens_at)
        form.closes_at.show(sitting.closes_at)
    return render_template(
        "sittings/sitting_form.html", form=form, conference=conference, sitting=sitting
    )


@bp.post("/sittings/<int:sitting_id>/drop")
@allow(Right.RUN_SITTINGS, on=path_of_sitting)
def drop(sitting_id: int) -> Response:
    session = db.session()
    conference_id = session.get_one(Sitting, sitting_id).conference_id
    try:
        operations.drop_sitting(session, sitting_id, now=web.now())
    except operations.WrongState as error:
        refused(error)
        return _back(sitting_id)
    except operations.SittingInUse:
        flash(_("Đã ghi số có mặt cho đợt này nên không xóa được."), "error")
        return _back(sitting_id)
    flash(_("Đã xóa đợt khảo sát cùng các mã."), "success")
    return redirect(url_for("sittings.show_conference", conference_id=conference_id))


@bp.get("/sittings/<int:sitting_id>")
@allow(Right.SEE_SITTINGS, on=circle_of_sitting)
def show(sitting_id: int) -> str:
    session, now, account = db.session(), web.now(), signed_in()
    sitting = session.get_one(Sitting, sitting_id)
    tree = load_tree(session, day_of(sitting))
    mine = within(tree, account.unit_id)
    tickets = tickets_of(session, sitting_id) if sitting.tickets else {}
    return render_template(
        "sittings/sitting.html",
        sitting=sitting,
        state=sitting.state(now),
        conference=session.get(Conference, sitting.conference_id or 0),
        place=place_of(tree, sitting.unit_id),
        paper=load_paper(session, sitting.edition_id),
        runs=may(account, Right.RUN_SITTINGS, path_of_sitting(session, sitting_id)),
        doors=doors_seen(session, sitting, tree, account.unit_id, cells=False),
        tickets=[laid for cell, laid in tickets.items() if mine(cell)],
        later=_later(sitting, now),
        until=local(sitting.closes_at or now + timedelta(minutes=15)),
    )


def local(moment: datetime) -> str:
    """A moment as a field for date and time holds it."""
    return moment.astimezone(web.ZONE).strftime(MOMENTS[1])


def _later(sitting: Sitting, now: datetime) -> list[tuple[int, str]]:
    """Minutes by which closing can be put off, each with the time that comes of it. The button
    sends the time: pressed twice, or on an old page, it is not put off twice."""
    closes_at = sitting.closes_at or now
    return [(minutes, local(closes_at + timedelta(minutes=minutes))) for minutes in (5, 10, 15)]


# ------------------------------------------------------------------ the buttons


@bp.post("/sittings/<int:sitting_id>/open")
@allow(Right.RUN_SITTINGS, on=path_of_sitting)
def open_(sitting_id: int) -> Response:
    return _press(operations.open_sitting, sitting_id, _("Đợt khảo sát đã mở."))


@bp.post("/sittings/<int:sitting_id>/pause")
@allow(Right.RUN_SITTINGS, on=path_of_sitting)
def pause(sitting_id: int) -> Response:
    return _press(operations.pause_sitting, sitting_id, _("Đã tạm dừng, chưa nhận phiếu."))


@bp.post("/sittings/<int:sitting_id>/resume")
@allow(Right.RUN_SITTINGS, on=path_of_sitting)
def resume(sitting_id: int) -> Response:
    return _press(operations.resume_sitting, sitting_id, _("Đã mở lại."))


@bp.post("/sittings/<int:sitting_id>/close")
@allow(Right.RUN_SITTINGS, on=path_of_sitting)
def close(sitting_id: int) -> Response:
    return _press(operations.close_sitting, sitting_id, _("Đợt khảo sát đã kết thúc."))


@bp.post("/sittings/<int:sitting_id>/extend")
@allow(Right.RUN_SITTINGS, on=path_of_sitting)
def extend(sitting_id: int) -> Response:
    form = ExtendForm()
    until = form.until.moment if form.validate() else None
    if until is None:
        flash(_("Ngày giờ chưa đúng."), "error")
        return _back(sitting_id)
    try:
        operations.extend_sitting(db.session(), sitting_id, until=until, now=web.now())
        flash(_("Đóng lúc %(moment)s.", moment=web.moment(until)), "success")
    except operations.ClosingPassed:
        flash(_("Giờ này đã qua. Muốn dừng ngay, đồng chí bấm Kết thúc."), "error")
    except operations.WrongState as error:
        refused(error)
    return _back(sitting_id)


class Button(Protocol):
    def __call__(self, session: Session, sitting_id: int, *, now: datetime) -> None: ...


def _press(button: Button, sitting_id: int, done: str) -> Response:
    try:
        button(db.session(), sitting_id, now=web.now())
        flash(done, "success")
    except operations.WrongState as error:
        refused(error)
    return _back(sitting_id)


def _back(sitting_id: int) -> Response:
    return redirect(url_for("sittings.show", sitting_id=sitting_id))


def _form(session: Session, conference: Conference, sitting: Sitting | None = None) -> SittingForm:
    form = SittingForm(obj=sitting)
    form.now = web.now()
    form.offer(editions_usable(session, path_of(session, conference.unit_id) or ()))
    return form
