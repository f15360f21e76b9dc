"""From what was chosen to what was right, and the short text in which a sheet is stored."""

from collections.abc import Sequence
from functools import lru_cache
from operator import eq

from quizzes.item import Item
from quizzes.paper import Paper

Response = frozenset[int]
"""The options chosen of one item, as indices into `Item.options`; empty where not answered."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_DIGIT_OF = dict(enumerate(_DIGITS))


class ResponseError(ValueError):
    """A sheet that this paper does not allow.

    `code` is one of wrong_length (another number of items), unknown_option, several_choices,
    repeated_option, not_canonical (digits out of order). `item` is the index of the item at
    fault, None for wrong_length.
    """

    def __init__(self, code: str, *, item: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.item = item


def encode(responses: Sequence[Response]) -> str:
    """The stored form of a sheet: one base-36 digit an option, rising; ";" between items.

    "0;13;;2" is four items: the first option; the second and the fourth; nothing; the third.
    A sheet has exactly one such text, so equal sheets can be counted as equal texts.
    """
    return ";".join(map(_text, responses))


@lru_cache(maxsize=8192)
def _text(response: Response) -> str:
    """Remembered, as a nation's sheets hold few different responses."""
    try:
        return "".join([_DIGIT_OF[choice] for choice in sorted(response)])
    except KeyError:
        raise ResponseError("unknown_option") from None


def decode(paper: Paper, text: str) -> tuple[Response, ...]:
    """The responses stored as this text; ResponseError unless `encode` makes the text of them."""
    parts = text.split(";")
    if len(parts) != len(paper.items):
        raise ResponseError("wrong_length")
    responses = []
    for item, part in zip(paper.items, parts, strict=True):
        try:
            responses.append(_response(part, len(item.options), item.takes_several))
        except ResponseError as error:
            raise ResponseError(error.code, item=len(responses)) from None
    return tuple(responses)


@lru_cache(maxsize=8192)
def _response(part: str, options: int, several: bool) -> Response:
    """One item's response."""
    known = _DIGITS[:options]
    if any(digit not in known for digit in part):
        raise ResponseError("unknown_option")
    if len(set(part)) < len(part):
        raise ResponseError("repeated_option")
    if len(part) > 1 and not several:
        raise ResponseError("several_choices")
    if part != "".join(sorted(part)):
        raise ResponseError("not_canonical")
    return frozenset(map(_DIGITS.index, part))


def mark(item: Item, response: Response) -> int:
    """1 where exactly the right options are chosen, else 0: no part of a point for a part."""
    return int(response == item.key)


def mark_sheet(paper: Paper, responses: Sequence[Response]) -> tuple[int, ...]:
    """The mark of each item, in paper order; their sum is the sheet's points."""
    if len(responses) != len(paper.items):
        raise ResponseError("wrong_length")
    return tuple(map(int, map(eq, paper.keys, responses)))
