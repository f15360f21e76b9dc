"""The page of a sitting comes in one go: within the 14 kB that a network sends at once."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from quizzes.item import Item, ItemKind, Option
from survey import db
from survey.answering import chooser
from survey.demo.build import DATA
from survey.papers.models import Edition
from tests.world import PAPER, World, add_unit

AT_ONCE = 14_000  # bytes: the first ten packets
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
    paper = replace(PAPER, items=_real_items())
    with db.writing(session):
        for number, name in enumerate(_real_cells(cells - 3)):
            add_unit(session, f"R-{number}", "cell", name, world.communes[0])
        session.execute(
            update(Edition)
            .where(Edition.id == world.edition)
            .values(content=paper.freeze(), digest=paper.digest)
        )
    address = f"/D/{key_of(plan(), hall=world.halls[0])}"
    pages = [client.get(address, headers={"Accept-Encoding": "gzip"}) for _ in range(4)]
    assert client.get(address).text.count('<fieldset class="question"') == 22
    assert max(len(page.data) for page in pages) <= bound < AT_ONCE
