"""Made-up histories of a sitting: phones, tickets, buttons and the clock against a model.

Requests and answers are lost on their way, several in a row, and sent again until somebody hears.
In the end all is closed and compared with the model; of some histories also what is sealed and
given out (histories_totals).

    python -m tests.promises.histories HISTORIES STEPS SEALED SEED      (prints JSON)
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from survey.answering import storing
from survey.answering.models import Sheet
from survey.answering.storing import Busy, Entry
from survey.results.operations import keep_up
from survey.results.sealing import seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show
from survey.sittings.tickets import lay_tickets, mark_of, slips_of
from tests.promises.histories_ground import KEY, Ground, made
from tests.promises.histories_model import OK, REFUSED, Call, Model, explained
from tests.promises.histories_totals import faults_of_totals

GRACE = timedelta(seconds=120)
SECOND = timedelta(seconds=1)
REFUSALS = (
    storing.NotOpen,
    storing.OtherEdition,
    storing.AlreadyHandedIn,
    storing.UnknownTicket,
    storing.TicketSpent,
    Busy,
)


def play(ground: Ground, histories: int, steps: int = 12, *, sealed: int) -> Counter[str]:
    """What happened, and what should not have: `fault …`. One history of `sealed` ends with
    sealing and reading every file, which cost most."""
    found: Counter[str] = Counter()
    for number in range(histories):
        if number % 100 == 99:
            ground.reopen()
        history = History(ground)
        for _ in range(steps):
            history.step()
        history.end(seal=number % sealed == 0)
        found.update(history.found)
    ground.rest()
    return +found


class History:
    def __init__(self, ground: Ground) -> None:
        self._ground, self._chance = ground, ground.chance
        self._by_ticket = self._chance.random() < 0.5
        self.found: Counter[str] = Counter(histories=1)
        self._known: list[Entry] = []  # whose phone heard something
        self._unknown: list[Entry] = []  # sent, and nobody heard anything
        self.sitting = self._plan()
        self.model = Model(GRACE, self._lay() if self._by_ticket else {})
        if self._chance.random() < 0.9:
            self._press("open")

    def _plan(self) -> int:
        ground = self._ground
        return sittings.plan_sitting(
            ground.session,
            ground.world.conference,
            ground.world.edition,
            kind=Kind.AFTER,
            title="Khảo sát",
            show=Show.SCORE,
            opens_at=None,
            closes_at=None,
            grace=GRACE.seconds,
            tickets=self._by_ticket,
            now=ground.now,
        )

    def _lay(self) -> dict[bytes, int]:
        session, cells = self._ground.session, [cells[0] for cells in self._ground.world.cells]
        each = dict.fromkeys(cells, 3)
        lay_tickets(session, self.sitting, each, secret_key=KEY, now=self._ground.now)
        slips = slips_of(session, self.sitting, cells, secret_key=KEY)
        return {
            mark_of(self.sitting, code, secret_key=KEY): cell
            for cell, codes in slips.items()
            for code in codes
        }

    def step(self) -> None:
        steps: list[tuple[Callable[[], object], int]] = [
            (self._new, 20),
            (self._again, 12),
            (self._with_other_answers, 8),
            (self._unheard, 8),
            (self._resend, 12),
            (self._burst, 6),
            (self._button, 8),
            (self._wait, 8),
            (self._look, 1),
        ]
        chosen, weights = zip(*steps, strict=True)
        self.found["steps"] += 1
        self._chance.choices(chosen, weights)[0]()

    # -------------------------------------------------------------- phones

    def _entry(self) -> Entry:
        world, chance = self._ground.world, self._chance
        place = chance.randrange(len(world.communes))
        mark = chance.choice([*self.model.tickets, chance.randbytes(16)])
        return Entry(
            sitting_id=self.sitting,
            edition_id=world.edition,
            receipt=chance.randbytes(16),
            unit_id=None if self._by_ticket else chance.choice(world.cells[place]),
            hall_id=world.halls[place],
            mode="own",
            answers=chance.choice(("0;02;0", "1;02;1", ";;0", "2;1;1")),
            issued_at=self._ground.now - chance.randrange(0, 300) * SECOND,
            ticket=mark if self._by_ticket else None,
        )

    def _new(self) -> None:
        self._send(self._entry())

    def _again(self) -> None:
        if self._known:
            self._send(self._chance.choice(self._known))

    def _with_other_answers(self) -> None:
        if self._known:
            first = self._chance.choice(self._known)
            self._send(first._replace(answers="0;0;1"))

    def _unheard(self) -> None:
        entry = self._entry()
        self._lose(entry)
        self._unknown.append(entry)

    def _lose(self, entry: Entry) -> None:
        """The request is lost on its way there, or its answer on the way back: to the phone they
        are the same."""
        if self._chance.random() < 0.5:
            self.found["requests lost"] += 1
            return
        self.found["answers lost"] += 1
        self._take(entry)
        self.model.take(entry, self._ground.now)

    def _resend(self) -> None:
        """Of a sheet of which nothing is known; it may be lost once more."""
        if self._unknown:
            entry = self._unknown.pop(self._chance.randrange(len(self._unknown)))
            if self._chance.random() < 0.5:
                self.found["lost again"] += 1
                self._lose(entry)
                self._unknown.append(entry)
                return
            said = self._send(entry)
            self.found["told at last"] += said == OK
            if said == "NotOpen" and self.model.closed is None:
                self._unknown.append(entry)  # a phone asks again until it is in, or all is over

    def _send(self, entry: Entry) -> str:
        said, meant = self._take(entry), self.model.take(entry, self._ground.now)
        self.found[said] += 1
        if entry not in self._known:
            self._known.append(entry)
        if said != meant:
            self.found[f"fault: {said}, not {meant}"] += 1
        return said

    def _take(self, entry: Entry) -> str:
        try:
            next(self._ground.intakes).take(entry)
        except REFUSALS as refusal:
            return type(refusal).__name__
        return OK

    def _burst(self) -> None:
        """Several at the same moment, some with one ticket, some the same sheet twice."""
        first = self._entry()
        entries = [first, first]
        entries += [self._entry()._replace(ticket=first.ticket) for _ in range(2)]
        said = list(self._ground.pool.map(self._take, entries))
        calls = [Call(0, 1, entry, word) for entry, word in zip(entries, said, strict=True)]
        after = explained(calls, self.model, self._ground.now)
        self.found["bursts"] += 1
        self.model = after or self.model
        if after is None:
            self.found[f"fault: in a burst {said}"] += 1

    # -------------------------------------------------------------- buttons, clock, looks

    def _wait(self) -> None:
        self._ground.now += self._chance.choice((1, 20, 119, 120, 121)) * SECOND

    def _button(self) -> None:
        buttons = {"open": 1, "pause": 4, "resume": 6, "close": 1}
        self._press(self._chance.choices(list(buttons), list(buttons.values()))[0])

    def _press(self, button: str) -> None:
        ground = self._ground
        press: Any = getattr(sittings, f"{button}_sitting")
        ground.now += SECOND
        meant = self.model.press(button, ground.now)
        try:
            press(ground.session, self.sitting, now=ground.now)
            said = OK
        except sittings.WrongState:
            said = REFUSED
        self.found[f"button {said}"] += 1
        self.found[f"fault: button {said}"] += said != meant

    def _look(self) -> None:
        if self.model.opened:
            keep_up(self._ground.session, self.sitting, now=self._ground.now)
        self._ground.session.rollback()

    # -------------------------------------------------------------- the end

    def end(self, *, seal: bool) -> None:
        """It is closed, phones that heard nothing send until they do, and then all adds up."""
        if not self.model.opened:
            self._press("open")
        if self.model.closed is None:
            self._press("close")
        if seal:
            # One phone lies in a pocket until all is over.
            pocket, self._unknown = self._unknown[:1], self._unknown[1:]
        self._tell_all()
        self._ground.now += GRACE
        self._new()
        self.found["fault: stored"] += self._stored() != self.model.rows()
        if seal:
            self._unknown = pocket
            self._seal()
        self._ground.session.rollback()

    def _tell_all(self) -> None:
        while self._unknown:
            self._resend()

    def _stored(self) -> frozenset[Any]:
        table = Sheet.__table__.c
        rows = select(table.receipt, table.unit_id, table.hall_id, table.answers)
        found = self._ground.session.execute(rows.where(table.sitting_id == self.sitting))
        return frozenset(tuple(row) for row in found)

    def _seal(self) -> None:
        ground = self._ground
        seal_sitting(ground.session, self.sitting, now=ground.now)
        self.model.sealed = True
        self.found["sealed"] += 1
        self._again()
        self._with_other_answers()
        self._new()
        self._tell_all()
        faults = faults_of_totals(ground.session, self.sitting, self.model, ground.read)
        self.found.update(f"fault: {fault}" for fault in faults)


if __name__ == "__main__":
    number, many, every, seed = map(int, sys.argv[1:])
    with made(seed) as own:
        sys.stdout.write(json.dumps(play(own, number, many, sealed=every)))
