"""A disk that loses power, fails, or is slow."""

import pytest

from bench.phones import Pace
from tests.promises import crowds, faults, power
from tests.promises.stage import instance

FAST = Pace(10_000_000, 3, fast=True)
SYNC = 0.008
# Those of a sitting that write, and so are tried again. A page only reads.
STEPS = {"open", "sheet", "sheet by ticket", "close", "count", "seal", "sweep"}


@pytest.mark.parametrize(
    ("plant", "fault"), [("synchronous_normal", "lost"), ("sealed_in_two_steps", "half")]
)
def test_what_is_planted_is_seen_when_the_power_goes(plant: str, fault: str) -> None:
    """In one of a few short storms: what is between two commits is soon over."""

    def seen() -> int:
        with instance() as (folder, world):
            outcome = power.play(folder, world, cuts=60, seconds=1, plant=plant)
        return int(getattr(outcome, fault))

    assert any(seen() for _ in range(8))


def test_after_any_of_200_power_cuts_each_told_sheet_is_there_once_and_no_seal_is_half() -> None:
    with instance() as (folder, world):
        outcome = power.play(folder, world, cuts=200, seconds=2)
    assert sum(outcome.cuts.values()) == 200
    assert min(outcome.cuts[stage] for stage in ("storm", *power.WORK)) >= 30
    assert min(outcome.sealed, outcome.unsealed) > 10
    assert outcome.acknowledged > 300
    assert outcome.synced > 100
    assert outcome.faults == 0, outcome


@pytest.mark.parametrize(
    ("plant", "fault"), [("success_when_it_failed", "lost"), ("sealed_in_two_steps", "half")]
)
def test_a_fault_in_how_the_store_is_written_is_seen(plant: str, fault: str) -> None:
    outcome = faults.play(step=24, plant=plant)
    assert getattr(outcome, fault) > 0


def test_whichever_call_to_the_disk_fails_in_a_sitting_the_step_tried_again_succeeds() -> None:
    """Each call in one way, by turns; the release plays each in every way."""
    outcome = faults.play()
    assert outcome.trials == outcome.calls > 300
    assert outcome.refusing > 150
    assert outcome.at_once > 100
    assert outcome.again.keys() == STEPS
    assert outcome.said.keys() == {"500", "503"}
    assert outcome.renamed == 0
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
