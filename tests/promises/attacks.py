"""Ways to tie a person to a sheet, given all files of the store and all that could be known of
each person: who came when, with which slip, and which receipt the phone made."""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import Engine, literal_column, select, text
from sqlalchemy.orm import InstrumentedAttribute

from survey.answering.models import SealedReceipt, SealedSheet, Sheet
from survey.sittings.models import Ticket
from tests.promises.people import OPTIONS, QUESTIONS, Person

SHEET = re.compile(rf"[0-{OPTIONS - 1}](?:;[0-{OPTIONS - 1}]){{{QUESTIONS - 1}}}".encode())
XMIN = literal_column("xmin::text")
TRACE = re.compile(rb"198\.51\.\d+\.\d+|Zalo/7\d{5}\.7")
NEAR = 200  # bytes


class Finding(NamedTuple):
    """What an attack found out: how many people's sheets it named, and how well the order of the
    sheets goes together with the one that it tried, from -1 to 1."""

    attack: str
    hits: int
    order: float


Files = Mapping[Path, bytes]


def attack_all(engine: Engine, files: Files, people: Sequence[Person]) -> list[Finding]:
    """More than the dozen that is promised."""
    arrivals, sheets = _orders_of_people(engine, files, people), _orders_of_sheets(engine, files)
    found = [
        _by_order(f"{who} / {what}", order, kept)
        for who, order in arrivals.items()
        for what, kept in sheets.items()
    ]
    found += [
        Finding(f"{what} near a sheet", _near(files, {key(one): one for one in people}), 0)
        for what, key in (
            ("receipt", lambda one: one.receipt),
            ("mark of a ticket", lambda one: one.mark),
            ("ticket", lambda one: one.ticket.encode()),
        )
    ]
    if engine.dialect.name == "postgresql":
        by_mark, by_receipt = {o.mark: o for o in people}, {o.receipt: o for o in people}
        found += [
            _by_transaction(engine, Ticket.mark, by_mark),
            _by_transaction(engine, SealedReceipt.receipt, by_receipt),
            _by_transaction(engine, Sheet.receipt, by_receipt),
        ]
    return found


def traces(files: Files, people: Sequence[Person]) -> list[str]:
    """Addresses, user agents and codes that stand in any file, as typed, printed or in capitals."""
    known = {form for one in people for form in (one.address, one.agent)}
    tickets = [_forms(one.ticket) for one in people]
    left: set[str] = set()
    for content in files.values():
        left |= {found.decode() for found in TRACE.findall(content)} & known
        for forms in zip(*tickets, strict=True):
            codes = {form.encode() for form in forms}
            left |= {code.decode() for code, _ in _occurrences(content, codes)}
    return sorted(left)


def files_of(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size > 1
    }


def _forms(ticket: str) -> tuple[str, ...]:
    dashed = "-".join((ticket[:4], ticket[4:8], ticket[8:]))
    return ticket, dashed, ticket.lower(), dashed.lower()


# ------------------------------------------------------------------ by order


def _by_order(attack: str, people: Sequence[Person], sheets: Sequence[str]) -> Finding:
    """The first is the first, the second the second; or the other way round."""
    place = {answers: n for n, answers in enumerate(sheets)}
    pairs = [(n, place[one.answers]) for n, one in enumerate(people) if one.answers in place]
    forwards = sum(n == at for n, at in pairs)
    backwards = sum(n == len(sheets) - 1 - at for n, at in pairs)
    return Finding(attack, max(forwards, backwards), _correlation(pairs))


def _correlation(pairs: Sequence[tuple[int, int]]) -> float:
    if len(pairs) < 2:
        return 0.0
    ranks = {at: rank for rank, at in enumerate(sorted(at for _, at in pairs))}
    distance = sum((n - ranks[at]) ** 2 for n, (_, at) in enumerate(pairs))
    return 1 - 6 * distance / (len(pairs) * (len(pairs) ** 2 - 1))


def _orders_of_sheets(engine: Engine, files: Files) -> dict[str, list[str]]:
    asked = {"place": "SELECT answers FROM sealed_sheet ORDER BY place",
             "as the store gives them": "SELECT answers FROM sealed_sheet"}  # fmt: skip
    if engine.dialect.name == "postgresql":
        asked["ctid"] = "SELECT answers FROM sealed_sheet ORDER BY ctid"
        asked["xmin"] = "SELECT answers FROM sealed_sheet ORDER BY xmin::text::bigint, ctid"
    with engine.connect() as connection:
        orders = {name: list(connection.scalars(text(sql))) for name, sql in asked.items()}
    found = [found.group().decode() for content in files.values()
             for found in SHEET.finditer(content)]  # fmt: skip
    orders["first in the files"] = list(dict.fromkeys(found))
    orders["last in the files"] = list(dict.fromkeys(reversed(found)))
    return orders


def _orders_of_people(
    engine: Engine, files: Files, people: Sequence[Person]
) -> dict[str, list[Person]]:
    orders = {
        "arrival": list(people),
        "receipt": sorted(people, key=lambda one: one.receipt),
        "mark": sorted(people, key=lambda one: one.mark),
        "receipt in the files": _in_files(files, {one.receipt: one for one in people}),
        "mark in the files": _in_files(files, {one.mark: one for one in people}),
    }
    if engine.dialect.name == "postgresql":
        by_mark = {one.mark: one for one in people}
        by_receipt = {one.receipt: one for one in people}
        with engine.connect() as connection:
            for key in (literal_column("ctid"), literal_column("xmin::text::bigint")):
                marks = connection.scalars(select(Ticket.mark).order_by(key, text("ctid")))
                orders[f"ticket by {key}"] = _known(marks, by_mark)
                receipts = select(SealedReceipt.receipt).order_by(key, text("ctid"))
                orders[f"receipt by {key}"] = _known(connection.scalars(receipts), by_receipt)
    return orders


def _known(keys: Iterable[bytes], people: Mapping[bytes, Person]) -> list[Person]:
    return [people[bytes(key)] for key in keys if bytes(key) in people]


def _in_files(files: Files, people: Mapping[bytes, Person]) -> list[Person]:
    """As their keys stand in the files, each where it stands last."""
    places = {
        key: (number, at)
        for number, content in enumerate(files.values())
        for key, at in sorted(_occurrences(content, people), key=itemgetter(1))
    }
    return [people[key] for key in sorted(places, key=places.__getitem__)]


# ------------------------------------------------------------------ by what lies beside what


def _near(files: Files, people: Mapping[bytes, Person]) -> int:
    """People whose sheet is the one that lies nearest to their key, anywhere."""
    hit = set()
    for content in files.values():
        sheets = [(found.start(), found.group().decode()) for found in SHEET.finditer(content)]
        if not sheets:
            continue
        for key, at in _occurrences(content, people):
            after = bisect(sheets, (at, ""))
            beside = [s for s in sheets[max(0, after - 1) : after + 1] if abs(s[0] - at) <= NEAR]
            if people[key].answers in {answers for _, answers in beside}:
                hit.add(key)
    return len(hit)


def _occurrences(content: bytes, keys: Collection[bytes]) -> Iterator[tuple[bytes, int]]:
    """Where these keys stand, all of one length: looked up only where two bytes fit."""
    begins = np.zeros(2**16, dtype=bool)
    begins[[int.from_bytes(key[:2], "little") for key in keys]] = True
    length = len(next(iter(keys)))
    for odd in (0, 1):
        pairs = np.frombuffer(content, "<u2", (len(content) - odd) // 2, odd)
        for at in (np.flatnonzero(begins[pairs]) * 2 + odd).tolist():
            if (key := content[at : at + length]) in keys:
                yield key, at


def _by_transaction(
    engine: Engine, column: InstrumentedAttribute[bytes], people: Mapping[bytes, Person]
) -> Finding:
    """Who was written by the same transaction as a sheet, where that wrote only one."""
    with engine.connect() as connection:
        rows = connection.execute(select(XMIN, column)).all()
        written: dict[str, list[str]] = {}
        for answers in (Sheet.answers, SealedSheet.answers):
            for xmin, said in connection.execute(select(XMIN, answers)):
                written.setdefault(xmin, []).append(said)
    wrote = Counter(xmin for xmin, _ in rows)
    hits = sum(
        [people[bytes(key)].answers] == written.get(xmin)
        for xmin, key in rows
        if bytes(key) in people and wrote[xmin] == 1
    )
    return Finding(f"{column} by transaction", hits, 0)
