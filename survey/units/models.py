"""A unit and what is dated about it. Rows are added and ended, never rewritten: a result of
last year is shown under the tree of last year."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Unit(Base):
    """A node of the tree. `code` is the register's own identifier and never changes."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(20))  # units.queries.Kind; data, not a fixed ladder
    started: Mapped[date]
    ended: Mapped[date | None]


class UnitName(Base):
    """What a unit is called from a day on. `fold` is the name as `queries.searchable` makes it."""

    __tablename__ = "unit_name"
    __table_args__ = (Index("ix_unit_name_fold", "fold"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    fold: Mapped[str] = mapped_column(String(250))


class UnitParent(Base):
    """Under whom a unit stands from a day on; no parent: the top of a tree."""

    __tablename__ = "unit_parent"
    __table_args__ = (CheckConstraint("parent_id <> unit_id", name="not_itself"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)


class Headcount(Base):
    """Members of a unit from a moment on. The figure a sitting is measured against is the
    latest one before it opened, so nobody can mend the denominator afterwards."""

    __tablename__ = "headcount"
    __table_args__ = (
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("eligible >= 0 AND eligible <= total", name="eligible"),
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    total: Mapped[int]
    eligible: Mapped[int]


class ImportDraft(Base):
    """An uploaded list between upload and confirmation: its rows as JSON, seen by its owner."""

    __tablename__ = "import_draft"
    # No number twice: an old page must not send off the list that came after its own.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  SQLAlchemy reads it as is

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
