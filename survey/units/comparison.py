"""A list held against the tree on record: what is new, what changes, what cannot be taken."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from survey.units.listing import Fault, Listed, Reason, kind_by_name
from survey.units.queries import Standing
from survey.units.tree import Kind, Node


class Change(NamedTuple):
    """What a row changes about a unit; None: nothing in this respect."""

    listed: Listed
    node: Node
    name: str | None
    parent: str | None  # the new parent's code, "" for the top of a tree
    kind: str | None
    heads: tuple[int, int] | None

    @property
    def dated(self) -> bool:
        return self.name is not None or self.parent is not None


class Plan(NamedTuple):
    """What an import would do; with a fault in it, it does nothing at all. Each row of the list
    is new, changed, the same, or has faults."""

    new: list[Listed]
    changed: list[Change]
    same: int
    faults: list[Fault]
    absent: int  # units in reach that the list does not name: they are left alone
    uncounted: int  # rows above the cells with a headcount: it follows from the cells instead
    strange: tuple[str, ...]  # kinds we have no word for

    @property
    def work(self) -> int:
        return len(self.new) + len(self.changed)


def compare(
    listed: Sequence[Listed],
    standing: Standing,
    *,
    within: int | None = None,
    backdated: bool = False,
    mentioned: Collection[str] = (),
) -> Plan:
    """`within`: the unit under which changes may be made (None: everywhere). `backdated`: the
    day lies in the past, where units may be added but no name or parent may change.
    `mentioned`: codes of rows already refused, so that their children are no orphans."""
    board = _Board(listed, standing, within)
    changed = [change for row in listed if (change := board.change(row))]
    new = [row for row in listed if row.code not in board.nodes]
    faults = [fault for row in new for fault in board.wrong_with_new(row)]
    for change in changed:
        faults += board.wrong_with_change(change, backdated)
    touched = [*new, *(c.listed for c in changed if c.dated)]
    faults += [fault for row in touched for fault in board.wrong_place(row, mentioned)]
    faults += [*board.circles(), *board.same_names({row.code for row in touched})]
    bad = {fault.row for fault in faults}
    new = [row for row in new if row.row not in bad]
    changed = [change for change in changed if change.listed.row not in bad]
    named = {row.code for row in listed} | set(mentioned)
    return Plan(
        new=new,
        changed=changed,
        same=len(listed) - len(new) - len(changed) - len(bad),
        faults=sorted(faults),
        absent=sum(1 for code in board.reach() if code not in named),
        uncounted=sum(1 for row in listed if row.total and board.kind(row.code) != Kind.CELL),
        strange=tuple(sorted({row.kind for row in listed if row.kind} - set(Kind))),
    )


def counted(row: Listed, before: tuple[int, int] | None) -> tuple[int, int] | None:
    """The headcount a row gives. A list without eligible figures means that all are, unless
    the total is the one on record: then what was entered by hand stays."""
    if row.total is None:
        return None
    if row.eligible is not None:
        return row.total, row.eligible
    return before if before and before[0] == row.total else (row.total, row.total)


class _Board:
    """The tree as the list would leave it, by codes."""

    def __init__(self, listed: Sequence[Listed], standing: Standing, within: int | None) -> None:
        self.standing = standing
        self.within = within
        self.nodes = {node.code: node for node in standing.tree}
        self.rows = {row.code: row for row in listed}
        self.parents = {code: self._parent_code(node) for code, node in self.nodes.items()}
        self.parents |= {row.code: row.parent for row in listed}

    def _parent_code(self, node: Node) -> str:
        above = self.standing.tree.above(node.id)
        return above.code if above else ""

    def kind(self, code: str) -> str:
        if code in self.nodes:
            return self.nodes[code].kind
        row = self.rows[code]
        return row.kind or kind_by_name(row.name)

    def reach(self) -> Iterator[str]:
        tree = self.standing.tree
        if self.within is None:
            return (node.code for node in tree)
        return (tree[i].code for i in tree.under(self.within)) if self.within in tree else iter(())

    def change(self, row: Listed) -> Change | None:
        node = self.nodes.get(row.code)
        if node is None:
            return None
        before = self.standing.heads.get(node.id)
        after = counted(row, before) if node.kind == Kind.CELL else before
        change = Change(
            row,
            node,
            name=row.name if row.name != node.name else None,
            parent=row.parent if row.parent != self._parent_code(node) else None,
            kind=row.kind if row.kind not in (None, node.kind) else None,
            heads=after if after != before else None,
        )
        return change if any(part is not None for part in change[2:]) else None

    # -------------------------------------------------------------- what is wrong

    def wrong_with_new(self, row: Listed) -> Iterator[Fault]:
        if row.code in self.standing.codes:
            yield row.fault(Reason.NOT_STANDING)
        anchor = self._anchor(row)
        if anchor is None:
            if self.within is not None:
                yield row.fault(Reason.NEW_ROOT if not row.parent else Reason.OUTSIDE)
        elif not self._in_reach(anchor):
            yield row.fault(Reason.OUTSIDE)

    def wrong_with_change(self, change: Change, backdated: bool) -> Iterator[Fault]:
        row, node = change.listed, change.node
        reached = [node.id]
        if change.parent is not None:
            anchor = self._anchor(row)
            reached += [i for i in (node.parent_id, anchor) if i is not None]
            if node.parent_id is None or anchor is None:
                reached.append(0)  # above every tree: nobody's but the administrator's
        if not all(self._in_reach(unit_id) for unit_id in reached):
            yield row.fault(Reason.OUTSIDE)
        if change.kind is not None and Kind.CELL in (change.kind, node.kind):
            # The kind has no dates: a cell that ceased to be one would lose its past results.
            yield row.fault(Reason.OTHER_KIND, node.kind)
        if change.dated and node.id in self.standing.settled:
            yield row.fault(Reason.SETTLED)
        elif change.dated and backdated:
            yield row.fault(Reason.PAST_DAY)

    def wrong_place(self, row: Listed, mentioned: Collection[str]) -> Iterator[Fault]:
        if not row.parent or row.parent == row.code:
            return
        if row.parent not in self.parents:
            if row.parent not in mentioned:
                yield row.fault(Reason.ORPHAN, row.parent)
        elif self.kind(row.parent) == Kind.CELL:
            yield row.fault(Reason.BELOW_CELL, row.parent)
        elif row.parent in self.nodes and self.nodes[row.parent].id in self.standing.ending:
            yield row.fault(Reason.ORPHAN, row.parent)

    def _anchor(self, row: Listed) -> int | None:
        """The unit on record under which the row's place hangs, through new rows if need be."""
        seen = set()
        code = row.parent
        while code and code not in self.nodes and code not in seen:
            seen.add(code)
            code = self.parents.get(code, "")
        return self.nodes[code].id if code in self.nodes else None

    def _in_reach(self, unit_id: int) -> bool:
        tree = self.standing.tree
        if self.within is None:
            return True
        return unit_id in tree and self.within in tree.path(unit_id)

    def circles(self) -> Iterator[Fault]:
        """The rows that stand on a circle of parents; those that merely hang from one do not."""
        cleared: set[str] = set()
        for start in self.rows:
            trail: dict[str, None] = {}
            code = start
            while code and code not in cleared and code not in trail:
                trail[code] = None
                code = self.parents.get(code, "")
            if code in trail:
                circle = [*trail][[*trail].index(code) :]
                yield from (
                    self.rows[c].fault(Reason.CYCLE, self.rows[c].parent)
                    for c in circle
                    if c in self.rows
                )
            cleared.update(trail)

    def same_names(self, touched: Collection[str]) -> Iterator[Fault]:
        beside: dict[tuple[str, str], list[str]] = defaultdict(list)
        for code, parent in self.parents.items():
            name = self.rows[code].name if code in self.rows else self.nodes[code].name
            beside[parent, name.casefold()].append(code)
        for codes in beside.values():
            for code in codes if len(codes) > 1 else ():
                if code in touched:
                    other = next(c for c in codes if c != code)
                    yield self.rows[code].fault(Reason.SAME_NAME, other)
