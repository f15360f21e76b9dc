"""Conferences: listed, arranged, and looked over as halls by sittings."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from survey import db, web
from survey.access.guards import Right, allow, signed_in
from survey.sittings import conferences
from survey.sittings.calling import Register
from survey.sittings.forms import ConferenceForm
from survey.sittings.lists import (
    checks_seen,
    conferences_seen,
    halls_seen,
    periods,
    place_of,
    sittings_seen,
)
from survey.sittings.models import Conference, Sitting, State
from survey.sittings.queries import hall_doors, path_of_conference
from survey.sittings.room import bp, hosts, leaf, tops, tree_now, tree_of, wanted
from survey.units.queries import Tree, today


@bp.get("/sittings")
@allow(Right.SEE_SITTINGS)
def index() -> str:
    asked = wanted()
    everything = sittings_seen(db.session(), tree_now(), signed_in().unit_id, asked, now=web.now())
    rows, page, pages = leaf(everything)
    return render_template(
        "sittings/index.html", rows=rows, wanted=asked, page=page, pages=pages, states=list(State)
    )


@bp.get("/sittings/checks")
@allow(Right.SEE_SITTINGS)
def checks() -> str:
    session = db.session()
    months = periods(session)
    asked = wanted(period=request.args.get("period") or next(iter(months), ""))
    everything = checks_seen(session, tree_now(), signed_in().unit_id, asked, now=web.now())
    rows, page, pages = leaf(everything)
    return render_template(
        "sittings/checks.html",
        rows=rows,
        total=len(everything),
        wanted=asked,
        months=months,
        page=page,
        pages=pages,
        states=list(State),
    )


@bp.get("/conferences")
@allow(Right.SEE_SITTINGS)
def conference_list() -> str:
    asked = wanted()
    everything = conferences_seen(
        db.session(), tree_now(), signed_in().unit_id, asked, now=web.now()
    )
    rows, page, pages = leaf(everything)
    return render_template(
        "sittings/conferences.html", rows=rows, wanted=asked, page=page, pages=pages
    )


# ------------------------------------------------------------------ arranging one


@bp.route("/conferences/new", methods=["GET", "POST"])
@allow(Right.RUN_SITTINGS)
def new_conference() -> str | Response:
    form, tree, own = _form()
    if form.validate_on_submit():
        made = conferences.plan_conference(
            db.session(),
            unit_id=form.unit.unit_id or 0,
            title=form.title.data or "",
            held_on=form.held_on.data or today(),
        )
        flash(_("Đã lập hội nghị. Tiếp theo là các điểm cầu."), "success")
        return redirect(url_for("sittings.show_conference", conference_id=made))
    if not form.is_submitted() and own:
        form.unit.data = tree.place(own[0])
    return render_template("sittings/conference_form.html", form=form, units=hosts(tree, own))


@bp.route("/conferences/<int:conference_id>/edit", methods=["GET", "POST"])
@allow(Right.RUN_SITTINGS, on=path_of_conference)
def edit_conference(conference_id: int) -> str | Response:
    session = db.session()
    conference = session.get_one(Conference, conference_id)
    form, tree, own = _form(conference)
    if form.validate_on_submit():
        try:
            conferences.edit_conference(
                session,
                conference_id,
                unit_id=form.unit.unit_id or 0,
                title=form.title.data or "",
                held_on=form.held_on.data or today(),
                now=web.now(),
            )
        except conferences.ConferenceInUse:
            form.unit.errors = [_("Đã có đợt khảo sát bắt đầu, không đổi tổ chức triệu tập được.")]
        else:
            flash(_("Đã lưu."), "success")
            return redirect(url_for("sittings.show_conference", conference_id=conference_id))
    if not form.is_submitted() and conference.unit_id in tree:
        form.unit.data = tree.place(conference.unit_id)
    return render_template(
        "sittings/conference_form.html", form=form, units=hosts(tree, own), conference=conference
    )


@bp.post("/conferences/<int:conference_id>/drop")
@allow(Right.RUN_SITTINGS, on=path_of_conference)
def drop_conference(conference_id: int) -> Response:
    try:
        conferences.drop_conference(db.session(), conference_id)
    except conferences.ConferenceInUse:
        flash(_("Hội nghị đã có đợt khảo sát nên không xóa được."), "error")
        return redirect(url_for("sittings.show_conference", conference_id=conference_id))
    flash(_("Đã xóa hội nghị."), "success")
    return redirect(url_for("sittings.conference_list"))


@bp.get("/conferences/<int:conference_id>")
@allow(Right.SEE_SITTINGS, on=path_of_conference)
def show_conference(conference_id: int) -> str:
    """Halls down, sittings across, the code of each door where they meet."""
    session, now = db.session(), web.now()
    conference = session.get_one(Conference, conference_id)
    sittings = session.scalars(
        select(Sitting)
        .where(Sitting.conference_id == conference_id)
        .order_by(Sitting.opens_at.is_(None), Sitting.opens_at, Sitting.id)
    ).all()
    tree = tree_of(session, conference, sittings)
    halls, cells, eligible = halls_seen(session, conference_id, tree, at=now)
    return render_template(
        "sittings/conference.html",
        conference=conference,
        sittings=[(sitting, sitting.state(now)) for sitting in sittings],
        halls=halls,
        cells=cells,
        eligible=eligible,
        doors=hall_doors(session, conference_id),
        place=place_of(tree, conference.unit_id),
    )


def _form(conference: Conference | None = None) -> tuple[ConferenceForm, Tree, list[int]]:
    """The form, and the units among which the convener is: those of the own subtree."""
    tree = tree_now()
    own = tops(tree)
    form = ConferenceForm(obj=conference)
    form.unit.register = Register(tree, own)
    return form, tree, own
