"""What goes wrong while people answer, so that the server has something to write down: a fault in
a view, a store that is away, a sheet with too many fields, a slip that is not taken."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import request
from sqlalchemy import text

from survey.answering import views
from survey.application import STRANGERS_FIELDS
from tests.promises import program
from tests.promises.people import Occasion, Person, Phone

LOG = "server.log"
# What the server is to have written of it, or else what it does not write would mean nothing.
WRITTEN = ("RuntimeError", "store: ", "intake: 1 sheets not stored")


def worker() -> Any:
    """The product's worker, with a view that fails when it is asked to."""
    door = views._door_by_ticket

    def stumbling(entrance: Any, typed: str) -> Any:
        if "stumble" in request.args:
            raise RuntimeError(f"{typed} from {request.user_agent}")
        return door(entrance, typed)

    views._door_by_ticket = stumbling
    return program.worker()


def happen(there: Occasion, port: int, people: Sequence[Person]) -> None:
    """To each of these, who come again with what they had."""
    many = [f"x{n}" for n in range(STRANGERS_FIELDS)]
    for one in people:
        phone = Phone(port, one.number)
        page, door = f"/D/{there.key}/{one.ticket}", f"/D/{there.key}"
        form = {"t": one.slip, "k": one.ticket, "r": one.said, "q0": "0", "anyway": "1"}
        assert phone.ask("GET", f"{page}?stumble")[0] == 500
        assert phone.ask("POST", door, form | dict.fromkeys(many, "x"))[0] == 413
        assert phone.ask("POST", door, form)[0] == 409  # other answers than it sent before
        assert phone.ask("POST", door, form | {"r": one.said[::-1]})[0] == 409
        assert phone.ask("POST", door, form | {"t": "x"})[0] == 400
        with _away(there, "ticket"):
            assert phone.ask("GET", page)[0] == 503
            assert phone.ask("POST", door, form)[0] == 503
        phone.hang_up()
    log = (Path(there.app.instance_path) / LOG).read_text()
    assert [words for words in WRITTEN if words not in log] == []


@contextmanager
def _away(there: Occasion, table: str) -> Iterator[None]:
    """A store that cannot be asked for a moment."""
    engine = there.app.extensions["survey_engine"]

    def rename(was: str, to: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {was} RENAME TO {to}"))

    rename(table, f"{table}_away")
    try:
        yield
    finally:
        rename(f"{table}_away", table)
