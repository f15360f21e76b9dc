"""From the document studied to the frozen edition that people answer."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from survey.db import Base


class Resolution(Base):
    """The document studied. Public ones only: the link to the published text is required."""

    __tablename__ = "resolution"
    __table_args__ = (UniqueConstraint("unit_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)  # who entered it
    number: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(500))
    issuer: Mapped[str] = mapped_column(String(200))
    dated: Mapped[date]
    url: Mapped[str] = mapped_column(String(500))
    clauses: Mapped[list["Clause"]] = relationship(
        order_by="Clause.position", cascade="all, delete-orphan"
    )


class Clause(Base):
    """A numbered part of a resolution."""

    __tablename__ = "clause"
    __table_args__ = (UniqueConstraint("resolution_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), index=True)
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)


class Recording(Base):
    """A question read aloud, known by its bytes and never changed."""

    __tablename__ = "recording"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256, hexadecimal
    media_type: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ItemRecording(Base):
    """Which recording a question of a bank has."""

    __tablename__ = "item_recording"

    item_id: Mapped[int] = mapped_column(
        ForeignKey("bank_item.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(ForeignKey("recording.digest"), index=True)


class BankItem(Base):
    """A question in the bank of a resolution. A draft may lack what an Item requires."""

    __tablename__ = "bank_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), index=True)
    clause_id: Mapped[int | None] = mapped_column(ForeignKey("clause.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(20))
    stem: Mapped[str] = mapped_column(Text)
    explanation: Mapped[str] = mapped_column(Text, default="")
    audio: Mapped[str | None] = column_property(
        select(ItemRecording.digest).where(ItemRecording.item_id == id).scalar_subquery()
    )
    options: Mapped[list["BankOption"]] = relationship(
        order_by="BankOption.position", cascade="all, delete-orphan"
    )


class BankOption(Base):
    __tablename__ = "bank_option"

    item_id: Mapped[int] = mapped_column(
        ForeignKey("bank_item.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    correct: Mapped[bool]
    pinned: Mapped[bool] = mapped_column(default=False)


class QuestionImport(Base):
    """A document on its way into a bank: kept from its reading until its questions are chosen,
    so that neither a reload nor a mistake loses what was pasted."""

    __tablename__ = "question_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), index=True)
    format: Mapped[str] = mapped_column(String(10))  # papers.reading.Document's
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class PaperDraft(Base):
    """A set of questions being put together; publishing it makes an Edition."""

    __tablename__ = "paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    shuffle_items: Mapped[bool] = mapped_column(default=True)
    shuffle_options: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]


class PaperItem(Base):
    """Which items a draft holds, and where."""

    __tablename__ = "paper_item"

    paper_id: Mapped[int] = mapped_column(
        ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True
    )
    item_id: Mapped[int] = mapped_column(
        ForeignKey("bank_item.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int]


class Edition(Base):
    """A paper as it was published: frozen text, its digest, its number. Never changed.

    `title`, `resolution_number` and `items` repeat what the frozen text says, for lists.
    """

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("paper_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    resolution_number: Mapped[str] = mapped_column(String(60))
    items: Mapped[int]
    content: Mapped[str] = mapped_column(Text)  # Paper.freeze()
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]


class Provision(Base):
    """An edition given to the cells below its owner for the check of one month (`2026-11`)."""

    __tablename__ = "provision"

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
