"""The hall's screen: the way in while open, what was answered after closing."""

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from survey import db, web
from survey.access.guards import Right, allow
from survey.desk.counts import counts
from survey.desk.queries import count_of, hall_of, seconds_left
from survey.papers.queries import load_paper
from survey.results.operations import keep_up
from survey.results.queries import Gap, Standing, hall_standing, overview
from survey.results.words import gap_words
from survey.roll.queries import present_in_halls
from survey.sittings.models import Sitting
from survey.sittings.posters import door_link, qr_svg
from survey.sittings.queries import door_of, path_of_sitting, units_of_hall
from survey.units.queries import all_above

bp = Blueprint("projector", __name__)


def circle_of_screen(session: Session, sitting_id: int, hall_id: int = 0) -> tuple[int, ...] | None:
    """Who may put a screen up: whoever runs the sitting, and for one hall those who host it or
    are called to it, with all above them. Other halls' answers are none of their business."""
    kept, screen, now = counts().circles, (sitting_id, hall_id), web.now()
    circle = kept.get(screen, now)
    if circle is None and (circle := _circle_of(session, sitting_id, hall_id)):
        kept.put(screen, circle, now)
    return circle


def _circle_of(session: Session, sitting_id: int, hall_id: int) -> tuple[int, ...] | None:
    runs = path_of_sitting(session, sitting_id)
    if runs is None or not hall_id:
        return runs
    hall = hall_of(session, session.get_one(Sitting, sitting_id), hall_id)
    if hall is None:
        return runs
    involved = (hall.unit_id, *units_of_hall(session, hall_id))
    return tuple(dict.fromkeys((*runs, *all_above(session, involved))))


@bp.get("/sittings/<int:sitting_id>/projector")
@bp.get("/sittings/<int:sitting_id>/projector/<int:hall_id>")
@allow(Right.SEE_SITTINGS, on=circle_of_screen)
def screen(sitting_id: int, hall_id: int = 0) -> str:
    session, now = db.session(), web.now()
    sitting, hall_name = _sitting(session, sitting_id, hall_id)
    state = sitting.state(now)
    if state.is_over:
        return _answers(session, sitting, hall_id, hall_name)
    door = door_of(session, sitting_id, hall_id or None)
    if door is None:
        abort(404)
    return render_template(
        "desk/projector.html",
        sitting=sitting,
        state=state,
        hall_name=hall_name,
        door=door,
        qr=qr_svg(door_link(door)),
        host=web.public_host(),
        answered=counts().answered(session, sitting_id, hall_id or None),
        present=present_in_halls(session, sitting_id).get(hall_id),
        seconds_left=seconds_left(sitting, now),
        count_url=url_for("projector.count", sitting_id=sitting_id, hall_id=hall_id),
    )


@bp.get("/sittings/<int:sitting_id>/count/<int:hall_id>")
@allow(Right.SEE_SITTINGS, on=circle_of_screen)
def count(sitting_id: int, hall_id: int) -> Response:
    """Read again every few seconds by the projector."""
    session = db.session()
    sitting, _name = _sitting(session, sitting_id, hall_id)
    answered = counts().answered(session, sitting_id, hall_id or None)
    again = counts().again(session, sitting_id)
    return jsonify(count_of(sitting, answered, now=web.now()) | {"again": again})


def _sitting(session: Session, sitting_id: int, hall_id: int) -> tuple[Sitting, str]:
    sitting = session.get_one(Sitting, sitting_id)
    if not hall_id:
        return sitting, ""
    hall = hall_of(session, sitting, hall_id)
    if hall is None:
        abort(404)
    return sitting, hall.name


def _answers(session: Session, sitting: Sitting, hall_id: int, hall_name: str) -> str:
    """One question a screen: how many chose what, which was right, and why."""
    run = keep_up(session, sitting.id, now=web.now())
    paper = load_paper(session, sitting.edition_id)
    standing = _standing(session, sitting, hall_id)
    tally = standing.tally if standing else None
    number = min(max(request.args.get("q", 1, type=int), 1), len(paper.items))
    item = paper.items[number - 1]
    clause = next((c for c in paper.clauses if c.id == item.clause), None)
    return render_template(
        "desk/projector_answers.html",
        sitting=sitting,
        hall_name=hall_name,
        item=item,
        clause=clause,
        number=number,
        total=len(paper.items),
        answered=run.sheets if run else 0,
        tally=tally.items[number - 1] if tally else None,
        reason=gap_words((standing.gap if standing else None) or Gap.NOBODY),
    )


def _standing(session: Session, sitting: Sitting, hall_id: int) -> Standing | None:
    """The hall's own figures, or the whole sitting's, with the reason where there are none."""
    if hall_id:
        return hall_standing(session, sitting.id, hall_id)
    seen = overview(session, sitting.id, sitting.unit_id, now=web.now())
    return seen.own if seen else None
