"""The demo instance: a real province, a real resolution, made-up people who answer it.

Everything goes in by the operations that people use, at the times at which they would have.
"""

import csv
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.item import ItemKind, Level, Option
from quizzes.paper import Source
from survey.access.models import Role
from survey.access.operations import grant
from survey.answering.queries import answered_in_halls
from survey.demo.attendance import attend
from survey.desk.jobs import run_due
from survey.papers import operations as papers
from survey.papers.bank import add_clauses
from survey.roll.operations import note_halls
from survey.sittings import operations as sittings
from survey.sittings.models import Hall, Kind, Show
from survey.units import listing
from survey.units.importing import import_units
from survey.units.queries import Tree, load_tree
from survey.web import ZONE

DATA = Path(__file__).parent / "data"
HALLS = ("xã Đăk Tô", "xã Sơn Tịnh", "phường Cẩm Thành")
CHECKED_COMMUNES = 3  # whose cells have run the checks of last month and of this one


@dataclass(frozen=True, slots=True)
class Written:
    """A paper and what a simulated attendee finds hard in it."""

    edition_id: int
    title: str


def build(session: Session, *, now: datetime) -> None:
    """Fill an empty store. `now` is today; everything else happened before it."""
    today = now.astimezone(ZONE).date()
    founded = _at(date(2025, 7, 1), time(7, 0))
    table = list(csv.reader((DATA / "units_quangngai_2025.csv").open(encoding="utf-8")))
    reading = listing.read(table, listing.guess(table))
    import_units(session, reading.listed, on=founded.astimezone(ZONE).date(), now=founded)
    tree = load_tree(session, today)
    province = tree.roots[0]
    written = _write_paper(session, province, "resolution.json", now=now - timedelta(days=30))
    monthly = _write_paper(session, province, "resolution_cells.json", now=now - timedelta(days=70))
    _hold_conference(session, tree, written, today, now)
    _run_checks(session, tree, monthly, now)
    run_due(session, now=now)
    _grant_accounts(session, tree, now)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, ZONE)


# ------------------------------------------------------------------ papers


def _write_paper(session: Session, owner: int, filename: str, *, now: datetime) -> Written:
    content: dict[str, Any] = json.loads((DATA / filename).read_text(encoding="utf-8"))
    source = Source(
        number=content["number"],
        title=content["title"],
        issuer=content["issuer"],
        dated=date.fromisoformat(content["dated"]),
        url=content["url"],
    )
    resolution_id = papers.save_resolution(session, source, unit_id=owner)
    parts = [(clause["label"], clause["text"]) for clause in content["clauses"]]
    clause_ids = add_clauses(session, resolution_id, parts)
    known = dict(zip((c["id"] for c in content["clauses"]), clause_ids, strict=True))
    item_ids = [
        papers.draft_item(
            session,
            resolution_id,
            papers.ItemDraft(
                kind=ItemKind(item["kind"]),
                stem=item["stem"],
                options=tuple(Option(**option) for option in item["options"]),
                level=Level(item["level"]),
                clause_id=known[item["clause"]],
                explanation=item["explanation"],
            ),
        )
        for item in content["items"]
    ]
    title = f"Nghị quyết số {content['number']}"
    paper_id = papers.draft_paper(
        session,
        resolution_id=resolution_id,
        unit_id=owner,
        title=title,
        item_ids=item_ids,
        now=now,
    )
    return Written(papers.publish_paper(session, paper_id, now=now), title)


# ------------------------------------------------------------------ the conference


def _hold_conference(
    session: Session, tree: Tree, paper: Written, today: date, now: datetime
) -> None:
    province = tree.roots[0]
    day = today - timedelta(days=10)
    conference_id = sittings.plan_conference(
        session,
        unit_id=province,
        title="Hội nghị học tập, quán triệt Nghị quyết số 57-NQ/TW",
        held_on=day,
    )
    for place in HALLS:
        commune = _commune(tree, place)
        sittings.add_hall(
            session,
            conference_id,
            name=f"Hội trường Đảng ủy {place}",
            unit_id=commune,
            called=_called_with(tree, commune),
        )
    halls = list(session.scalars(select(Hall.id).order_by(Hall.id)))
    # (kind, opens, closes, share of members who answer, how much they know on average)
    for kind, opens, closes, share, skill in (
        (Kind.BEFORE, time(7, 30), time(8, 0), 0.86, 0.05),
        (Kind.AFTER, time(10, 45), time(11, 30), 0.81, 1.05),
    ):
        name = "Trước" if kind is Kind.BEFORE else "Sau"
        sitting_id = sittings.plan_sitting(
            session,
            conference_id,
            paper.edition_id,
            kind=kind,
            title=f"{name} hội nghị: {paper.title}",
            show=Show.THANKS if kind is Kind.BEFORE else Show.ANSWERS,
            opens_at=_at(day, opens),
            closes_at=_at(day, closes),
            now=_at(day - timedelta(days=2), time(9, 0)),
        )
        attend(session, sitting_id, tree, share=share, skill=skill, now=_at(day, opens))
        answered = answered_in_halls(session, sitting_id)
        present = {hall: round(answered.get(hall, 0) / 0.93) for hall in halls}
        note_halls(session, sitting_id, present, now=_at(day, closes))
    sittings.plan_sitting(
        session,
        conference_id,
        paper.edition_id,
        kind=Kind.AFTER,
        title=f"Nhắc lại sau 10 ngày: {paper.title}",
        show=Show.ANSWERS,
        opens_at=now - timedelta(minutes=20),
        closes_at=now + timedelta(days=30),
        now=now - timedelta(days=1),
    )


def _commune(tree: Tree, name: str) -> int:
    return next(unit for unit in tree.under(tree.roots[0]) if tree[unit].name.endswith(name))


def _called_with(tree: Tree, commune: int) -> list[int]:
    """A hall takes its own commune and some that stand beside it in the list."""
    beside = [u for u in tree.children(tree.roots[0]) if tree[u].kind == tree[commune].kind]
    place = beside.index(commune)
    return beside[max(0, place - 1) : place + 2]


# ------------------------------------------------------------------ checks


def _run_checks(session: Session, tree: Tree, paper: Written, now: datetime) -> None:
    """Last month's and this month's checks in some communes; the demo secretary's cell has yet
    to run this month's."""
    this_month = now.astimezone(ZONE).date().replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    for month in (last_month, this_month):
        papers.provide(session, paper.edition_id, f"{month:%Y-%m}")
    own = demo_cell(tree)
    communes = [_commune(tree, place) for place in HALLS[:CHECKED_COMMUNES]]
    cells = [cell for commune in communes for cell in tree.cells(commune)[:12]]
    for month, skill in ((last_month, 0.3), (this_month, 0.7)):
        # Early in a month not every cell has met yet; none has met tomorrow.
        held = min(_at(month + timedelta(days=4), time(19, 30)), now - timedelta(hours=3))
        for place, cell in enumerate(cells):
            if (cell == own and month == this_month) or (place % 5 == 4 and month == this_month):
                continue
            sitting_id = sittings.start_check(
                session,
                cell,
                paper.edition_id,
                period=f"{month:%Y-%m}",
                title=f"Kiểm tra nhận thức tháng {month:%m/%Y}",
                minutes=15,
                now=held,
            )
            attend(session, sitting_id, tree, share=0.85, skill=skill, now=held)


def demo_cell(tree: Tree) -> int:
    """The cell whose secretary the demo signs in."""
    return tree.cells(_commune(tree, HALLS[0]))[0]


# ------------------------------------------------------------------ people


def _grant_accounts(session: Session, tree: Tree, now: datetime) -> None:
    province, commune = tree.roots[0], _commune(tree, HALLS[0])
    for login, name, role, unit_id in (
        ("quantri", "Quản trị hệ thống", Role.ADMINISTRATOR, None),
        ("tinh", "Ban tổ chức Tỉnh ủy", Role.ORGANISER, province),
        ("xa", "Ban tổ chức Đảng ủy xã", Role.ORGANISER, commune),
        ("bithu", "Bí thư chi bộ", Role.SECRETARY, demo_cell(tree)),
        ("xem", "Người xem kết quả", Role.VIEWER, province),
    ):
        grant(session, login=login, name=name, role=role, unit_id=unit_id, now=now)
