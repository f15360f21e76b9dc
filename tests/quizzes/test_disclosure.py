"""No group below the least comes back from what is shown, whatever is added or subtracted.

The attacker here knows nothing of how groups are chosen for hiding: it knows the tree, which
figures are shown, and exact linear algebra.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.disclosure import LEAST, withheld

Cells = frozenset[str]


@dataclass
class Tree:
    """A root "r" over cells; sheets handed in at an inner node are a nameless cell of it."""

    counts: dict[str, int] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    cells: dict[str, dict[str, int]] = field(default_factory=dict)
    """Node -> the cells under it that have sheets, and how many."""

    def hidden(self, least: int = LEAST) -> frozenset[str]:
        return withheld(self.counts, self.children, "r", least)


# A nested list is an inner node, a number a cell; ("own", n) sheets handed in at the node itself.
Shape = int | list["Shape"] | tuple[str, int]


def tree(shape: Shape, name: str = "r", into: Tree | None = None) -> Tree:
    made = into or Tree()
    parts: dict[str, int] = {}
    if isinstance(shape, int):
        parts = {name: shape} if shape else {}
    else:
        assert isinstance(shape, list)
        made.children[name] = []
        for index, part in enumerate(shape):
            if isinstance(part, tuple):
                parts[f"{name}'s own"] = part[1]
            else:
                child = f"{name}{index}"
                made.children[name].append(child)
                tree(part, child, made)
                parts |= made.cells[child]
    made.cells[name] = parts
    made.counts[name] = sum(parts.values())
    return made


def reduced(shown: Sequence[Cells]) -> list[tuple[str, list[Fraction]]]:
    """The shown sets as 0/1 rows over the sorted cells, in reduced form: (pivot, row)."""
    columns = sorted(set().union(*shown))
    rows = [[Fraction(cell in cells) for cell in columns] for cells in shown]
    done: list[list[Fraction]] = []
    pivots = []
    for at, cell in enumerate(columns):
        pivot = next((row for row in rows if row[at]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        pivot = [value / pivot[at] for value in pivot]
        rows, done = (
            [[a - row[at] * b for a, b in zip(row, pivot, strict=True)] for row in kept]
            for kept in (rows, done)
        )
        done.append(pivot)
        pivots.append(cell)
    return list(zip(pivots, done, strict=True))


def determined(shown: Sequence[Cells], sizes: Mapping[str, int], below: float = inf) -> set[Cells]:
    """Every set of cells with fewer than `below` sheets whose sum follows from the shown sums.

    What follows is the row space of the shown sets. In reduced form a member of it has at each
    pivot the weight of that row, so a 0/1 member takes each row wholly or not at all, and holds
    the pivots of those it takes: all are found by trying each choice of rows, and a choice whose
    pivots alone are too many sheets need not be followed.
    """
    columns = sorted(set().union(*shown))
    choices: list[tuple[int, list[Fraction]]] = [(0, [Fraction(0)] * len(columns))]
    for pivot, row in reduced(shown):
        choices += [
            (size + sizes[pivot], [a + b for a, b in zip(weights, row, strict=True)])
            for size, weights in choices
            if size + sizes[pivot] < below
        ]
    found = {
        frozenset(c for c, weight in zip(columns, weights, strict=True) if weight)
        for _, weights in choices[1:]
        if set(weights) <= {0, 1}
    }
    return {cells for cells in found if sum(sizes[cell] for cell in cells) < below}


def solved(made: Tree, hidden: frozenset[str], least: int = LEAST) -> set[Cells]:
    """The sets of fewer than `least` sheets that an attacker works out from what is shown."""
    sizes = {cell: n for cells in made.cells.values() for cell, n in cells.items()}
    shown = {frozenset(made.cells[node]) for node in made.counts if node not in hidden}
    return determined([cells for cells in shown if cells], sizes, least)


def small(made: Tree, least: int = LEAST) -> frozenset[str]:
    return frozenset(node for node, n in made.counts.items() if 0 < n < least)


@st.composite
def shapes(draw: st.DrawFn, depth: int = 4) -> Shape:
    """Trees of up to four levels and few cells, most of them near the least."""
    sheets = st.integers(0, 8) | st.sampled_from([0, 1, 4, 5, 30])
    if depth == 1 or draw(st.integers(0, 3)) == 0:
        return draw(sheets)
    width = draw(st.sampled_from([1, 1, 2, 2, 3, 4]))
    parts: list[Shape] = [draw(shapes(depth - 1)) for _ in range(width)]
    if draw(st.integers(0, 4)) == 0:
        parts.append(("own", draw(st.integers(1, 8))))
    return parts


TREES = shapes().map(lambda shape: tree([shape]) if isinstance(shape, int) else tree(shape))
TREES = TREES.filter(lambda made: len(made.cells["r"]) <= 12)


def test_the_attacker_is_one_to_reckon_with() -> None:
    # Hiding the small cell alone: 23 - 10 - 10.
    made = tree([3, 10, 10])
    assert solved(made, small(made)) == {frozenset({"r0"})}
    # Hiding its sibling too, whose cells stay shown: 23 - 10 - (5 + 5).
    made = tree([3, [5, 5], 10])
    assert solved(made, frozenset({"r0", "r1"})) == {frozenset({"r0"})}
    # A child with the cohort of its parent.
    made = tree([[3], 3])
    assert solved(made, frozenset({"r00", "r1"})) == {frozenset({"r00"}), frozenset({"r1"})}
    # A small remainder over two branches: 20 - 8 - 8 of sheets handed in above.
    made = tree([8, 8, ("own", 4)])
    assert solved(made, frozenset()) == {frozenset({"r's own"})}


def test_the_attacker_finds_what_follows_and_no_more() -> None:
    a, b, c = frozenset("a"), frozenset("b"), frozenset("c")
    one = dict.fromkeys("abc", 1)
    assert determined([a | b, b | c, a | c], one) == {a | b, b | c, a | c, a, b, c, a | b | c}
    assert determined([a | b, b | c], one) == {a | b, b | c}
    assert determined([a | b | c, c], one) == {a | b | c, c, a | b}
    assert determined([a | b | c, c], one, below=3) == {c, a | b}


@settings(max_examples=250)
@given(TREES, st.integers(1, 7))
def test_nothing_below_the_least_can_be_worked_out(made: Tree, least: int) -> None:
    hidden = made.hidden(least)
    assert small(made, least) <= hidden
    assert solved(made, hidden, least) == set()


@given(TREES)
def test_a_group_without_sheets_is_never_withheld(made: Tree) -> None:
    assert {node for node in made.hidden() if made.counts[node] == 0} == set()


@given(TREES)
def test_nothing_is_hidden_where_nothing_is_small(made: Tree) -> None:
    own = [n for cells in made.cells.values() for cell, n in cells.items() if "own" in cell]
    assert bool(made.hidden()) <= bool(small(made) or min(own, default=LEAST) < LEAST)


@given(TREES)
def test_of_two_groups_that_are_the_same_people_both_are_shown_or_neither(made: Tree) -> None:
    hidden = made.hidden()
    for node, below in made.children.items():
        for child in below:
            if made.counts[child] and made.cells[child] == made.cells[node]:
                assert (child in hidden) == (node in hidden)


@given(TREES)
def test_what_is_hidden_for_another_is_needed(made: Tree) -> None:
    hidden = made.hidden()
    for node, below in made.children.items():
        for child in () if node in hidden else set(below) & hidden - small(made):
            if not hidden & set(made.children.get(child, ())):
                assert solved(made, hidden - {child}) != set()


@given(TREES)
def test_the_names_of_the_nodes_do_not_matter(made: Tree) -> None:
    number = {node: index for index, node in enumerate(made.counts)}
    renamed = withheld(
        {number[node]: n for node, n in made.counts.items()},
        {number[node]: [number[c] for c in below] for node, below in made.children.items()},
        number["r"],
    )
    assert renamed == {number[node] for node in made.hidden()}


@pytest.mark.parametrize(
    ("shape", "hidden"),
    [
        ([5, 5, 5], set()),
        ([5, 5, 0], set()),
        ([0, [0, 0]], set()),
        ([3, 9, 7, 20], {"r0", "r2"}),
        ([3, 7, 7], {"r0", "r1"}),
        ([3, 3, 9], {"r0", "r1"}),
        ([2, 2, 9, 8], {"r0", "r1", "r3"}),
        ([4, 0, 6], {"r0", "r2"}),
        ([[1, 2], [1]], {"r", "r0", "r00", "r01", "r1", "r10"}),
        ([[4]], {"r", "r0", "r00"}),
        ([[9]], set()),
        ([[[3, 9]]], {"r000", "r001"}),
        ([3, [9]], {"r0", "r1", "r10"}),
        ([3, [[6, 9], 20], 50], {"r0", "r1", "r10", "r100"}),
        ([3, [2, 9], 50], {"r0", "r1", "r10", "r11"}),
        ([3, [2, 3, 9], 50], {"r0", "r1", "r10", "r11"}),
        ([[2, 9], [30, 40]], {"r00", "r01"}),
        ([8, 9, ("own", 4)], {"r0"}),
        ([8, 9, ("own", 5)], set()),
        ([3, ("own", 9)], {"r0"}),
    ],
    ids=str,
)
def test_what_is_hidden_in_trees_worked_by_hand(shape: Shape, hidden: set[str]) -> None:
    assert tree(shape).hidden() == hidden


@pytest.mark.parametrize(
    ("least", "hidden"),
    [(1, set()), (3, {"r0", "r1"}), (7, {"r0", "r1"}), (9, {"r0", "r1", "r2"})],
)
def test_the_least_is_a_setting(least: int, hidden: set[str]) -> None:
    assert tree([2, 6, 30]).hidden(least) == hidden


def test_the_least_is_five_unless_set() -> None:
    assert LEAST == 5
    assert tree([4, 30, 30]).hidden() == {"r0", "r1"}
    assert tree([5, 30, 30]).hidden() == frozenset()


def test_a_unit_without_an_entry_has_no_sheet() -> None:
    assert withheld({"r": 12, "a": 12}, {"r": ["a", "b"]}, "r") == frozenset()
    assert withheld({}, {"r": ["a", "b"]}, "r") == frozenset()


def test_only_the_tree_under_the_root_is_looked_at() -> None:
    assert withheld({"r": 9, "a": 9, "x": 2}, {"r": ["a"], "y": ["x"]}, "r") == frozenset()


def test_a_tree_deeper_than_any_stack_is_walked() -> None:
    depth = 50_000
    chain = {node: [node + 1] for node in range(depth)}
    nodes = range(depth + 1)
    assert withheld(dict.fromkeys(nodes, 4), chain, 0) == frozenset(nodes)
    assert withheld(dict.fromkeys(nodes, 5), chain, 0) == frozenset()


def test_a_path_is_hidden_down_to_the_cell_that_fills_the_gap() -> None:
    depth = 2_000
    counts = {"r": 12, "small": 3} | {f"n{i}": 9 for i in range(depth)}
    children: Mapping[str, list[str]] = {"r": ["small", "n0"]} | {
        f"n{i}": [f"n{i + 1}"] for i in range(depth - 1)
    }
    assert withheld(counts, children, "r") == counts.keys() - {"r"}


@pytest.mark.parametrize(
    ("counts", "children"),
    [
        ({"r": 5, "a": 3, "b": 3}, {"r": ["a", "b"]}),
        ({"a": 3}, {"r": ["a"]}),
        ({"r": -1}, {}),
        ({"r": 5, "a": 6, "b": -1}, {"r": ["a", "b"]}),
    ],
)
def test_sums_that_are_no_sums_are_refused(
    counts: dict[str, int], children: dict[str, list[str]]
) -> None:
    with pytest.raises(ValueError, match="holds fewer sheets than its children"):
        withheld(counts, children, "r")


@pytest.mark.parametrize(
    "children",
    [{"r": ["r"]}, {"r": ["a"], "a": ["r"]}, {"r": ["a", "a"]}, {"r": ["a", "b"], "b": ["a"]}],
)
def test_what_is_no_tree_is_refused(children: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match="is in the tree twice"):
        withheld({}, children, "r")
