"""The tree, a unit, the search, and the list as a file. Changes and the import stand beside."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, render_template, request

from survey import db, web
from survey.access.guards import Right, allow, may, signed_in
from survey.units import export, queries, words
from survey.units.forms import one_line
from survey.units.tree import Node, Size, Tree

bp = Blueprint("units", __name__)
bp.add_app_template_filter(words.kind_label, "kind")

Heads = dict[int, tuple[int, int]]


class Line(NamedTuple):
    """A row of a list of units."""

    node: Node
    size: Size
    place: str = ""
    by: str | None = None  # the old name by which it was found


_SORTS: dict[str, Callable[[Line], Any]] = {
    "cells": lambda line: line.size.cells,
    "total": lambda line: line.size.total,
    "eligible": lambda line: line.size.eligible,
}


@bp.get("/units")
@allow(Right.SEE_UNITS)
def index() -> str:
    """The account's top and what is directly below it; or what a search finds."""
    tree = queries.load_tree(db.session(), queries.today())
    heads = queries.headcounts(db.session(), web.now())
    wanted = one_line(request.args.get("q"))
    if wanted:
        return _found(tree, heads, wanted)
    tops = _tops(tree)
    top = tops[0] if len(tops) == 1 else None
    return render_template(
        "units/index.html",
        top=tree[top] if top is not None else None,
        size=tree.size(top, heads) if top is not None else None,
        lines=_lines(tree, heads, tops if top is None else tree.children(top)),
        sort=_sort(),
        may_edit=may(signed_in(), Right.EDIT_UNITS),
        may_found=may(signed_in(), Right.EDIT_UNITS, ()),
    )


def _found(tree: Tree, heads: Heads, wanted: str) -> str:
    under = signed_in().unit_id
    found = queries.find(db.session(), wanted, tree=tree, under=under)
    return render_template(
        "units/found.html",
        wanted=wanted,
        lines=[Line(node, tree.size(node.id, heads), _above(tree, node), by) for node, by in found],
        ended=queries.find_ended(db.session(), wanted, on=queries.today(), under=under),
    )


def _above(tree: Tree, node: Node) -> str:
    """The place of a unit without its own name."""
    above = tree.above(node.id)
    return tree.place(above.id) if above else ""


@bp.get("/units/<int:unit_id>")
@allow(Right.SEE_UNITS, on=queries.path_of)
def unit(unit_id: int) -> str:
    tree = queries.load_tree(db.session(), queries.today())
    heads = queries.headcounts(db.session(), web.now())
    record = queries.record_of(db.session(), unit_id) or abort(404)
    stands = unit_id in tree
    return render_template(
        "units/unit.html",
        record=record,
        name=tree[unit_id].name if stands else record.names[0].name,
        stands=stands,
        path=crumbs(tree, unit_id) if stands else [],
        size=tree.size(unit_id, heads) if stands else None,
        lines=_lines(tree, heads, tree.children(unit_id)) if stands else [],
        sort=_sort(),
        today=queries.today(),
        may_edit=may(signed_in(), Right.EDIT_UNITS),
        may_place=may(signed_in(), Right.EDIT_UNITS, queries.path_above(db.session(), unit_id)),
    )


@bp.get("/units/list.<any(csv, xlsx):ending>")
@allow(Right.SEE_UNITS)
def list_file(ending: str) -> Response:
    tree = queries.load_tree(db.session(), queries.today())
    rows = export.rows_of(tree, queries.headcounts(db.session(), web.now()), _tops(tree))
    made, kind = (
        (export.as_csv(rows), "text/csv")
        if ending == "csv"
        else (
            export.as_xlsx(rows),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    )
    name = f"to-chuc-{queries.today():%Y-%m-%d}.{ending}"
    return Response(
        made,
        mimetype=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# ------------------------------------------------------------------ below the pages


def crumbs(tree: Tree, unit_id: int) -> list[Node]:
    """The units above that the account may open, top first, and the unit itself."""
    path = tree.path(unit_id)
    top = signed_in().unit_id
    return [tree[i] for i in (path[path.index(top) :] if top in path else path)]


def _lines(tree: Tree, heads: Heads, unit_ids: list[int]) -> list[Line]:
    """Units with their figures, in Vietnamese order or as `?sort=` asks."""
    lines = [Line(tree[i], tree.size(i, heads)) for i in unit_ids]
    sort = _sort()
    if sort.lstrip("-") in _SORTS:
        lines.sort(key=_SORTS[sort.lstrip("-")])
    return lines[::-1] if sort.startswith("-") else lines


def _sort() -> str:
    return request.args.get("sort", "name")


def _tops(tree: Tree) -> list[int]:
    top = signed_in().unit_id
    if top is None:
        return tree.roots
    return [top] if top in tree else []


from survey.units import changes, uploads  # noqa: E402, F401  they add their pages to `bp`
