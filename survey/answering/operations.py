"""A visit to a door ends in a sheet handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from quizzes import marking
from quizzes.marking import Response
from quizzes.paper import Paper
from survey.answering.entrance import Entrance, Order
from survey.answering.intake import Intake
from survey.answering.storing import (
    AlreadyHandedIn,
    Busy,
    Entry,
    NotOpen,
    OtherEdition,
    TicketSpent,
    UnknownTicket,
)
from survey.answering.tokens import BadToken, Token, Tokens, receipt_of
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


class Handed(NamedTuple):
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
    return {index: form[name] for index, name in enumerate(_names(items)) if name in form}


@lru_cache(64)
def _names(items: int) -> tuple[str, ...]:
    return tuple(f"q{index}" for index in range(items))


def read_responses(
    paper: Paper, order: Order, shown: Mapping[int, Sequence[str]]
) -> tuple[Response, ...]:
    """Positions as the phone showed them -> options as the paper numbers them.

    A page never holds the paper's own numbers: an author who always writes the right option
    first would give the key away. Raises marking.ResponseError for what the paper does not allow.
    """
    responses, several = [_BLANK] * len(order), paper.takes_several
    for index, options in order:
        if index in shown:
            positions = tuple(shown[index])
            # Before anything is remembered of it: ` 1` would be another `1`, as long as one likes.
            if len(positions) > len(options) or not _POSITIONS.issuperset(positions):
                raise marking.ResponseError("unknown_option")
            responses[index] = _response(options, several[index], positions)
    return tuple(responses)


_BLANK: Response = frozenset()
_POSITIONS = frozenset(map(str, range(100)))


@lru_cache(8192)
def _response(options: tuple[int, ...], several: bool, positions: tuple[str, ...]) -> Response:
    """Remembered, as the phones of a hall tick the same few."""
    try:
        response = frozenset([options[int(text)] for text in positions])
    except (ValueError, IndexError) as error:
        raise marking.ResponseError("unknown_option") from error
    if len(response) > 1 and not several:
        raise marking.ResponseError("several_choices")
    return response


def _receipt(token: Token, made_on_phone: str) -> bytes:
    """By what the phone made at random, else by the page's chance."""
    if not made_on_phone:
        return token.receipt
    if len(made_on_phone) != 32 or not made_on_phone.isascii():
        raise BadToken
    return receipt_of(made_on_phone)


@dataclass(frozen=True, slots=True)
class Reception:
    """What takes sheets in: one a process."""

    tokens: Tokens
    intake: Intake
    secret_key: str = field(repr=False)

    def hand_in(self, entrance: Entrance, form: Form, *, mode: str | None, now: datetime) -> Handed:
        """Store one sheet for good, once. Raises one of REFUSALS."""
        entry, handed = self.read(entrance, form, mode=mode, now=now)
        self.intake.take(entry)
        return handed

    def read(
        self, entrance: Entrance, form: Form, *, mode: str | None, now: datetime
    ) -> tuple[Entry, Handed]:
        """What the intake is to store, and what may be told once it has. Raises one of REFUSALS."""
        token = self.tokens.read(first(form, "t"))
        if token.door_id != entrance.door.id or token.edition_id != entrance.edition_id:
            raise BadToken
        receipt = _receipt(token, first(form, "r"))
        paper = entrance.paper
        shown = ticked(form, len(paper.items))
        responses = read_responses(paper, entrance.order(token.seed), shown)
        missing = responses.count(_BLANK)
        # A sitting that is over says so before more answers are asked for.
        if missing and "anyway" not in form and entrance.state(now).takes_sheets:
            raise Incomplete(missing)
        cell, ticket = _admitted(entrance, form, missing, self.secret_key)
        entry = Entry(
            sitting_id=entrance.sitting_id,
            edition_id=entrance.edition_id,
            receipt=receipt,
            unit_id=cell,
            hall_id=entrance.door.hall_id,
            homes=entrance.ground.homes,
            mode=mode if mode in MODES else MODES[0],
            answers=marking.encode(responses),
            issued_at=token.issued_at,
            ticket=ticket,
        )
        return entry, Handed(receipt, responses, marking.mark_sheet(paper, responses))


def _admitted(
    entrance: Entrance, form: Form, missing: int, secret_key: str
) -> tuple[int | None, bytes | None]:
    """(cell, None) through an open door; (None, ticket's mark) where a ticket says the cell."""
    if entrance.tickets:
        code = read_ticket(first(form, "k"))
        if code is None:
            raise UnknownTicket
        return None, mark_of(entrance.sitting_id, code, secret_key=secret_key)
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
