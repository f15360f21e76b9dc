"""The buttons of a sitting, by name, and the states in which each may be pressed."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.papers.models import Edition
from survey.sittings import operations
from survey.sittings.models import Kind, Show, Sitting, State
from tests.survey.sittings.stage import MINUTE, NOON

Button = Callable[[Session, int, datetime], None]


def edit(session: Session, sitting_id: int, now: datetime) -> None:
    edition = session.scalars(select(Edition.id)).one()
    operations.edit_sitting(
        session,
        sitting_id,
        edition_id=edition,
        kind=Kind.BEFORE,
        title="Trước hội nghị",
        show=Show.THANKS,
        opens_at=None,
        closes_at=None,
        grace=0,
        tickets=False,
        now=now,
    )


BUTTONS: dict[str, Button] = {
    "edit": edit,
    "drop": lambda s, i, now: operations.drop_sitting(s, i, now=now),
    "open": lambda s, i, now: operations.open_sitting(s, i, now=now),
    "pause": lambda s, i, now: operations.pause_sitting(s, i, now=now),
    "resume": lambda s, i, now: operations.resume_sitting(s, i, now=now),
    "extend": lambda s, i, now: operations.extend_sitting(s, i, until=now + MINUTE, now=now),
    "close": lambda s, i, now: operations.close_sitting(s, i, now=now),
}
MAY = {
    State.PLANNED: {"edit", "drop", "open"},
    State.OPEN: {"pause", "extend", "close"},
    State.PAUSED: {"resume", "extend", "close"},
    State.CLOSED: set(),
}


def bring_to(session: Session, sitting_id: int, state: State) -> None:
    """Press what leads from planned to this state, at noon."""
    ways = {
        State.PLANNED: [],
        State.OPEN: ["open"],
        State.PAUSED: ["open", "pause"],
        State.CLOSED: ["open", "close"],
    }
    for button in ways[state]:
        BUTTONS[button](session, sitting_id, NOON)
    assert session.get_one(Sitting, sitting_id).state(NOON) is state
