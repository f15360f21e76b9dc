"""Each acknowledged receipt is in the sealed list, none extra; none leads to a sheet."""

from collections.abc import Callable, Iterator, Sequence, Set
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import time_machine
from flask import Flask, Response, request
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey import web
from survey.answering.models import Seal, SealedReceipt
from survey.answering.sealing import rewrite
from survey.sittings.models import Door, Hall
from survey.units.models import Unit
from tests.promises.desk import administrator
from tests.promises.people import QUESTIONS, Occasion, Person, close_and_seal, come, occasion


class Played(NamedTuple):
    acknowledged: int
    missing: int  # acknowledged and not in the list, with the code that the phone showed
    extra: int  # in the list and never acknowledged
    telling: list[str]  # addresses whose answer changes with a receipt or holds a sheet
    asked: int  # addresses


Spoil = Callable[[Flask, Sequence[Person]], None]


def play(people: int, folder: Path, spoil: Spoil | None = None) -> Played:
    """So many hand in, the sitting is sealed, and every address is asked for their sheets. What
    is spoiled is the application, by a fault that has to be seen."""
    with occasion(folder, people) as there:
        known = come(there)
        if spoil:
            spoil(there.app, known)
        close_and_seal(there)
        browser = administrator(there.app)
        listed = _listed(browser, there.sitting)
        told = {(one.code, one.receipt.hex()) for one in known}
        addresses = list(_addresses(there))
        # Pages say the minute; and what is kept of a sitting's times is a second old at most.
        with time_machine.travel(web.now() + timedelta(minutes=1), tick=False):
            names = {name.encode() for one in known for name in (one.answers, one.receipt.hex())}
            telling = [at for at in addresses if _tells(browser, at, names, known[:2])]
            telling += [f"POST {at}" for at in _posts(there, known)]
        return Played(len(told), len(told - listed), len(listed - told), telling, len(addresses))


def _listed(browser: FlaskClient, sitting: int) -> set[tuple[str, str]]:
    text = browser.get(f"/results/{sitting}/receipts.csv").data.decode("utf-8-sig")
    rows = [line.split(";") for line in text.splitlines()[4:]]
    listed = {(code, receipt) for code, receipt in rows}
    assert len(listed) == len(rows), "a receipt is listed twice"
    return listed


def _addresses(there: Occasion) -> Iterator[str]:
    """Every address that can be asked for, of things that are there."""
    with there.session as session:
        hall = session.scalars(select(Hall)).first()
        values: dict[str, object] = {
            "sitting_id": there.sitting,
            "unit_id": session.scalars(select(Unit.id)).first(),
            "hall_id": hall.id if hall else 0,
            "conference_id": hall.conference_id if hall else 0,
            "door_id": session.scalars(select(Door.id)).first(),
            "key": there.key,
            "ticket": there.tickets[0],
            "filename": "css/tokens.css",
            "name": "units",
            "format": "csv",
            "ending": "csv",
            "secret": "x",
        }
    adapter = there.app.url_map.bind("localhost")
    for rule in there.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in ("static", "results.receipts"):
            wanted = {name: values.get(name, 1) for name in rule.arguments}
            yield adapter.build(rule.endpoint, wanted)


def _tells(browser: FlaskClient, address: str, names: Set[bytes], people: Sequence[Person]) -> bool:
    """Whether a page holds a sheet as it was handed in, names a receipt, or says another thing
    to one receipt than to another."""
    plain = browser.get(address).get_data()
    said = set()
    for one in people:
        receipt = one.receipt.hex()
        answer = browser.get(address, query_string={"r": receipt, "receipt": receipt})
        said.add(answer.get_data().replace(receipt.encode(), b""))
    return len(said) > 1 or _holds(plain, names)


def _holds(page: bytes, names: Set[bytes]) -> bool:
    """Whether one of the names stands in the page. There are far more names than places."""
    return any(
        page[start : start + length] in names
        for length in {len(name) for name in names}
        for start in range(len(page) - length + 1)
    )


def _posts(there: Occasion, people: Sequence[Person]) -> list[str]:
    """Who sends somebody's receipt again with other answers learns no more than that it is in."""
    phone = there.app.test_client()
    headers = {"Accept": "application/json"}
    told: set[tuple[str, str]] = set()
    for one in people[:5]:
        form = {
            "t": one.slip,
            "k": one.ticket,
            "r": one.said,
            **{f"q{n}": "0" for n in range(QUESTIONS)},
        }
        answer = phone.post(f"/D/{there.key}", data=form, headers=headers)
        said = answer.json
        html = said["html"].replace(said.get("code", "-"), "").replace(said.get("mac", "-"), "")
        told.add((said["state"], html))
    return [f"/D/{there.key}"] if len(told) > 1 or not _is_in(told) else []


def _is_in(told: set[tuple[str, str]]) -> bool:
    """A phone that was never told asks again: it must hear that its sheet is in."""
    return {state for state, _ in told} == {"recorded"}


# ------------------------------------------------------------------ planted faults


def tell_the_answers(app: Flask, known: Sequence[Person]) -> None:
    """The first page says what was answered to whoever has the receipt."""
    kept = {one.receipt.hex(): one.answers for one in known}

    @app.after_request
    def told(answer: Response) -> Response:
        if request.endpoint == "answering.front":
            answer.data += kept.get(request.args.get("r", ""), "").encode()
        return answer


def forgetful(session: Session, sitting_id: int, *, now: datetime) -> Seal:
    """A seal without a quarter of the receipts; forty people are enough to see it."""
    seal = rewrite(session, sitting_id, now=now)
    session.execute(delete(SealedReceipt).where(SealedReceipt.receipt < b"\x40"))
    return seal
