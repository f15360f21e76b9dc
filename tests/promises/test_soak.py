"""What the server holds does not grow with what it has taken in."""

from tests.promises.soak import play
from tests.promises.stage import instance

GROWTH, DESCRIPTORS = 0.05, 8  # a connection more or less is under way at each look


def test_a_server_that_hoards_is_seen() -> None:
    with instance() as (folder, world):
        outcome = play(folder, world, periods=1, seconds=10, a_second=150, plant="keep_everything")
    assert outcome.growth > GROWTH
    assert outcome.descriptors > DESCRIPTORS


def test_over_some_thousand_sheets_memory_and_descriptors_stay_as_they_were() -> None:
    with instance() as (folder, world):
        outcome = play(folder, world, periods=1, seconds=20, a_second=150)
    assert outcome.growth <= GROWTH
    assert outcome.descriptors <= DESCRIPTORS
    assert outcome.count == (outcome.count.acknowledged, 0, 0, 0)
