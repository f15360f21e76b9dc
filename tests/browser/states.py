"""Every state in which an attendee's page can be, one after the other, in either language."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from playwright.sync_api import Page, Route

from survey.sittings.models import Show
from tests.browser.occasions import Grounds, Occasion, online, rest

Seen = Callable[[str], None]
PLAY = """sound => new Promise((resolve, reject) => {
  sound.addEventListener("playing", () => resolve(sound.duration));
  sound.addEventListener("error", () => reject(sound.error.message));
  sound.muted = true;
  sound.play();
})"""
STATES = [
    "front", "front-wrong", "unknown", "planned", "paused", "closed", "chooser-long",
    "chooser-long-found", "chooser-long-none", "start", "chooser-short", "chooser-lacking",
    "chooser-none", "start-time-left", "question-single", "question-multiple",
    "question-true-false", "question-playing", "review-missing", "start-held", "review", "sending",
    "weak-network", "busy", "paused-meanwhile", "unknown-meanwhile", "stale", "refused", "not-kept",
    "done-thanks", "done-score", "done-answers", "done-before", "next-person", "ticket-asked",
    "ticket-lacking", "ticket-by-link", "ticket-spent-at-the-door", "ticket-unknown-at-the-door",
    "ticket-unknown", "ticket-spent",
]  # fmt: skip
CROWD = 210  # cells called to a third hall, so that the door of all has a long list


def forward(phone: Page) -> None:
    if phone.locator("section.review").is_visible():
        rest(phone)
    phone.locator(".foot .primary").click()


def choose_first(phone: Page) -> None:
    phone.locator("details.group").first.evaluate("group => { group.open = true; }")
    phone.locator("fieldset.cells input[type=radio]").first.check()
    forward(phone)


def tick_first(phone: Page) -> None:
    while phone.locator("fieldset.question:visible").count():
        phone.locator("fieldset.question:visible input").first.check()
        forward(phone)


def settle(phone: Page, selector: str) -> None:
    phone.locator(selector).first.wait_for()
    phone.unroute_all(behavior="ignoreErrors")


class Walk:
    """`seen` is called in each state with its name."""

    def __init__(self, place: Grounds, phone: Page, lang: str, seen: Seen) -> None:
        self.place, self.phone, self.lang, self.seen = place, phone, lang, seen

    def go(self, address: str) -> None:
        self.phone.goto("about:blank")
        self.phone.goto(f"{address}{'&' if '?' in address else '?'}lang={self.lang}")

    def unknown(self) -> str:
        return f"{self.place.address}/D/{'0' * 26}?lang={self.lang}"

    def short(self, occasion: Occasion) -> str:
        return occasion.doors[2]

    def all(self) -> None:
        self.before_the_door()
        self.not_open()
        self.choosing()
        self.answering()
        self.sending()
        self.done()
        self.by_ticket()

    def before_the_door(self) -> None:
        self.go(f"{self.place.address}/")
        self.seen("front")
        self.go(f"{self.place.address}/?code=1234")
        self.seen("front-wrong")
        self.phone.goto(self.unknown())
        self.seen("unknown")

    def not_open(self) -> None:
        later = datetime.now(UTC) + timedelta(days=1)
        self.go(self.place.hold(opens_at=later).door)
        self.seen("planned")
        paused, closed = self.place.hold(), self.place.hold()
        paused.pause()
        closed.close()
        self.go(paused.door)
        self.seen("paused")
        self.go(closed.door)
        self.seen("closed")

    def choosing(self) -> None:
        occasion, phone = self.place.hold(), self.phone
        self.go(occasion.door)
        forward(phone)
        self.seen("chooser-long")
        phone.locator("#find").fill("thon")
        settle(phone, "#names label")
        self.seen("chooser-long-found")
        phone.locator("#find").fill("zzz")
        phone.locator("#names:empty").wait_for(state="attached")
        self.seen("chooser-long-none")
        self.go(self.short(occasion))
        self.seen("start")
        forward(phone)
        self.seen("chooser-short")
        forward(phone)
        self.seen("chooser-lacking")
        phone.locator("#find").fill("zzz")
        self.seen("chooser-none")

    def answering(self) -> None:
        soon = datetime.now(UTC) + timedelta(minutes=8)
        phone = self.phone
        occasion = self.place.hold(closes_at=soon)
        self.go(self.short(occasion))
        phone.locator("header [aria-live]:not(:empty)").wait_for()
        self.seen("start-time-left")
        forward(phone)
        choose_first(phone)
        kinds = {"Một": "single", "Nhiều": "multiple", "Đúng": "true-false"}
        while phone.locator("fieldset.question:visible").count():
            stem = phone.locator("fieldset.question:visible legend").inner_text()
            kind = next(kind for word, kind in kinds.items() if word in stem)
            if kind == "single":
                phone.locator("fieldset.question:visible input").nth(1).check()
            self.seen(f"question-{kind}")
            if kind == "single":
                phone.locator("fieldset.question:visible audio").evaluate(PLAY)
                self.seen("question-playing")
            forward(phone)
        self.seen("review-missing")
        self.go(self.short(occasion))
        self.seen("start-held")

    def ready(self, **settings: object) -> Occasion:
        occasion = self.place.hold(**settings)
        self.go(self.short(occasion))
        forward(self.phone)
        choose_first(self.phone)
        tick_first(self.phone)
        return occasion

    def fate(self, act: Callable[[Route], None]) -> None:
        """Of the next thing that is sent."""
        self.phone.route("**/D/*", lambda r: act(r) if r.request.method == "POST" else r.fallback())
        forward(self.phone)

    def sending(self) -> None:
        phone = self.phone
        self.ready()
        self.seen("review")
        held: dict[str, Route] = {}
        self.fate(lambda route: held.update(post=route))
        phone.locator("#status").wait_for()
        self.seen("sending")
        held["post"].abort()
        phone.locator("#status", has_text="2").wait_for()
        self.seen("weak-network")
        phone.unroute_all(behavior="ignoreErrors")
        self.ready()
        self.fate(says("busy", 503))
        phone.locator("#status", has_text="2").wait_for()
        self.seen("busy")
        phone.unroute_all(behavior="ignoreErrors")
        occasion = self.ready()
        occasion.pause()
        forward(phone)
        phone.locator("#status", has_text="2").wait_for()
        self.seen("paused-meanwhile")
        self.ready()
        self.fate(lambda route: route.fulfill(response=route.fetch(url=self.unknown())))
        settle(phone, "[data-resend]")
        self.seen("unknown-meanwhile")
        occasion = self.ready()
        occasion.close()
        phone.locator("input[name=t]").evaluate("slip => { slip.value = 'old'; }")
        forward(phone)
        settle(phone, "#main > div:not(#status) h1")
        self.seen("stale")
        self.ready()
        self.fate(lambda route: route.fulfill(status=413, body="-"))
        settle(phone, ".sending a")
        self.seen("refused")
        self.ready()
        phone.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
        self.fate(lambda route: route.abort())
        phone.locator("#status", has_text="2").wait_for()
        self.seen("not-kept")
        phone.unroute_all(behavior="ignoreErrors")
        online(phone)
        settle(phone, ".done")

    def done(self) -> None:
        for show in Show:
            self.ready(show=show)
            forward(self.phone)
            settle(self.phone, ".done")
            self.seen(f"done-{show.value}")
        here = self.phone.url
        self.go(here.split("?")[0])
        settle(self.phone, ".done")
        self.seen("done-before")
        self.phone.locator("[data-next-person]").click()
        settle(self.phone, ".foot")
        self.seen("next-person")

    def by_ticket(self) -> None:
        occasion, phone = self.place.hold(tickets=True), self.phone
        spent, fresh, _third = self.place.slips(occasion, self.place.world.cells[1][0])
        self.go(occasion.door)
        self.seen("ticket-asked")
        forward(phone)
        self.seen("ticket-lacking")
        phone.locator("#ticket").fill(spent)
        forward(phone)
        tick_first(phone)
        forward(phone)
        settle(phone, ".done")
        self.go(f"{occasion.door}/{fresh}")
        self.seen("ticket-by-link")
        phone.evaluate("localStorage.clear()")
        self.go(f"{occasion.door}/{spent}")
        self.seen("ticket-spent-at-the-door")
        self.go(f"{occasion.door}/ABC")
        self.seen("ticket-unknown-at-the-door")
        self.go(occasion.door)
        phone.locator("#ticket").fill("BCDF-GHJK-MNPQ")
        forward(phone)
        tick_first(phone)
        forward(phone)
        settle(phone, ".problems")
        self.seen("ticket-unknown")
        phone.locator("#ticket").fill(spent)
        forward(phone)
        forward(phone)
        settle(phone, ".problems")
        self.seen("ticket-spent")


def says(state: str, status: int) -> Callable[[Route], None]:
    """An answer of the server's kind: it repeats the receipt."""

    def act(route: Route) -> None:
        receipt = parse_qs(route.request.post_data)["r"][0]
        route.fulfill(status=status, json={"state": state, "receipt": receipt, "html": ""})

    return act
