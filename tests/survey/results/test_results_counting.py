"""Piles of sheets become counts; what an open sitting shows moves by five sheets or not at all."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.tally import Tally
from survey.results.counting import Call, Count, Live, by_place, calls, counted
from survey.units.queries import Node, Tree
from tests.survey.results.ground import PAPER, sheet

NONE = Tally.empty(PAPER)


def tally(*rights: int) -> Tally:
    return Tally.of_encoded(PAPER, ((sheet(right), 1) for right in rights))


def count(*rights: int) -> Count:
    return Count(len(rights), tally(*rights))


def small_tree() -> Tree:
    """1 over 2 and 3; cells 21, 22 under 2 and 31 under 3."""
    nodes = [(1, None), (2, 1), (3, 1), (21, 2), (22, 2), (31, 3)]
    return Tree(
        Node(id, str(id), "cell" if id > 9 else "commune", f"Đơn vị {id}", parent)
        for id, parent in nodes
    )


# ------------------------------------------------------------------ places


def test_sheets_are_piled_by_cell_and_hall() -> None:
    rows = [(21, 7, "a", 2), (21, 8, "a", 1), (21, 7, "b", 3), (22, 7, "a", 1)]
    assert by_place(rows, {7: [21, 22], 8: [21]}) == {
        (21, 7): {"a": 2, "b": 3},
        (21, 8): {"a": 1},
        (22, 7): {"a": 1},
    }


def test_a_sheet_by_the_common_door_counts_for_the_one_hall_that_called_its_cell() -> None:
    rows = [(21, None, "a", 2), (21, 7, "a", 1), (22, None, "a", 4)]
    assert by_place(rows, {7: [21, 22], 8: [22]}) == {(21, 7): {"a": 3}, (22, None): {"a": 4}}


def test_a_check_has_no_halls() -> None:
    assert by_place([(21, None, "a", 2)], {None: [21]}) == {(21, None): {"a": 2}}


# ------------------------------------------------------------------ adding up


def test_units_and_halls_are_the_sums_of_their_places() -> None:
    places = {(21, 7): count(1, 2), (22, 7): count(3), (31, 8): count(0, 4), (31, None): count(2)}
    sums = counted(places, small_tree())
    assert sums.units == {
        21: count(1, 2),
        22: count(3),
        31: count(0, 4, 2),
        2: count(1, 2, 3),
        3: count(0, 4, 2),
        1: count(0, 1, 2, 2, 3, 4),
    }
    assert sums.halls == {7: count(1, 2, 3), 8: count(0, 4)}


def test_a_small_cell_is_hidden_and_its_neighbour_with_it() -> None:
    places = {(21, None): count(*[1] * 3), (22, None): count(*[2] * 9), (31, None): count(*[1] * 6)}
    assert counted(places, small_tree()).hidden_units == {21, 22}


def test_a_hall_that_would_tell_a_hidden_cell_is_hidden() -> None:
    """The hall holds commune 2 and three of cell 31: the difference would be those three."""
    places = {
        (21, 7): count(*[1] * 8),
        (22, 7): count(*[2] * 9),
        (31, 7): count(*[4] * 3),
        (31, 8): count(*[1] * 6),
    }
    sums = counted(places, small_tree())
    assert (sums.hidden_units, sums.hidden_halls) == (frozenset(), {7, 8})


def test_sheets_of_a_cell_that_the_tree_lacks_are_in_no_unit() -> None:
    sums = counted({(99, None): count(*[1] * 6), (21, None): count(*[2] * 6)}, small_tree())
    assert set(sums.units) == {21, 2, 1}
    assert sums.units[1].answered == 6


# ------------------------------------------------------------------ who was called


def test_what_is_expected_adds_up_and_what_is_unknown_stays_apart() -> None:
    units = {21: count(1, 1), 22: count(2), 31: count(3)}
    whole, of_units = calls([21, 22, 31], {21: 10, 31: 4}, units, small_tree())
    assert whole == Call(cells=3, uncounted=1, expected=14, counted=3)
    assert of_units == {
        21: Call(1, 0, 10, 2),
        22: Call(1, 1, None, 0),
        31: Call(1, 0, 4, 1),
        2: Call(2, 1, 10, 2),
        3: Call(1, 0, 4, 1),
        1: whole,
    }


# ------------------------------------------------------------------ live


@dataclass
class Place:
    """One place of a sitting, looked at as sheets come."""

    texts: list[str] = field(default_factory=list)
    live: Live = field(default_factory=lambda: Live(NONE, NONE))
    seen: list[Tally] = field(default_factory=list)

    def look(self, end: str = "") -> None:
        pile = Counter(self.texts)
        now_in = Tally.of_encoded(PAPER, pile.items())
        if end == "closed":
            self.live = self.live.closed(now_in)
        elif end == "final":
            self.live = self.live.final(now_in)
        else:
            self.live = self.live.open(pile, now_in, PAPER)
        self.seen.append(self.live.shown)


def is_within(part: Tally, whole: Tally) -> bool:
    """Whether the one can be some of the sheets of the other, option by option."""
    return part.n <= whole.n and all(
        all(
            few <= many
            for few, many in zip((*a.chosen, a.right), (*b.chosen, b.right), strict=True)
        )
        for a, b in zip(part.items, whole.items, strict=True)
    )


arrivals = st.lists(st.lists(st.integers(0, 4), max_size=9), max_size=8)


@settings(max_examples=150)
@given(arrivals, st.lists(st.integers(0, 4), max_size=7))
def test_between_two_looks_at_a_place_there_are_five_sheets_or_none(
    while_open: list[list[int]], late: list[int]
) -> None:
    place = Place()
    for group in while_open:
        place.texts += map(sheet, group)
        place.look()
    place.look("closed")
    place.texts += map(sheet, late)
    place.look("final")
    *shown, final = [look.n for look in place.seen]
    for before, after in pairwise([0, *shown]):
        assert after == before or after - before >= 5
    assert final == shown[-1] or final - shown[-1] >= 5 or shown[-1] == 0
    for earlier, later in pairwise(place.seen):
        assert is_within(earlier, later)
    assert final == len(place.texts) or (shown[-1] and len(place.texts) - final < 5)


def test_an_open_sitting_shows_all_but_five_at_the_first_look() -> None:
    place = Place([sheet(right) for right in (0, 1, 2, 3) * 5])
    place.look()
    assert place.seen[-1].n == 15


def test_nine_sheets_are_too_few_to_show_some_and_keep_five_back() -> None:
    place = Place([sheet(1)] * 9)
    place.look()
    assert place.seen[-1].n == 0


def test_closing_shows_what_was_kept_back() -> None:
    place = Place([sheet(1)] * 9)
    place.look()
    place.look("closed")
    assert place.seen[-1] == tally(*[1] * 9)


def test_one_late_sheet_after_a_look_at_the_closed_sitting_stays_out_of_the_scores() -> None:
    place = Place([sheet(1)] * 9)
    place.look("closed")
    place.texts.append(sheet(4))
    place.look("final")
    assert place.seen[-1] == tally(*[1] * 9)


def test_a_small_group_that_was_never_shown_is_complete_in_the_final_count() -> None:
    place = Place([sheet(1)] * 3)
    place.look("closed")
    place.look("final")
    assert [look.n for look in place.seen] == [0, 3]
