"""Wrong guesses are answered at one pace; right ones never wait."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey import gateway
from survey.answering import guesses
from survey.answering.front import Front
from survey.answering.guesses import Guesses
from survey.gateway import Gateway
from survey.sittings.tickets import lay_tickets
from tests.conftest import NOON, SETTINGS
from tests.rsgi import Browser
from tests.survey.answering.phone import Phone
from tests.world import World

SECRET = str(SETTINGS["SECRET_KEY"])


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Guesses:
    monkeypatch.setattr(guesses, "BUDGET", 5)
    return Guesses()


def paces(limits: Guesses, times: int, began: float, about: str = "hall") -> list[float]:
    """Seconds from each question to its answer."""
    return [limits.pace(about, began) + time.monotonic() - began for _ in range(times)]


def test_beyond_its_budget_a_sitting_is_slower_and_others_are_not(limits: Guesses) -> None:
    now = time.monotonic()
    assert paces(limits, 6, now) == pytest.approx([0.3] * 5 + [2.0], abs=0.2)
    assert paces(limits, 1, now, "another hall") == pytest.approx([0.3], abs=0.2)


def test_the_budget_comes_back_with_time(limits: Guesses) -> None:
    now = time.monotonic()
    paces(limits, 6, now - 3)
    assert paces(limits, 4, now) == pytest.approx([0.3] * 3 + [2.0], abs=0.2)


def test_what_was_looked_up_slowly_waits_no_longer(limits: Guesses) -> None:
    assert limits.pace("hall", time.monotonic() - 5) == 0.0


# ------------------------------------------------------------------ as whoever guesses sees it


@pytest.fixture
def browser(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(guesses, "PACE", 0.2)
    return Browser(Front(app, Gateway(app, largest=lambda _cookies: 10_000_000)))


@pytest.fixture
def door(
    session: Session, plan: Callable[..., int], key_of: Callable[..., str], world: World
) -> str:
    """Of a sitting that asks for tickets."""
    sitting = plan(tickets=True)
    cell = world.cells[0][0]
    lay_tickets(session, sitting, {cell: 3}, secret_key=SECRET, now=NOON)
    return f"/D/{key_of(sitting)}"


def seconds(ask: Callable[[], object]) -> float:
    began = time.monotonic()
    ask()
    return time.monotonic() - began


@pytest.mark.usefixtures("clock")
def test_a_guess_near_a_real_one_takes_as_long_as_one_that_is_far(
    browser: Browser, client: FlaskClient, door: str
) -> None:
    form = Phone(client, door).form.hidden | {f"q{n}": "0" for n in range(3)}
    times: list[float] = []
    # No digits, a wrong check digit, a right one with no door behind it; then keys.
    for path in ("/?code=x", "/?code=12345678", "/?code=00000000", "/D/x", "/D/" + "0" * 26):
        times += [seconds(lambda path=path: browser.get(path)) for _ in range(2)]
    # No ticket, a wrong check letter, a right one on no slip: by link, and typed.
    for typed in ("x", "BCFG-HJKM-NPQR", "000000000000"):
        times.append(seconds(lambda typed=typed: browser.get(f"{door}/{typed}")))
        times.append(seconds(lambda typed=typed: browser.post(door, form | {"k": typed})))
    assert min(times) >= 0.2
    assert max(times) < 1, times  # what is beyond the budget takes 2


@pytest.mark.usefixtures("clock")
def test_a_right_one_never_waits_however_many_wrong_ones_do(
    browser: Browser, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "BUDGET", 0)
    browser.get(door)
    browser.get("/D/" + "0" * 26)
    assert seconds(lambda: browser.get("/D/" + "0" * 26)) >= 2.0
    assert seconds(lambda: browser.get(door)) < 1


def test_behind_another_server_few_threads_are_held_and_the_rest_are_not_made_to_wait(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, held = Event(), Semaphore(0)

    def asleep(_seconds: float) -> None:
        held.release()
        assert over.wait(60)

    monkeypatch.setattr(gateway, "sleep", asleep)
    monkeypatch.setattr(gateway, "_asleep", Semaphore(3))
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            pool.submit(client.application.test_client().get, "/D/x")
            assert held.acquire(timeout=60)
        try:
            assert [client.get("/D/x").status_code for _ in range(5)] == [404] * 5
            assert not held.acquire(blocking=False)
        finally:
            over.set()
    assert client.get("/D/x").status_code == 404
    assert held.acquire(blocking=False)  # whoever waited makes room
