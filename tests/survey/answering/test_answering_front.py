"""What is answered before Flask is woken is what Flask would have answered."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey import gateway
from survey.answering import guesses, operations, pages
from survey.answering.front import Front, form_of
from survey.gateway import Gateway
from survey.sittings import operations as sittings
from survey.sittings.models import Show
from tests.conftest import NOON
from tests.rsgi import Answer, Browser
from tests.survey.answering.phone import RIGHT, read
from tests.world import World

pytestmark = pytest.mark.usefixtures("clock")

RECEIPT = "0123456789abcdef0123456789abcdef"
SCRIPTED = {"accept": "application/json"}
BROWSER = {"accept-encoding": "gzip, deflate, br"}
Plan = Callable[..., int]
KeyOf = Callable[..., str]


@pytest.fixture
def woken(app: Flask) -> list[str]:
    """The method of every request that reached Flask."""
    methods: list[str] = []
    behind = app.wsgi_app

    def counted(environ: dict[str, Any], start: Any) -> Any:
        methods.append(environ["REQUEST_METHOD"])
        return behind(environ, start)

    app.wsgi_app = counted  # type: ignore[method-assign]
    return methods


@pytest.fixture
def browser(app: Flask, woken: list[str]) -> Browser:
    return Browser(Front(app, Gateway(app, largest=lambda _cookies: 10_000_000)))


@pytest.fixture
def one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "draw_seed", lambda: 7)


@pytest.fixture
def sitting(plan: Plan) -> int:
    return plan(show=Show.ANSWERS)


@pytest.fixture
def address(sitting: int, key_of: KeyOf, world: World) -> str:
    return f"/D/{key_of(sitting, hall=world.halls[0])}"


def without_slip(page: Answer) -> tuple[int, dict[str, str], str]:
    before, slip = page.text.split('name="t" value="')
    headers = {k: v for k, v in page.headers.items() if k != "content-length"}
    return page.status, headers, before + slip[52:]


def form_on(page: Answer, answers: dict[str, list[str]] = RIGHT, **more: str) -> list[Any]:
    """What a person sends from this page who ticks these, and is of the cell Thôn 2."""
    form = read(page.text)
    data: list[Any] = [*form.hidden.items()]
    for question, words in (answers | {"chi bộ nào": ["Chi bộ Thôn 2"]}).items():
        shown = next(choices for title, choices in form.choices.items() if question in title)
        data += [shown[word] for word in words]
    return [*data, *more.items()]


# ------------------------------------------------------------------ the page


@pytest.mark.usefixtures("one_order")
@pytest.mark.parametrize("query", ["", "?lang=en", "?m=shared&lang=en", "?zarsrc=x", "?cell=4"])
def test_the_second_phone_gets_the_page_of_the_first_and_flask_sleeps(
    browser: Browser, address: str, woken: list[str], query: str
) -> None:
    first = browser.get(address + query, BROWSER)
    assert woken == ["GET"]
    second = browser.get(address.lower().replace("/d/", "/D/") + query, BROWSER)
    assert woken == ["GET"]
    assert without_slip(second) == without_slip(first)


@pytest.mark.usefixtures("one_order")
def test_it_is_the_page_that_flask_alone_gives(
    browser: Browser, client: FlaskClient, address: str
) -> None:
    browser.get(address, BROWSER)
    front = browser.get(address, BROWSER)
    alone = client.get(address, headers=BROWSER)
    flask = Answer(alone.status_code, {k.lower(): v for k, v in alone.headers}, alone.data)
    assert without_slip(front) == without_slip(flask)


@pytest.mark.usefixtures("one_order")
@pytest.mark.parametrize(
    ("accepted", "is_packed", "wakes"),
    [
        (None, False, False),
        ("br", False, False),
        ("gzip;q=0", False, True),
        ("gzip;q=1.0, *;q=0.5", True, True),
    ],
)
def test_a_browser_gets_the_page_as_it_can_read_it(
    browser: Browser,
    address: str,
    woken: list[str],
    accepted: str | None,
    *,
    is_packed: bool,
    wakes: bool,
) -> None:
    browser.get(address, BROWSER)
    page = browser.get(address, {"accept-encoding": accepted} if accepted else {})
    assert (page.headers.get("content-encoding") == "gzip") == is_packed
    assert page.text.startswith("<!doctype html>")
    assert (woken == ["GET", "GET"]) == wakes


@pytest.mark.usefixtures("one_order")
def test_a_thousand_who_come_in_one_moment_read_the_store_once(
    app: Flask, browser: Browser, address: str
) -> None:
    browser.get(address, BROWSER)
    app.extensions["answering"].entrances._doors._values.clear()
    begun = counting(app)
    pages = browser.ask_all([("GET", address, {"headers": BROWSER})] * 1000)
    assert [page.status for page in pages] == [200] * 1000
    assert len(begun()) == 1


def counting(app: Flask) -> Callable[[], list[bool]]:
    """Call it for the transactions begun until then; True for one that writes."""
    engine, begun = app.extensions["survey_engine"], []

    def count(connection: Any) -> None:
        begun.append(connection.get_execution_options().get("writes", False))

    def ended() -> list[bool]:
        event.remove(engine, "begin", count)
        return begun

    event.listen(engine, "begin", count)
    return ended


@pytest.mark.usefixtures("one_order")
def test_starting_writes_nothing(app: Flask, browser: Browser, address: str) -> None:
    begun = counting(app)
    browser.get(address, BROWSER)
    browser.get(address, BROWSER)
    written = begun()
    assert written
    assert not any(written)


def test_a_door_that_is_shut_says_so_at_once_and_again_without_flask(
    browser: Browser, address: str, clock: Any, woken: list[str]
) -> None:
    browser.get(address, BROWSER)
    clock.shift(3600)
    shut = [browser.get(address, BROWSER) for _ in range(2)]
    assert woken == ["GET", "GET"]
    assert "đã kết thúc" in shut[0].text
    assert shut[1] == shut[0]


def test_what_a_page_that_is_shut_says_is_never_of_before_a_change(
    browser: Browser, session: Session, address: str, sitting: int, clock: Any
) -> None:
    sittings.pause_sitting(session, sitting, now=NOON)
    for _ in range(2):
        assert "tạm dừng" in browser.get(address, BROWSER).text
    sittings.resume_sitting(session, sitting, now=NOON)
    clock.shift(2)
    assert 'name="t"' in browser.get(address, BROWSER).text


# ------------------------------------------------------------------ the sheet


@pytest.mark.usefixtures("one_order")
@pytest.mark.parametrize(
    "headers",
    [
        SCRIPTED,
        {"accept": "text/html"},
        {"accept": "application/json, text/plain, */*"},
        {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
    ],
    ids=["json", "page", "json first", "charset"],
)
def test_the_same_acknowledgement_is_given_with_and_without_flask(
    browser: Browser, address: str, woken: list[str], headers: dict[str, str]
) -> None:
    page = browser.get(address, BROWSER)
    form = form_on(page, RIGHT | {"Một lựa chọn?": ["Sai"]}, r=RECEIPT)
    both = [browser.post(address, form, headers) for _ in range(2)]
    assert woken == ["GET", "POST"]
    assert [answer.status for answer in both] == [200, 200]
    assert both[1].body == both[0].body
    assert "Đã ghi nhận" in both[0].text
    assert both[1].headers == both[0].headers


def test_a_refused_sheet_is_asked_about_once_and_flask_finds_the_words(
    app: Flask, browser: Browser, address: str, sitting: int, session: Session
) -> None:
    form = form_on(browser.get(address), r=RECEIPT)
    sittings.pause_sitting(session, sitting, now=NOON)
    begun = counting(app)
    answer = browser.post(address, form, SCRIPTED)
    assert (answer.status, answer.json["state"]) == (409, "paused")
    assert begun().count(True) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"t=%ZZ&q0=\xff", 400), (b"&" * 3000, 413), (b"a=1;" * 20000, 413)],
    ids=["broken", "many fields", "too large"],
)
def test_what_is_no_form_of_ours_is_left_to_flask_and_stores_nothing(
    browser: Browser,
    address: str,
    woken: list[str],
    sheets: Callable[[], list[object]],
    body: bytes,
    status: int,
) -> None:
    assert browser.post(address, body, SCRIPTED).status == status
    assert woken == ["POST"]
    assert sheets() == []


@pytest.mark.parametrize("kept", ["before the receipt", "inside the receipt"])
def test_a_sheet_that_was_cut_off_on_its_way_is_not_stored_under_half_its_receipt(
    browser: Browser, address: str, sheets: Callable[[], list[object]], kept: str
) -> None:
    """The phone sends the whole of it again, and that must be the only one."""
    whole = urlencode(form_on(browser.get(address), r=RECEIPT)).encode()
    end = whole.index(b"&r=") + (0 if kept == "before the receipt" else 3 + 25)
    told = SCRIPTED | {"content-length": str(len(whole))}
    assert browser.post(address, whole[:end], told).status == 408
    assert browser.post(address, whole, SCRIPTED).json["state"] == "recorded"
    assert len(sheets()) == 1


def test_a_sheet_that_never_comes_to_its_end_is_given_up(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.05)
    sent = {"content-type": "application/x-www-form-urlencoded", "content-length": "600"}
    assert browser.ask("POST", address, body=None, headers=sent).status == 408


@given(
    st.text("ab=&+%41;é ", max_size=40) | st.binary(max_size=20).map(lambda b: b.decode("latin-1"))
)
def test_a_form_is_read_as_the_standard_library_reads_it(text: str) -> None:
    body = text.encode("latin-1")
    read = form_of(body)
    assert read is None if not body.isascii() else read == parse_qs(text, keep_blank_values=True)


def test_a_form_of_more_fields_than_any_sheet_has_is_not_read() -> None:
    assert form_of(b"a&" * 1999) is not None
    assert form_of(b"a&" * 2000) is None


@pytest.mark.parametrize(
    "ticked", [[" 1"], ["+1"], ["01"], ["-1"], ["1"] * 200, ["99"], ["x" * 900]]
)
def test_what_no_page_of_ours_sends_is_refused_and_nothing_of_it_kept(
    browser: Browser, address: str, ticked: list[str]
) -> None:
    before = operations._response.cache_info().currsize
    data = [pair for pair in form_on(browser.get(address)) if pair[0] != "q0"]
    refused = browser.post(address, [*data, *(("q0", text) for text in ticked)], SCRIPTED)
    assert (refused.status, refused.json["state"]) == (400, "stale")
    assert operations._response.cache_info().currsize - before <= len(data)


# ------------------------------------------------------------------ wrong guesses


@pytest.mark.parametrize("path", ["/D/" + "0" * 26, "/?code=00000000", "/?code=%3Cb%3E&lang=en"])
def test_a_second_wrong_guess_is_answered_as_the_first_and_flask_sleeps(
    browser: Browser, woken: list[str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(guesses, "PACE", 0.01)
    both = [browser.get(path) for _ in range(2)]
    assert woken == ["GET"]
    assert [answer.status for answer in both] == [404, 404]
    assert both[0].body == both[1].body
    assert both[0].headers == both[1].headers
    assert b"<b>" not in both[0].body


def test_a_thousand_wrong_guesses_wait_together_and_hold_no_thread(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "PACE", 0.5)
    monkeypatch.setattr(guesses, "SLOW", 1.0)
    wrong: tuple[str, str, dict[str, Any]] = ("GET", "/D/" + "0" * 26, {})
    browser.ask(*wrong[:2])
    browser.get(address, BROWSER)
    gate = browser.application._gateway
    answers = browser.ask_all([*[wrong] * 1000, ("GET", address, {})])
    assert [answer.status for answer in answers] == [404] * 1000 + [200]
    assert gate._held == 0


def test_beyond_what_can_be_held_back_no_guess_is_looked_up_and_a_known_door_still_opens(
    app: Flask, browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "PACE", 0.01)
    right = f"/?code={code_of(app, address)}"
    browser.get("/?code=00000000")
    assert browser.get(right).status == 302
    browser.get(address, BROWSER)
    monkeypatch.setattr(gateway, "MOST_HELD", 0)
    begun = counting(app)
    for guess in ("/?code=00000000", right):
        refused = browser.get(guess)
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert begun() == []
    assert browser.get(address, BROWSER).status == 200


def test_a_door_that_is_known_opens_while_all_of_flasks_threads_are_busy(
    app: Flask, browser: Browser, address: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get(address, BROWSER)
    clock.shift(2)  # whether it is open has to be read again
    behind, released = app.wsgi_app, threading.Event()
    gave_up: list[bool] = []

    def stuck(environ: dict[str, Any], start: Any) -> Any:
        gave_up.append(not released.wait(20))
        return behind(environ, start)

    monkeypatch.setattr(app, "wsgi_app", stuck)
    opened: list[int] = []

    async def played() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(100):
                group.create_task(browser._ask("GET", "/sign-in", {}))
            await asyncio.sleep(0.1)
            opened.append((await browser._ask("GET", address, {"headers": BROWSER})).status)
            released.set()

    asyncio.run(played())
    assert opened == [200]
    assert gave_up == [False] * 100


def test_a_fault_is_logged_without_what_was_sent_and_answered(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*_: object) -> None:
        raise ValueError(RECEIPT.upper())

    monkeypatch.setattr(pages, "draw_seed", broken)
    answer = browser.get(address, BROWSER)
    assert answer.status == 500
    assert RECEIPT.upper() not in caplog.text
    assert "broken" in caplog.text


def code_of(app: Flask, address: str) -> str:
    from survey.sittings.queries import find_door

    with Session(app.extensions["survey_engine"]) as session:
        door = find_door(session, address[3:])
    assert door is not None
    return door.code
