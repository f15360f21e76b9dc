"""A small tree and the words to change it."""

from datetime import date

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey import db
from survey.units import operations, queries
from survey.units.comparison import Plan
from survey.units.listing import Listed
from survey.units.models import Headcount, Unit, UnitName, UnitParent
from survey.units.tree import Kind, Tree
from tests.conftest import NOON

FOUNDED = date(2025, 7, 1)
TODAY = date(2026, 11, 23)  # NOON's day
TOMORROW = date(2026, 11, 24)
YESTERDAY = date(2026, 11, 22)


def row(
    code: str,
    parent: str = "",
    name: str = "",
    *,
    kind: str | None = None,
    total: int | None = None,
    eligible: int | None = None,
    number: int = 1,
) -> Listed:
    return Listed(number, code, parent, name or f"Tổ chức {code}", kind, total, eligible)


ROWS = [
    row("QN", "", "Đảng bộ tỉnh Quảng Ngãi", kind=Kind.PROVINCE),
    row("DT", "QN", "Đảng bộ xã Đăk Tô", kind=Kind.COMMUNE),
    row("DH", "QN", "Đảng bộ xã Đăk Hà", kind=Kind.COMMUNE),
    row("DT10", "DT", "Chi bộ thôn 10", kind=Kind.CELL, total=30, eligible=25),
    row("DT2", "DT", "Chi bộ thôn 2", kind=Kind.CELL, total=20),
    row("DH2", "DH", "Chi bộ thôn 2", kind=Kind.CELL, total=12, eligible=12),
    row("VP", "QN", "Chi bộ Văn phòng", kind=Kind.CELL, total=9, eligible=8),
]


def plant(session: Session, rows: list[Listed] | None = None) -> dict[str, int]:
    """The small tree in the store -> the id of each code."""
    operations.import_units(session, rows or ROWS, on=FOUNDED, now=NOON)
    return ids(session)


def ids(session: Session, on: date = TODAY) -> dict[str, int]:
    return {node.code: node.id for node in queries.load_tree(session, on)}


def take(session: Session, *rows: Listed, on: date = TODAY, within: int | None = None) -> Plan:
    return operations.import_units(session, rows, on=on, now=NOON, within=within)


def shape(tree: Tree) -> dict[str, tuple[str, str | None]]:
    """The tree as a value: of each code its name and its parent's code."""
    above = {node.id: tree.above(node.id) for node in tree}
    return {node.code: (node.name, (up := above[node.id]) and up.code) for node in tree}


def new_store(path: str) -> Engine:
    """A store of its own, for one made-up history; safe to lose, so fast."""
    engine = db.make_engine(f"sqlite:///{path}")
    for model in (Unit, UnitName, UnitParent, Headcount):
        model.metadata.tables[model.__tablename__].create(engine)
    return engine
