"""What the phones come to: a province, a paper of ten questions, a sitting in some halls."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import cycle, islice
from pathlib import Path
from random import shuffle
from typing import Any

from flask import current_app
from sqlalchemy import insert
from sqlalchemy.orm import Session

from quizzes.item import ItemKind, Level, Option
from quizzes.paper import Source
from survey import create_app, db
from survey.answering.models import Sheet
from survey.demo.build import DATA
from survey.desk.cli import prepare
from survey.papers import bank
from survey.papers import operations as papers
from survey.sittings import conferences
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show
from survey.sittings.queries import doors_of
from survey.sittings.tickets import lay_tickets, slips_of
from survey.units.operations import found_unit

QUESTIONS = 10
COMMUNES, CELLS = 4, 12
DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Hall:
    hall_id: int
    key: str  # of its door
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class World:
    sitting_id: int
    edition_id: int
    halls: tuple[Hall, ...]
    tickets: tuple[str, ...] = ()  # as typed, where people are let in by ticket; in no order


def make_world(instance: Path, halls: int, database_url: str, tickets: int = 0) -> World:
    """Fill the store of this instance by the operations that people use, and leave beside it
    what the baselines need: the world, and one page of it as it travels. `tickets`: how many at
    least are laid down."""
    settings = {"DATABASE_URL": database_url, "PUBLIC_ADDRESS": "http://127.0.0.1"}
    app = create_app(settings, instance=instance)
    with app.app_context():
        prepare(app)
        world = _fill(db.session(), halls, tickets, datetime.now(UTC))
    page = app.test_client().get(f"/D/{world.halls[0].key}", headers={"Accept-Encoding": "gzip"})
    (instance / "page.gz").write_bytes(page.data)
    (instance / "world.json").write_text(json.dumps(asdict(world)))
    app.extensions["survey_engine"].dispose()
    return world


def fillings(count: int) -> Iterator[bytes]:
    """The keys of so many sheets; as random as those that phones make."""
    return (blake2b(b"%d" % number, digest_size=16).digest() for number in range(count))


def fill_store(url: str, world: World, count: int) -> None:
    """Sheets that were there before: as many to each cell, all alike."""
    engine = db.make_engine(url)
    places = cycle((hall.hall_id, cell) for hall in world.halls for cell in hall.cells)
    rows = (
        {
            "sitting_id": world.sitting_id,
            "receipt": receipt,
            "unit_id": cell,
            "hall_id": hall_id,
            "mode": "own",
            "answers": ";".join("0" * QUESTIONS),
        }
        for receipt, (hall_id, cell) in zip(fillings(count), places, strict=False)
    )
    while some := list(islice(rows, 10_000)):
        with engine.begin() as connection:
            connection.execute(insert(Sheet), some)
    engine.dispose()


def read_world(instance: Path) -> World:
    told = json.loads((instance / "world.json").read_text())
    halls = tuple(
        Hall(hall["hall_id"], hall["key"], tuple(hall["cells"])) for hall in told["halls"]
    )
    return World(told["sitting_id"], told["edition_id"], halls, tuple(told["tickets"]))


def _fill(session: Session, halls: int, tickets: int, now: datetime) -> World:
    province = found_unit(
        session, code="T", kind="province", name="Đảng bộ tỉnh", parent_id=None, on=DAY
    )
    cells = _found_cells(session, province)
    edition_id = _write_paper(session, province, now)
    conference_id = conferences.plan_conference(
        session, unit_id=province, title="Hội nghị học tập nghị quyết", held_on=now.date()
    )
    called = {
        conferences.add_hall(
            session, conference_id, name=f"Hội trường {n}", unit_id=commune, called=[commune]
        ): tuple(cells[commune])
        for n, commune in enumerate(islice(cycle(cells), halls), 1)
    }
    sitting_id = sittings.plan_sitting(
        session,
        conference_id,
        edition_id,
        kind=Kind.AFTER,
        title="Khảo sát sau hội nghị",
        show=Show.SCORE,
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=1),
        tickets=tickets > 0,
        now=now,
    )
    doors = [door for door in doors_of(session, sitting_id) if door.hall_id in called]
    laid = (Hall(d.hall_id, d.key, called[d.hall_id]) for d in doors if d.hall_id)
    called_cells = [cell for of_commune in cells.values() for cell in of_commune]
    codes = _lay(session, sitting_id, called_cells, tickets, now) if tickets else ()
    return World(sitting_id, edition_id, tuple(laid), codes)


def _lay(
    session: Session, sitting_id: int, cells: list[int], count: int, now: datetime
) -> tuple[str, ...]:
    secret_key = current_app.config["SECRET_KEY"]
    counts = dict.fromkeys(cells, -(-count // len(cells)))
    lay_tickets(session, sitting_id, counts, secret_key=secret_key, now=now)
    of_cells = slips_of(session, sitting_id, cells, secret_key=secret_key).values()
    codes = [code for codes in of_cells for code in codes]
    shuffle(codes)
    return tuple(codes)


def _found_cells(session: Session, province: int) -> dict[int, list[int]]:
    """{commune: its cells}."""
    found: dict[int, list[int]] = {}
    for n in range(1, COMMUNES + 1):
        name = f"Đảng bộ xã Thử nghiệm {n}"
        commune = found_unit(
            session, code="", kind="commune", name=name, parent_id=province, on=DAY
        )
        found[commune] = [
            found_unit(
                session, code="", kind="cell", name=f"Chi bộ Thôn {m}", parent_id=commune, on=DAY
            )
            for m in range(1, CELLS + 1)
        ]
    return found


def _write_paper(session: Session, owner: int, now: datetime) -> int:
    """The first ten questions of the demo's resolution: of the length that people write."""
    content: dict[str, Any] = json.loads((DATA / "resolution.json").read_text(encoding="utf-8"))
    fields = ("number", "title", "issuer", "url")
    source = Source(
        **{name: content[name] for name in fields}, dated=date.fromisoformat(content["dated"])
    )
    resolution_id = bank.save_resolution(session, source, unit_id=owner)
    parts = [(clause["label"], clause["text"]) for clause in content["clauses"]]
    names = [clause["id"] for clause in content["clauses"]]
    clauses = dict(zip(names, bank.add_clauses(session, resolution_id, parts), strict=True))
    item_ids = [
        bank.draft_item(
            session,
            resolution_id,
            bank.ItemDraft(
                kind=ItemKind(item["kind"]),
                stem=item["stem"],
                options=tuple(Option(**option) for option in item["options"]),
                level=Level(item["level"]),
                clause_id=clauses[item["clause"]],
                explanation=item["explanation"],
            ),
        )
        for item in content["items"][:QUESTIONS]
    ]
    paper_id = papers.draft_paper(
        session,
        resolution_id=resolution_id,
        unit_id=owner,
        title=f"Nghị quyết số {source.number}",
        item_ids=item_ids,
        now=now,
    )
    return papers.publish_paper(session, paper_id, now=now)
