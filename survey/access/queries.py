"""Accounts as they are read."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.access.models import Account, SignInLink, link_hash


def account_of_link(session: Session, secret: str, *, now: datetime) -> Account | None:
    """Whose link this is, while it can still be used. Looking does not spend it."""
    return session.scalar(
        select(Account)
        .join(SignInLink, SignInLink.account_id == Account.id)
        .where(
            SignInLink.secret_hash == link_hash(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
            Account.revoked_at.is_(None),
        )
    )
