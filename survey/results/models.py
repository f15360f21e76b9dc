"""Sums of sheets, so that a page costs the tree and not the attendance."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class UnitTally(Base):
    """What is known of one unit at one sitting: a cell's own, or the sum of the cells below.
    Every unit has a row that was called or stands above one that was."""

    __tablename__ = "unit_tally"

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    cells: Mapped[int]  # called, here and below
    uncounted: Mapped[int]  # of these, how many have no headcount
    expected: Mapped[int | None]  # eligible in the others; None where there are no others
    counted: Mapped[int]  # sheets from the others: what `expected` is compared with
    answered: Mapped[int]  # sheets that are in; while open, more than the tally holds
    published: Mapped[int]  # sheets in the tally
    withheld: Mapped[bool]  # the tally must not be shown
    content: Mapped[str] = mapped_column(Text)  # Tally.to_json()


class HallTally(Base):
    """The tally of one hall at one sitting."""

    __tablename__ = "hall_tally"

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    hall_id: Mapped[int] = mapped_column(ForeignKey("hall.id"), primary_key=True)
    answered: Mapped[int]
    published: Mapped[int]
    withheld: Mapped[bool]
    content: Mapped[str] = mapped_column(Text)


class LiveTally(Base):
    """While a sitting is open: what is shown of a cell's sheets in one hall, and what will be
    shown next. Gone when the count is final."""

    __tablename__ = "live_tally"

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"))
    shown: Mapped[str] = mapped_column(Text)
    coming: Mapped[str] = mapped_column(Text)


class TallyRun(Base):
    """When a sitting was last tallied, over how many sheets, and whether that was the end."""

    __tablename__ = "tally_run"

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    made_at: Mapped[datetime]
    sheets: Mapped[int]
    cells: Mapped[int]  # this and the next two as in UnitTally, of all that were called
    expected: Mapped[int | None]
    counted: Mapped[int]
    final: Mapped[bool]
