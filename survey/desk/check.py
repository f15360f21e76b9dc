"""A secretary's monthly check, three steps on one page: open it, show the QR, close and explain."""

from contextlib import suppress
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import DataRequired

from survey import db, web
from survey.access.guards import Right, allow, signed_in
from survey.access.models import Role
from survey.answering.queries import answered_total
from survey.desk.counts import counts
from survey.desk.operations import CheckHasSheets, restart_check
from survey.desk.queries import count_of, seconds_left
from survey.papers.queries import provided
from survey.roll.queries import expected
from survey.sittings import operations
from survey.sittings.models import Kind, Sitting, State
from survey.sittings.posters import door_link, qr_svg
from survey.sittings.queries import doors_of, path_of_sitting
from survey.units.queries import Kind as UnitKind
from survey.units.queries import load_tree, path_of

bp = Blueprint("check", __name__)

MINUTES = 15


class StartForm(web.Form):
    edition = RadioField(_l("Đề được cấp"), [DataRequired()], coerce=int)


def period_of(now: datetime) -> str:
    """The month of a moment in Việt Nam, as `2026-11`."""
    return now.astimezone(web.ZONE).strftime("%Y-%m")


@bp.get("/check")
@allow(Right.RUN_CHECK)
def mine() -> Response:
    own = signed_in()
    if own.role != Role.SECRETARY or own.unit_id is None:
        return redirect(url_for("units.index"))
    return redirect(url_for("check.month", unit_id=own.unit_id))


@bp.route("/check/<int:unit_id>", methods=["GET", "POST"])
@allow(Right.RUN_CHECK, on=path_of)
def month(unit_id: int) -> str | Response:
    """This month's check of a cell in whatever step it is."""
    session, now = db.session(), web.now()
    period = period_of(now)
    tree = load_tree(session, now.astimezone(web.ZONE).date())
    if unit_id not in tree or tree[unit_id].kind != UnitKind.CELL:
        abort(404)
    editions = provided(session, tree.path(unit_id), period)
    checks = _checks(session, unit_id)
    used = {check.edition_id for check in checks if check.period == period}
    form = StartForm()
    waiting = [edition for edition in editions if edition.id not in used]
    form.edition.choices = [(edition.id, edition.title) for edition in waiting]
    if form.validate_on_submit():
        sitting_id = operations.start_check(
            session,
            unit_id,
            form.edition.data,
            period=period,
            title=_(
                "Kiểm tra nhận thức tháng %(month)s",
                month=now.astimezone(web.ZONE).strftime("%m/%Y"),
            ),
            minutes=MINUTES,
            now=now,
        )
        return redirect(url_for("check.show", sitting_id=sitting_id))
    running = [c for c in checks if c.state(now) in (State.OPEN, State.PAUSED)]
    if running:  # also for a second tap on opening
        return redirect(url_for("check.show", sitting_id=running[0].id))
    past = [(check, answered_total(session, check.id)) for check in checks]
    if len(waiting) == 1 and not form.edition.data:
        form.edition.data = waiting[0].id
    return render_template(
        "desk/check_start.html",
        form=form,
        waiting=waiting,
        place=tree.place(unit_id),
        members=expected(session, [unit_id], now).get(unit_id, 0),
        minutes=MINUTES,
        month=now,
        past=past,
        empty=next((c for c, answered in past if c.period == period and not answered), None),
        unit_id=unit_id,
    )


@bp.get("/check/sitting/<int:sitting_id>")
@allow(Right.RUN_CHECK, on=path_of_sitting)
def show(sitting_id: int) -> str | Response:
    session, now = db.session(), web.now()
    sitting = _check(session, sitting_id)
    state = sitting.state(now)
    if state.is_over:
        return redirect(url_for("results.unit", sitting_id=sitting_id, unit_id=sitting.unit_id))
    door = doors_of(session, sitting_id)[0]
    return render_template(
        "desk/check_open.html",
        sitting=sitting,
        state=state,
        door=door,
        qr=qr_svg(door_link(door)),
        host=web.public_host(),
        answered=answered_total(session, sitting_id),
        members=expected(session, [sitting.unit_id], now).get(sitting.unit_id, 0),
        seconds_left=seconds_left(sitting, now),
    )


@bp.get("/check/sitting/<int:sitting_id>/count")
@allow(Right.RUN_CHECK, on=path_of_sitting)
def count(sitting_id: int) -> Response:
    session = db.session()
    sitting, answered = _check(session, sitting_id), counts().answered(session, sitting_id)
    return jsonify(count_of(sitting, answered, now=web.now()))


@bp.post("/check/sitting/<int:sitting_id>/extend")
@allow(Right.RUN_CHECK, on=path_of_sitting)
def extend(sitting_id: int) -> Response:
    session, now = db.session(), web.now()
    sitting = _check(session, sitting_id)
    try:
        operations.extend_sitting(
            session, sitting_id, until=(sitting.closes_at or now) + timedelta(minutes=5), now=now
        )
        flash(_("Đã thêm 5 phút."), "success")
    except operations.SittingClosed:
        flash(_("Đợt kiểm tra đã kết thúc."), "error")
    return redirect(url_for("check.show", sitting_id=sitting_id))


@bp.post("/check/sitting/<int:sitting_id>/resume")
@allow(Right.RUN_CHECK, on=path_of_sitting)
def resume(sitting_id: int) -> Response:
    session = db.session()
    _check(session, sitting_id)
    with suppress(operations.WrongState):  # resumed or closed by another tap
        operations.resume_sitting(session, sitting_id, now=web.now())
    return redirect(url_for("check.show", sitting_id=sitting_id))


@bp.post("/check/sitting/<int:sitting_id>/restart")
@allow(Right.RUN_CHECK, on=path_of_sitting)
def restart(sitting_id: int) -> Response:
    """Once more, where the first time closed before anybody had answered."""
    session = db.session()
    check = _check(session, sitting_id)
    try:
        anew = restart_check(session, sitting_id, minutes=MINUTES, now=web.now())
    except CheckHasSheets:
        flash(_("Lần mở này đã có phiếu, không mở lại được."), "error")
        return redirect(url_for("check.month", unit_id=check.unit_id))
    return redirect(url_for("check.show", sitting_id=anew))


@bp.post("/check/sitting/<int:sitting_id>/close")
@allow(Right.RUN_CHECK, on=path_of_sitting)
def close(sitting_id: int) -> Response:
    session = db.session()
    sitting = _check(session, sitting_id)
    try:
        operations.close_sitting(session, sitting_id, now=web.now())
        flash(_("Đã kết thúc. Kết quả ở ngay dưới đây."), "success")
    except operations.SittingClosed:
        pass  # closed already, by the clock or by another tap: the same result
    return redirect(url_for("results.unit", sitting_id=sitting_id, unit_id=sitting.unit_id))


def _check(session: Session, sitting_id: int) -> Sitting:
    sitting = session.get_one(Sitting, sitting_id)
    if sitting.kind != Kind.CHECK:
        abort(404)
    return sitting


def _checks(session: Session, unit_id: int) -> list[Sitting]:
    return list(
        session.scalars(
            select(Sitting)
            .where(Sitting.unit_id == unit_id, Sitting.kind == Kind.CHECK)
            .order_by(Sitting.opens_at.desc())
        )
    )
