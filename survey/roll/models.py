"""What a hall or a cell counted at a sitting. Expected figures are not stored here: they
follow from the headcounts as they stood when the sitting opened."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class CellRoll(Base):
    """Present and excused members of one cell at one sitting."""

    __tablename__ = "cell_roll"
    __table_args__ = (CheckConstraint("present >= 0 AND excused >= 0", name="counts"),)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    present: Mapped[int]
    excused: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime]


class HallRoll(Base):
    """People counted in one hall at one sitting."""

    __tablename__ = "hall_roll"
    __table_args__ = (CheckConstraint("present >= 0", name="counts"),)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    hall_id: Mapped[int] = mapped_column(ForeignKey("hall.id"), primary_key=True)
    present: Mapped[int]
    counted_at: Mapped[datetime]
