"""A small province, a paper of four questions, and sheets that score what a test wants."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizzes.item import Item, ItemKind, Level, Option
from quizzes.marking import encode
from quizzes.paper import Clause, Paper, Source
from survey import db
from survey.answering.models import Sheet
from survey.papers.models import Edition, PaperDraft, Resolution
from survey.sittings.models import Conference, Hall, HallUnit, Kind, Sitting
from survey.units.models import Headcount, Unit, UnitName, UnitParent
from survey.units.queries import searchable

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 12:00 in Việt Nam
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FOUNDED = date(2025, 7, 1)

PAPER = Paper(
    title="Tìm hiểu Nghị quyết 57",
    edition=1,
    source=Source("57-NQ/TW", "Đột phá", "Bộ Chính trị", date(2024, 12, 22), "https://e.vn/57"),
    clauses=(
        Clause("1", "Mục I", "Người dân là trung tâm."),
        Clause("2", "Mục II", "Kinh tế số 30 %."),
    ),
    items=(
        Item(
            "1",
            ItemKind.SINGLE,
            "Ai là trung tâm?",
            (Option("Người dân", correct=True), Option("Cơ quan"), Option("=1+1")),
            clause="1",
            explanation="Mục I nêu rõ.",
        ),
        Item(
            "2",
            ItemKind.MULTIPLE,
            "Những gì là đột phá?",
            (Option("Khoa học", correct=True), Option("Số hóa", correct=True), Option("Lúa")),
            clause="1",
            level=Level.UNDERSTANDING,
        ),
        Item(
            "3",
            ItemKind.TRUE_FALSE,
            "Kinh tế số đạt 30 % GDP?",
            (Option("Đúng", correct=True), Option("Sai")),
            clause="2",
        ),
        Item("4", ItemKind.SINGLE, "Ai ban hành?", (Option("Quốc hội"), Option("B", correct=True))),
    ),
)


def sheet(right: int) -> str:
    """Answers that have the first `right` questions right and nothing else."""
    return encode(
        [item.key if n < right else frozenset[int]() for n, item in enumerate(PAPER.items)]
    )


def add_unit(
    session: Session, code: str, name: str, parent: int | None = None, *, heads: int | None = None
) -> int:
    """A cell where `heads` is given (0: a cell that was never counted), inside the caller's
    transaction."""
    kind = "cell" if heads is not None else "province" if parent is None else "commune"
    unit = Unit(code=code, kind=kind, started=FOUNDED)
    session.add(unit)
    session.flush()
    session.add(UnitName(unit_id=unit.id, since=FOUNDED, name=name, fold=searchable(name)))
    session.add(UnitParent(unit_id=unit.id, since=FOUNDED, parent_id=parent))
    if heads:
        since = datetime(2025, 7, 1, tzinfo=UTC)
        session.add(Headcount(unit_id=unit.id, since=since, total=heads + 2, eligible=heads))
    return unit.id


def add_edition(session: Session, owner: int, paper: Paper = PAPER) -> int:
    source = paper.source
    resolution = Resolution(
        unit_id=owner,
        number=f"{source.number}-{secrets.token_hex(3)}",
        title=source.title,
        issuer=source.issuer,
        dated=source.dated,
        url=source.url,
    )
    session.add(resolution)
    session.flush()
    draft = PaperDraft(
        unit_id=owner, resolution_id=resolution.id, title=paper.title, changed_at=NOON
    )
    session.add(draft)
    session.flush()
    edition = Edition(
        paper_id=draft.id,
        number=1,
        title=paper.title,
        resolution_number=source.number,
        items=len(paper.items),
        content=paper.freeze(),
        digest=paper.digest,
        published_at=NOON,
    )
    session.add(edition)
    session.flush()
    return edition.id


def add_conference(
    session: Session, convener: int, halls: Mapping[str, Sequence[int]]
) -> tuple[int, dict[str, int]]:
    """A conference with halls and the units called to each: its id, and those of the halls."""
    conference = Conference(unit_id=convener, title="Hội nghị", held_on=date(2026, 11, 23))
    session.add(conference)
    session.flush()
    ids = {}
    for name, units in halls.items():
        hall = Hall(conference_id=conference.id, name=name, unit_id=convener)
        session.add(hall)
        session.flush()
        session.add_all(HallUnit(hall_id=hall.id, unit_id=unit) for unit in units)
        ids[name] = hall.id
    return conference.id, ids


def add_sitting(
    session: Session,
    convener: int,
    edition: int,
    *,
    conference: int | None = None,
    kind: Kind = Kind.AFTER,
    title: str = "Khảo sát sau hội nghị",
    opens_at: datetime | None = NOON,
    closes_at: datetime | None = None,
) -> int:
    """Open from noon on; without a conference it is the check of a cell."""
    sitting = Sitting(
        unit_id=convener,
        conference_id=conference,
        edition_id=edition,
        kind=Kind.CHECK if conference is None else kind,
        period="2026-11" if conference is None else None,
        title=title,
        opens_at=opens_at,
        closes_at=closes_at,
        created_at=NOON - HOUR,
    )
    session.add(sitting)
    session.flush()
    return sitting.id


def hand_in(
    session: Session,
    sitting: int,
    cell: int,
    rights: Iterable[int],
    *,
    hall: int | None = None,
) -> None:
    """A sheet for each number of right answers."""
    with db.writing(session):
        session.add_all(
            Sheet(
                sitting_id=sitting,
                receipt=secrets.token_bytes(16),
                unit_id=cell,
                hall_id=hall,
                mode="own",
                answers=sheet(right),
            )
            for right in rights
        )


def close(session: Session, sitting: int, at: datetime) -> None:
    with db.writing(session):
        session.get_one(Sitting, sitting).closes_at = at


# ------------------------------------------------------------------ reading pages


def words(html: str) -> str:
    """The text a reader sees."""
    html = re.sub(r"<script.*?</script>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())


def seen(browser: FlaskClient, sitting: int, unit: int, more: str = "") -> str:
    """The page of a unit, which must be there."""
    answer = browser.get(f"/results/{sitting}/{unit}{more}")
    assert answer.status_code == 200, answer.status
    return str(answer.text)
