"""What all pages of this room share: the blueprint, whose papers an account works on."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session

from survey import db
from survey.access.guards import current_account, signed_in
from survey.papers import queries
from survey.text import sort_key
from survey.units.queries import Tree, load_tree, path_of, today

bp = Blueprint("papers", __name__)


def own_tree() -> tuple[Tree, set[int] | None]:
    """Today's tree, and the units in it whose papers this account works on (None: all)."""
    tree = load_tree(db.session(), today())
    top = signed_in().unit_id
    if top is None:
        return tree, None
    return tree, set(tree.under(top)) if top in tree else {top}


def own_path() -> tuple[int, ...]:
    """The path of the account's unit; the administrator's is empty."""
    return path_of(db.session(), signed_in().unit_id) or ()


def used_from(session: Session, edition_id: int, **_: object) -> tuple[int, ...] | None:
    """Where an edition may be looked at from: its owner's place, or, for those who work below
    the owner and may use it too, their own."""
    owner = queries.path_of_edition(session, edition_id)
    account = current_account()
    if owner is None or account is None or account.unit_id is None:
        return owner
    own = path_of(session, account.unit_id) or ()
    return own if owner[-1] in own else owner


def ordered(rows: Iterable[Any], keys: dict[str, Any], usual: str) -> tuple[list[Any], str]:
    """The rows sorted by the column that the address names ("-" before it: downwards), and that
    name; an unknown one is the usual."""
    asked = request.args.get("sort", "")
    name = asked if asked.removeprefix("-") in keys else usual
    key = keys[name.removeprefix("-")]
    rows = sorted(rows, key=lambda row: _rank(key(row)), reverse=name.startswith("-"))
    return rows, name


def _rank(value: Any) -> Any:
    return sort_key(value) if isinstance(value, str) else value
