"""Whatever goes wrong is told in words, in the visitor's language, and never as a traceback."""

import logging

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy import text

from survey import db
from survey.access.guards import public


@pytest.fixture
def failing(app: Flask) -> FlaskClient:
    """A browser in front of an application one of whose views fails."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/fail")
    @public
    def fail() -> str:
        raise RuntimeError("secret of the house")

    @app.get("/fail/<int:code>")
    @public
    def refuse(code: int) -> str:
        abort(code)

    return app.test_client()


@pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 429, 500, 503])
def test_every_refusal_is_a_page_in_the_visitors_language(failing: FlaskClient, code: int) -> None:
    for lang, html in (("vi", '<html lang="vi">'), ("en", '<html lang="en">')):
        page = failing.get(f"/fail/{code}", query_string={"lang": lang})
        assert page.status_code == code
        assert html in page.text
        assert "desk.css" in page.text


def test_a_fault_of_ours_tells_nothing_of_the_inside(failing: FlaskClient) -> None:
    page = failing.get("/fail")
    assert page.status_code == 500
    assert "secret of the house" not in page.text
    assert "Traceback" not in page.text


def test_the_log_of_a_fault_tells_where_it_is_and_nothing_of_what_was_sent(
    app: Flask, failing: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A door's key and a person's ticket with the time would tell who answered when."""
    key, ticket = "0123456789ABCDEFGHJKMNPQRS", "MOTPHIEUMA"

    def fail(**values: str) -> str:
        sent = {**values, **request.args, **request.form}
        try:
            raise OSError(28, "No space left on device", f"/{sent}")
        except OSError as error:
            raise RuntimeError(f"cannot answer {sent}") from error

    app.view_functions["answering.hand_in"] = app.view_functions["answering.door"] = fail
    assert failing.get(f"/D/{key}/{ticket}?cell=4711").status_code == 500
    assert failing.post(f"/D/{key}", data={"k": ticket, "i0": "4711"}).status_code == 500
    for record, told in zip(
        caplog.records, ("answering.door [GET]", "answering.hand_in [POST]"), strict=True
    ):
        written = logging.Formatter().format(record)
        assert written.splitlines()[0] == f"Exception in {told}"
        assert "builtins.OSError: No space left on device\n" in written
        assert written.endswith("builtins.RuntimeError\n")
        assert "raise RuntimeError(f" in written
        assert [word for word in (key, ticket, "4711", "/D/") if word in written] == []


def test_a_store_that_is_gone_still_gives_a_page(app: Flask, failing: FlaskClient) -> None:
    with app.app_context(), db.engine().connect() as connection:
        connection.execute(text("DROP TABLE account"))
        connection.commit()
    with failing.session_transaction() as cookie:
        cookie["account"] = [1, 0]
    page = failing.get("/desk")
    assert page.status_code == 500
    assert '<html lang="vi">' in page.text


def test_a_body_that_is_too_large_is_refused_in_words(app: Flask, client: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    page = client.post("/sign-in", data={"login": "x" * 2000})
    assert page.status_code == 413
    assert "<h1" in page.text


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/D/" + "0" * 26])
def test_every_page_carries_the_headers_that_close_it_to_others(
    client: FlaskClient, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
