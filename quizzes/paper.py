"""A paper: a numbered edition of questions on one resolution, frozen once it is published."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256, shake_128
from struct import unpack
from typing import Any

from quizzes.item import Item, ItemError, ItemKind, Level, Option

FORMAT = 1
"""The form of a frozen paper; a later form must go on thawing this one."""


class PaperError(ValueError):
    """A set of questions that is no paper.

    `code` is one of no_items, repeated_item, repeated_clause, unknown_clause, or, from
    `Paper.thaw`, unreadable. `id` names the item (or the repeated clause) at fault.
    """

    def __init__(self, code: str, *, id: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.id = id


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered part of the resolution: "Mục II.1" and what it says."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """The resolution studied and where it was made public."""

    number: str
    title: str
    issuer: str
    dated: date
    url: str


@dataclass(frozen=True)
class Paper:
    """Equal papers freeze to equal texts, and a frozen text thaws to an equal paper."""

    title: str
    edition: int
    source: Source
    clauses: tuple[Clause, ...]
    items: tuple[Item, ...]
    shuffle_items: bool = True
    shuffle_options: bool = True

    def __post_init__(self) -> None:
        if not self.items:
            raise PaperError("no_items")
        _refuse_repeats("repeated_clause", [clause.id for clause in self.clauses])
        _refuse_repeats("repeated_item", [item.id for item in self.items])
        known = {clause.id for clause in self.clauses}
        for item in self.items:
            if item.clause is not None and item.clause not in known:
                raise PaperError("unknown_clause", id=item.id)

    def order(self, seed: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """What the phone with this seed is shown: (item index, its option indices), in order.

        Any integer is a seed, and the same one gives the same order on every machine and in
        every version of Python: the draws are the output of SHAKE-128 over the seed, so nothing
        hangs on the algorithms of the `random` module, and seeds 1, 2, 3 have nothing in common.
        Every arrangement can come up: Fisher-Yates, a 32-bit draw a step, the bias of a step
        below its range in 2**32. A pinned option keeps its index, and the two options of a
        true/false item are always shown as written.
        """
        draws = iter(unpack(f"<{self._draws}I", shake_128(b"%x" % seed).digest(4 * self._draws)))
        rows = [(index, _shuffled(n, free, draws)) for index, n, free in self._movable]
        if not self.shuffle_items:
            return tuple(rows)
        return tuple([rows[place] for place in _shuffled(len(rows), range(len(rows)), draws)])

    @cached_property
    def _movable(self) -> tuple[tuple[int, int, Sequence[int]], ...]:
        """For each item its index, the number of options and the places free to be exchanged."""
        return tuple(
            (index, len(item.options), self._free_places(item))
            for index, item in enumerate(self.items)
        )

    def _free_places(self, item: Item) -> Sequence[int]:
        if not self.shuffle_options or item.kind is ItemKind.TRUE_FALSE:
            return ()
        return tuple(index for index, option in enumerate(item.options) if not option.pinned)

    @cached_property
    def _draws(self) -> int:
        """More draws than any order needs."""
        return len(self.items) + sum(len(free) for _, _, free in self._movable)

    @cached_property
    def keys(self) -> tuple[frozenset[int], ...]:
        """The right options of each item."""
        return tuple(item.key for item in self.items)

    @cached_property
    def takes_several(self) -> tuple[bool, ...]:
        """Of each item, whether several options may be chosen."""
        return tuple(item.takes_several for item in self.items)

    def freeze(self) -> str:
        """Canonical JSON: keys sorted, no spaces, letters as they are."""
        content = asdict(self)
        content["format"] = FORMAT
        content["source"]["dated"] = self.source.dated.isoformat()
        for item in content["items"]:
            del item["_key"]
            if item["audio"] is None:
                # What was frozen before there were recordings must freeze to the same text.
                del item["audio"]
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def thaw(cls, text: str) -> "Paper":
        """The paper that was frozen to this text.

        PaperError "unreadable" for a text of another form; ItemError and the other PaperErrors
        where the form is right and the content is no paper.
        """
        try:
            content = json.loads(text)
            if content.pop("format") != FORMAT:
                raise PaperError("unreadable")
            content["source"] = _thawed_source(content["source"])
            content["clauses"] = tuple(Clause(**clause) for clause in content["clauses"])
            content["items"] = tuple(_thawed_item(item) for item in content["items"])
            return cls(**content)
        except (ItemError, PaperError):
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise PaperError("unreadable") from error

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the frozen text, in hexadecimal: what this edition is known by."""
        return sha256(self.freeze().encode()).hexdigest()


def _refuse_repeats(code: str, ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise PaperError(code, id=id)
        seen.add(id)


def _shuffled(length: int, free: Sequence[int], draws: Iterator[int]) -> tuple[int, ...]:
    """0..length-1 with the free places exchanged among themselves (Fisher and Yates, from the end).

    `draw * k >> 32` takes a draw below 2**32 to one below k without the cost of a division.
    """
    shown = list(range(length))
    for last in range(len(free) - 1, 0, -1):
        here, there = free[last], free[next(draws) * (last + 1) >> 32]
        shown[here], shown[there] = shown[there], shown[here]
    return tuple(shown)


def _thawed_source(content: dict[str, Any]) -> Source:
    return Source(**{**content, "dated": date.fromisoformat(content["dated"])})


def _thawed_item(content: dict[str, Any]) -> Item:
    read = {
        "kind": ItemKind(content["kind"]),
        "level": Level(content["level"]),
        "options": tuple(Option(**option) for option in content["options"]),
    }
    return Item(**{**content, **read})
