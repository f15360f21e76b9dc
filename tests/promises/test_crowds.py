"""Halls of phones: behind one address, over a weak network, beside clients that stop half-way."""

import gc
import resource
import warnings
from collections.abc import Iterator

import pytest

from bench import phones
from bench.phones import Pace
from tests.promises import crowds
from tests.promises.crowds import Seen, quick
from tests.promises.stage import instance


@pytest.fixture(autouse=True)
def many_connections() -> Iterator[None]:
    """Both ends of them are ours."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def hall(pace: Pace) -> Seen:
    with instance() as (folder, world):
        return crowds.hall(folder, world, pace)


def silent(each: int) -> Seen:
    with instance() as (folder, world):
        return crowds.silent(folder, world, each=each)


def test_a_limit_for_each_address_turns_a_hall_away() -> None:
    with instance() as (folder, world):
        seen = crowds.hall(folder, world, Pace(600, 4, fast=False), plant="limit_per_address")
    assert seen.refused["page: 429"] > 100


def test_a_hall_of_1000_phones_behind_one_address_is_answered_within_a_second() -> None:
    seen = quick(lambda: hall(Pace(1000, 10, fast=False)), within=1)
    assert (seen.phones, seen.refused, seen.lost, seen.doubled) == (1000, {}, 0, 0)


def test_wrong_codes_from_the_same_address_turn_no_phone_away() -> None:
    with instance() as (folder, world):
        seen = crowds.hall(folder, world, Pace(200, 4, fast=False), reloads=400, guesses=500)
    assert (seen.phones, seen.refused, seen.doubled) == (200, {}, 0)
    assert seen.reloads == {"200": 400}
    assert sum(seen.guesses[status] for status in ("404", "503")) == 2000


def test_over_a_network_that_loses_acknowledgements_all_200_phones_are_told_and_counted_once() -> (
    None
):
    with instance() as (folder, world):
        count, p99 = crowds.weak(folder, world, phones=200, within=5)
    assert count == (200, 0, 0, 0)
    assert p99 <= 45


def test_over_such_a_network_a_sheet_without_a_receipt_of_its_phone_is_counted_twice() -> None:
    with instance() as (folder, world):
        count, _ = crowds.weak(folder, world, phones=40, within=1, plant="receipt_of_the_server")
    assert count.doubled > 0


def test_few_threads_are_all_held_by_bodies_that_never_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(phones, "PATIENCE", 3)
    with instance() as (folder, world):
        seen = crowds.silent(
            folder,
            world,
            each=100,
            kinds="bodies",
            pace=Pace(20, 1, fast=False),
            granian=crowds.THREADED,
        )
    assert seen.refused["not answered"] == 20
    # Those that were not answered leave open connections behind them.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_beside_400_clients_that_stop_half_way_phones_are_answered_within_a_second() -> None:
    seen = quick(lambda: silent(400), within=1, everybody=True)
    assert (seen.phones, seen.refused, seen.lost) == (300, {}, 0)
