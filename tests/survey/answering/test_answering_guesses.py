"""Wrong guesses are answered at one pace; right ones never wait."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from survey.answering import guesses
from survey.answering.guesses import Guesses
from survey.answering.intake import Busy


def waited(limits: Guesses, about: str = "hall") -> float:
    began = time.monotonic()
    limits.wrong(about, began=began)
    return time.monotonic() - began


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Guesses:
    monkeypatch.setattr(guesses, "PACE", 0.02)
    monkeypatch.setattr(guesses, "SLOW", 0.3)
    monkeypatch.setattr(guesses, "BUDGET", 5)
    return Guesses()


def test_beyond_its_budget_a_sitting_is_slower_and_others_are_not(limits: Guesses) -> None:
    quick = [waited(limits) for _ in range(5)]
    assert max(quick) < 0.3
    assert min(quick) >= 0.02
    assert waited(limits) >= 0.3
    assert waited(limits, "another hall") < 0.3


def test_the_budget_comes_back_with_time(limits: Guesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "REFILL", 100.0)
    for _ in range(6):
        waited(limits)
    time.sleep(0.05)
    assert waited(limits) < 0.3


def test_those_who_wait_are_bounded_and_the_rest_are_asked_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guesses, "AT_ONCE", 3)
    limits = Guesses()

    def guess(_: int) -> bool:
        try:
            limits.wrong("hall", began=time.monotonic())
        except Busy:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        answered = list(pool.map(guess, range(10)))
    assert answered.count(True) == 3


def test_a_guess_near_a_real_code_takes_as_long_as_one_that_is_far(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "PACE", 0.15)
    times = []
    # No digits, a wrong check digit, a right one with no door behind it; then keys.
    for address in ("/?code=x", "/?code=12345678", "/?code=00000000", "/D/x", "/D/" + "0" * 26):
        began = time.monotonic()
        assert client.get(address).status_code == 404
        times.append(time.monotonic() - began)
    assert min(times) >= 0.15
