"""kill -9 in a storm: nothing acknowledged is lost, nothing is counted twice."""

import pytest

from tests.promises.kills import Plan, play
from tests.promises.stage import instance


@pytest.mark.parametrize(
    ("plant", "fault"),
    [("acknowledge_before_commit", "lost"), ("receipt_of_the_server", "doubled")],
)
def test_the_harness_sees_what_is_planted(plant: str, fault: str) -> None:
    with instance() as (folder, world):
        outcome = play(folder, world, Plan(kills=12, whole=1), plant=plant)
    assert getattr(outcome.count, fault) > 0


def test_after_500_kills_of_workers_and_20_of_all_each_acknowledged_sheet_is_stored_once() -> None:
    with instance() as (folder, world):
        outcome = play(folder, world, Plan(kills=500, whole=20))
    assert (outcome.kills, outcome.whole) == (500, 20)
    assert outcome.count.acknowledged > 1000
    assert (outcome.count.lost, outcome.count.doubled, outcome.count.untold) == (0, 0, 0)
