"""Halls cut the sheets a second time, across the units: which halls may be shown beside them.

Shown units leave disjoint blocks of sheets (a shown unit without the shown units below it),
shown halls leave others, and what the two kinds hold may be subtracted: a commune less the hall
it sat in is whoever of it sat elsewhere. Take blocks and halls as nodes of a graph and the
sheets that two have in common as its edge. Every figure that can be worked out is then a sum of
the edges between some of the nodes and the rest, with signs: no such cut may hold fewer sheets
than the least.
"""

from collections import Counter
from collections.abc import Mapping

Node = tuple[str, int]
Edges = Mapping[tuple[Node, Node], int]

# Sheets in no shown hall are all the others; sheets in no shown unit are in nothing shown.
GROUND: Node = ("ground", 0)


def hidden_halls(sheets: Mapping[tuple[int | None, int | None], int], least: int) -> frozenset[int]:
    """The halls whose figures must not be shown beside those of the units.

    `sheets` counts them by the block of shown units (None: in no shown unit) and by the hall
    (None: in none). Every block must hold `least` or more.
    """
    sizes: Counter[int] = Counter()
    for (_, hall), count in sheets.items():
        if hall is not None and count:
            sizes[hall] += count
    hidden: set[int] = set()
    while weak := _weakly_tied(sheets, hidden, least):
        hidden.add(min(weak, key=lambda hall: (sizes[hall], hall)))
    return frozenset(hidden)


def _weakly_tied(
    sheets: Mapping[tuple[int | None, int | None], int], hidden: set[int], least: int
) -> set[int]:
    """The shown halls at what may be a cut of fewer than `least` sheets.

    Two nodes with `least` sheets in common are on one side of every such cut, so they are taken
    for one; once no two of these have a sheet in common, there is no such cut.
    """
    edges: Counter[tuple[Node, Node]] = Counter()
    for (block, hall), count in sheets.items():
        one = GROUND if block is None else ("block", block)
        other = GROUND if hall is None or hall in hidden else ("hall", hall)
        edges[one, other] += count
    group = {node: node for edge in edges for node in edge}
    edges = _between_groups(edges, group)
    while heavy := [ends for ends, count in edges.items() if count >= least]:
        for one, other in heavy:
            group[_leader(group, one)] = _leader(group, other)
        edges = _between_groups(edges, group)
    ends = {node for edge in edges for node in edge}
    return {
        place for kind, place in group if kind == "hall" and _leader(group, (kind, place)) in ends
    }


def _between_groups(edges: Edges, group: dict[Node, Node]) -> Counter[tuple[Node, Node]]:
    between: Counter[tuple[Node, Node]] = Counter()
    for (one, other), count in edges.items():
        first, last = sorted((_leader(group, one), _leader(group, other)))
        if first != last and count:
            between[first, last] += count
    return between


def _leader(group: dict[Node, Node], node: Node) -> Node:
    while group[node] != node:
        group[node] = node = group[group[node]]
    return node
