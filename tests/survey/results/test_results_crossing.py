"""Which halls may be shown beside the units, against a search of every cut."""

from itertools import chain, combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from survey.results.crossing import hidden_halls

LEAST = 5
Sheets = dict[tuple[int | None, int | None], int]


def smallest_cut(sheets: Sheets, hidden: frozenset[int]) -> int:
    """The fewest sheets between any set of nodes and the rest, but for cuts with none at all.

    Sheets in no shown hall, or in no shown block, end at one node: the rest.
    """
    edges = []
    for (block, hall), count in sheets.items():
        one = "rest" if block is None else f"block {block}"
        other = "rest" if hall is None or hall in hidden else f"hall {hall}"
        edges.append((one, other, count))
    nodes = sorted({end for one, other, _ in edges for end in (one, other)} - {"rest"})
    sides = chain.from_iterable(combinations(nodes, size) for size in range(len(nodes) + 1))
    cuts = [
        sum(count for one, other, count in edges if (one in side) != (other in side))
        for side in map(set, sides)
    ]
    return min((cut for cut in cuts if cut), default=LEAST)


@st.composite
def tables(draw: st.DrawFn) -> Sheets:
    """Up to four blocks by three halls and no hall; every block holds enough, as is the rule."""
    halls = [None, 1, 2, 3]
    sheets: Sheets = {}
    for block in range(draw(st.integers(1, 4))):
        row = draw(
            st.lists(st.integers(0, 8), min_size=4, max_size=4).filter(lambda r: sum(r) >= 5)
        )
        sheets |= {(block, hall): count for hall, count in zip(halls, row, strict=True) if count}
    for hall in halls:
        if outside := draw(st.integers(0, 4)):
            sheets[None, hall] = outside
    return sheets


@settings(max_examples=300)
@given(tables())
def test_no_figure_of_fewer_sheets_follows_from_what_is_shown(sheets: Sheets) -> None:
    assert smallest_cut(sheets, hidden_halls(sheets, LEAST)) >= LEAST


def test_showing_every_hall_would_give_small_groups_away() -> None:
    sheets: Sheets = {(1, 1): 20, (1, 2): 2, (2, 2): 30}
    assert smallest_cut(sheets, frozenset()) == 2
    assert hidden_halls(sheets, LEAST) == {1, 2}


def test_halls_that_sit_as_the_units_do_are_all_shown() -> None:
    assert hidden_halls({(1, 1): 7, (2, 1): 9, (3, 2): 5}, LEAST) == frozenset()


def test_a_small_hall_is_hidden_and_another_with_it() -> None:
    assert hidden_halls({(1, 1): 20, (1, 2): 3, (1, 3): 9}, LEAST) == {2, 3}


def test_a_hall_and_who_came_in_by_the_common_door_stay_together() -> None:
    assert hidden_halls({(1, 1): 20, (1, None): 2}, LEAST) == {1}
    assert hidden_halls({(1, 1): 20, (1, None): 6}, LEAST) == frozenset()


def test_sheets_of_no_shown_unit_do_not_come_back_through_their_hall() -> None:
    assert hidden_halls({(1, 1): 20, (None, 1): 3}, LEAST) == {1}


def test_no_sheets_hide_nothing() -> None:
    assert hidden_halls({}, LEAST) == frozenset()
    assert hidden_halls({(1, 1): 0}, LEAST) == frozenset()
