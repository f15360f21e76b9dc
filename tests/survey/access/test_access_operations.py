"""Accounts and the two ways in: a link that works once, and a password."""

import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Literal

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from survey import db
from survey.access import operations
from survey.access.models import Account, Role, SignInLink
from tests.conftest import NOON

PASSWORD = "mười hai con giáp"


@pytest.fixture
def account_id(session: Session) -> int:
    return operations.grant(
        session, login="An.Nguyen", name="An", role=Role.ADMINISTRATOR, unit_id=None, now=NOON
    )


def test_a_login_is_taken_whatever_its_case(session: Session, account_id: int) -> None:
    with pytest.raises(operations.LoginTaken):
        operations.grant(
            session, login="an.nguyen", name="B", role=Role.ADMINISTRATOR, unit_id=None, now=NOON
        )


def test_a_link_signs_in_once(session: Session, account_id: int) -> None:
    secret = operations.make_link(session, account_id, now=NOON)
    assert operations.use_link(session, secret, now=NOON).id == account_id
    with pytest.raises(operations.LinkSpent):
        operations.use_link(session, secret, now=NOON)


def test_of_many_who_use_one_link_at_once_one_comes_in(app: Flask, account_id: int) -> None:
    with app.app_context():
        secret = operations.make_link(db.session(), account_id, now=NOON)
    outcomes: list[str] = []

    def use() -> None:
        with app.app_context():
            try:
                operations.use_link(db.session(), secret, now=NOON)
                outcomes.append("in")
            except operations.LinkSpent:
                outcomes.append("spent")

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in"] + ["spent"] * 7


def test_a_new_password_ends_a_link_that_is_still_about(session: Session, account_id: int) -> None:
    secret = operations.make_link(session, account_id, now=NOON)
    operations.set_password(session, account_id, PASSWORD, now=NOON)
    with pytest.raises(operations.LinkSpent):
        operations.use_link(session, secret, now=NOON)


def test_a_link_ends_after_its_time(session: Session, account_id: int) -> None:
    secret = operations.make_link(session, account_id, now=NOON)
    with pytest.raises(operations.LinkSpent):
        operations.use_link(session, secret, now=NOON + operations.LINK_LASTS)


def test_a_new_link_ends_the_one_before(session: Session, account_id: int) -> None:
    old = operations.make_link(session, account_id, now=NOON)
    new = operations.make_link(session, account_id, now=NOON)
    with pytest.raises(operations.LinkSpent):
        operations.use_link(session, old, now=NOON)
    assert operations.use_link(session, new, now=NOON).id == account_id


def test_the_store_keeps_no_secret_that_signs_in(session: Session, account_id: int) -> None:
    secret = operations.make_link(session, account_id, now=NOON)
    link = session.query(SignInLink).one()
    assert secret not in link.secret_hash
    assert len(link.secret_hash) == 64


def test_the_right_password_signs_in_and_a_wrong_one_does_not(
    session: Session, account_id: int
) -> None:
    operations.set_password(session, account_id, PASSWORD, now=NOON)
    found = operations.check_password(session, "AN.NGUYEN", PASSWORD, now=NOON)
    assert found.id == account_id
    with pytest.raises(operations.WrongPassword):
        operations.check_password(session, "an.nguyen", PASSWORD + "!", now=NOON)
    with pytest.raises(operations.WrongPassword):
        operations.check_password(session, "nobody", PASSWORD, now=NOON)


def test_an_account_without_password_cannot_be_guessed_into(
    session: Session, account_id: int
) -> None:
    with pytest.raises(operations.WrongPassword):
        operations.check_password(session, "an.nguyen", "nobody has this password", now=NOON)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_short_password_is_refused_however_its_marks_are_typed(
    session: Session, account_id: int, form: Literal["NFC", "NFD"]
) -> None:
    with pytest.raises(operations.PasswordTooShort):
        operations.set_password(
            session, account_id, unicodedata.normalize(form, "chín ký t"), now=NOON
        )


@pytest.mark.parametrize("store", ["app", "app_on_postgresql"])
@pytest.mark.parametrize("login", ["An.Nguyen ", "an.nguyen\0"])
def test_a_login_is_read_without_what_does_not_show(
    request: pytest.FixtureRequest, store: str, login: str
) -> None:
    app: Flask = request.getfixturevalue(store)
    with Session(app.extensions["survey_engine"]) as session:
        account_id = operations.grant(
            session, login=login, name="An", role=Role.ADMINISTRATOR, unit_id=None, now=NOON
        )
        operations.set_password(session, account_id, PASSWORD, now=NOON)
        for typed in (login, "an.nguyen"):
            found = operations.check_password(session, typed, PASSWORD, now=NOON)
            assert found.id == account_id


def test_after_five_wrong_passwords_the_right_one_has_to_wait(
    session: Session, account_id: int
) -> None:
    operations.set_password(session, account_id, PASSWORD, now=NOON)
    for _ in range(operations.FREE_FAILURES):
        with pytest.raises(operations.WrongPassword):
            operations.check_password(session, "an.nguyen", "wrong wrong wrong", now=NOON)
    with pytest.raises(operations.WrongPassword):
        operations.check_password(session, "an.nguyen", PASSWORD, now=NOON)
    later = NOON + timedelta(seconds=1)
    assert operations.check_password(session, "an.nguyen", PASSWORD, now=later).failures == 0


@pytest.mark.parametrize("store", ["app", "app_on_postgresql"])
def test_many_guesses_at_once_are_no_more_than_one_after_another(
    request: pytest.FixtureRequest, store: str
) -> None:
    app: Flask = request.getfixturevalue(store)
    with Session(app.extensions["survey_engine"]) as session:
        account_id = operations.grant(
            session, login="an", name="An", role=Role.ADMINISTRATOR, unit_id=None, now=NOON
        )
        operations.set_password(session, account_id, PASSWORD, now=NOON)

    def guess(number: int) -> None:
        with (
            Session(app.extensions["survey_engine"]) as own,
            pytest.raises(operations.WrongPassword),
        ):
            operations.check_password(own, "an", f"guess number {number}", now=NOON)

    with ThreadPoolExecutor(15) as pool:
        list(pool.map(guess, range(20)))
    with Session(app.extensions["survey_engine"]) as session:
        assert session.get_one(Account, account_id).failures == operations.FREE_FAILURES


def test_a_try_sees_what_another_process_is_just_counting(app_on_postgresql: Flask) -> None:
    engine = app_on_postgresql.extensions["survey_engine"]
    with Session(engine) as session:
        account_id = operations.grant(
            session, login="an", name="An", role=Role.ADMINISTRATOR, unit_id=None, now=NOON
        )
        operations.set_password(session, account_id, PASSWORD, now=NOON)

    def come() -> int:
        with Session(engine) as own:
            return operations.check_password(own, "an", PASSWORD, now=NOON).id

    with ThreadPoolExecutor(1) as pool, Session(engine) as other:
        with db.writing(other):
            other.get_one(Account, account_id).retry_at = NOON + timedelta(minutes=1)
            other.flush()
            entered = pool.submit(come)
            while not other.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                threading.Event().wait(0.01)
        with pytest.raises(operations.WrongPassword):
            entered.result()


def test_the_wait_never_exceeds_a_minute(session: Session, account_id: int) -> None:
    operations.set_password(session, account_id, PASSWORD, now=NOON)
    waits = []
    now = NOON
    for _ in range(15):
        with pytest.raises(operations.WrongPassword):
            operations.check_password(session, "an.nguyen", "wrong wrong wrong", now=now)
        retry_at = session.get_one(Account, account_id).retry_at or now
        waits.append(int((retry_at - now).total_seconds()))
        now = retry_at
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]


@pytest.mark.parametrize(
    "end",
    [
        lambda session, account_id: operations.revoke(session, account_id, now=NOON),
        lambda session, account_id: operations.set_password(
            session, account_id, PASSWORD, now=NOON
        ),
    ],
    ids=["revoke", "set_password"],
)
def test_a_cookie_from_before_is_nobody(
    app: Flask, session: Session, account_id: int, end: Callable[[Session, int], None]
) -> None:
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["account"] = [account_id, 0]
    assert browser.get("/account").status_code == 200
    end(session, account_id)
    assert browser.get("/account").status_code == 302
