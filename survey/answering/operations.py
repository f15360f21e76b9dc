"""A visit to a door ends in a sheet handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from quizzes import marking
from quizzes.marking import Response
from quizzes.paper import Paper
from survey.answering.entrances import Entrance
from survey.answering.intake import Entry, Intake
from survey.answering.tokens import BadToken, Token

MODES = ("own", "shared")


class NoSuchCell(Exception):
    """No cell was chosen, or one that is not called to this door."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What may be told after handing in. Computed from what was just sent, never looked up."""

    receipt: bytes
    responses: tuple[Response, ...]
    right: int
    asked: int


def read_responses(
    paper: Paper, seed: int, shown: Mapping[int, Sequence[str]]
) -> tuple[Response, ...]:
    """Positions as the phone showed them -> options as the paper numbers them.

    `shown` maps the index of an item to the positions ticked. A page never holds the paper's own
    numbers: an author who always writes the right option first would give the key away.
    Raises marking.ResponseError for a position that was not shown.
    """
    responses: list[Response] = [frozenset()] * len(paper.items)
    for index, order in paper.order(seed):
        try:
            positions = [int(text) for text in shown.get(index, ())]
            responses[index] = frozenset(order[position] for position in positions)
        except (ValueError, IndexError) as error:
            raise marking.ResponseError("unknown_option") from error
        if any(position < 0 for position in positions):
            raise marking.ResponseError("unknown_option")
    return tuple(responses)


def receipt_of(token: Token, made_on_phone: str) -> bytes:
    """The sheet's key: a hash of what the phone made at random, else of the page's chance."""
    if not made_on_phone:
        return token.receipt
    if not 22 <= len(made_on_phone) <= 64 or not made_on_phone.isascii():
        raise BadToken
    return sha256(b"phone" + made_on_phone.encode()).digest()[:16]


def hand_in(
    intake: Intake,
    entrance: Entrance,
    token: Token,
    *,
    receipt: bytes,
    cell: int | None,
    mode: str,
    responses: Sequence[Response],
) -> Handed:
    """Store one sheet for good, once.

    Raises BadToken (another door's page), NoSuchCell, marking.ResponseError, and what the
    intake refuses: NotOpen, OtherEdition, AlreadyHandedIn, Busy.
    """
    if token.door_id != entrance.door.id or token.edition_id != entrance.edition_id:
        raise BadToken
    cell = entrance.only_cell if entrance.only_cell is not None else cell
    if cell is None or cell not in entrance.cells:
        raise NoSuchCell
    text = marking.encode(responses)
    marking.decode(entrance.paper, text)  # refuses what the paper does not allow
    intake.take(
        Entry(
            sitting_id=entrance.sitting_id,
            edition_id=entrance.edition_id,
            receipt=receipt,
            unit_id=cell,
            hall_id=entrance.door.hall_id,
            mode=mode if mode in MODES else MODES[0],
            answers=text,
            issued_at=token.issued_at,
        )
    )
    marks = marking.mark_sheet(entrance.paper, responses)
    return Handed(receipt, tuple(responses), right=sum(marks), asked=len(marks))
