"""What each process keeps for attendees. None of it matters: a process that starts anew reads
and renders it again."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import NamedTuple

from sqlalchemy import Engine

from survey.answering import pages, thanks
from survey.answering.entrance import Current, Entrance
from survey.answering.entrances import Entrances
from survey.answering.guesses import Guesses
from survey.answering.operations import Handed, Reception
from survey.answering.pages import Pieces, Slip, Visit
from survey.answering.sealing import shown_code
from survey.answering.shelf import DOORS, Shelf
from survey.answering.thanks import Text
from survey.sittings.models import State
from survey.web import moment

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Process:
    engine: Engine
    reception: Reception
    headers: Headers  # of every answer of this room
    entrances: Entrances
    pieces: Pieces = field(default_factory=Pieces)
    shut: Shelf[tuple[object, ...], "Shut"] = field(default_factory=lambda: Shelf(DOORS))
    parts: Shelf[thanks.Part, Text] = field(default_factory=lambda: Shelf(thanks.PARTS))
    guesses: Guesses = field(default_factory=Guesses)

    def slip(self, entrance: Entrance, seed: int, now: datetime, ticket: str | None = None) -> Slip:
        """A new slip of this door."""
        token = self.reception.tokens.issue(
            door_id=entrance.door.id, edition_id=entrance.edition_id, seed=seed, now=now
        )
        return Slip(token, entrance.seconds_left(now), ticket)

    def kept_page(
        self, entrance: Entrance, visit: Visit, now: datetime, *, any_order: bool = False
    ) -> bytes | None:
        """The compressed page, if nothing of it has to be rendered. `any_order`: in another order
        than the one that was drawn, where that one has to be."""
        state = entrance.state(now)
        if not state.takes_sheets:
            return self.kept_shut(entrance, visit, state)
        for seed in pages.draw_seeds() if any_order else (pages.draw_seed(),):
            halves = pages.kept_page(self.pieces, entrance, visit, seed)
            if halves:
                return pages.joined(halves, self.slip(entrance, seed, now))
        return None

    def kept_shut(self, entrance: Entrance, visit: Visit, state: State) -> bytes | None:
        """The page that says why its sitting takes no sheets, as long as that is why."""
        kept = self.shut.last(_of_door(entrance, visit))
        return kept.page if kept and kept[:2] == (entrance.current, state) else None

    def keep_shut(
        self, entrance: Entrance, visit: Visit, state: State, page: bytes, now: datetime
    ) -> bytes:
        """In place of the one that is no longer true."""
        shut = Shut(entrance.current, state, page)
        return self.shut.put(_of_door(entrance, visit), shut, now).page

    def lasting(self, name: str, visit: Visit, typed: str = "") -> bytes | None:
        """A page that was rendered before and differs in nothing but what was typed."""
        page = self.parts.last(("page", visit, name))
        return page and page.html.replace(thanks.HERE, escape(typed[:20])).encode()

    def kept_part(self, part: thanks.Part) -> Text:
        """Raises LookupError where it has to be rendered."""
        found = self.parts.last(part)
        if found is None:
            raise LookupError(part)
        return found

    def acknowledgement(
        self, entrance: Entrance, handed: Handed, find: thanks.Find, language: str, now: datetime
    ) -> "Acknowledgement":
        """What a phone is told of a sheet that is in. `find` gives parts of the page."""
        code = shown_code(handed.receipt)
        mac = self.reception.tokens.acknowledge(handed.receipt)
        # Put together each time: kept whole, it would be a list of who answered what, in order.
        score = thanks.score(entrance, handed, find, language)
        hour, day = moment(now).split()
        words = {thanks.HOUR: hour, thanks.DAY: day, thanks.CODE: code, thanks.MAC: mac}
        opening = find(("opening", language)).filled(
            {place: Text.plain(word) for place, word in words.items()}
        )
        closing = find(("closing", language, entrance.door.key))
        return Acknowledgement(code, mac, (opening, *score, closing), find(("frame", language)))


def _of_door(entrance: Entrance, visit: Visit) -> tuple[object, ...]:
    return entrance.door.key, visit.language, visit.mode


class Shut(NamedTuple):
    current: Current
    state: State
    page: bytes


class Acknowledgement(NamedTuple):
    code: str
    mac: str
    parts: tuple[Text, ...]
    frame: Text

    def page(self) -> bytes:
        """For a phone without scripts."""
        told = "".join([part.html for part in self.parts])
        return self.frame.html.replace(thanks.HERE, told).encode()

    def message(self, receipt: str) -> bytes:
        """For one with scripts: what `said` makes of it, in a fifth of its time."""
        html = "".join([part.quoted for part in self.parts])
        return (
            f'{{"state":"recorded","html":"{html}","code":"{self.code}","mac":"{self.mac}",'
            f'"receipt":{_quoted(receipt)}}}'
        ).encode()


def said(receipt: str, **words: str) -> bytes:
    """The answer to a phone with scripts. It knows by its own receipt that it was this server,
    and not a portal, that spoke."""
    return json.dumps(words | {"receipt": receipt}, ensure_ascii=False).encode()


_quoted = json.encoder.encode_basestring
