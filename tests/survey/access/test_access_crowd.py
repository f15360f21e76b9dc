"""Hashing a password is dear and anybody can ask for it: few at once, not many in the queue, and
nothing to be learned from how the answer looks or how long it takes."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey import db, web
from survey.access import operations, passwords
from survey.access import views as access
from survey.access.models import Account, Role
from tests.conftest import NOON

PASSWORD = "mười hai con giáp"
Signing = Callable[[], TestResponse]


@pytest.fixture
def signing_in(client: FlaskClient) -> Signing:
    return lambda: client.post("/sign-in", data={"login": "made-up", "password": PASSWORD})


@pytest.fixture
def changing(sign_in: Callable[..., FlaskClient]) -> Signing:
    browser = sign_in("administrator")
    return lambda: browser.post("/account", data={"password": PASSWORD, "again": PASSWORD})


def test_two_are_hashed_at_once_and_the_others_after_them() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def take(_number: int) -> None:
        nonlocal inside, most
        with passwords.turn():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.01)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(15) as pool:
        list(pool.map(take, range(20)))
    assert (most, inside) == (2, 0)


@pytest.mark.parametrize(("what", "status"), [("signing_in", 200), ("changing", 302)])
def test_who_comes_while_two_are_hashed_waits_without_a_connection_and_is_served(
    app: Flask, request: pytest.FixtureRequest, what: str, status: int
) -> None:
    ask: Signing = request.getfixturevalue(what)
    with ThreadPoolExecutor(1) as pool:
        with passwords.turn(), passwords.turn():
            answer: Future[TestResponse] = pool.submit(ask)
            time.sleep(0.5)
            assert not answer.done()
            with app.app_context():
                assert db.engine().pool.checkedout() == 0  # type: ignore[attr-defined]
        assert answer.result().status_code == status


@pytest.mark.parametrize("what", ["signing_in", "changing"])
def test_who_has_waited_long_enough_is_told_to_come_again(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    ask: Signing = request.getfixturevalue(what)
    monkeypatch.setattr(passwords, "PATIENCE", 0.05)
    with passwords.turn(), passwords.turn():
        page = ask()
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert "Nhiều người đang đăng nhập. Đồng chí thử lại sau ít giây." in page.text
    assert ask().status_code in (200, 302)


def test_a_queue_that_is_long_enough_grows_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each who waits holds a thread that an attendee may need."""
    monkeypatch.setattr(passwords, "PATIENCE", 2.0)

    def refused_after(_number: int) -> float:
        began = time.monotonic()
        with pytest.raises(passwords.Crowded), passwords.turn():
            pass
        return time.monotonic() - began

    with passwords.turn(), passwords.turn(), ThreadPoolExecutor(100) as pool:
        waited = list(pool.map(refused_after, range(100)))
    assert sum(seconds >= 2 for seconds in waited) == passwords.WAITING


def test_a_login_that_is_there_is_answered_like_one_that_is_not(
    app: Flask, session: Session
) -> None:
    """Known, being guessed at, ended, without a password, unknown: one page, at one pace."""
    made = {
        login: operations.grant(
            session, login=login, name="An", role=Role.ADMINISTRATOR, unit_id=None, now=NOON
        )
        for login in ("known", "tried", "ended", "empty")
    }
    for login in ("known", "tried", "ended"):
        operations.set_password(session, made[login], PASSWORD, now=NOON)
    with db.writing(session):
        session.get_one(Account, made["tried"]).retry_at = web.now() + timedelta(minutes=1)
    operations.revoke(session, made["ended"], now=NOON)
    pages = set()
    for login, password in (
        ("known", "wrong wrong"),
        ("tried", PASSWORD),
        ("ended", PASSWORD),
        ("empty", "nobody has this password"),
        ("other", PASSWORD),
    ):
        began = time.monotonic()
        page = app.test_client().post("/sign-in", data={"login": login, "password": password})
        assert time.monotonic() - began >= access.PACE
        pages.add((page.status_code, page.text.replace(login, "LOGIN")))
    assert [status for status, _ in pages] == [200]
