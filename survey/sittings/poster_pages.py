"""Doors on paper: listed, and printed one by one or all together."""

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from survey import db, web
from survey.access.guards import Right, allow, signed_in
from survey.papers.queries import load_paper
from survey.sittings.calling import Register
from survey.sittings.codes import spaced
from survey.sittings.lists import DoorRow, doors_seen, within
from survey.sittings.models import Sitting
from survey.sittings.operations import add_cell_doors
from survey.sittings.posters import door_link, qr_svg
from survey.sittings.queries import cells_called, circle_of_sitting, day_of
from survey.sittings.room import bp, hosts, leaf, tops, wanted
from survey.text import clean
from survey.units.queries import Tree, load_tree

SHEETS = 100  # on one print page: drawing a QR takes some milliseconds
WHOM = ("all", "halls", "cells")


def _circle_of_door(session: Session, sitting_id: int, **_: object) -> tuple[int, ...] | None:
    return circle_of_sitting(session, sitting_id)


@bp.get("/sittings/<int:sitting_id>/posters")
@allow(Right.SEE_SITTINGS, on=circle_of_sitting)
def posters(sitting_id: int) -> str:
    sitting, tree, everything = _doors(sitting_id)
    chosen = _chosen(everything)
    rows, page, pages = leaf(chosen)
    mine = within(tree, signed_in().unit_id)
    called = cells_called(db.session(), sitting, tree)
    cells = {cell for hall in called.values() for cell in hall if mine(cell)}
    return render_template(
        "sittings/posters.html",
        sitting=sitting,
        rows=rows,
        chosen=len(chosen),
        page=page,
        pages=pages,
        q=wanted().text,
        whom=_whom(),
        cells=len(cells),
        lacking=len(cells.difference(row.door.unit_id for row in everything)),
        units=hosts(tree, tops(tree)),
        sheets=SHEETS,
        ready=bool(current_app.config["PUBLIC_ADDRESS"]),
    )


@bp.post("/sittings/<int:sitting_id>/posters/cells")
@allow(Right.SEE_SITTINGS, on=circle_of_sitting)
def add_doors(sitting_id: int) -> Response:
    """A door for each called cell of the own subtree, or of one unit in it."""
    session = db.session()
    sitting = session.get_one(Sitting, sitting_id)
    tree = load_tree(session, day_of(sitting))
    typed, units = clean(request.form.get("unit", "")), tops(tree)
    if typed:
        found = Register(tree, units).find(typed)
        if len(found) != 1:
            flash(
                _("Không rõ là tổ chức nào: “%(typed)s”. Đồng chí điền mã.", typed=typed), "error"
            )
            return redirect(url_for("sittings.posters", sitting_id=sitting_id))
        units = [found[0].id]
    below = {cell for top in units if top in tree for cell in tree.cells(top)}
    called = cells_called(session, sitting, tree)
    cells = below.intersection(cell for hall in called.values() for cell in hall)
    add_cell_doors(session, sitting_id, sorted(cells))
    flash(
        ngettext("%(num)d chi bộ đã có mã riêng.", "%(num)d chi bộ đã có mã riêng.", len(cells)),
        "success" if cells else "warning",
    )
    return redirect(url_for("sittings.posters", sitting_id=sitting_id, whom="cells"))


@bp.get("/sittings/<int:sitting_id>/posters/print")
@allow(Right.SEE_SITTINGS, on=circle_of_sitting)
def print_posters(sitting_id: int) -> str | tuple[str, int]:
    sitting, _tree, everything = _doors(sitting_id)
    rows, page, pages = leaf(_chosen(everything), SHEETS)
    return _printed(sitting, list(rows), page=page, pages=pages)


@bp.get("/sittings/<int:sitting_id>/posters/<int:door_id>")
@allow(Right.RUN_CHECK, on=_circle_of_door)
def poster(sitting_id: int, door_id: int) -> str | tuple[str, int]:
    """A secretary prints the own check's, or the own cell's, poster too."""
    sitting, _tree, everything = _doors(sitting_id)
    rows = [row for row in everything if row.door.id == door_id]
    return _printed(sitting, rows) if rows else abort(404)


def _printed(
    sitting: Sitting, rows: list[DoorRow], *, page: int = 1, pages: int = 1
) -> str | tuple[str, int]:
    if not current_app.config["PUBLIC_ADDRESS"]:
        return render_template("sittings/no_address.html", sitting=sitting), 503
    return render_template(
        "sittings/poster.html",
        sitting=sitting,
        source=load_paper(db.session(), sitting.edition_id).source,
        sheets=[(row, qr_svg(door_link(row.door)), spaced(row.door.code)) for row in rows],
        host=web.public_host(),
        page=page,
        pages=pages,
    )


def _doors(sitting_id: int) -> tuple[Sitting, Tree, list[DoorRow]]:
    session = db.session()
    sitting = session.get_one(Sitting, sitting_id)
    tree = load_tree(session, day_of(sitting))
    return sitting, tree, doors_seen(session, sitting, tree, signed_in().unit_id)


def _whom() -> str:
    asked = request.args.get("whom", "")
    return asked if asked in WHOM else "all"


def _chosen(rows: list[DoorRow]) -> list[DoorRow]:
    """Those that the address asks for: of halls, of cells, by words."""
    whom, asked = _whom(), wanted()
    return [
        row
        for row in rows
        if (whom != "cells" or row.door.unit_id is not None)
        and (whom != "halls" or row.door.hall_id is not None)
        and asked.takes(row.place, row.door.code)
    ]
