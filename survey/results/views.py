"""Pages of this room: the list of sittings, one unit at one sitting, and the same as files."""

import re
from collections.abc import Iterator, Sequence

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from survey import db, web
from survey.access.guards import Right, allow, may, signed_in
from survey.answering.models import Seal
from survey.answering.queries import seal_of
from survey.answering.sealing import final_at, receipts_of
from survey.results import exports, listing, pages, queries, words
from survey.results.operations import keep_up
from survey.results.pages import Comparison, Line
from survey.results.queries import Overview
from survey.results.sealing import verify_seal
from survey.results.workbook import workbook_of
from survey.sittings.models import Kind, Sitting
from survey.text import fold
from survey.units.queries import path_of, today

bp = Blueprint("results", __name__)

KINDS = {"conference": (Kind.BEFORE, Kind.AFTER), "check": (Kind.CHECK,)}
SORTS = ("-day", "day", "title", "-title")
A_PAGE, A_VISIT = 50, 10
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def path_of_unit(
    session: Session, sitting_id: int, unit_id: int, **_: object
) -> Sequence[int] | None:
    return path_of(session, unit_id) if session.get(Sitting, sitting_id) else None


def path_of_sitting(session: Session, sitting_id: int, **_: object) -> Sequence[int] | None:
    sitting = session.get(Sitting, sitting_id)
    return path_of(session, sitting.unit_id) if sitting else None


# ------------------------------------------------------------------ the list


@bp.get("/results")
@allow(Right.SEE_RESULTS)
def index() -> str:
    session, now, account = db.session(), web.now(), signed_in()
    places = listing.Places(session, today())
    seen = listing.entries(session, account.unit_id, places, now=now)
    of_kind = {kind: sum(entry.kind in kinds for entry in seen) for kind, kinds in KINDS.items()}
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        kind = "conference" if of_kind["conference"] else "check"
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    wanted = request.args.get("q", "")
    found = listing.found(seen, wanted=wanted, kinds=KINDS[kind], sort=sort)
    last = max(1, -(-len(found) // A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    on_page = found[(page - 1) * A_PAGE : page * A_PAGE]
    _tally_some(session, on_page)
    return render_template(
        "results/index.html",
        entries=on_page,
        taken=listing.taken(session, on_page, account.unit_id, places, now=now),
        any=bool(seen),
        of_kind=of_kind,
        kind=kind,
        sort=sort,
        wanted=wanted,
        page=page,
        pages=last,
        kinds=words.KINDS,
    )


def _tally_some(session: Session, page: Sequence[listing.Entry]) -> None:
    """What nobody has looked at yet has no figures: a few are tallied at each visit, so that a
    long list fills up and none waits for it."""
    for sitting_id in queries.never_tallied(session, [entry.id for entry in page])[:A_VISIT]:
        keep_up(session, sitting_id, now=web.now())


@bp.get("/results/<int:sitting_id>")
@allow(Right.SEE_RESULTS)
def index_sitting(sitting_id: int) -> str | Redirect:
    """To the account's own unit in it. Whose unit has no part in it learns no more than of a
    sitting that does not exist."""
    session = db.session()
    if session.get(Sitting, sitting_id) is None:
        abort(404)
    keep_up(session, sitting_id, now=web.now())
    unit_id = queries.landing(session, sitting_id, signed_in().unit_id)
    if unit_id is None:
        abort(404)
    return redirect(url_for("results.unit", sitting_id=sitting_id, unit_id=unit_id))


# ------------------------------------------------------------------ a unit at a sitting


@bp.get("/results/<int:sitting_id>/<int:unit_id>")
@allow(Right.SEE_RESULTS, on=path_of_unit)
def unit(sitting_id: int, unit_id: int) -> str:
    session = db.session()
    seen = _overview(session, sitting_id, unit_id)
    page = pages.unit_page(seen, request.args)
    return render_template(
        "results/unit.html",
        page=page,
        seen=seen,
        above=_above(seen),
        others=[] if signed_in().unit_id else queries.other_tops(session, seen),
        halls=_halls(session, seen),
        comparison=_comparison(session, seen, page.own),
        final_at=final_at(seen.sitting),
        sees_whole=_sees_whole(session, seen),
        **words.FOR_PAGES,
    )


@bp.get("/results/<int:sitting_id>/<int:unit_id>/print")
@allow(Right.SEE_RESULTS, on=path_of_unit)
def paper(sitting_id: int, unit_id: int) -> str:
    seen = _verified(db.session(), sitting_id, unit_id)
    in_order = {"sort": request.args.get("sort", ""), "items": pages.PAPER}
    page = pages.unit_page(seen, in_order)
    return render_template("results/print.html", page=page, seen=seen, **words.FOR_PAGES)


@bp.get("/results/<int:sitting_id>/<int:unit_id>/results.xlsx")
@allow(Right.SEE_RESULTS, on=path_of_unit)
def workbook(sitting_id: int, unit_id: int) -> Response:
    session = db.session()
    seen = _verified(session, sitting_id, unit_id)
    tables = exports.tables(seen, queries.subtree(session, seen))
    content = workbook_of(seen, tables, today=today())
    return _file(content, f"{_filename(seen)}.xlsx", XLSX)


@bp.get("/results/<int:sitting_id>/<int:unit_id>/<any(units, items, clauses):name>.csv")
@allow(Right.SEE_RESULTS, on=path_of_unit)
def table(sitting_id: int, unit_id: int, name: str) -> Response:
    session = db.session()
    seen = _verified(session, sitting_id, unit_id)
    tables = exports.tables(seen, queries.subtree(session, seen))
    found = next(table for table in tables if table.name == name)
    return _file(exports.csv_of(found, seen.seal), f"{_filename(seen)}-{name}.csv", CSV)


@bp.get("/results/<int:sitting_id>/receipts.csv")
@allow(Right.SEE_RESULTS, on=path_of_sitting)
def receipts(sitting_id: int) -> Response:
    """What was counted, for whoever keeps a receipt. By the million: written while it is read."""
    session = db.session()
    if seal_of(session, sitting_id) is None:
        abort(404)
    verify_seal(session, sitting_id)

    def lines() -> Iterator[str]:
        # In a session of its own: that of the request is closed before this is read.
        with Session(db.engine()) as own:
            sitting, seal = own.get_one(Sitting, sitting_id), own.get_one(Seal, sitting_id)
            yield from exports.receipts_csv(sitting.title, seal, receipts_of(own, sitting_id))

    return _file(stream_with_context(lines()), f"bien-nhan-{sitting_id}.csv", CSV)


def _verified(session: Session, sitting_id: int, unit_id: int) -> Overview:
    """The same to be taken away: checked first against the seal."""
    if seal_of(session, sitting_id) is not None:
        verify_seal(session, sitting_id)
    return _overview(session, sitting_id, unit_id)


def _overview(session: Session, sitting_id: int, unit_id: int) -> Overview:
    now = web.now()
    keep_up(session, sitting_id, now=now)
    seen = queries.overview(session, sitting_id, unit_id, now=now)
    if seen is None:
        abort(404)
    return seen


def _above(seen: Overview) -> list[tuple[int, bool]]:
    """The units above as the tree was that day, top first, and whether the account may go there."""
    account = signed_in()
    path = seen.tree.path(seen.own.id)
    return [
        (unit, may(account, Right.SEE_RESULTS, path[: depth + 1]))
        for depth, unit in enumerate(path[:-1])
    ]


def _halls(session: Session, seen: Overview) -> list[Line]:
    """Halls belong to the whole: they stand on its page, for whoever may see its organiser."""
    if seen.sitting.conference_id is None or not _sees_whole(session, seen):
        return []
    return [pages.line(hall) for hall in queries.halls_overview(session, seen.sitting)]


def _sees_whole(session: Session, seen: Overview) -> bool:
    return seen.has_all and may(
        signed_in(), Right.SEE_RESULTS, path_of(session, seen.sitting.unit_id)
    )


def _comparison(session: Session, seen: Overview, after: Line) -> Comparison | None:
    earlier = queries.sitting_before(session, seen.sitting)
    if earlier is None:
        return None
    keep_up(session, earlier, now=web.now())
    before = queries.standing_of(session, earlier, seen.own.id)
    return None if before is None else Comparison(earlier, pages.line(before), after)


def _filename(seen: Overview) -> str:
    """Plain letters, which every mail program and every stick carries unharmed."""
    name = re.sub(r"[^a-z0-9]+", "-", fold(f"{seen.own.name} {seen.sitting.title}"))
    return f"ket-qua-{name.strip('-')[:80].strip('-')}"


def _file(content: bytes | Iterator[str], name: str, kind: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
