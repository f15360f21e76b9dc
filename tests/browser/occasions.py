"""A sitting of a test's own behind the running server: three questions, three cells in each of two
communes, the organiser's hand on it while phones are out, and the attendee's taps."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from playwright.sync_api import Locator, Page
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey import db
from survey.answering.models import Sheet
from survey.config import secret_key
from survey.demo.build import DATA
from survey.sittings import operations
from survey.sittings.models import Kind, Show
from survey.sittings.queries import doors_of
from survey.sittings.tickets import lay_tickets, slips_of
from tests.world import World, add_unit, make_world, record

RIGHT = {
    "Một lựa chọn?": ["Đúng nhất"],
    "Nhiều lựa chọn?": ["Phải thứ nhất", "Phải thứ hai"],
    "Đúng hay sai?": ["Đúng"],
}
ALL_RIGHT = "0;02;0"  # the same as one sheet is stored
STORED = """async () => JSON.stringify([
  Object.entries(localStorage), Object.entries(sessionStorage), history.state,
  await Promise.all((await caches.keys()).map(async name => [name,
    await Promise.all((await (await caches.open(name)).matchAll()).map(page => page.text()))])),
])"""


_DAYS = count(101)


@dataclass(frozen=True)
class Grounds:
    """The store of the running server, with a small world in it.

    The server keeps the tree of a day for a while, so sittings here opened on a day of their
    own, which nobody asked for before the world was made.
    """

    engine: Engine
    instance: Path
    world: World
    address: str
    days_open: int

    def hold(self, **settings: object) -> "Occasion":
        """A new sitting, open unless told otherwise, with a door for everybody."""
        now = datetime.now(UTC)
        values = {
            "kind": Kind.AFTER,
            "title": "Sau hội nghị",
            "show": Show.ANSWERS,
            "opens_at": now - timedelta(days=self.days_open),
            "closes_at": None,
            "now": now - timedelta(days=self.days_open + 1),
        } | settings
        with Session(self.engine) as session:
            made = operations.plan_sitting(
                session,
                self.world.conference,
                self.world.edition,
                **values,  # type: ignore[arg-type]
            )
            doors = [f"{self.address}/D/{door.key}" for door in doors_of(session, made)]
        return Occasion(self.engine, made, doors)

    def slips(self, occasion: "Occasion", cell: int) -> list[str]:
        """The codes of three tickets for a cell."""
        key, sitting = secret_key(self.instance), occasion.id
        with Session(self.engine) as session:
            lay_tickets(session, sitting, {cell: 3}, secret_key=key, now=datetime.now(UTC))
            return slips_of(session, sitting, [cell], secret_key=key)[cell]


@contextmanager
def grounds(
    instance: Path, address: str, *, crowd: int = 0, heard: bool = False
) -> Iterator[Grounds]:
    """`crowd`: so many more cells are called to a third hall. `heard`: with recordings."""
    engine = db.make_engine(f"sqlite:///{instance / 'survey.sqlite'}")
    days_open = next(_DAYS)
    prefix = f"OPEN-{days_open}"
    with Session(engine) as session:
        world = make_world(session, prefix)
        if crowd:
            _call_crowd(session, world, prefix, crowd)
        if heard:
            record(session, world)
    yield Grounds(engine, instance, world, address, days_open)
    engine.dispose()


def _call_crowd(session: Session, world: World, prefix: str, crowd: int) -> None:
    """Cells under communes as the demo names them, without those of the world's own names."""
    with (DATA / "units_quangngai_2025.csv").open(encoding="utf-8") as file:
        units = list(csv.DictReader(file))
    own, communes = ("Đảng bộ xã Đăk Tô", "Đảng bộ xã Ia H’Drai"), {}
    with db.writing(session):
        for unit in units:
            code, level, name = f"{prefix}-{unit['id']}", unit["level"], unit["name"]
            if level == "commune" and name not in own:
                communes[unit["id"]] = add_unit(session, code, level, name, world.province)
            elif level == "cell" and unit["parent_id"] in communes and crowd:
                add_unit(session, code, level, name, communes[unit["parent_id"]])
                crowd -= 1
            if not crowd:
                break
    called = list(communes.values())
    operations.add_hall(session, world.conference, name="Đông", unit_id=called[0], called=called)
    session.rollback()


@dataclass(frozen=True)
class Occasion:
    engine: Engine
    id: int
    doors: list[str]  # of everybody, then of each hall

    @property
    def door(self) -> str:
        return self.doors[0]

    def open(self) -> None:
        with Session(self.engine) as session:
            operations.open_sitting(session, self.id, now=datetime.now(UTC))

    def pause(self) -> None:
        with Session(self.engine) as session:
            operations.pause_sitting(session, self.id, now=datetime.now(UTC))

    def resume(self) -> None:
        with Session(self.engine) as session:
            operations.resume_sitting(session, self.id, now=datetime.now(UTC))

    def close(self) -> None:
        with Session(self.engine) as session:
            operations.close_sitting(session, self.id, now=datetime.now(UTC))

    @property
    def sheets(self) -> list[tuple[str, str]]:
        """(mode, answers) of every sheet that is in."""
        with Session(self.engine) as session:
            rows = session.execute(
                select(Sheet.mode, Sheet.answers)
                .where(Sheet.sitting_id == self.id)
                .order_by(Sheet.mode, Sheet.answers)
            )
            return [(mode, answers) for mode, answers in rows]


def choose_cell(phone: Page, commune: str = "Đảng bộ xã Đăk Tô") -> None:
    phone.get_by_role("button", name="Bắt đầu").click()
    group = phone.locator("details").filter(has_text=commune)
    if group.get_attribute("open") is None:
        group.locator("summary").click()
    group.get_by_role("radio", name="Chi bộ Thôn 2").check()
    phone.get_by_role("button", name="Tiếp tục").click()


def tick_all(phone: Page, questions: int = len(RIGHT)) -> None:
    """So many questions, from the one that is shown."""
    for _ in range(questions):
        question = phone.locator("fieldset.question:visible")
        stem = question.locator("legend").inner_text()
        for text in next(texts for part, texts in RIGHT.items() if part in stem):
            question.get_by_label(text, exact=True).check()
        phone.locator(".foot .primary").click()


def answer(phone: Page, door: str) -> None:
    """From the door to the last look before handing in."""
    phone.goto(door)
    choose_cell(phone)
    tick_all(phone)


def rest(phone: Page) -> None:
    """Until a tap is no longer taken for the second of two."""
    phone.wait_for_timeout(450)


def send(phone: Page) -> None:
    rest(phone)
    phone.get_by_role("button", name="Gửi câu trả lời").click()


def heading(phone: Page, name: str) -> Locator:
    return phone.get_by_role("heading", name=name)


def online(phone: Page) -> None:
    """The phone notices a network, and is the first of its hall: what waits is sent now."""
    phone.evaluate("Math.random = () => 0; dispatchEvent(new Event('online'))")


def scan(phone: Page, door: str) -> Page:
    """The same phone, some time later: a camera opens a tab of its own."""
    tab = phone.context.new_page()
    phone.close()
    tab.goto(door)
    return tab


def closed(phone: Page, occasion: Occasion) -> None:
    """Pages may show a button's effect a second late."""
    occasion.close()
    for _ in range(40):
        if "Đợt khảo sát đã kết thúc" in phone.request.get(occasion.door).text():
            return
        phone.wait_for_timeout(100)


def kept(phone: Page) -> str:
    """All that this phone holds of the site, after a worker that still puts something by."""
    phone.wait_for_timeout(300)
    return str(phone.evaluate(STORED))
