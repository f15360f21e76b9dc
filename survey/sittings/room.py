"""What the pages of this room share."""

from collections.abc import Sequence
from math import ceil
from typing import TypeVar

from flask import Blueprint, flash, render_template, request
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from survey import db, web
from survey.access.guards import signed_in
from survey.sittings.codes import spaced
from survey.sittings.lists import PAGE, Wanted
from survey.sittings.models import Conference, Sitting
from survey.sittings.operations import WrongState
from survey.sittings.queries import day_of
from survey.sittings.words import ENTRANCES, KINDS, REFUSALS, SHOWS
from survey.text import clean
from survey.units.queries import Kind as UnitKind
from survey.units.queries import Tree, load_tree, today

bp = Blueprint("sittings", __name__)
Row = TypeVar("Row")


@bp.context_processor
def labels() -> dict[str, object]:
    return {
        "kind_words": KINDS,
        "show_words": SHOWS,
        "entrance_words": ENTRANCES,
        "spaced": _unbroken,
    }


def _unbroken(code: str) -> str:
    return spaced(code).replace(" ", web.NO_BREAK)


@bp.errorhandler(NoResultFound)
def gone(_error: NoResultFound) -> tuple[str, int]:
    """Somebody dropped it between the guard and the operation."""
    return render_template("error.html", code=404), 404


def wanted(**values: str) -> Wanted:
    """What the address asks of a list."""
    asked = {name: request.args.get(name, "") for name in ("state", "sort")}
    return Wanted(text=clean(request.args.get("q", "")), **asked, **values)


def leaf(rows: Sequence[Row], size: int = PAGE) -> tuple[Sequence[Row], int, int]:
    """One page of a list, its number, and how many there are."""
    pages = max(1, ceil(len(rows) / size))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return rows[(page - 1) * size : page * size], page, pages


def refused(error: WrongState) -> None:
    """Say in which state the sitting is, so that whoever pressed knows what came before."""
    flash(str(REFUSALS[type(error)]), "warning")


def tree_of(session: Session, conference: Conference, sittings: Sequence[Sitting]) -> Tree:
    """The tree by which a conference is arranged: that of its day, or for one that was entered
    late today's; once a sitting has begun, the tree by which its results are counted."""
    begun = [day_of(s) for s in sittings if not s.state(web.now()).is_planned]
    return load_tree(session, min(begun, default=max(conference.held_on, today())))


def tree_now() -> Tree:
    return load_tree(db.session(), today())


def tops(tree: Tree) -> list[int]:
    """Where the account's own part of the tree begins."""
    own = signed_in().unit_id
    return tree.roots if own is None else [own]


def hosts(tree: Tree, units: Sequence[int]) -> list[str]:
    """Suggestions for a field in which a unit is named: all but cells, which are too many."""
    return [
        tree.place(unit)
        for top in units
        if top in tree
        for unit in tree.under(top)
        if tree[unit].kind != UnitKind.CELL
    ]
