"""What the tree does not allow, as errors with names and the checks that raise them. The checks
run inside the transaction of the change they guard."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from survey.units import queries
from survey.units.comparison import Plan
from survey.units.models import Unit
from survey.units.tree import Kind, Tree


class Refused(Exception):
    """The tree cannot be changed so."""


class CodeTaken(Refused):
    """Another unit has, or had, this code."""


class NameTaken(Refused):
    """Another unit under the same parent is called so."""


class NotStanding(Refused):
    """The unit, or the one to be above it, is not there on that day, or will end after it."""


class PastDay(Refused):
    """The day lies before today: what was reported under the old tree would change."""


class LaterEntry(Refused):
    """A later change is already entered, and this one would come before it."""


class WouldCircle(Refused):
    """The unit would come to stand below itself."""


class BelowCell(Refused):
    """A cell has nothing below it."""


class NotCell(Refused):
    """Only cells are counted; the figures above follow from theirs."""


class HasChildren(Refused):
    """Units still stand below it; `names` are theirs."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(*names)
        self.names = names


class ListRefused(Refused):
    """The list has rows that cannot be taken, so nothing of it was; `plan.faults` are they."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(len(plan.faults))
        self.plan = plan


# ------------------------------------------------------------------ checks


def hold(session: Session) -> None:
    """One change of the tree at a time. SQLite's BEGIN IMMEDIATE sees to that; elsewhere two
    moves, each harmless by itself, could close a circle between them."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE unit_parent IN SHARE ROW EXCLUSIVE MODE"))


def require_open_day(session: Session, model: Any, unit_id: int, on: date, now: datetime) -> None:
    if on < queries.day_of(now):
        raise PastDay(on)
    later = select(model.since).where(model.unit_id == unit_id, model.since > on)
    if session.scalar(later.limit(1)):
        raise LaterEntry(on)


def require_place(session: Session, tree: Tree, parent_id: int) -> None:
    if parent_id not in tree or session.get_one(Unit, parent_id).ended is not None:
        raise NotStanding(parent_id)
    if tree[parent_id].kind == Kind.CELL:
        raise BelowCell(parent_id)


def require_free_name(
    tree: Tree, name: str, parent_id: int | None, *, but: int | None = None
) -> None:
    beside = tree.roots if parent_id is None else tree.children(parent_id)
    if any(tree[i].name.casefold() == name.casefold() for i in beside if i != but):
        raise NameTaken(name)


def require_whole(session: Session, on: date) -> None:
    """No circle on the day, nor on a later one for which something is already entered."""
    if not all(tree.whole for tree in queries.trees_from(session, on)):
        raise WouldCircle
