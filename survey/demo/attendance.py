"""Made-up people who answer: some know more than others, some questions are harder."""

import math
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy.orm import Session

from quizzes.item import Item
from quizzes.marking import Response, encode
from quizzes.paper import Paper
from survey import db
from survey.answering.intake import Intake
from survey.answering.storing import Entry
from survey.papers.queries import load_paper
from survey.roll.queries import expected
from survey.sittings.models import Sitting
from survey.sittings.queries import cells_called
from survey.units.queries import Tree

AT_ONCE = 64  # phones that hand in together


def attend(
    session: Session, sitting_id: int, tree: Tree, *, share: float, skill: float, now: datetime
) -> None:
    """Let about `share` of the eligible members of every called cell hand in a sheet.

    `skill` is the mean ability on the scale of the Rasch model: a person of ability a answers an
    item of difficulty d rightly with probability 1 / (1 + exp(d - a)). Seeded by the sitting, so
    the same demo comes out every time.
    """
    chance = random.Random(sitting_id)  # noqa: S311  made-up people, no secret
    sitting = session.get_one(Sitting, sitting_id)
    paper = load_paper(session, sitting.edition_id)
    hardness = [_hardness(paper, index) for index in range(len(paper.items))]
    called = cells_called(session, sitting, tree)
    entries = [
        Entry(
            sitting_id=sitting_id,
            edition_id=sitting.edition_id,
            receipt=chance.randbytes(16),
            unit_id=cell,
            hall_id=hall,
            mode="own",
            answers=encode(_answers(paper, hardness, ability, chance)),
            issued_at=now,
        )
        for hall, cells in called.items()
        for cell, members in expected(session, cells, now).items()
        for ability in _abilities(members, share, skill, chance)
    ]
    session.rollback()  # nothing is read while the sheets come in
    intake = Intake(db.engine(), lambda: now)
    with ThreadPoolExecutor(AT_ONCE) as phones:
        for _ in phones.map(intake.take, entries):
            pass


def _abilities(members: int, share: float, skill: float, chance: random.Random) -> Iterator[float]:
    """Those of a cell who answer. Members of one cell are somewhat alike."""
    cell = chance.gauss(skill, 0.45)
    turnout = min(1.0, max(0.2, chance.gauss(share, 0.1)))
    for _ in range(members):
        if chance.random() < turnout:
            yield chance.gauss(cell, 0.8)


def _hardness(paper: Paper, index: int) -> float:
    """From -1.1 to 1.1 in a fixed order; questions with several right options are harder."""
    several = 0.5 if len(paper.items[index].key) > 1 else 0.0
    return ((index * 7) % 12 - 5.5) / 5 + several


def _answers(
    paper: Paper, hardness: list[float], ability: float, chance: random.Random
) -> list[Response]:
    return [
        item.key if chance.random() < 1 / (1 + math.exp(hard - ability)) else _wrong(item, chance)
        for item, hard in zip(paper.items, hardness, strict=True)
    ]


def _wrong(item: Item, chance: random.Random) -> Response:
    """A wrong answer: mostly one tempting option, now and then nothing."""
    if chance.random() < 0.04:
        return frozenset()
    others = [index for index in range(len(item.options)) if index not in item.key]
    if len(item.key) > 1 and chance.random() < 0.7:
        return frozenset(sorted(item.key)[:-1])
    weights = [3 if place == 0 else 1 for place in range(len(others))]
    return frozenset(chance.choices(others, weights)) if others else frozenset()
