"""A small world to test in: a province with two communes of three cells each, a paper of three
questions, a conference with a hall in each commune."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizzes.item import Item, ItemKind, Option
from quizzes.paper import Clause, Paper, Source
from survey import db
from survey.papers.models import Edition, PaperDraft, Recording, Resolution
from survey.papers.sound import read_sound
from survey.sittings import operations as sittings
from survey.sittings.models import Hall
from survey.text import fold
from survey.units.models import Headcount, Unit, UnitName, UnitParent
from tests.conftest import NOON
from tests.survey.papers.sounds import mp3

DAY = date(2026, 1, 1)

PAPER = Paper(
    title="Nghị quyết thử",
    edition=1,
    source=Source("01-NQ/TW", "Về việc thử", "Bộ Chính trị", DAY, "https://example.vn/01"),
    clauses=(Clause("1", "Mục I", "Phần một."), Clause("2", "Mục II", "Phần hai.")),
    items=(
        Item("a", ItemKind.SINGLE, "Một lựa chọn?", tuple(
            Option(text, correct=text == "Đúng nhất") for text in ("Đúng nhất", "Sai", "Khác")
        ), clause="1", explanation="Vì phần một nói vậy."),
        Item("b", ItemKind.MULTIPLE, "Nhiều lựa chọn?", (
            Option("Phải thứ nhất", True), Option("Không phải"), Option("Phải thứ hai", True),
        ), clause="2"),
        Item("c", ItemKind.TRUE_FALSE, "Đúng hay sai?", (Option("Đúng", True), Option("Sai"))),
    ),
)  # fmt: skip


SOUND = read_sound(mp3(200))  # 5.2 seconds


@dataclass
class World:
    """Ids of what the tests stand on."""

    province: int
    communes: list[int]
    cells: list[list[int]]  # of each commune
    edition: int
    conference: int
    halls: list[int]


def make_world(session: Session, prefix: str = "T") -> World:
    with db.writing(session):
        province = add_unit(session, prefix, "province", "Đảng bộ tỉnh", None)
        communes = [
            add_unit(session, f"{prefix}-{i}", "commune", f"Đảng bộ xã {name}", province)
            for i, name in enumerate(("Đăk Tô", "Ia H’Drai"))
        ]
        cells = [
            [
                add_unit(session, f"{prefix}-{i}-{n}", "cell", f"Chi bộ Thôn {n}", commune)
                for n in (1, 2, 10)
            ]
            for i, commune in enumerate(communes)
        ]
        edition = _edition(session, province)
    conference = sittings.plan_conference(
        session, unit_id=province, title="Hội nghị", held_on=NOON.date()
    )
    for commune in communes:
        sittings.add_hall(
            session, conference, name=f"Hội trường {commune}", unit_id=commune, called=[commune]
        )
    halls = list(
        session.scalars(select(Hall.id).where(Hall.conference_id == conference).order_by(Hall.id))
    )
    session.rollback()  # so that the next look sees what requests have written meanwhile
    return World(province, communes, cells, edition, conference, halls)


def _cell(session: Session, code: str, number: int, commune: int) -> int:
    return add_unit(session, f"{code}-{number}", "cell", f"Chi bộ Thôn {number}", commune)


def add_unit(session: Session, code: str, kind: str, name: str, parent: int | None) -> int:
    unit = Unit(code=code, kind=kind, started=DAY)
    session.add(unit)
    session.flush()
    session.add_all([
        UnitName(unit_id=unit.id, since=DAY, name=name, fold=fold(name)),
        UnitParent(unit_id=unit.id, since=DAY, parent_id=parent),
        Headcount(unit_id=unit.id, since=NOON - timedelta(days=90), total=14, eligible=12),
    ])  # fmt: skip
    session.flush()
    return unit.id


def record(session: Session, world: World) -> None:
    """The first two questions of the world's edition can be heard."""
    items = [replace(item, audio=SOUND.digest) for item in PAPER.items[:2]]
    paper = replace(PAPER, items=(*items, *PAPER.items[2:]))
    with db.writing(session):
        if session.get(Recording, SOUND.digest) is None:
            session.add(
                Recording(digest=SOUND.digest, media_type="audio/mpeg", content=SOUND.content)
            )
        session.execute(
            update(Edition)
            .where(Edition.id == world.edition)
            .values(content=paper.freeze(), digest=paper.digest)
        )


def _edition(session: Session, owner: int) -> int:
    source = PAPER.source
    resolution = Resolution(
        unit_id=owner, number=source.number, title=source.title, issuer=source.issuer,
        dated=source.dated, url=source.url,
    )  # fmt: skip
    session.add(resolution)
    session.flush()
    draft = PaperDraft(
        unit_id=owner, resolution_id=resolution.id, title=PAPER.title, changed_at=NOON
    )
    session.add(draft)
    session.flush()
    edition = Edition(
        paper_id=draft.id, number=1, title=PAPER.title, resolution_number=source.number,
        items=len(PAPER.items), content=PAPER.freeze(), digest=PAPER.digest, published_at=NOON,
    )  # fmt: skip
    session.add(edition)
    session.flush()
    return edition.id
