"""What a process keeps: as much as fits, and nothing of what was over hours ago."""

from datetime import timedelta

from survey.answering.shelf import FORGOTTEN, Shelf
from tests.conftest import NOON

SECOND = timedelta(seconds=1)


def test_beyond_its_size_it_keeps_what_was_put_there_last() -> None:
    shelf: Shelf[int, str] = Shelf(2)
    for key in (1, 2, 1, 3):
        shelf.put(key, f"{key}", NOON)
    assert [shelf.last(key) for key in (1, 2, 3)] == ["1", None, "3"]


def test_what_nobody_put_there_again_for_hours_is_gone_with_the_next() -> None:
    shelf: Shelf[int, str] = Shelf(100)
    shelf.put(1, "the door of this morning", NOON)
    shelf.put(2, "read again since", NOON)
    shelf.put(2, "read again since", NOON + SECOND)
    shelf.put(3, "a door of now", NOON + FORGOTTEN)
    assert shelf.last(1) == "the door of this morning"
    shelf.put(4, "the next one", NOON + FORGOTTEN + SECOND)
    assert [shelf.last(key) for key in (1, 2)] == [None, "read again since"]
    assert len(shelf._values) == 3


def test_what_is_good_for_a_while_is_good_for_that_while() -> None:
    shelf: Shelf[int, str] = Shelf(2, 30 * SECOND)
    shelf.put(1, "1", NOON)
    after = [shelf.get(1, NOON + seconds * SECOND) for seconds in (-1, 0, 29, 30)]
    assert after == [None, "1", "1", None]
    assert shelf.get(1, NOON + 59 * SECOND, late=2) == "1"
    assert shelf.get(1, NOON + 60 * SECOND, late=2) is None
    assert shelf.last(1) == "1"
