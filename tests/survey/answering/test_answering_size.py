"""The page of a sitting comes in one go: within the 14 kB that a network sends at once."""

import csv
import json
import random
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import cycle, islice

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from quizzes.item import Item, ItemKind, Option
from quizzes.paper import Paper
from survey import db
from survey.answering import chooser
from survey.demo.build import DATA
from survey.papers.assembly import AT_ONCE, is_long
from survey.papers.models import Edition
from tests.world import PAPER, World, add_unit

pytestmark = pytest.mark.usefixtures("clock")


def _real_items() -> tuple[Item, ...]:
    """All questions of the demo's papers: 22 of the length that people write."""
    papers = [
        json.loads((DATA / name).read_text(encoding="utf-8"))
        for name in ("resolution.json", "resolution_cells.json")
    ]
    return tuple(
        Item(item["id"], ItemKind(item["kind"]), item["stem"],
             tuple(Option(**option) for option in item["options"]))
        for paper in papers for item in paper["items"]
    )  # fmt: skip


def _real_cells(count: int) -> list[str]:
    with (DATA / "units_quangngai_2025.csv").open(encoding="utf-8") as file:
        names = [unit["name"] for unit in csv.DictReader(file) if unit["level"] == "cell"]
    return names[:count]


def _page_size(
    client: FlaskClient, session: Session, world: World, address: str, paper: Paper, cells: int
) -> int:
    """Of the largest of some, as it travels."""
    with db.writing(session):
        for number, name in enumerate(_real_cells(cells - 3)):
            add_unit(session, f"R-{number}", "cell", name, world.communes[0])
        session.execute(
            update(Edition)
            .where(Edition.id == world.edition)
            .values(content=paper.freeze(), digest=paper.digest)
        )
    pages = [client.get(address, headers={"Accept-Encoding": "gzip"}) for _ in range(4)]
    assert client.get(address).text.count('<fieldset class="question"') == len(paper.items)
    return max(len(page.data) for page in pages)


@pytest.mark.parametrize(
    ("cells", "bound"), [(12, 11_500), (chooser.LONG_LIST, 12_450), (chooser.LONG_LIST + 1, 12_330)]
)
def test_a_page_of_real_questions_and_cells_comes_in_one_go(
    client: FlaskClient,
    session: Session,
    plan: Callable[..., int],
    key_of: Callable[..., str],
    world: World,
    cells: int,
    bound: int,
) -> None:
    address = f"/D/{key_of(plan(), hall=world.halls[0])}"
    paper = replace(PAPER, items=_real_items())
    assert _page_size(client, session, world, address, paper, cells) <= bound < AT_ONCE


def _more_items(count: int) -> tuple[Item, ...]:
    """The real ones, and behind them such as have their lengths and their words, mixed."""
    chance, real = random.Random(5), _real_items()
    texts = [text for item in real for text in (item.stem, *(o.text for o in item.options))]
    words = " ".join(texts).split()

    def mixed(text: str) -> str:
        return " ".join(chance.choices(words, k=len(text.split()))) + str(chance.randrange(100))

    more = (
        Item(
            f"more {number}", ItemKind.SINGLE, mixed(like.stem),
            tuple(Option(mixed(o.text), not place) for place, o in enumerate(like.options)),
        )
        for number, like in enumerate(islice(cycle(real), count - len(real)))
    )  # fmt: skip
    return (*real, *more)


@pytest.mark.parametrize("heard", [False, True])
def test_the_longest_paper_of_which_its_author_is_not_warned_just_comes_in_one_go(
    client: FlaskClient,
    session: Session,
    plan: Callable[..., int],
    key_of: Callable[..., str],
    world: World,
    heard: bool,
) -> None:
    def items(count: int) -> tuple[Item, ...]:
        """Each with a recording of its own, where they are heard."""
        sounds = (sha256(b"%d" % number).hexdigest() if heard else None for number in range(count))
        return tuple(
            replace(item, audio=sound)
            for item, sound in zip(_more_items(count), sounds, strict=True)
        )

    longest = max(n for n in range(22, 60) if not is_long(items(n)))
    address = f"/D/{key_of(plan(), hall=world.halls[0])}"
    paper = replace(PAPER, items=items(longest))
    size = _page_size(client, session, world, address, paper, chooser.LONG_LIST)
    assert AT_ONCE - 500 < size <= AT_ONCE
