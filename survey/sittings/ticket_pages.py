"""Tickets of a sitting: laid down for its cells, and printed as slips to cut."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from survey import db, web
from survey.access.guards import Right, allow
from survey.sittings.forms import SpareForm
from survey.sittings.models import Hall, Sitting
from survey.sittings.operations import WrongState
from survey.sittings.posters import ticket_link, ticket_svg
from survey.sittings.queries import DoorSeen, cells_called, circle_of_sitting, day_of, doors_of
from survey.sittings.room import bp, leaf, refused, tops, wanted
from survey.sittings.tickets import (
    TicketsNotTaken,
    grouped,
    lay_tickets,
    slips_of,
    tickets_of,
)
from survey.units.queries import headcounts, load_tree

MOST = 2000  # tickets of one cell, and slips on one print page
ON_A_SIDE = 14  # two columns of seven


class CellRow(NamedTuple):
    """A cell of the account's own part of the tree that is called to the sitting."""

    cell: int
    name: str
    place: str
    halls: tuple[int | None, ...]
    eligible: int | None  # None: never counted, which is not nobody
    laid: int
    spent: int

    @property
    def known(self) -> int:
        """What it adds to a sum of those who may answer."""
        return self.eligible or 0


class Side(NamedTuple):
    """A side of paper with slips of one cell: (QR, code in groups), None for the slip that
    names the cell, first of all."""

    row: CellRow
    door: DoorSeen
    slips: Sequence[tuple[Markup, str] | None]


# ------------------------------------------------------------------ laying


@bp.get("/sittings/<int:sitting_id>/tickets")
@allow(Right.SEE_SITTINGS, on=circle_of_sitting)
def tickets(sitting_id: int) -> str:
    return _page(sitting_id, SpareForm())


@bp.post("/sittings/<int:sitting_id>/tickets/spare")
@allow(Right.SEE_SITTINGS, on=circle_of_sitting)
def lay_spare(sitting_id: int) -> str | Response:
    """A ticket for each eligible member of each cell, and as many more as asked for."""
    form = SpareForm()
    if not form.validate_on_submit():
        return _page(sitting_id, form)
    spare, (_sitting, rows) = form.spare.data or 0, _called(sitting_id)
    counts = {row.cell: min(row.eligible + spare, MOST) for row in rows if row.eligible is not None}
    unknown = len(rows) - len(counts)
    if unknown:
        flash(
            ngettext(
                "%(num)d chi bộ chưa có số thuộc diện: đồng chí điền số phiếu cho chi bộ đó.",
                "%(num)d chi bộ chưa có số thuộc diện: đồng chí điền số phiếu cho từng chi bộ.",
                unknown,
            ),
            "warning",
        )
    return _laid(sitting_id, rows, counts)


@bp.post("/sittings/<int:sitting_id>/tickets/cells")
@allow(Right.SEE_SITTINGS, on=circle_of_sitting)
def lay(sitting_id: int) -> Response:
    """As many for each cell as stands in its field; all of them or, if one is wrong, none."""
    _sitting, rows = _called(sitting_id)
    counts: dict[int, int] = {}
    for row in rows:
        typed = request.form.get(f"count-{row.cell}", "").strip()
        if typed:
            counts[row.cell] = int(typed) if typed.isdecimal() and len(typed) < 6 else MOST + 1
    wrong = [row.place for row in rows if counts.get(row.cell, 0) > MOST]
    if wrong:
        text = _("Số phiếu là số từ 0 đến %(most)s: %(place)s.", most=MOST, place=wrong[0])
        flash(text, "error")
        return _back(sitting_id)
    fewer = [row.place for row in rows if counts.get(row.cell, row.laid) < row.laid]
    if fewer:
        text = _("Phiếu đã lập thì không bớt được: %(places)s.", places="; ".join(fewer[:5]))
        flash(text, "warning")
    return _laid(sitting_id, rows, counts)


def _laid(sitting_id: int, rows: Sequence[CellRow], counts: Mapping[int, int]) -> Response:
    more = sum(max(counts.get(row.cell, 0) - row.laid, 0) for row in rows)
    try:
        lay_tickets(
            db.session(),
            sitting_id,
            counts,
            secret_key=current_app.config["SECRET_KEY"],
            now=web.now(),
        )
    except WrongState as error:
        refused(error)
    except TicketsNotTaken:
        abort(404)
    else:
        if more:
            flash(ngettext("Đã lập %(num)d phiếu.", "Đã lập %(num)d phiếu.", more), "success")
        else:
            flash(_("Không lập thêm phiếu nào: đã đủ số phiếu này."), "success")
    return _back(sitting_id)


def _back(sitting_id: int) -> Response:
    asked = request.args.get
    return redirect(
        url_for(
            "sittings.tickets",
            sitting_id=sitting_id,
            q=asked("q"),
            hall=asked("hall"),
            page=asked("page"),
        )
    )


def _page(sitting_id: int, form: SpareForm) -> str:
    sitting, everything = _called(sitting_id)
    chosen = _chosen(everything)
    rows, page, pages = leaf(chosen)
    halls = {hall for row in everything for hall in row.halls if hall is not None}
    return render_template(
        "sittings/tickets.html",
        sitting=sitting,
        over=sitting.state(web.now()).is_over,
        form=form,
        rows=rows,
        chosen=chosen,
        everything=everything,
        page=page,
        pages=pages,
        q=wanted().text,
        hall=_hall(),
        halls=[(hall, db.session().get_one(Hall, hall).name) for hall in sorted(halls)],
        most=MOST,
        ready=bool(current_app.config["PUBLIC_ADDRESS"]),
    )


# ------------------------------------------------------------------ printing


@bp.get("/sittings/<int:sitting_id>/tickets/print")
@allow(Right.SEE_SITTINGS, on=circle_of_sitting)
def print_tickets(sitting_id: int) -> str | Response | tuple[str, int]:
    """The slips of one cell, of a hall, or of all that were searched for, in parts."""
    sitting, everything = _called(sitting_id)
    if not current_app.config["PUBLIC_ADDRESS"]:
        return render_template("sittings/no_address.html", sitting=sitting), 503
    unit = request.args.get("unit", type=int)
    rows = [row for row in _chosen(everything) if row.laid and unit in (None, row.cell)]
    if not rows:
        flash(_("Chưa có phiếu nào để in."), "warning")
        return _back(sitting_id)
    part, page, pages = leaf(_parts(rows), 1)
    sides, lost = _sides(sitting, part[0])
    return render_template(
        "sittings/slips.html",
        sitting=sitting,
        sides=sides,
        lost=lost,
        slips=sum(row.laid for row in part[0]) - lost,
        cells=len(part[0]),
        host=web.public_host(),
        page=page,
        pages=pages,
    )


def _parts(rows: Sequence[CellRow]) -> list[list[CellRow]]:
    """Whole cells, as many together as one print page takes."""
    parts: list[list[CellRow]] = []
    slips = 0
    for row in rows:
        if not parts or slips + row.laid > MOST:
            parts.append([])
            slips = 0
        parts[-1].append(row)
        slips += row.laid
    return parts


def _sides(sitting: Sitting, rows: Sequence[CellRow]) -> tuple[list[Side], int]:
    """Sides of paper, and how many of the tickets cannot be printed again."""
    session, key = db.session(), current_app.config["SECRET_KEY"]
    doors = {door.hall_id: door for door in doors_of(session, sitting.id, cells=False)}
    codes = slips_of(session, sitting.id, [row.cell for row in rows], secret_key=key)
    sides: list[Side] = []
    for row in rows:
        # Whoever is called to just one hall is there; of the others nothing is known.
        door = doors[row.halls[0] if len(row.halls) == 1 else None]
        known = codes.get(row.cell, [])
        slips = [None, *((ticket_svg(ticket_link(door, code)), grouped(code)) for code in known)]
        sides += [
            Side(row, door, slips[start : start + ON_A_SIDE])
            for start in range(0, len(slips), ON_A_SIDE)
        ]
    return sides, sum(row.laid - len(codes.get(row.cell, [])) for row in rows)


# ------------------------------------------------------------------ which cells


def _called(sitting_id: int) -> tuple[Sitting, list[CellRow]]:
    """A sitting that takes tickets, and the own cells that are called to it, in the order of
    the tree."""
    session = db.session()
    sitting = session.get_one(Sitting, sitting_id)
    if not sitting.tickets:
        abort(404)
    tree = load_tree(session, day_of(sitting))
    halls: dict[int, tuple[int | None, ...]] = {}
    for hall, cells in cells_called(session, sitting, tree).items():
        for cell in cells:
            halls[cell] = (*halls.get(cell, ()), hall)
    heads, laid = headcounts(session, web.now()), tickets_of(session, sitting_id)
    return sitting, [
        CellRow(
            cell,
            tree[cell].name,
            tree.place(cell),
            halls[cell],
            heads[cell][1] if cell in heads else None,
            *laid.get(cell, (0, 0)),
        )
        for top in tops(tree)
        if top in tree
        for cell in tree.cells(top)
        if cell in halls
    ]


def _hall() -> int | None:
    return request.args.get("hall", type=int)


def _chosen(rows: Sequence[CellRow]) -> list[CellRow]:
    """Those that the address asks for: of a hall, by words."""
    hall, asked = _hall(), wanted()
    return [row for row in rows if hall in (None, *row.halls) and asked.takes(row.place)]
