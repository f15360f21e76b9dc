"""The same for a phone whose browser runs no script of the page."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, Route
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from survey import db
from survey.sittings.models import Show, Sitting
from tests.browser.occasions import Grounds, Occasion

PLAIN = [
    "plain-planned", "plain-paused", "plain-closed", "plain-form", "plain-form-long-list",
    "plain-cells-by-unit", "plain-cells-found", "plain-cells-none", "plain-form-cell-chosen",
    "plain-lacking-all", "plain-lacking-answers", "plain-busy", "plain-sent-into-pause",
    "plain-sent-too-early", "plain-sent-too-late", "plain-sent-to-unknown", "plain-stale",
    "plain-already", "plain-done-thanks", "plain-done-score", "plain-done-answers",
    "plain-ticket", "plain-ticket-wrong", "plain-ticket-spent",
    "plain-ticket-unknown-at-the-door", "plain-ticket-spent-at-the-door",
]  # fmt: skip


def block_scripts(phone: Page) -> None:
    """The policy forbids what it allowed, so that the tests' own looks still can look."""

    def forbid(route: Route) -> None:
        if route.request.resource_type != "document":
            route.fallback()
            return
        answer = route.fetch(max_redirects=0)
        headers = dict(answer.headers)
        policy = headers.get("content-security-policy", "")
        headers["content-security-policy"] = re.sub("script-src[^;]*", "script-src 'none'", policy)
        route.fulfill(response=answer, headers=headers)

    phone.route("**/*", forbid)


class PlainWalk:
    """`seen` is called in each state with its name."""

    def __init__(self, place: Grounds, phone: Page, lang: str, seen: Callable[[str], None]) -> None:
        self.place, self.phone, self.lang, self.seen = place, phone, lang, seen
        block_scripts(phone)

    def go(self, address: str) -> None:
        self.phone.goto(f"{address}{'&' if '?' in address else '?'}lang={self.lang}")

    def all(self) -> None:
        self.not_open()
        self.forms()
        self.lacking()
        self.again()
        self.done()
        self.by_ticket()

    def not_open(self) -> None:
        later = datetime.now(UTC) + timedelta(days=1)
        self.go(self.place.hold(opens_at=later).door)
        self.seen("plain-planned")
        paused, closed = self.place.hold(), self.place.hold()
        paused.pause()
        closed.close()
        self.go(paused.door)
        self.seen("plain-paused")
        self.go(closed.door)
        self.seen("plain-closed")

    def forms(self) -> None:
        occasion = self.place.hold()
        self.go(occasion.doors[2])
        self.seen("plain-form")
        self.go(occasion.door)
        self.seen("plain-form-long-list")
        self.go(f"{occasion.door}/cells")
        self.seen("plain-cells-by-unit")
        self.go(f"{occasion.door}/cells?q=thon")
        self.seen("plain-cells-found")
        self.go(f"{occasion.door}/cells?q=zzz")
        self.seen("plain-cells-none")
        self.go(f"{occasion.door}?cell={self.place.world.cells[1][2]}")
        self.seen("plain-form-cell-chosen")

    def send(self) -> None:
        with self.phone.expect_event("load"):
            self.phone.locator("form[method=post] button").click()

    def fill(self) -> None:
        for group in self.phone.locator("fieldset").all():
            group.locator("input").first.check()

    def ready(self, **settings: object) -> Occasion:
        occasion = self.place.hold(**settings)
        self.go(occasion.doors[2])
        self.fill()
        return occasion

    def lacking(self) -> None:
        self.go(self.place.hold().doors[2])
        self.send()
        self.seen("plain-lacking-all")
        self.go(self.place.hold().doors[2])
        self.phone.locator("fieldset.cells input").first.check()
        self.phone.locator("fieldset.question input").first.check()
        self.send()
        self.seen("plain-lacking-answers")

    def again(self) -> None:
        occasion = self.ready()
        with self.store_away(occasion):
            self.send()
        self.seen("plain-busy")
        self.ready().pause()
        self.send()
        self.seen("plain-sent-into-pause")
        now = datetime.now(UTC)
        self.move(self.ready(), opens_at=now + timedelta(days=1))
        self.send()
        self.seen("plain-sent-too-early")
        self.move(self.ready(), closes_at=now - timedelta(hours=1))
        self.send()
        self.seen("plain-sent-too-late")
        self.ready()
        form = self.phone.locator("#sheet")
        form.evaluate(
            "sheet => { sheet.action = sheet.baseURI.replace(/\\w{26}/, '0'.repeat(26)); }"
        )
        self.send()
        self.seen("plain-sent-to-unknown")
        self.ready()
        self.phone.locator("input[name=t]").evaluate("slip => { slip.value = 'old'; }")
        self.send()
        self.seen("plain-stale")
        self.ready()
        slip = self.phone.locator("input[name=t]").input_value()
        cell = str(self.place.world.cells[1][0])
        self.phone.request.post(self.phone.url, form={"t": slip, "cell": cell, "anyway": "1"})
        self.send()
        self.seen("plain-already")

    @contextmanager
    def store_away(self, occasion: Occasion) -> Iterator[None]:
        with Session(occasion.engine) as session, db.writing(session):
            session.execute(text("ALTER TABLE sheet RENAME TO away"))
        yield
        with Session(occasion.engine) as session, db.writing(session):
            session.execute(text("ALTER TABLE away RENAME TO sheet"))

    def move(self, occasion: Occasion, **times: datetime) -> None:
        with Session(occasion.engine) as session, db.writing(session):
            session.execute(update(Sitting).where(Sitting.id == occasion.id).values(**times))

    def done(self) -> None:
        for show in Show:
            self.ready(show=show)
            self.send()
            self.seen(f"plain-done-{show.value}")

    def by_ticket(self) -> None:
        occasion, phone = self.place.hold(tickets=True), self.phone
        slip = self.place.slips(occasion, self.place.world.cells[1][0])[0]
        self.go(occasion.door)
        self.seen("plain-ticket")
        phone.locator("#ticket").fill("BCDF-GHJK-MNPQ")
        self.fill()
        self.send()
        self.seen("plain-ticket-wrong")
        phone.locator("#ticket").fill(slip)
        self.send()
        phone.locator(".done").wait_for()
        self.go(occasion.door)
        phone.locator("#ticket").fill(slip)
        self.fill()
        self.send()
        self.seen("plain-ticket-spent")
        self.go(f"{occasion.door}/ABC")
        self.seen("plain-ticket-unknown-at-the-door")
        self.go(f"{occasion.door}/{slip}")
        self.seen("plain-ticket-spent-at-the-door")
