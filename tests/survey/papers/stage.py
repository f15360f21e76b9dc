"""A province with two communes; the northern one has a resolution with clauses and questions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from quizzes.item import ItemKind, Level, Option
from quizzes.paper import Source
from survey import db
from survey.papers import bank, operations
from survey.papers.bank import ItemDraft
from survey.units.models import Unit, UnitName, UnitParent
from survey.units.queries import searchable

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
FOUNDED = date(2025, 7, 1)
SOURCE = Source(
    number="57-NQ/TW",
    title="Về đột phá phát triển khoa học, công nghệ",
    issuer="Bộ Chính trị",
    dated=date(2024, 12, 22),
    url="https://chinhphu.example.vn/57",
)
GOOD = ItemDraft(
    kind=ItemKind.SINGLE,
    stem="Ai là trung tâm của chuyển đổi số?",
    options=(Option("Người dân", correct=True), Option("Máy tính"), Option("Cả hai", pinned=True)),
    level=Level.UNDERSTANDING,
    explanation="Mục I.2 nêu rõ.",
)
SEVERAL = ItemDraft(
    kind=ItemKind.MULTIPLE,
    stem="Chi bộ làm được việc nào ngay?",
    options=(
        Option("Nộp hồ sơ trực tuyến", correct=True),
        Option("Hướng dẫn bà con", correct=True),
    ),
)
KEYLESS = ItemDraft(
    kind=ItemKind.SINGLE, stem="Câu còn dở?", options=(Option("Một"), Option("Hai"))
)


@dataclass(frozen=True)
class Stage:
    """Ids. The resolution, its two clauses and its two questions belong to the north."""

    province: int
    north: int
    south: int
    cell: int  # in the north
    resolution: int
    clauses: tuple[int, ...]
    items: tuple[int, ...]


def fresh(session: Session) -> Session:
    """The session with nothing of an earlier snapshot: it sees what requests have committed."""
    session.rollback()
    session.expire_all()
    return session


def set_stage(session: Session) -> Stage:
    with db.writing(session):
        province = add_unit(session, "QN", "province", "Đảng bộ tỉnh Quảng Ngãi", None)
        north = add_unit(session, "QN-1", "commune", "Đảng bộ xã Đăk Tô", province)
        south = add_unit(session, "QN-2", "commune", "Đảng bộ xã Ba Tơ", province)
        cell = add_unit(session, "QN-1-1", "cell", "Chi bộ thôn 3", north)
    resolution = bank.save_resolution(session, SOURCE, unit_id=north)
    clauses = bank.add_clauses(
        session, resolution, [("Mục I.1", "Quan điểm."), ("Mục I.2", "Người dân là trung tâm.")]
    )
    items = tuple(bank.draft_item(session, resolution, draft) for draft in (GOOD, SEVERAL))
    return Stage(province, north, south, cell, resolution, tuple(clauses), items)


def add_unit(session: Session, code: str, kind: str, name: str, parent_id: int | None) -> int:
    unit = Unit(code=code, kind=kind, started=FOUNDED)
    session.add(unit)
    session.flush()
    session.add_all(
        [
            UnitName(unit_id=unit.id, since=FOUNDED, name=name, fold=searchable(name)),
            UnitParent(unit_id=unit.id, since=FOUNDED, parent_id=parent_id),
        ]
    )
    return unit.id


def add_draft(session: Session, stage: Stage, title: str = "Đề số 1") -> int:
    """A draft of the north that holds both questions."""
    return operations.draft_paper(
        session,
        resolution_id=stage.resolution,
        unit_id=stage.north,
        title=title,
        item_ids=stage.items,
        now=NOON,
    )


def add_edition(session: Session, stage: Stage, title: str = "Đề số 1") -> int:
    return operations.publish_paper(session, add_draft(session, stage, title), now=NOON)
