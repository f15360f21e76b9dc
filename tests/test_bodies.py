"""How much of a request is taken in: little from anybody, more from one who is signed in, and
what is too much is refused in words before any of it is understood."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient

FORM = "application/x-www-form-urlencoded"
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def parsed(app: Flask) -> list[bool]:
    """Whether each request's form had been read when it was answered."""
    found: list[bool] = []

    @app.teardown_request
    def look(_error: BaseException | None) -> None:
        found.append("form" in request.__dict__)

    return found


def post(browser: FlaskClient, address: str, body: bytes, **more: Any) -> int:
    return browser.post(address, data=body, content_type=FORM, **more).status_code


def fields(count: int) -> bytes:
    return b"&".join([b"a"] * count)


@pytest.mark.parametrize("is_checked", [False, True])
@pytest.mark.parametrize(
    ("body", "is_taken"),
    [
        (fields(2000), True),
        (fields(2001), False),
        (b"a=" + b"x" * (64 * 1024 - 2), True),
        (b"a=" + b"x" * (64 * 1024 - 1), False),
    ],
)
def test_a_stranger_may_send_little(
    app: Flask, client: FlaskClient, parsed: list[bool], body: bytes, is_taken: bool,
    is_checked: bool,
) -> None:  # fmt: skip
    """Also where the form is read to see whether it is ours, before any view."""
    app.config["WTF_CSRF_ENABLED"] = is_checked
    status = post(client, "/sign-in", body)
    assert status == ((400 if is_checked else 200) if is_taken else 413)
    assert parsed == [is_taken]


def test_a_body_of_unknown_length_is_read_no_further_than_that(
    client: FlaskClient, parsed: list[bool]
) -> None:
    endless = BytesIO(b"a=" + b"x" * 1_000_000)
    status = client.post(
        "/sign-in",
        input_stream=endless,
        content_type=FORM,
        environ_overrides={"wsgi.input_terminated": True},
    ).status_code
    assert status == 413
    assert endless.tell() <= 64 * 1024 + 1
    assert parsed == [False]


@pytest.mark.parametrize(
    ("body", "is_taken"),
    [
        (fields(20_000), True),
        (fields(20_001), False),
        (b"password=" + b"x" * 9_000_000, True),
        (b"password=" + b"x" * 11_000_000, False),
    ],
)
def test_who_is_signed_in_may_send_what_the_settings_say(
    sign_in: SignIn, parsed: list[bool], body: bytes, is_taken: bool
) -> None:
    assert post(sign_in("administrator"), "/account", body) == (200 if is_taken else 413)
    assert parsed[-1] is is_taken


def test_a_cookie_that_somebody_else_signed_lets_nothing_more_in(
    app: Flask, client: FlaskClient
) -> None:
    app.config["SECRET_KEY"], own = "another key, as long as the own one", app.config["SECRET_KEY"]
    cookie = SecureCookieSessionInterface().get_signing_serializer(app).dumps({"account": [1, 0]})
    app.config["SECRET_KEY"] = own
    client.set_cookie("survey", cookie)
    assert post(client, "/sign-in", fields(2001)) == 413


@pytest.mark.parametrize(("more", "lang"), [(99, "en"), (100, "vi")])
def test_of_an_address_with_more_fields_than_ours_have_nothing_is_read(
    client: FlaskClient, more: int, lang: str
) -> None:
    page = client.get("/sign-in?lang=en" + "&a" * more)
    assert page.status_code == 200
    assert f'<html lang="{lang}">' in page.text


@pytest.mark.parametrize("role", [None, "administrator"])
def test_an_attendees_page_takes_a_sheet_and_no_more_from_anybody(
    client: FlaskClient, sign_in: SignIn, role: str | None
) -> None:
    browser = sign_in(role) if role else client
    address = "/D/" + "0" * 26
    assert post(browser, address, fields(2000)) == 404
    assert post(browser, address, fields(2001)) == 413
    assert post(browser, address, b"a=" + b"x" * 64 * 1024) == 413


@pytest.mark.parametrize(
    ("lang", "words"), [("vi", "Nội dung gửi quá lớn"), ("en", "What was sent is too large")]
)
def test_too_much_is_refused_in_the_visitors_language(
    client: FlaskClient, lang: str, words: str
) -> None:
    page = client.post(f"/sign-in?lang={lang}", data=fields(9000), content_type=FORM)
    assert page.status_code == 413
    assert f"<h1>{words}</h1>" in page.text
