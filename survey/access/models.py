"""An account and the links that sign it in once."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    ORGANISER = "organiser"
    SECRETARY = "secretary"
    VIEWER = "viewer"


class Account(Base):
    """One who signs in. `unit_id` is the top of the subtree in which the role holds."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role = 'administrator' OR unit_id IS NOT NULL", name="has_scope"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(String(20))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # Raised when the password changes or the account is revoked: older cookies end with it.
    generation: Mapped[int] = mapped_column(default=0)
    revoked_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SignInLink(Base):
    """A link that signs in once; only the hash of its secret is kept."""

    __tablename__ = "sign_in_link"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def link_hash(secret: str) -> str:
    """What the store keeps of a link, so that a copy of the store signs nobody in."""
    return hashlib.sha256(secret.encode()).hexdigest()
