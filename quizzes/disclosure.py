"""Which groups of a tree may not be shown, so that nobody's answers can be worked out."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

LEAST = 5
"""The fewest sheets a group must have for its figures to be shown."""


def withheld(
    counts: Mapping[K, int],
    children: Mapping[K, Sequence[K]],
    root: K,
    least: int = LEAST,
) -> frozenset[K]:
    """The nodes whose figures must not be shown, of the tree under `root`.

    `counts` has the sheets of each node, none where it has no entry; an inner node holds those
    of its children and may hold more, handed in at the node itself. ValueError where it holds
    fewer, or where `children` is no tree.

    Hidden are the nodes of fewer than `least` sheets, and such others that no small group comes
    back by subtracting the shown from the shown. What shown figures determine is, for each shown
    node, its sheets outside the shown nodes beneath it, and unions of such remainders, since the
    remainders are disjoint and span all that is shown. So each remainder must be nothing or at
    least `least` sheets. Where one falls short, the smallest shown child is hidden too; if that
    child is wholly made up of shown children of its own, it could be added up again, so one of
    those is hidden as well, and so on down. Any one shown group brings `least` sheets, so one
    such path is always enough, and a remainder that falls short is never left with one group.

    A node without sheets discloses nothing and is never in the result. The promise is about one
    tree shown once: the same sheets cut in a second way, or shown again a few sheets later, can
    be subtracted across.
    """
    hidden: set[K] = set()
    shown: dict[K, list[K]] = {}
    remainder: dict[K, int] = {}
    for node in _leaves_first(children, root):
        sheets = counts.get(node, 0)
        below = [child for child in children.get(node, ()) if counts.get(child, 0)]
        if sheets < sum(counts[child] for child in below):
            raise ValueError(f"{node!r} holds fewer sheets than its children")
        shown[node] = [child for child in below if child not in hidden]
        remainder[node] = sheets - sum(counts[child] for child in shown[node])
        if 0 < sheets < least:
            hidden.add(node)
        elif 0 < remainder[node] < least:
            lost = node
            while lost == node or not remainder[lost]:
                lost = min(shown[lost], key=counts.__getitem__)
                hidden.add(lost)
    return frozenset(hidden)


def _leaves_first(children: Mapping[K, Sequence[K]], root: K) -> Iterator[K]:
    """Every node after the nodes beneath it, without recursion, however deep the tree."""
    found = {root: None}  # a dict keeps the order in which nodes were put in
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child in found:
                raise ValueError(f"{child!r} is in the tree twice")
            found[child] = None
            waiting.append(child)
    return reversed(found)
