"""An occasion at which one paper is open to people, and the doors that lead to it."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Kind(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    CHECK = "check"  # a cell's own periodic check


class Show(StrEnum):
    """What the attendee sees after handing in."""

    THANKS = "thanks"
    SCORE = "score"
    ANSWERS = "answers"


class State(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"

    @property
    def takes_sheets(self) -> bool:
        return self is State.OPEN

    @property
    def is_planned(self) -> bool:
        return self is State.PLANNED

    @property
    def is_running(self) -> bool:
        """Begun and not over; a pause does not stop the clock."""
        return self in (State.OPEN, State.PAUSED)

    @property
    def is_paused(self) -> bool:
        return self is State.PAUSED

    @property
    def is_over(self) -> bool:
        return self is State.CLOSED


class Times(NamedTuple):
    """What the clock and the buttons move, and what follows from it."""

    opens_at: datetime | None
    closes_at: datetime | None
    paused: bool
    changed_at: datetime | None

    def clock(self, now: datetime) -> datetime:
        """`now`, but never before the last button: two people press at once and the second one
        read the time first, or the server's clock is set back; what was closed stays closed."""
        return now if self.changed_at is None else max(now, self.changed_at)

    def over_at(self, grace: int) -> datetime | None:
        """From when on no sheet can land any more: closed, and the grace of late pages, in seconds,
        over. None where it closes by the button."""
        return None if self.closes_at is None else self.closes_at + timedelta(seconds=grace)

    def state(self, now: datetime) -> State:
        now = self.clock(now)
        if self.opens_at is None or now < self.opens_at:
            return State.PLANNED
        if self.closes_at is not None and now >= self.closes_at:
            return State.CLOSED
        return State.PAUSED if self.paused else State.OPEN


class Conference(Base):
    __tablename__ = "conference"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)  # who convenes it
    title: Mapped[str] = mapped_column(String(300))
    held_on: Mapped[date]


class Hall(Base):
    """One place of a conference (điểm cầu)."""

    __tablename__ = "hall"
    __table_args__ = (UniqueConstraint("conference_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conference.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # the host


class HallUnit(Base):
    """Which units are called to a hall; each stands for all the cells below it."""

    __tablename__ = "hall_unit"

    hall_id: Mapped[int] = mapped_column(
        ForeignKey("hall.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class Sitting(Base):
    """One paper open to people from `opens_at` to `closes_at`; the clock and the button move
    the same two columns, so there is one answer to whether it is open."""

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint("closes_at IS NULL OR opens_at IS NOT NULL", name="opens_first"),
        CheckConstraint("closes_at >= opens_at", name="closes_later"),
        CheckConstraint("(kind = 'check') = (conference_id IS NULL)", name="kind"),
        CheckConstraint("(kind = 'check') = (period IS NOT NULL)", name="period"),
        UniqueConstraint("unit_id", "period", "edition_id"),
        # A number is never given again: a page may still be open, or a door in memory, whose
        # sitting was dropped, and its sheet must land nowhere.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)  # who runs it
    conference_id: Mapped[int | None] = mapped_column(ForeignKey("conference.id"), index=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    kind: Mapped[Kind] = mapped_column(String(10))
    period: Mapped[str | None] = mapped_column(String(7))  # a check's month, as 2026-11
    title: Mapped[str] = mapped_column(String(300))
    show: Mapped[Show] = mapped_column(String(10), default=Show.SCORE)
    # Whoever answers needs a ticket; else the door is open to every phone.
    tickets: Mapped[bool] = mapped_column(default=False, server_default=false())
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(default=False)
    # A page fetched before closing may still hand in this many seconds after it.
    grace: Mapped[int] = mapped_column(default=120)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]  # when a button was last pressed

    @property
    def times(self) -> Times:
        return Times(self.opens_at, self.closes_at, self.paused, self.changed_at)

    def clock(self, now: datetime) -> datetime:
        return self.times.clock(now)

    def state(self, now: datetime) -> State:
        return self.times.state(now)


class Door(Base):
    """A way into a sitting: `key` in the QR, `code` for those who type. It may already know
    the hall, or the cell, of whoever comes through."""

    __tablename__ = "door"
    __table_args__ = (
        Index(
            "uq_door_place",
            "sitting_id",
            text("coalesce(hall_id, 0)"),
            text("coalesce(unit_id, 0)"),
            unique=True,
        ),
        {"sqlite_autoincrement": True},  # the slip in a page names its door by the number
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    key: Mapped[str] = mapped_column(String(26), unique=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)


class Ticket(Base):
    """A slip that is drawn from its cell's bowl and lets one sheet in.

    Laid down before anybody answers, so that spending one flips a flag and adds no row; WITHOUT
    ROWID, and `mark` is a hash, so that no order is kept either. The code on the slip is stored
    nowhere: it follows from the instance's key, the cell and `number`, which serves to print the
    same slip again and stands on no slip. Without that key no mark tells its code.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_place", "sitting_id", "unit_id"),
        {"sqlite_with_rowid": False},
    )

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # the cell
    number: Mapped[int]
    spent: Mapped[bool] = mapped_column(default=False, server_default=false())
