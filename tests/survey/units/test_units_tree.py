"""The tree as a value, without a store."""

from hypothesis import given
from hypothesis import strategies as st

from survey.units.tree import Kind, Node, Size, Tree


def node(
    unit_id: int, parent_id: int | None = None, name: str = "", kind: str = Kind.COMMITTEE
) -> Node:
    return Node(unit_id, f"M{unit_id}", kind, name or f"Tổ chức {unit_id}", parent_id)


SMALL = Tree(
    [
        node(1, None, "Đảng bộ tỉnh Quảng Ngãi"),
        node(2, 1, "Đảng bộ xã Đăk Tô"),
        node(3, 2, "Chi bộ thôn 10", Kind.CELL),
        node(4, 2, "Chi bộ thôn 2", Kind.CELL),
        node(5, 2, "Đảng bộ cơ sở Trường học"),
        node(6, 5, "Chi bộ tổ Văn", Kind.CELL),
        node(7, 1, "Chi bộ Văn phòng", Kind.CELL),
    ]
)


@st.composite
def forests(draw: st.DrawFn) -> list[Node]:
    """Any number of trees of any shape; a unit's parent has a smaller number."""
    nodes = []
    for unit_id in range(draw(st.integers(0, 25))):
        parent = draw(st.none() | st.integers(0, unit_id - 1)) if unit_id else None
        kind = draw(st.sampled_from([Kind.CELL, Kind.COMMITTEE]))
        nodes.append(node(unit_id, parent, draw(st.text("aăâđ 12", max_size=4)) or "x", kind))
    return draw(st.permutations(nodes))


def test_children_stand_in_vietnamese_order_with_numbers_by_value() -> None:
    assert [SMALL[i].name for i in SMALL.children(2)] == [
        "Chi bộ thôn 2",
        "Chi bộ thôn 10",
        "Đảng bộ cơ sở Trường học",
    ]


def test_a_cell_may_hang_at_any_level() -> None:
    assert SMALL.cells(1) == [7, 4, 3, 6]
    assert SMALL.path(6) == (1, 2, 5, 6)
    assert SMALL.path(7) == (1, 7)


def test_the_place_names_everything_above_but_the_top() -> None:
    assert SMALL.place(4) == "Chi bộ thôn 2, Đảng bộ xã Đăk Tô"
    assert SMALL.place(6) == "Chi bộ tổ Văn, Đảng bộ cơ sở Trường học, Đảng bộ xã Đăk Tô"
    assert SMALL.place(7) == "Chi bộ Văn phòng"
    assert SMALL.place(1) == "Đảng bộ tỉnh Quảng Ngãi"


def test_the_size_of_a_unit_is_the_sum_of_its_cells() -> None:
    heads = {3: (30, 25), 4: (20, 20), 7: (9, 8), 5: (400, 400)}
    assert SMALL.size(1, heads) == Size(cells=4, total=59, eligible=53)
    assert SMALL.size(2, heads) == Size(cells=3, total=50, eligible=45)
    assert SMALL.size(4, heads) == Size(cells=1, total=20, eligible=20)


def test_a_unit_whose_parent_is_not_there_is_not_lost() -> None:
    tree = Tree([node(1), node(2, parent_id=99)])
    assert tree.roots == [1, 2]
    assert tree.above(2) is None
    assert tree.path(2) == (2,)


def test_a_circle_of_parents_is_noticed() -> None:
    assert SMALL.whole
    assert not Tree([node(1), node(2, 3), node(3, 2)]).whole


@given(forests())
def test_path_children_and_under_tell_the_same_tree(nodes: list[Node]) -> None:
    tree = Tree(nodes)
    assert tree.whole
    assert len(tree) == len(nodes)
    for one in nodes:
        below = list(tree.under(one.id))
        assert below[0] == one.id
        assert len(below) == len(set(below))
        assert sorted(below) == sorted(n.id for n in nodes if one.id in tree.path(n.id))
        assert below[1:] == [i for child in tree.children(one.id) for i in tree.under(child)]
        assert {tree[i].parent_id for i in tree.children(one.id)} <= {one.id}
        assert tree.path(one.id)[-1] == one.id
        assert tree.path(one.id)[0] in tree.roots
        assert tree.cells(one.id) == [i for i in below if tree[i].kind == Kind.CELL]


@given(forests())
def test_the_order_in_which_units_are_read_does_not_matter(nodes: list[Node]) -> None:
    one, other = Tree(nodes), Tree(reversed(nodes))
    assert [list(one.under(i)) for i in one.roots] == [list(other.under(i)) for i in other.roots]
