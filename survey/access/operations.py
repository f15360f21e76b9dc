"""Accounts are granted, signed in, and revoked; never deleted, so the record stays whole."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.access import passwords
from survey.access.models import Account, Role, SignInLink, link_hash

LINK_LASTS = timedelta(days=7)
FREE_FAILURES = 5
LONGEST_WAIT = 60  # seconds


class LoginTaken(Exception):
    """Another account has this login."""


class WrongPassword(Exception):
    """Unknown login, revoked account, or wrong password: told apart to nobody."""


class TooSoon(Exception):
    """After several wrong passwords the next try has to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class LinkSpent(Exception):
    """The sign-in link is unknown, expired, or was used."""


class PasswordTooShort(Exception):
    """Fewer characters than `passwords.SHORTEST`."""


def grant(
    session: Session,
    *,
    login: str,
    name: str,
    role: Role,
    unit_id: int | None,
    now: datetime,
) -> int:
    """A new account with no password yet: its holder comes in by a link."""
    try:
        with db.writing(session):
            account = Account(
                login=login.lower(),
                name=name,
                role=role,
                unit_id=unit_id,
                created_at=now,
            )
            session.add(account)
            session.flush()
            return account.id
    except IntegrityError as error:
        if "login" in str(error.orig):
            raise LoginTaken(login) from error
        raise


def revoke(session: Session, account_id: int, *, now: datetime) -> None:
    """End an account: its cookies and links stop working at once."""
    with db.writing(session):
        account = session.get_one(Account, account_id)
        account.revoked_at = now
        account.generation += 1
        _spend_links(session, account_id, now)


def restore(session: Session, account_id: int) -> None:
    with db.writing(session):
        session.get_one(Account, account_id).revoked_at = None


def make_link(session: Session, account_id: int, *, now: datetime) -> str:
    """The secret of a new link; links made before for the same account end."""
    secret = secrets.token_urlsafe(24)
    with db.writing(session):
        _spend_links(session, account_id, now)
        session.add(
            SignInLink(
                secret_hash=link_hash(secret),
                account_id=account_id,
                expires_at=now + LINK_LASTS,
            )
        )
    return secret


def use_link(session: Session, secret: str, *, now: datetime) -> Account:
    """Sign in by a link, once: of two who come at the same moment one row update wins."""
    with db.writing(session):
        account_id = session.scalar(
            update(SignInLink)
            .where(
                SignInLink.secret_hash == link_hash(secret),
                SignInLink.used_at.is_(None),
                SignInLink.expires_at > now,
            )
            .values(used_at=now)
            .returning(SignInLink.account_id)
        )
        account = session.get(Account, account_id) if account_id is not None else None
        if account is None or account.revoked_at is not None:
            raise LinkSpent
        account.failures, account.retry_at = 0, None
    return account


def set_password(session: Session, account_id: int, password: str) -> Account:
    """A new password ends every other browser's sign-in."""
    if len(password) < passwords.SHORTEST:
        raise PasswordTooShort
    hashed = passwords.make_hash(password)  # before the transaction: it takes 24 ms
    with db.writing(session):
        account = session.get_one(Account, account_id)
        account.password_hash = hashed
        account.generation += 1
    return account


def check_password(session: Session, login: str, password: str, *, now: datetime) -> Account:
    """The account that signs in. After five failures each further one doubles the wait, up to
    a minute: guessing is hopeless, and nobody is locked out for long."""
    account = session.scalar(select(Account).where(Account.login == login.lower()))
    if account and account.retry_at and now < account.retry_at:
        raise TooSoon(max(1, round((account.retry_at - now).total_seconds())))
    stored = account.password_hash if account and account.revoked_at is None else None
    right = passwords.matches(stored, password)
    if account is None:
        raise WrongPassword
    with db.writing(session):
        if right:
            account.failures, account.retry_at = 0, None
        else:
            # Counted in the store, so several processes share one count.
            session.execute(
                update(Account)
                .where(Account.id == account.id)
                .values(failures=Account.failures + 1)
            )
            session.refresh(account)
            over = account.failures - FREE_FAILURES
            if over >= 0:
                account.retry_at = now + timedelta(seconds=min(2 ** min(over, 6), LONGEST_WAIT))
    if not right:
        raise WrongPassword
    return account


def _spend_links(session: Session, account_id: int, now: datetime) -> None:
    session.execute(
        update(SignInLink)
        .where(SignInLink.account_id == account_id, SignInLink.used_at.is_(None))
        .values(used_at=now)
    )
