"""One sheet handed in. It has no person, no time, no address and no order."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Sheet(Base):
    """What one phone handed in once, until its sitting is sealed.

    Keyed by a hash of the receipt that the phone made at random: sending it again finds the
    same row. WITHOUT ROWID, because a row number would keep the order in which people came.
    """

    __tablename__ = "sheet"
    __table_args__ = (
        Index("ix_sheet_place", "sitting_id", "unit_id", "hall_id"),
        {"sqlite_with_rowid": False},
    )

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    receipt: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # the cell
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"))
    mode: Mapped[str] = mapped_column(String(8))  # own phone, shared phone
    answers: Mapped[str] = mapped_column(Text)  # quizzes.marking.encode


class SealedSheet(Base):
    """A sheet of a sealed sitting: at a place drawn by lot, without its receipt, and without what
    others saw of whoever handed it in."""

    __tablename__ = "sealed_sheet"
    __table_args__ = ({"sqlite_with_rowid": False},)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0, 1, 2, …
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"))
    answers: Mapped[str] = mapped_column(Text)


class SealedMode(Base):
    """How many sheets of a cell came by an own and by a shared phone. Counts only: the one person
    who borrowed a phone was seen by everybody, and a sheet that said so would be that person's."""

    __tablename__ = "sealed_mode"
    __table_args__ = ({"sqlite_with_rowid": False},)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(String(8), primary_key=True)
    sheets: Mapped[int]


class SealedReceipt(Base):
    """The receipt of a sheet of a sealed sitting: that it was counted, never what it said."""

    __tablename__ = "sealed_receipt"
    __table_args__ = ({"sqlite_with_rowid": False},)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    receipt: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)


class Seal(Base):
    """That a sitting was sealed, over how many sheets, and by what that can be checked."""

    __tablename__ = "seal"

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    sheets: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))  # sealing.digest_of, in hexadecimal
    intact: Mapped[bool] = mapped_column(default=True)  # as last checked
    swept: Mapped[bool] = mapped_column(default=False)  # no byte of the old order is left
