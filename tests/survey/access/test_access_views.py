"""Signing in as people do it, and the guard on every page."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey import web
from survey.access import guards, operations
from survey.access.guards import Right, may
from survey.access.models import Account, Role
from tests.conftest import NOON

PASSWORD = "mười hai con giáp"


@pytest.fixture
def account_id(session: Session) -> int:
    return operations.grant(
        session, login="an", name="Đồng chí An", role=Role.ADMINISTRATOR, unit_id=None, now=NOON
    )


def test_looking_at_a_link_does_not_spend_it(
    client: FlaskClient, session: Session, account_id: int
) -> None:
    secret = operations.make_link(session, account_id, now=web.now())
    for _ in range(3):
        page = client.get(f"/sign-in/{secret}")
        assert page.status_code == 200
        assert "Đồng chí An" in page.text
    assert client.post(f"/sign-in/{secret}").headers["Location"] == "/account"
    assert client.post(f"/sign-in/{secret}").status_code == 410
    assert client.get(f"/sign-in/{secret}").status_code == 410


def test_a_password_leads_to_the_page_that_was_asked_for(
    client: FlaskClient, session: Session, account_id: int
) -> None:
    operations.set_password(session, account_id, PASSWORD, now=NOON)
    away = client.get("/account")
    assert away.headers["Location"] == "/sign-in?next=/account"
    back = client.post(away.headers["Location"], data={"login": "an", "password": PASSWORD})
    assert back.headers["Location"] == "/account"


@pytest.mark.parametrize(
    "next_",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "evil", "//[", "http://[", "/a\r\nb: c"],
)
def test_signing_in_never_leads_to_another_site(
    client: FlaskClient, session: Session, account_id: int, next_: str
) -> None:
    operations.set_password(session, account_id, PASSWORD, now=NOON)
    back = client.post(
        "/sign-in", query_string={"next": next_}, data={"login": "an", "password": PASSWORD}
    )
    assert back.headers["Location"] == "/desk"


def test_a_wrong_password_says_so_and_keeps_the_login(
    client: FlaskClient, session: Session, account_id: int
) -> None:
    page = client.post("/sign-in", data={"login": "an", "password": "sai sai sai sai"})
    assert page.status_code == 200
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in page.text
    assert 'value="an"' in page.text


def test_a_form_without_its_token_is_refused_in_words(app: Flask, session: Session) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    page = app.test_client().post("/sign-in", data={"login": "an", "password": "x"})
    assert page.status_code == 400
    assert "Trang đã cũ" in page.text


def test_over_https_a_form_needs_its_token_and_no_referer(app: Flask, session: Session) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    browser = app.test_client()
    page = browser.get("/sign-in", base_url="https://khaosat.test").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    data = {"login": "an", "password": "x", "csrf_token": token[1]}
    answer = browser.post("/sign-in", base_url="https://khaosat.test", data=data)
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in answer.text


def test_signing_in_leaves_nothing_of_the_visitor_before(
    client: FlaskClient, session: Session, account_id: int
) -> None:
    operations.set_password(session, account_id, PASSWORD, now=NOON)
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        cookie["lang"] = "en"
    client.post("/sign-in", data={"login": "an", "password": PASSWORD})
    with client.session_transaction() as cookie:
        assert set(cookie) - {"_permanent"} == {"account", "lang"}


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: FlaskClient, session: Session, account_id: int
) -> None:
    operations.set_password(session, account_id, PASSWORD, now=NOON)
    answer = client.post("/sign-in", data={"login": "an", "password": PASSWORD})
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_a_password_is_the_same_from_a_keyboard_that_composes_otherwise(
    client: FlaskClient, session: Session, account_id: int
) -> None:
    operations.set_password(session, account_id, unicodedata.normalize("NFD", PASSWORD), now=NOON)
    data = {"login": "an", "password": unicodedata.normalize("NFC", PASSWORD)}
    assert client.post("/sign-in", data=data).status_code == 302


def test_signing_out_ends_the_visit(sign_in: Callable[..., FlaskClient]) -> None:
    browser = sign_in("administrator")
    assert browser.get("/account").status_code == 200
    browser.post("/sign-out")
    assert browser.get("/account").status_code == 302


def test_two_different_passwords_are_not_saved(sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in("administrator").post(
        "/account", data={"password": PASSWORD, "again": PASSWORD + "x"}
    )
    assert "Hai lần gõ chưa giống nhau." in page.text


def test_a_view_without_a_rule_stops_the_start(app: Flask) -> None:
    app.view_functions["bare"] = lambda: "open to all by mistake"
    with pytest.raises(RuntimeError, match="bare"):
        guards.require_rules(app)


def account(role: Role, unit_id: int | None) -> Account:
    return Account(login="x", name="x", role=role, unit_id=unit_id, created_at=NOON)


@pytest.mark.parametrize(
    ("role", "unit", "right", "path", "allowed"),
    [
        (Role.ORGANISER, 5, Right.EDIT_UNITS, (1, 5, 9), True),
        (Role.ORGANISER, 5, Right.EDIT_UNITS, (1, 5), True),
        (Role.ORGANISER, 5, Right.EDIT_UNITS, (1,), False),
        (Role.ORGANISER, 5, Right.EDIT_UNITS, (1, 6, 9), False),
        (Role.VIEWER, 5, Right.EDIT_UNITS, (1, 5, 9), False),
        (Role.VIEWER, 5, Right.SEE_RESULTS, (1, 5, 9), True),
        (Role.SECRETARY, 9, Right.RUN_CHECK, (1, 5, 9), True),
        (Role.SECRETARY, 9, Right.RUN_CHECK, (1, 5, 8), False),
        (Role.SECRETARY, 9, Right.RUN_SITTINGS, (1, 5, 9), False),
        (Role.ADMINISTRATOR, None, Right.EDIT_UNITS, (7,), True),
    ],
)
def test_a_right_holds_in_the_own_subtree_only(
    role: Role, unit: int | None, right: Right, path: tuple[int, ...], allowed: bool
) -> None:
    assert may(account(role, unit), right, path) is allowed


def test_a_revoked_account_may_nothing() -> None:
    ended = account(Role.ADMINISTRATOR, None)
    ended.revoked_at = NOON
    assert not any(may(ended, right) for right in Right)
