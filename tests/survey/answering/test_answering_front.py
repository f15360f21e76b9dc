"""What is answered before Flask is woken is what Flask would have answered."""

import gzip
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from survey.answering import guesses, pages
from survey.answering.front import Front
from survey.sittings import operations as sittings
from survey.sittings.models import Show
from tests.conftest import NOON
from tests.survey.answering.phone import RIGHT, Phone
from tests.world import World

pytestmark = pytest.mark.usefixtures("clock")

RECEIPT = "0123456789abcdef0123456789abcdef"
SCRIPTED = {"Accept": "application/json"}
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def woken(app: Flask) -> list[str]:
    """The method of every request that reached Flask."""
    front, methods = app.wsgi_app, []
    assert isinstance(front, Front)
    behind = front._app

    def counted(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        methods.append(environ["REQUEST_METHOD"])
        return behind(environ, start)

    front._app = counted
    return methods


@pytest.fixture
def one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "draw_seed", lambda: 7)


@pytest.fixture
def address(plan: Callable[..., int], key_of: Callable[..., str], world: World) -> str:
    return f"/D/{key_of(plan(show=Show.ANSWERS), hall=world.halls[0])}"


def without_slip(page: TestResponse) -> tuple[int, dict[str, str], bytes]:
    body = gzip.decompress(page.data)
    before, slip = body.split(b'name="t" value="')
    headers = dict(page.headers)
    del headers["Content-Length"]
    return page.status_code, headers, before + slip[52:]


@pytest.mark.usefixtures("one_order")
@pytest.mark.parametrize("query", ["", "?lang=en", "?m=shared&lang=en", "?zarsrc=x", "?cell=4"])
def test_the_second_phone_gets_the_page_of_the_first_and_flask_sleeps(
    client: FlaskClient, address: str, woken: list[str], query: str
) -> None:
    first = client.get(address + query, headers=BROWSER)
    assert woken == ["GET"]
    second = client.get(address + query, headers=BROWSER)
    assert woken == ["GET"]
    assert without_slip(second) == without_slip(first)


def test_the_same_acknowledgement_is_given_with_and_without_flask(
    client: FlaskClient, address: str, woken: list[str]
) -> None:
    phone = Phone(client, address)
    wrong = RIGHT | {"Một lựa chọn?": ["Sai"]}
    both = [
        phone.hand_in(wrong, cell="Chi bộ Thôn 2", r=RECEIPT, headers=SCRIPTED) for _ in range(2)
    ]
    assert woken == ["GET", "POST"]
    assert both[1].get_json() == both[0].get_json()
    assert both[1].get_json()["state"] == "recorded"
    assert dict(both[1].headers) == dict(both[0].headers)


def test_a_refused_sheet_is_asked_about_once_and_flask_finds_the_words(
    app: Flask, client: FlaskClient, address: str, woken: list[str], session: Any
) -> None:
    phone = Phone(client, address)
    sittings.pause_sitting(session, 1, now=NOON)
    begun: list[bool] = []

    def count(connection: Any) -> None:
        begun.append(connection.get_execution_options().get("writes", False))

    event.listen(app.extensions["survey_engine"], "begin", count)
    answer = phone.hand_in(cell="Chi bộ Thôn 2", r=RECEIPT, headers=SCRIPTED)
    event.remove(app.extensions["survey_engine"], "begin", count)
    assert answer.status_code == 409
    assert answer.get_json()["state"] == "paused"
    assert begun.count(True) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, {"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "br"}],
    ids=["none", "refused", "another"],
)
def test_a_browser_that_takes_no_gzip_gets_the_page_as_it_is(
    client: FlaskClient, address: str, headers: dict[str, str]
) -> None:
    client.get(address, headers=BROWSER)
    page = client.get(address, headers=headers)
    assert "Content-Encoding" not in page.headers
    assert page.text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("body", "length"),
    [(b"t=%ZZ&q0=\xff", None), (b"&" * 3000, None), (b"t=x", "x"), (b"a=1;" * 20000, None)],
    ids=["broken", "many fields", "no length", "too large"],
)
def test_what_is_no_form_of_ours_is_left_to_flask_and_stores_nothing(
    client: FlaskClient,
    address: str,
    woken: list[str],
    sheets: Callable[[], list[object]],
    body: bytes,
    length: str | None,
) -> None:
    client.get(address)
    changed = {"CONTENT_LENGTH": length} if length else {}
    answer = client.post(
        address,
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers=SCRIPTED,
        environ_overrides=changed,
    )
    assert woken == ["GET", "POST"]
    assert answer.status_code in (400, 413)
    assert sheets() == []


def test_a_door_that_is_shut_is_never_answered_from_memory(
    client: FlaskClient, address: str, clock: Any, woken: list[str]
) -> None:
    client.get(address, headers=BROWSER)
    clock.shift(3600)
    assert "đã kết thúc" in client.get(address).text
    assert woken == ["GET", "GET"]


@pytest.mark.parametrize("path", ["/D/" + "0" * 26, "/?code=00000000", "/?code=%3Cb%3E&lang=en"])
def test_a_second_wrong_guess_is_answered_as_the_first_and_flask_sleeps(
    client: FlaskClient, woken: list[str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(guesses, "PACE", 0.01)
    both = [client.get(path) for _ in range(2)]
    assert woken == ["GET"]
    assert [answer.status_code for answer in both] == [404, 404]
    assert both[0].data == both[1].data
    assert dict(both[0].headers) == dict(both[1].headers)
    assert b"<b>" not in both[0].data


def test_too_many_wrong_guesses_at_once_are_asked_to_come_again_and_a_right_one_never_waits(
    app: Flask, client: FlaskClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "PACE", 0.01)
    wrong = "/D/" + "0" * 26
    client.get(wrong)
    waiting = app.extensions["answering"].guesses._waiting
    for _ in range(guesses.AT_ONCE):
        waiting.acquire()
    refused = client.get(wrong)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("kept", ["before the receipt", "inside the receipt"])
def test_a_sheet_that_was_cut_off_on_its_way_is_not_stored_under_half_its_receipt(
    client: FlaskClient,
    address: str,
    sheets: Callable[[], list[object]],
    kept: str,
) -> None:
    """The phone sends the whole of it again, and that must be the only one."""
    hidden = Phone(client, address).form.hidden
    fields = {"cell": "4", "q0": "0", "q1": "0", "q2": "0", "t": hidden["t"], "r": RECEIPT}
    whole = urlencode(fields).encode()
    end = whole.index(b"&r=") + (0 if kept == "before the receipt" else 3 + 25)
    sent = {"content_type": "application/x-www-form-urlencoded", "headers": SCRIPTED}
    changed = {"CONTENT_LENGTH": str(len(whole))}
    stump = client.post(address, data=whole[:end], environ_overrides=changed, **sent)
    assert stump.status_code == 400
    assert client.post(address, data=whole, **sent).get_json()["state"] == "recorded"
    assert len(sheets()) == 1
