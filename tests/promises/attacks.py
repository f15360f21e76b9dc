"""Ways to tie a person to a sheet, given all files of the store, its log and its backups, and all
that could be known of each person: who came when and to which cell, with which slip, and which
receipt the phone made."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Engine, literal_column, select, text
from sqlalchemy.orm import InstrumentedAttribute

from survey.answering.models import SealedReceipt, SealedSheet, Sheet
from survey.sittings.models import Ticket
from tests.promises.people import Person
from tests.promises.searching import SHEET, Files, occurrences

XMIN = literal_column("xmin::text")
NEAR = 200  # bytes
KEYS = {
    "receipt": lambda one: one.receipt,
    "mark": lambda one: one.mark,
    "ticket": lambda one: one.ticket.encode(),
}


class Attack(NamedTuple):
    """What it says who handed in what, and by how many standard deviations the order of the sheets
    goes together with the one that it tried."""

    name: str
    guesses: Mapping[int, str]  # {number of a person: the answers}
    order: float = 0.0


class Place(NamedTuple):
    file: int
    at: int


@dataclass
class Copy:
    """Everything that somebody got hold of at once."""

    name: str
    files: Files
    sheets: list[tuple[Place, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sheets = [
            (Place(number, found.start()), found[1].decode())
            for number, content in enumerate(self.files.values())
            for found in SHEET.finditer(content)
        ]

    def places_of(self, people: Mapping[bytes, Person]) -> list[tuple[Place, Person]]:
        """Where their keys stand, as they are and, as in a dump, in hexadecimal."""
        written = {key.hex().encode(): one for key, one in people.items()}
        return sorted(
            (Place(number, at), form[key])
            for number, content in enumerate(self.files.values())
            for form in (people, written)
            for key, at in occurrences(content, form)
        )


def attacks_on(engine: Engine, copies: Sequence[Copy], people: Sequence[Person]) -> list[Attack]:
    """More than the dozen that is promised."""
    arrivals = {
        "arrival": list(people),
        "receipt": sorted(people, key=lambda one: one.receipt),
        "mark": sorted(people, key=lambda one: one.mark),
    }
    sheets = _orders_of_sheets(engine)
    beside = []
    for copy in copies:
        said = [answers for _, answers in copy.sheets]
        sheets[f"first in the {copy.name}"] = list(dict.fromkeys(said))
        sheets[f"last in the {copy.name}"] = list(dict.fromkeys(reversed(said)))
        for what, key in KEYS.items():
            places = copy.places_of({key(one): one for one in people})
            found = dict(reversed([(one.number, one) for _, one in places]))
            arrivals[f"{what} in the {copy.name}"] = list(found.values())[::-1]
            beside += [*_beside(f"{what} in the {copy.name}", places, copy.sheets)]
    if engine.dialect.name == "postgresql":
        arrivals |= _orders_of_transactions(engine, people)
        beside += _by_transaction(engine, people)
    in_order = [
        attack
        for who, order in arrivals.items()
        for what, kept in sheets.items()
        for attack in _by_order(f"{who} / {what}", order, kept, people)
    ]
    return in_order + beside


# ------------------------------------------------------------------ by order


def _by_order(
    name: str, order: Sequence[Person], sheets: Sequence[str], people: Sequence[Person]
) -> Iterator[Attack]:
    """In each cell the first is the first, the second the second; or the other way round. The
    cell stands on the slip and on the sheet."""
    cells = {one.answers: one.cell for one in people}
    kept = [answers for answers in sheets if answers in cells]
    place = {answers: n for n, answers in enumerate(kept)}
    pairs = [(n, place[one.answers]) for n, one in enumerate(order) if one.answers in place]
    for way, turned in ((name, kept), (f"{name} backwards", kept[::-1])):
        guesses: dict[int, str] = {}
        for cell in set(cells.values()):
            mine = [one.number for one in order if one.cell == cell]
            theirs = [answers for answers in turned if cells[answers] == cell]
            guesses |= zip(mine, theirs, strict=False)
        yield Attack(way, guesses, _together(pairs))


def _together(pairs: Sequence[tuple[int, int]]) -> float:
    if len(pairs) < 2:
        return 0.0
    ranks = {at: rank for rank, at in enumerate(sorted(at for _, at in pairs))}
    distance = sum((n - ranks[at]) ** 2 for n, (_, at) in enumerate(pairs))
    correlation = 1 - 6 * distance / (len(pairs) * (len(pairs) ** 2 - 1))
    return float(correlation * (len(pairs) - 1) ** 0.5)


def _orders_of_sheets(engine: Engine) -> dict[str, list[str]]:
    asked = {"place": "SELECT answers FROM sealed_sheet ORDER BY place",
             "as the store gives them": "SELECT answers FROM sealed_sheet"}  # fmt: skip
    if engine.dialect.name == "postgresql":
        asked["ctid"] = "SELECT answers FROM sealed_sheet ORDER BY ctid"
        asked["xmin"] = "SELECT answers FROM sealed_sheet ORDER BY xmin::text::bigint, ctid"
    with engine.connect() as connection:
        return {name: list(connection.scalars(text(sql))) for name, sql in asked.items()}


def _orders_of_transactions(engine: Engine, people: Sequence[Person]) -> dict[str, list[Person]]:
    orders = {}
    by_mark, by_receipt = {o.mark: o for o in people}, {o.receipt: o for o in people}
    with engine.connect() as connection:
        for key in (literal_column("ctid"), literal_column("xmin::text::bigint")):
            marks = select(Ticket.mark).order_by(key, text("ctid"))
            receipts = select(SealedReceipt.receipt).order_by(key, text("ctid"))
            orders[f"ticket by {key}"] = _known(connection.scalars(marks), by_mark)
            orders[f"receipt by {key}"] = _known(connection.scalars(receipts), by_receipt)
    return orders


def _known(keys: Iterable[bytes], people: Mapping[bytes, Person]) -> list[Person]:
    return [people[bytes(key)] for key in keys if bytes(key) in people]


# ------------------------------------------------------------------ by what lies beside what


def _beside(
    name: str, places: Sequence[tuple[Place, Person]], sheets: Sequence[tuple[Place, str]]
) -> Iterator[Attack]:
    """The sheet that lies nearest behind a person's key, anywhere; and the one before it."""
    for way, step in (("behind", 0), ("before", -1)):
        nearest: dict[int, tuple[int, str]] = {}
        for place, one in places:
            next_to = bisect(sheets, (place, "")) + step
            if not 0 <= next_to < len(sheets) or sheets[next_to][0].file != place.file:
                continue
            there, answers = sheets[next_to]
            if (away := abs(there.at - place.at)) <= NEAR:
                nearest[one.number] = min(nearest.get(one.number, (NEAR, "")), (away, answers))
        yield Attack(f"{way} the {name}", {who: answers for who, (_, answers) in nearest.items()})


def _by_transaction(engine: Engine, people: Sequence[Person]) -> Iterator[Attack]:
    """Who was written by the same transaction as a sheet, where that wrote only one."""
    by_mark, by_receipt = {o.mark: o for o in people}, {o.receipt: o for o in people}
    columns: tuple[tuple[InstrumentedAttribute[bytes], Mapping[bytes, Person]], ...] = (
        (Ticket.mark, by_mark),
        (SealedReceipt.receipt, by_receipt),
        (Sheet.receipt, by_receipt),
    )
    with engine.connect() as connection:
        written: dict[str, list[str]] = {}
        for answers in (Sheet.answers, SealedSheet.answers):
            for xmin, said in connection.execute(select(XMIN, answers)):
                written.setdefault(xmin, []).append(said)
        for column, known in columns:
            rows = connection.execute(select(XMIN, column)).all()
            wrote = Counter(xmin for xmin, _ in rows)
            guesses = {
                known[bytes(key)].number: written[xmin][0]
                for xmin, key in rows
                if bytes(key) in known and wrote[xmin] == len(written.get(xmin, ())) == 1
            }
            yield Attack(f"{column} by transaction", guesses)
