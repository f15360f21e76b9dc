"""Accounts are granted, signed in, and revoked; never deleted, so the record stays whole."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.access import passwords
from survey.access.models import Account, Role, SignInLink, link_hash
from survey.text import clean

LINK_LASTS = timedelta(days=7)
FREE_FAILURES = 5
LONGEST_WAIT = 60  # seconds


class LoginTaken(Exception):
    """Another account has this login."""


class WrongPassword(Exception):
    """Unknown login, revoked account, wrong password, or a try too soon after several wrong ones:
    told apart to nobody."""


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
                login=_written(login),
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


def set_password(session: Session, account_id: int, password: str, *, now: datetime) -> Account:
    """A new password ends every other browser's sign-in, and a link that is still about."""
    if len(passwords.composed(password)) < passwords.SHORTEST:
        raise PasswordTooShort
    session.rollback()  # who waits for a turn holds no connection
    with passwords.turn():
        hashed = passwords.make_hash(password)
    with db.writing(session):
        account = session.get_one(Account, account_id)
        account.password_hash = hashed
        account.generation += 1
        _spend_links(session, account_id, now)
    return account


def check_password(session: Session, login: str, password: str, *, now: datetime) -> Account:
    """The account that signs in. Raises WrongPassword, or Crowded.

    After five failures each further one doubles the wait, up to a minute: guessing is hopeless,
    and whoever is guessed at comes in by a link meanwhile. Who has to wait is told what everybody
    is told, after the same work, for a login that has to wait is one that there is.
    """
    with passwords.turn():
        account_id, stored = _count_try(session, _written(login), now) or (None, None)
        right = passwords.matches(stored, password)
    if account_id is None or not right:
        raise WrongPassword
    with db.writing(session):
        account = session.get_one(Account, account_id)
        account.failures, account.retry_at = 0, None
    return account


def _written(login: str) -> str:
    """As it is stored: phones like to begin with a capital and to end with a blank."""
    return clean(login).lower()


def _count_try(session: Session, login: str, now: datetime) -> tuple[int, str | None] | None:
    """The account that may be tried, and its hash. The try is counted before the password is
    looked at, so that a hundred at once are a hundred tries; and in the store, so that several
    processes share one count."""
    open_to_tries = (
        Account.login == login,
        Account.revoked_at.is_(None),
        or_(Account.retry_at.is_(None), Account.retry_at <= now),
    )
    # First without holding the store: made-up logins must not keep sheets waiting.
    found = session.scalar(select(Account.id).where(*open_to_tries))
    session.rollback()
    if found is None:
        return None
    with db.writing(session):
        account = session.scalar(select(Account).where(*open_to_tries).with_for_update())
        if account is None:
            return None
        account.failures += 1
        over = account.failures - FREE_FAILURES
        if over >= 0:
            account.retry_at = now + timedelta(seconds=min(2 ** min(over, 6), LONGEST_WAIT))
        return account.id, account.password_hash


def _spend_links(session: Session, account_id: int, now: datetime) -> None:
    session.execute(
        update(SignInLink)
        .where(SignInLink.account_id == account_id, SignInLink.used_at.is_(None))
        .values(used_at=now)
    )
