"""The tree and the headcounts as they stand on a day, and what is on record about one unit."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, ScalarSelect, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from survey import text, web
from survey.units.models import Headcount, ImportDraft, Unit, UnitName, UnitParent
from survey.units.tree import Kind, Node, Size, Tree, name_key

__all__ = ["Kind", "Node", "Size", "Tree"]

LARGEST_ID = 2**31 - 1  # a larger number in an address is no id, and the store would choke on it

# One body of members, two names: the organisation (đảng bộ) and its committee (đảng ủy). Which
# of the two a list or a searcher uses must not matter.
_COMMITTEES = [
    (re.compile(r"\bdang uy\b"), "dang bo"),
    (re.compile(r"\bchi uy\b"), "chi bo"),
    (re.compile(r"\bthanh uy\b"), "dang bo thanh pho"),
    (re.compile(r"\b(tinh|huyen|thi|quan) uy\b"), r"dang bo \1"),
]


def today() -> date:
    """The day it is in Việt Nam: the tree of a page that names no other day."""
    return day_of(web.now())


def day_of(moment: datetime) -> date:
    return moment.astimezone(web.ZONE).date()


# ------------------------------------------------------------------ the tree


def _last(model: Any, unit_id: Any, at: Any) -> ScalarSelect[Any]:
    """Since when the row holds that holds for the unit at `at`."""
    earlier = aliased(model)
    return (
        select(func.max(earlier.since))
        .where(earlier.unit_id == unit_id, earlier.since <= at)
        .scalar_subquery()
    )


def load_tree(session: Session, on: date) -> Tree:
    """Every unit that stands on the day, under its name and its parent of that day."""
    rows = session.execute(
        select(Unit.id, Unit.code, Unit.kind, UnitName.name, UnitParent.parent_id)
        .join(UnitName, UnitName.unit_id == Unit.id)
        .join(UnitParent, UnitParent.unit_id == Unit.id)
        .where(Unit.started <= on, _standing(on))
        .where(UnitName.since == _last(UnitName, Unit.id, on))
        .where(UnitParent.since == _last(UnitParent, Unit.id, on))
    )
    return Tree(map(Node._make, rows))


def _standing(on: date) -> ColumnElement[bool]:
    return or_(Unit.ended.is_(None), Unit.ended > on)


def path_of(
    session: Session, unit_id: int | None, on: date | None = None
) -> tuple[int, ...] | None:
    """The unit and all above it on the day (by default today), top first; None for an unknown
    unit. One that has ended keeps its last place, one still to come has its first."""
    if unit_id is None or unit_id > LARGEST_ID:
        return None
    walk = _walk_up(Unit.id == unit_id, on or today())
    rows = session.scalars(select(walk.c.id).order_by(walk.c.up.desc()))
    return tuple(rows) or None


def all_above(session: Session, units: Iterable[int]) -> tuple[int, ...]:
    """These units and all above any of them today, in no order."""
    walk = _walk_up(Unit.id.in_(set(units)), today())
    return tuple(session.scalars(select(walk.c.id).distinct()))


def _walk_up(begin: ColumnElement[bool], on: date) -> CTE:
    """(id, day, up): the units to begin with, and those above them."""
    walk = (
        select(
            Unit.id.label("id"),
            case((Unit.started > on, Unit.started), else_=on).label("day"),
            literal(0).label("up"),
        )
        .where(begin)
        .cte("walk", recursive=True)
    )
    return walk.union_all(
        select(UnitParent.parent_id, walk.c.day, walk.c.up + 1)
        .join(walk, UnitParent.unit_id == walk.c.id)
        .where(UnitParent.since == _last(UnitParent, walk.c.id, walk.c.day))
        .where(UnitParent.parent_id.is_not(None))
    )


def path_above(session: Session, unit_id: int) -> tuple[int, ...] | None:
    """The path without the unit: whoever moves or ends a unit needs the right above it."""
    path = path_of(session, unit_id)
    return path and path[:-1]


def headcounts(session: Session, at: datetime) -> dict[int, tuple[int, int]]:
    """Of each cell its members, in all and eligible, as last counted before the moment."""
    rows = session.execute(
        select(Headcount.unit_id, Headcount.total, Headcount.eligible).where(
            Headcount.since == _last(Headcount, Headcount.unit_id, at)
        )
    )
    return {unit_id: (total, eligible) for unit_id, total, eligible in rows}


# ------------------------------------------------------------------ search


def searchable(name: str) -> str:
    """A name as it is searched: `Đảng uỷ xã Ia H'Drai` -> `dang bo xa ia hdrai`."""
    found = text.fold(name).replace("'", "")
    found = " ".join(re.findall(r"\w+", found))
    for committee, body in _COMMITTEES:
        found = committee.sub(body, found)
    return found[:250]


class Found(NamedTuple):
    """A unit that answers a search; `by` is an older name, where only that one answers."""

    node: Node
    by: str | None


def find(
    session: Session, wanted: str, *, tree: Tree, under: int | None = None, limit: int = 50
) -> list[Found]:
    """Units of the tree that are, or were, called so (or have this code), best first: the words
    side by side before the words apart, the present name before an old one, a unit before
    those below it."""
    words = searchable(wanted)
    if not words:
        return []
    hits: dict[int, tuple[tuple[object, ...], Found]] = {}
    for unit_id, name, folded in _named_so(session, wanted, words):
        if unit_id not in tree or (under is not None and under not in tree.path(unit_id)):
            continue
        node = tree[unit_id]
        apart = f" {words} " not in f" {folded} "
        old = name != node.name
        path = tree.path(unit_id)
        places = [name_key(tree[i].name) for i in reversed(path)]
        order = (apart, old, len(path), places, unit_id)
        if unit_id not in hits or order < hits[unit_id][0]:
            hits[unit_id] = (order, Found(node, name if old else None))
    return [found for _, found in sorted(hits.values())[:limit]]


def find_ended(
    session: Session, wanted: str, *, on: date, under: int | None = None, limit: int = 20
) -> list[tuple[UnitName, date | None]]:
    """Units no longer there on the day that were called so, with the day they ended."""
    words = searchable(wanted)
    if not words:
        return []
    ids = {unit_id for unit_id, _, _ in _named_so(session, wanted, words)}
    rows = session.execute(
        select(UnitName, Unit.ended)
        .join(Unit, Unit.id == UnitName.unit_id)
        .where(Unit.ended <= on)
        .where(UnitName.since == _last(UnitName, Unit.id, on))
        .order_by(Unit.ended.desc(), UnitName.fold)
    )
    return [
        (name, ended)
        for name, ended in rows
        if name.unit_id in ids
        and (under is None or under in (path_of(session, name.unit_id) or ()))
    ][:limit]


def _named_so(session: Session, wanted: str, words: str) -> Sequence[Any]:
    """Every name, present or old, in which each word begins a word."""
    held = literal(" ") + UnitName.fold
    code = func.lower(Unit.code).startswith(wanted.strip().lower(), autoescape=True)
    named = and_(*(held.contains(f" {word}", autoescape=True) for word in words.split()))
    return session.execute(
        select(UnitName.unit_id, UnitName.name, UnitName.fold)
        .join(Unit, Unit.id == UnitName.unit_id)
        .where(or_(named, code))
    ).all()


def search(
    session: Session,
    text: str,
    *,
    under: int | None = None,
    kind: str | None = None,
    limit: int = 50,
) -> list[Node]:
    """Today's units that are, or were, called so; see `find`."""
    tree = load_tree(session, today())
    found = find(session, text, tree=tree, under=under, limit=len(tree))
    return [node for node, _ in found if kind in (None, node.kind)][:limit]


# ------------------------------------------------------------------ one unit


class Record(NamedTuple):
    """All that is dated about a unit, latest first."""

    unit: Unit
    names: Sequence[UnitName]
    parents: Sequence[tuple[date, int | None, str | None]]  # since, parent, its present name
    heads: Sequence[Headcount]


def record_of(session: Session, unit_id: int) -> Record | None:
    unit = session.get(Unit, unit_id)
    if unit is None:
        return None
    latest = aliased(UnitName)
    parents = session.execute(
        select(UnitParent.since, UnitParent.parent_id, latest.name)
        .outerjoin(
            latest,
            and_(
                latest.unit_id == UnitParent.parent_id,
                latest.since == _last(UnitName, UnitParent.parent_id, date.max),
            ),
        )
        .where(UnitParent.unit_id == unit_id)
        .order_by(UnitParent.since.desc())
    )
    return Record(
        unit,
        _dated(session, UnitName, unit_id),
        [(since, parent, name) for since, parent, name in parents],
        _dated(session, Headcount, unit_id),
    )


def _dated(session: Session, model: Any, unit_id: int) -> Sequence[Any]:
    wanted = select(model).where(model.unit_id == unit_id).order_by(model.since.desc())
    return session.scalars(wanted).all()


# ------------------------------------------------------------------ what a change is held against


class Standing(NamedTuple):
    """What is on record on the day of a change."""

    tree: Tree
    heads: dict[int, tuple[int, int]]
    codes: frozenset[str]  # of all units ever; a code is never given twice
    ending: frozenset[int]  # stand on the day, but not for good
    settled: frozenset[int]  # their name or parent changes again after the day


def standing(session: Session, on: date, now: datetime) -> Standing:
    later = select(UnitName.unit_id).where(UnitName.since > on)
    moved = select(UnitParent.unit_id).where(UnitParent.since > on)
    return Standing(
        tree=load_tree(session, on),
        heads=headcounts(session, now),
        codes=frozenset(session.scalars(select(Unit.code))),
        ending=frozenset(session.scalars(select(Unit.id).where(Unit.ended > on))),
        settled=frozenset(session.scalars(later.union(moved))),
    )


def trees_from(session: Session, on: date) -> list[Tree]:
    """The tree of the day and of every later day on which a parent is entered."""
    later = select(UnitParent.since).where(UnitParent.since > on).distinct()
    return [load_tree(session, day) for day in (on, *session.scalars(later))]


def draft_of(session: Session, draft_id: int, account_id: int) -> list[list[object]] | None:
    """The rows of an uploaded list; only for the account that uploaded it."""
    draft = session.get(ImportDraft, draft_id) if draft_id <= LARGEST_ID else None
    if draft is None or draft.account_id != account_id:
        return None
    rows: list[list[object]] = json.loads(draft.content)
    return rows
