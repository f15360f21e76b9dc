"""What is sealed and given out of a sitting, against the sheets that the model says are in.

Compared are whole tables, so that a row that is missing or too many is a fault like a wrong one:
the tallies of every cell, of all above it and of the halls; and the same figures as somebody reads
them who was given the CSV, the workbook, the printed page, or the list of receipts.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.paper import Paper
from quizzes.tally import Tally
from survey.answering.queries import seal_of
from survey.answering.sealing import check_seal, shown_code
from survey.papers.queries import load_paper
from survey.results.models import HallTally, TallyRun, UnitTally
from survey.sittings.models import Sitting
from survey.sittings.queries import cells_called, day_of
from survey.units.models import Unit
from survey.units.queries import load_tree
from tests.promises.histories_model import Model

Read = Callable[[str], bytes]  # an address -> what the desk is given there
UNITS, ITEMS = "Tổng hợp theo tổ chức", "Theo câu hỏi"  # sheets of the workbook
SEALED_OVER = re.compile(r"Đã niêm phong: ([\d.]+) phiếu")
ANSWERED = re.compile(r"<p>[^<]*: (\d+)(?:/\d+)? người trả lời")


@dataclass(frozen=True)
class Meant:
    """What follows from the sheets alone."""

    sheets: int
    units: dict[int, Counter[str]]  # {unit: its sheets by what they say}, of all that were called
    halls: dict[int | None, Counter[str]]
    top: int
    receipts: set[tuple[str, str]]  # as listed: (code on the phone, receipt)


def meant_by(session: Session, sitting: Sitting, model: Model) -> Meant:
    tree = load_tree(session, day_of(sitting))
    called = [cell for cells in cells_called(session, sitting, tree).values() for cell in cells]
    units: dict[int, Counter[str]] = {
        unit: Counter() for cell in called for unit in tree.path(cell)
    }
    halls: dict[int | None, Counter[str]] = {}
    for _, cell, hall, answers in model.rows():
        assert cell is not None
        for unit in tree.path(cell):
            units[unit][answers] += 1
        halls.setdefault(hall, Counter())[answers] += 1
    receipts = {(shown_code(receipt), receipt.hex()) for receipt in model.stored}
    return Meant(len(model.stored), units, halls, tree.path(called[0])[0], receipts)


def faults_of_totals(session: Session, sitting_id: int, model: Model, read: Read) -> Iterator[str]:
    """What differs, of a sealed sitting."""
    session.rollback()
    sitting = session.get_one(Sitting, sitting_id)
    meant = meant_by(session, sitting, model)
    paper = load_paper(session, sitting.edition_id)
    yield from _faults_of_seal(session, sitting_id, meant)
    for table, key, sheets in (
        (UnitTally, UnitTally.unit_id, meant.units),
        (HallTally, HallTally.hall_id, meant.halls),
    ):
        columns = select(key, table.answered, table.published, table.content)
        rows = session.execute(columns.where(table.sitting_id == sitting_id)).all()
        yield from _faults_of_tallies(table.__tablename__, rows, sheets, paper)
    codes = dict(session.execute(select(Unit.code, Unit.id)).all())
    yield from _faults_of_files(sitting_id, meant, codes, read)


def _faults_of_seal(session: Session, sitting_id: int, meant: Meant) -> Iterator[str]:
    seal = seal_of(session, sitting_id)
    if seal is None or seal.sheets != meant.sheets:
        yield "the number on the seal"
    if not check_seal(session, sitting_id):
        yield "the digest of the seal"
    if session.get_one(TallyRun, sitting_id).sheets != meant.sheets:
        yield "the total of the sitting"


def _faults_of_tallies(
    table: str, rows: Sequence[Any], sheets: Mapping[Any, Counter[str]], paper: Paper
) -> Iterator[str]:
    answered = {place: count for place, count, _, _ in rows}
    if answered != {place: pile.total() for place, pile in sheets.items()}:
        yield f"{table}: who answered"
    # A few sheets that come late are answered and not published (survey.results.counting.Live).
    whole = {place: content for place, count, published, content in rows if count == published}
    told = {
        place: Tally.of_encoded(paper, sheets.get(place, {}).items()).to_json() for place in whole
    }
    if whole != told:
        yield f"{table}: what was answered"


# ------------------------------------------------------------------ what is given out


def _faults_of_files(
    sitting_id: int, meant: Meant, codes: dict[str, int], read: Read
) -> Iterator[str]:
    whole = f"/results/{sitting_id}/{meant.top}"
    units = {unit: pile.total() for unit, pile in meant.units.items()}
    book = CalamineWorkbook.from_filelike(io.BytesIO(read(f"{whole}/results.xlsx")))
    for name, rows in (
        ("CSV", _csv(read(f"{whole}/units.csv"))),
        ("workbook", book.get_sheet_by_name(UNITS).to_python()),
    ):
        if _answered(rows, codes) != units:
            yield f"{name}: who answered"
    items = _csv(read(f"{whole}/items.csv"))
    if _numbers(items) != _numbers(book.get_sheet_by_name(ITEMS).to_python()):
        yield "CSV and workbook: questions"
    printed = ANSWERED.findall(read(f"{whole}/print").decode())
    if printed != [str(meant.sheets)]:
        yield "printed page: who answered"
    heading, listed = _receipts(_csv(read(f"/results/{sitting_id}/receipts.csv")))
    if SEALED_OVER.findall(heading) != [str(meant.sheets)]:
        yield "receipts: the number on the seal"
    if sorted(listed) != sorted(meant.receipts):
        yield "receipts: the list"


def _csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def _answered(rows: Sequence[Sequence[object]], codes: dict[str, int]) -> dict[int, int]:
    """{unit: how many answered} of a table of units, twice if the unit stands there twice."""
    head = next(place for place, row in enumerate(rows) if "Trả lời" in row)
    code, count = rows[head].index("Mã"), rows[head].index("Trả lời")
    found: Counter[int] = Counter()
    for row in rows[head + 1 :]:
        if len(row) > count and row[code] in codes:
            found[codes[str(row[code])]] += int(float(str(row[count])))
    return dict(found)


def _numbers(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    """The rows of a table of questions, each a number first, as words that two formats share."""
    told = [[_word(cell) for cell in row] for row in rows if row]
    return [row for row in told if row[0].isdecimal()]


def _word(cell: object) -> str:
    text = str(cell).replace(",", ".")
    return text.removesuffix(".0")


def _receipts(rows: list[list[str]]) -> tuple[str, list[tuple[str, str]]]:
    heading = " ".join(row[0] for row in rows[:2])
    return heading, [(code, receipt) for code, receipt in rows[4:]]
