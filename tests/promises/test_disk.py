"""A disk that loses power, fails, or is slow."""

from bench.phones import Pace
from tests.promises import crowds, faults, power
from tests.promises.stage import instance

FAST = Pace(10_000_000, 5, fast=True)
SYNC = 0.008


def test_a_store_that_syncs_less_loses_sheets_when_the_power_goes() -> None:
    with instance() as (folder, world):
        outcome = power.play(folder, world, cuts=60, seconds=2, plant="synchronous_normal")
    assert outcome.lost > 5


def test_after_any_of_200_power_cuts_the_store_opens_and_holds_every_acknowledged_sheet_once() -> (
    None
):
    with instance() as (folder, world):
        outcome = power.play(folder, world, cuts=200, seconds=4)
    assert outcome.acknowledged > 300
    assert outcome.synced > 100
    assert (outcome.unopened, outcome.lost, outcome.doubled) == (0, 0, 0)


def test_a_success_said_of_a_failed_write_is_seen() -> None:
    with instance() as (folder, _):
        outcome = faults.play(folder, last=20, plant="success_when_it_failed")
    assert outcome.lost > 5


def test_whichever_call_to_the_disk_fails_a_phone_is_told_to_come_again_and_then_it_works() -> None:
    with instance() as (folder, _):
        outcome = faults.play(folder, last=300)
    assert outcome.trials == 300
    assert outcome.refused > 100
    assert outcome.faults == 0, outcome


def test_one_commit_a_sheet_is_too_slow_on_a_slow_disk() -> None:
    with instance() as (folder, world):
        seen = crowds.hall(folder, world, FAST, delay=SYNC, plant="one_commit_a_sheet")
    assert seen.a_second < 300


def test_on_a_disk_of_8_ms_a_sync_300_sheets_a_second_are_stored() -> None:
    def play() -> crowds.Seen:
        with instance() as (folder, world):
            return crowds.hall(folder, world, FAST, delay=SYNC)

    seen = crowds.quick(play, within=1)
    assert seen.a_second >= 300
    assert (seen.refused, seen.lost, seen.doubled) == ({}, 0, 0)
