"""Histories that are recorded at the real server: phones, and the button at the desk, by HTTP.

Several phones hand in at once, two with one receipt, two with one ticket; requests and answers are
lost, several in a row, and sent again until somebody hears. What each asked, when, and what it
heard is written down, and so is what the store holds in the end. Afterwards some order of the
calls must explain all of it (histories_model.explained).

    python -m tests.promises.histories_http HISTORIES SEALED [PLANT]      (prints JSON)
"""

import asyncio
import json
import random
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations, count
from math import inf

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.phones import Refused, slip_in
from bench.world import QUESTIONS, Hall
from survey import web
from survey.answering.models import SealedReceipt, Sheet
from survey.answering.storing import Entry
from survey.results.sealing import seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show, Sitting
from survey.sittings.queries import doors_of
from survey.sittings.tickets import LENGTH, LETTERS, lay_tickets, mark_of, read_ticket, slips_of
from tests.promises.histories_host import Filled, Host, hosted
from tests.promises.histories_model import OK, RECEIPTS, SEAL, SHEETS, Call, Model, explained
from tests.promises.histories_totals import faults_of_totals

AT_ONCE = 16  # histories
HANDS, EACH = 3, 2  # phones, and sheets that each hands in
PLAYED = 40 * 60  # seconds, after which phones that still wait are not waited for
MOST_TRIES = 6  # of one sheet, before nothing is lost any more and no pause waited for
WAYS = {"heard": 6, "request lost": 1, "answer lost": 1, "hung up": 1}
BUTTONS = (
    ("pause", "resume", "close"),
    ("pause", "pause", "resume"),
    ("resume", "pause", "close"),
    ("open", "pause", "resume"),
    ("close", "resume"),
    ("close", "close"),
)


class History:
    """One sitting from its opening to its end."""

    def __init__(self, host: Host, chance: random.Random) -> None:
        self._host, self._chance, self._clock = host, chance, count(1)
        self._hall: Hall = chance.choice(host.world.halls)
        self._grace = timedelta(seconds=chance.choice((0, 120)))
        self._codes: dict[str, int] = {}  # of tickets that were laid: {code: cell}
        self._sheets: list[Filled] = []
        self._calls: list[Call] = []
        self._over = False
        self.found: Counter[str] = Counter(histories=1)

    async def play(self, *, seal: bool) -> Counter[str]:
        self._sitting, self._door = await self._host.work(self._plan)
        slips = [await self._slip() for _ in range(HANDS)]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._desk())
            for slip in slips:
                group.create_task(self._phone(slip))
        while not self._over:
            await self._press("close")
        await self._send(self._new(slips[0]), "heard")
        await self._ask(SHEETS, self._rows)
        if seal:
            await self._seal(slips[0])
        self._judge_overlaps()
        self.found.update([f"fault: {fault}" for fault in await self._host.work(self._faults)])
        return self.found

    def _plan(self, session: Session) -> tuple[int, str]:
        by_ticket, now, key = self._chance.random() < 0.6, web.now(), self._host.secret_key
        sitting = sittings.plan_sitting(
            session,
            self._host.conference,
            self._host.world.edition_id,
            kind=Kind.AFTER,
            title="Khảo sát",
            show=Show.THANKS,
            opens_at=now,
            closes_at=None,
            grace=self._grace.seconds,
            tickets=by_ticket,
            now=now,
        )
        if by_ticket:
            cells = self._hall.cells[:2]
            lay_tickets(session, sitting, dict.fromkeys(cells, 2), secret_key=key, now=now)
            slips = slips_of(session, sitting, cells, secret_key=key)
            self._codes = {code: cell for cell, codes in slips.items() for code in codes}
        doors = doors_of(session, sitting)
        return sitting, next(door.key for door in doors if door.hall_id == self._hall.hall_id)

    # -------------------------------------------------------------- phones

    async def _slip(self) -> str:
        page = f"GET /D/{self._door} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        while True:
            try:
                return slip_in(await self._host.send(page) or b"").decode()
            except Refused:
                await asyncio.sleep(0.05)

    async def _phone(self, slip: str) -> None:
        for _ in range(EACH):
            await asyncio.sleep(self._chance.uniform(0, 0.02))
            await self._until_told(self._some_sheet(slip))

    def _some_sheet(self, slip: str) -> Filled:
        """A new one; or one that another phone has, with its receipt, as it is or changed."""
        kind = self._chance.random()
        if kind > 0.4 or not self._sheets:
            return self._new(slip)
        self.found["receipts in two hands"] += 1
        other = self._chance.choice(self._sheets)
        return other if kind < 0.25 else other._replace(ticks=self._ticks())

    def _new(self, slip: str) -> Filled:
        code = self._chance.choice([*self._codes, *self._codes, _no_ticket()])
        cell = None if self._codes else self._chance.choice(self._hall.cells)
        filled = Filled(
            slip, secrets.token_hex(16), self._ticks(), cell, code if self._codes else ""
        )
        self.found["tickets in two hands"] += filled.code in {one.code for one in self._sheets} - {
            ""
        }
        self._sheets.append(filled)
        return filled

    def _ticks(self) -> tuple[int, ...]:
        return tuple(self._chance.randrange(2) for _ in range(QUESTIONS))

    async def _until_told(self, filled: Filled) -> None:
        """Sent again until something is heard, and through a pause until it is over."""
        lost = 0
        for tries in count(1):
            way = self._chance.choices(list(WAYS), list(WAYS.values()))[0]
            said = await self._send(filled, way if tries < MOST_TRIES else "heard")
            self.found["told at last"] += said == OK and lost > 0
            self.found["lost again"] += said is None and lost > 0
            lost += said is None
            paused = said == "NotOpen" and not self._over and tries < MOST_TRIES
            if said is not None and not paused:
                return
            await asyncio.sleep(self._chance.uniform(0, 0.05))

    async def _send(self, filled: Filled, way: str) -> str | None:
        began = next(self._clock)
        said = await self._host.hand_in(self._door, filled, way)
        entry = self._host.entry_of(self._sitting, self._hall.hall_id, filled)
        self._calls.append(Call(began, self._heard(said), entry, said))
        self.found[said or way] += 1
        return said

    def _heard(self, said: object) -> float:
        return inf if said is None else next(self._clock)

    # -------------------------------------------------------------- the desk

    async def _desk(self) -> None:
        for button in self._chance.choice(BUTTONS):
            await asyncio.sleep(self._chance.uniform(0, 0.03))
            await self._press(button)

    async def _press(self, button: str) -> None:
        began = next(self._clock)
        said = await self._host.press(self._sitting, button)
        self._calls.append(Call(began, self._heard(said), button, said))
        self.found[f"button {said}"] += 1
        self._over = self._over or (button == "close" and said is not None)

    async def _ask(self, asked: str, of: Callable[[Session], object]) -> None:
        began = next(self._clock)
        said = await self._host.work(of)
        self._calls.append(Call(began, self._heard(said), asked, said))

    def _rows(self, session: Session) -> object:
        table = Sheet.__table__.c
        rows = select(table.receipt, table.unit_id, table.hall_id, table.answers)
        found = session.execute(rows.where(table.sitting_id == self._sitting))
        return frozenset(tuple(row) for row in found)

    async def _seal(self, slip: str) -> None:
        """When the grace is over, by the clock of whoever seals. Phones still ask, and hear that
        what is in is in."""
        after = web.now() + self._grace

        def sealed(session: Session) -> str:
            seal_sitting(session, self._sitting, now=after)
            return OK

        await self._ask(SEAL, sealed)
        self.found["sealed"] += 1
        for filled in (*self._sheets[:2], self._new(slip)):
            await self._send(filled, "heard")
        of = select(SealedReceipt.receipt).where(SealedReceipt.sitting_id == self._sitting)
        await self._ask(RECEIPTS, lambda session: frozenset(session.scalars(of)))

    # -------------------------------------------------------------- afterwards

    def _faults(self, session: Session) -> Iterator[str] | list[str]:
        """Whether the model explains what was heard and stored, and of a sealed sitting whether
        all that is given out adds up to it."""
        key = self._host.secret_key
        marks = {mark_of(self._sitting, c, secret_key=key): cell for c, cell in self._codes.items()}
        closed = session.get_one(Sitting, self._sitting).closes_at
        assert closed
        model = explained(self._calls, Model(self._grace, marks, opened=True), closed)
        if model is None:
            return ["no order of the calls explains them"]
        if not model.sealed:
            return []
        return list(faults_of_totals(session, self._sitting, model, self._host.read))

    def _judge_overlaps(self) -> None:
        """Count what makes a record worth checking."""
        sheets = [call for call in self._calls if isinstance(call.asked, Entry)]
        pairs = combinations([call for call in sheets if call.ended < inf], 2)
        self.found["calls that overlap"] += any(
            a.began < b.ended and b.began < a.ended for a, b in pairs
        )
        closed = min(c.ended for c in self._calls if c.asked == "close")
        early = {call.asked.receipt for call in sheets if call.began < closed}
        self.found["let in late"] += any(
            call.said == OK and call.asked.receipt not in early for call in sheets
        )


def _no_ticket() -> str:
    """A code that could be one, for its check letter is right."""
    while read_ticket(code := "".join(random.choices(LETTERS, k=LENGTH))) is None:
        pass
    return code


async def play(host: Host, histories: int, sealed: int) -> Counter[str]:
    """One history of `sealed` is sealed, and every file that is given out of it is read."""
    found: Counter[str] = Counter()
    numbers = iter(range(histories))

    async def some() -> None:
        for number in numbers:
            history = History(host, random.Random(number))
            found.update(await history.play(seal=number % sealed == 0))

    async with asyncio.timeout(PLAYED), asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    return +found


if __name__ == "__main__":
    with hosted("".join(sys.argv[3:])) as own:
        played = play(own, int(sys.argv[1]), int(sys.argv[2]))
        sys.stdout.write(json.dumps(asyncio.run(played)))
