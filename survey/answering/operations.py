"""A visit to a door ends in a sheet handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from quizzes import marking
from quizzes.marking import Response
from survey.answering.entrances import Entrance, Order
from survey.answering.intake import (
    AlreadyHandedIn,
    Busy,
    Entry,
    Intake,
    NotOpen,
    OtherEdition,
    TicketSpent,
    UnknownTicket,
)
from survey.answering.tokens import BadToken, Token, Tokens
from survey.sittings.tickets import mark_of, read_ticket

MODES = ("own", "shared")
Form = Mapping[str, Sequence[str]]  # the fields that a page sends back


class Incomplete(Exception):
    """So many questions are blank, and nobody said that they shall be."""

    def __init__(self, missing: int) -> None:
        super().__init__(missing)
        self.missing = missing


class NoSuchCell(Incomplete):
    """No cell was chosen, or one that is not called to this door."""


# In what else than a success handing in may end.
REFUSALS = (
    AlreadyHandedIn,
    BadToken,
    Busy,
    Incomplete,
    NotOpen,
    OtherEdition,
    TicketSpent,
    UnknownTicket,
    marking.ResponseError,
)


@dataclass(frozen=True, slots=True)
class Handed:
    """What may be told after handing in. Computed from what was just sent, never looked up."""

    receipt: bytes
    responses: tuple[Response, ...]
    marks: tuple[int, ...]

    @property
    def right(self) -> int:
        return sum(self.marks)


def first(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "")


def ticked(form: Form, items: int) -> dict[int, Sequence[str]]:
    """{index of an item: the places on the page that were ticked}."""
    return {index: form[name] for index in range(items) if (name := f"q{index}") in form}


def read_responses(order: Order, shown: Mapping[int, Sequence[str]]) -> tuple[Response, ...]:
    """Positions as the phone showed them -> options as the paper numbers them.

    A page never holds the paper's own numbers: an author who always writes the right option
    first would give the key away. Raises marking.ResponseError for a position not shown.
    """
    responses: list[Response] = [frozenset()] * len(order)
    for index, options in order:
        try:
            positions = [int(text) for text in shown.get(index, ())]
            responses[index] = frozenset([options[position] for position in positions])
        except (ValueError, IndexError) as error:
            raise marking.ResponseError("unknown_option") from error
        if any(position < 0 for position in positions):
            raise marking.ResponseError("unknown_option")
    return tuple(responses)


def receipt_of(token: Token, made_on_phone: str) -> bytes:
    """The sheet's key: a hash of what the phone made at random, else of the page's chance."""
    if not made_on_phone:
        return token.receipt
    if len(made_on_phone) != 32 or not made_on_phone.isascii():
        raise BadToken
    return sha256(b"phone" + made_on_phone.encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class Reception:
    """What takes sheets in: one a process."""

    tokens: Tokens
    intake: Intake

    def hand_in(self, entrance: Entrance, form: Form, *, mode: str, now: datetime) -> Handed:
        """Store one sheet for good, once.

        Raises one of REFUSALS.
        """
        token = self.tokens.read(first(form, "t"))
        if token.door_id != entrance.door.id or token.edition_id != entrance.edition_id:
            raise BadToken
        receipt = receipt_of(token, first(form, "r"))
        paper = entrance.paper
        shown = ticked(form, len(paper.items))
        responses = read_responses(entrance.order(token.seed), shown)
        text = marking.encode(responses)
        marking.decode(paper, text)  # refuses what the paper does not allow
        missing = sum(not response for response in responses)
        # A sitting that is over says so before more answers are asked for.
        if missing and "anyway" not in form and entrance.state(now).takes_sheets:
            raise Incomplete(missing)
        cell, ticket = _admitted(entrance, form, missing)
        self.intake.take(
            Entry(
                sitting_id=entrance.sitting_id,
                edition_id=entrance.edition_id,
                receipt=receipt,
                unit_id=cell,
                hall_id=entrance.door.hall_id,
                mode=mode if mode in MODES else MODES[0],
                answers=text,
                issued_at=token.issued_at,
                ticket=ticket,
            )
        )
        return Handed(receipt, responses, marking.mark_sheet(paper, responses))


def _admitted(entrance: Entrance, form: Form, missing: int) -> tuple[int | None, bytes | None]:
    """(cell, None) through an open door; (None, ticket's mark) where a ticket says the cell."""
    if entrance.tickets:
        code = read_ticket(first(form, "k"))
        if code is None:
            raise UnknownTicket
        return None, mark_of(entrance.sitting_id, code)
    if entrance.only_cell is not None:
        return entrance.only_cell, None
    chosen = cell_of(entrance, first(form, "cell"))
    if chosen is None:
        raise NoSuchCell(missing)
    return chosen, None


def cell_of(entrance: Entrance, text: str) -> int | None:
    """The cell that was chosen at this door; None for one that is not called here."""
    cell = int(text) if text.isdecimal() and len(text) < 10 else None
    return cell if cell in entrance.cells else None
