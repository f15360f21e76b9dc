"""What each process keeps for attendees. None of it matters: a process that starts anew reads
and renders it again."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from sqlalchemy import Engine

from survey.answering import pages, thanks
from survey.answering.entrances import Entrance, Entrances
from survey.answering.guesses import Guesses
from survey.answering.operations import Form, Handed, Reception, first
from survey.answering.pages import Pieces, Slip, Visit
from survey.answering.sealing import shown_code
from survey.answering.shelf import Shelf

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Process:
    engine: Engine
    reception: Reception
    headers: Headers  # of every answer of this room
    entrances: Entrances = field(default_factory=Entrances)
    pieces: Pieces = field(default_factory=lambda: Shelf(pages.PIECES))
    parts: Shelf[thanks.Part, str] = field(default_factory=lambda: Shelf(thanks.PARTS))
    guesses: Guesses = field(default_factory=Guesses)

    def slip(self, entrance: Entrance, seed: int, now: datetime, ticket: str | None = None) -> Slip:
        """A new slip of this door."""
        token = self.reception.tokens.issue(
            door_id=entrance.door.id, edition_id=entrance.edition_id, seed=seed, now=now
        )
        return Slip(token, entrance.seconds_left(now), ticket)

    def kept_page(self, entrance: Entrance, visit: Visit, now: datetime) -> bytes | None:
        """The compressed page, if nothing of it has to be rendered."""
        seed = pages.draw_seed()
        halves = pages.kept_page(self.pieces, entrance, visit, seed, now=now)
        return pages.joined(halves, self.slip(entrance, seed, now)) if halves else None

    def lasting(self, name: str, visit: Visit, typed: str = "") -> bytes | None:
        """A page that was rendered before and differs in nothing but what was typed."""
        page = self.parts.last(("page", visit, name))
        return None if page is None else page.replace(thanks.HERE, escape(typed[:20])).encode()

    def kept_part(self, part: thanks.Part) -> str:
        """Raises LookupError where it has to be rendered."""
        found = self.parts.last(part)
        if found is None:
            raise LookupError(part)
        return found

    def acknowledgement(
        self,
        entrance: Entrance,
        handed: Handed,
        find: thanks.Find,
        *,
        language: str,
        now: datetime,
    ) -> dict[str, str]:
        """What a phone is told of a sheet that is in."""
        words = {
            "code": shown_code(handed.receipt),
            "mac": self.reception.tokens.acknowledge(handed.receipt),
        }
        html = thanks.told(entrance, handed, find, language=language, now=now, **words)
        return {"state": "recorded", "html": html, **words}


def said(form: Form, **words: str) -> bytes:
    """The answer to a phone with scripts. It knows by its own receipt that it was this server,
    and not a portal, that spoke."""
    words["receipt"] = first(form, "r")
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
