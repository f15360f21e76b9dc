"""A small province for tests: two communes, three cells, a published paper."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from quizzes.item import Item, ItemKind, Option
from quizzes.paper import Clause, Paper, Source
from survey import db
from survey.papers.models import Edition, PaperDraft, Resolution
from survey.sittings import operations
from survey.sittings.models import Kind, Show
from survey.sittings.tickets import mark_of
from survey.units.models import Headcount, Unit, UnitName, UnitParent
from survey.units.queries import searchable
from tests.conftest import SETTINGS

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 12:00 in Việt Nam
DAY = date(2026, 11, 23)
MINUTE = timedelta(minutes=1)
FOUNDED = date(2025, 7, 1)
KEY = str(SETTINGS["SECRET_KEY"])

PAPER = Paper(
    title="Nghị quyết 57 sau hội nghị",
    edition=1,
    source=Source(
        number="57-NQ/TW",
        title="Về đột phá phát triển khoa học, công nghệ",
        issuer="Bộ Chính trị",
        dated=date(2024, 12, 22),
        url="https://example.vn/57",
    ),
    clauses=(Clause("1", "Mục I", "Quan điểm"),),
    items=(
        Item(
            id="1",
            kind=ItemKind.SINGLE,
            stem="Ai là trung tâm?",
            options=(Option("Người dân", correct=True), Option("Không ai")),
            clause="1",
        ),
    ),
)


def mark(sitting_id: int, code: str) -> bytes:
    """Of a ticket that was laid under that key."""
    return mark_of(sitting_id, code, secret_key=KEY)


@dataclass(frozen=True)
class Stage:
    """Ids of the units and of the edition."""

    province: int
    north: int  # a commune with two cells
    south: int  # a commune with one
    north_1: int
    north_2: int
    south_1: int
    edition: int

    @property
    def cells(self) -> tuple[int, int, int]:
        return self.north_1, self.north_2, self.south_1


def set_stage(session: Session) -> Stage:
    with db.writing(session):
        province = add_unit(session, "QN", "province", "Đảng bộ tỉnh Quảng Ngãi", None)
        north = add_unit(session, "QN-1", "commune", "Đảng bộ xã Đăk Tô", province)
        south = add_unit(session, "QN-2", "commune", "Đảng bộ xã Ba Tơ", province)
        cells = (
            add_unit(session, "QN-1-T2", "cell", "Chi bộ thôn 2", north, heads=(12, 10)),
            add_unit(session, "QN-1-T10", "cell", "Chi bộ thôn 10", north, heads=(20, 18)),
            add_unit(session, "QN-2-T2", "cell", "Chi bộ thôn 2", south),
        )
        edition = add_edition(session, province)
    return Stage(province, north, south, *cells, edition)


def add_unit(
    session: Session,
    code: str,
    kind: str,
    name: str,
    parent_id: int | None,
    heads: tuple[int, int] | None = None,
) -> int:
    """A unit that has stood since July 2025, inside the caller's transaction."""
    unit = Unit(code=code, kind=kind, started=FOUNDED)
    session.add(unit)
    session.flush()
    session.add_all(
        [
            UnitName(unit_id=unit.id, since=FOUNDED, name=name, fold=searchable(name)),
            UnitParent(unit_id=unit.id, since=FOUNDED, parent_id=parent_id),
        ]
    )
    if heads:
        total, eligible = heads
        counted = datetime(2025, 7, 1, tzinfo=UTC)
        session.add(Headcount(unit_id=unit.id, since=counted, total=total, eligible=eligible))
    return unit.id


def add_edition(session: Session, unit_id: int) -> int:
    source = PAPER.source
    resolution = Resolution(
        unit_id=unit_id,
        number=source.number,
        title=source.title,
        issuer=source.issuer,
        dated=source.dated,
        url=source.url,
    )
    session.add(resolution)
    session.flush()
    draft = PaperDraft(
        unit_id=unit_id, resolution_id=resolution.id, title=PAPER.title, changed_at=NOON
    )
    session.add(draft)
    session.flush()
    edition = Edition(
        paper_id=draft.id,
        number=1,
        title=PAPER.title,
        resolution_number=source.number,
        items=len(PAPER.items),
        content=PAPER.freeze(),
        digest=PAPER.digest,
        published_at=NOON,
    )
    session.add(edition)
    session.flush()
    return edition.id


def gather(session: Session, stage: Stage) -> int:
    """A conference of the province."""
    return operations.plan_conference(
        session, unit_id=stage.province, title="Hội nghị Nghị quyết 57", held_on=DAY
    )


def plan(
    session: Session,
    stage: Stage,
    conference_id: int,
    *,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    kind: Kind = Kind.AFTER,
    title: str = "Khảo sát sau hội nghị",
    tickets: bool = False,
) -> int:
    """A sitting of that conference, by default one that waits for the button."""
    return operations.plan_sitting(
        session,
        conference_id,
        stage.edition,
        kind=kind,
        title=title,
        show=Show.SCORE,
        opens_at=opens_at,
        closes_at=closes_at,
        tickets=tickets,
        now=NOON,
    )
