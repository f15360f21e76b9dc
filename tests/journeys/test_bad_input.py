"""Thousands of made-up requests: never a fault of ours, and never another sitting touched."""

import io
import random
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey import web
from survey.access.models import Role
from survey.answering.models import Sheet
from survey.sittings import operations as sittings
from survey.sittings.models import Door, Kind, Show, Sitting
from survey.units.models import UnitName, UnitParent
from tests.survey.answering.phone import Phone
from tests.world import World, make_world

CASES = 5000
LEFT_OUT = {"static", "access.sign_out", "accounts.revoke"}  # the rest would be strangers' requests
NASTY = (
    *("", " ", "0", "-1", "1", "2", "99999999999999999999", "1e309", "NaN", "true", "null", "[]"),
    *("{}", "\x00", "a\x00b", "\r\nSet-Cookie: a=b", "' OR 1=1 --", "vi", "=cmd|' /C calc'!A0"),
    *(
        '"><script>alert(1)</script>',
        "{{ 7*7 }}",
        "%s%n",
        "../../etc/passwd",
        "\ud7ff",
        "\u202e\u0000",
    ),
    *("ĐẢNG ỦY", "Đa\u0309ng bô\u0323", "31/02/2026", "2026-13-40T25:61", "2026-11-23T12:00"),
    *("Câu 1: A?\nA. x\nB. y\nĐáp án: C", "💥" * 50, "x" * 5000),
)
FILES = (
    (b"", "rong.xlsx"),
    (b"PK\x03\x04" + bytes(200), "hong.xlsx"),
    (bytes(range(256)) * 20, "la.csv"),
    ("mã;tên\nX;Y".encode("utf-16"), "utf16.csv"),
    ("Chi bé th«n 1;Uû ban nh©n d©n".encode("latin-1"), "tcvn3.csv"),
    (b"\xff\xd8\xff\xe0" + bytes(100), "anh.jpg"),
    ("::Câu::Hỏi {=a ~b".encode(), "hong.gift"),
)


@pytest.fixture
def home(session: Session) -> World:
    return make_world(session, "T")


@pytest.fixture
def foreign(app: Flask, session: Session, client: FlaskClient) -> int:
    """A sitting of another province with a sheet in it."""
    world = make_world(session, "K")
    now = web.now()
    sitting = sittings.plan_sitting(
        session, world.conference, world.edition, kind=Kind.AFTER, title="Xa", show=Show.SCORE,
        opens_at=now, closes_at=None, now=now,
    )  # fmt: skip
    hall = Door.hall_id == world.halls[0]
    key = session.scalars(select(Door.key).where(Door.sitting_id == sitting, hall)).one()
    session.rollback()
    assert Phone(client, f"/D/{key}").hand_in(cell="Chi bộ Thôn 1").status_code == 200
    return sitting


def kept_of(session: Session, sitting: int) -> list[tuple[object, ...]]:
    """All that must stay as it is: the sitting, its doors and sheets, its province's tree."""
    session.rollback()
    doors = select(Door.key, Door.code).where(Door.sitting_id == sitting)
    state = select(Sitting.opens_at, Sitting.closes_at, Sitting.paused, Sitting.title)
    sheets = select(Sheet.receipt, Sheet.answers).where(Sheet.sitting_id == sitting)
    own = session.get_one(Sitting, sitting).unit_id
    names = select(UnitName.name).join(UnitParent, UnitParent.unit_id == UnitName.unit_id)
    tree = names.where((UnitParent.parent_id == own) | (UnitName.unit_id == own))
    statements = (doors, state.where(Sitting.id == sitting), sheets, tree)
    return [tuple(sorted(map(repr, session.execute(s)))) for s in statements]


def addresses(app: Flask, world: World, chance: random.Random) -> Iterator[tuple[str, str]]:
    """(method, address) without end: every rule in turn, with ids that are and that are not."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in LEFT_OUT]
    known = {
        "unit_id": [world.province, *world.communes, *world.cells[0]],
        "hall_id": [0, *world.halls],
        "key": ["0" * 26, "x", "É" * 26],
    }
    adapter = app.url_map.bind("localhost")
    while True:
        for rule in rules:
            values = {name: chance.choice(known.get(name, _some(name))) for name in rule.arguments}
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, adapter.build(rule.endpoint, values, method=method)


def _some(name: str) -> list[object]:
    if name.endswith("_id"):
        return [1, 1, 1, 2, 3, 7, 2**31 - 1]
    return {
        "secret": ["x", "%00", "a" * 300],
        "name": ["units", "items", "clauses"],
    }.get(name, ["csv", "xlsx"])


def fields_of(page: str) -> list[str]:
    return re.findall(r'<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"', page)


def filled(names: list[str], chance: random.Random) -> dict[str, object]:
    """Some of the fields that the pages have, with what nobody should send."""
    data: dict[str, object] = {}
    for name in chance.sample(names, min(len(names), chance.randrange(8))):
        if name == "csrf_token":
            continue
        if name in ("file", "upload", "list") or chance.random() < 0.03:
            content, filename = chance.choice(FILES)
            data[name] = (io.BytesIO(content), filename)
        else:
            data[name] = [chance.choice(NASTY) for _ in range(chance.choice((1, 1, 2)))]
    return data


def test_five_thousand_made_up_requests_meet_no_fault_and_touch_no_other_sitting(
    app: Flask,
    session: Session,
    home: World,
    foreign: int,
    sign_in: Callable[..., FlaskClient],
) -> None:
    chance = random.Random(20261123)
    browsers = [
        app.test_client(),
        sign_in(Role.ORGANISER, home.province),
        sign_in(Role.ORGANISER, home.communes[0]),
        sign_in(Role.SECRETARY, home.cells[0][0]),
        sign_in(Role.VIEWER, home.province),
    ]
    before = kept_of(session, foreign)
    names: list[str] = ["lang", "q", "sort", "page", "next"]
    weights = (1, 5, 2, 2, 1)
    for (method, address), browser in zip(
        addresses(app, home, chance), chance.choices(browsers, weights, k=CASES), strict=False
    ):
        data = filled(names, chance)
        if method == "GET":
            query = {name: value for name, value in data.items() if isinstance(value, list)}
            answer = browser.get(address, query_string=query)
            if answer.mimetype == "text/html":
                names += [name for name in fields_of(answer.text) if name not in names]
        else:
            answer = browser.post(address, data=data, content_type="multipart/form-data")
        assert answer.status_code < 500, (method, address, data)
        assert b"Traceback" not in answer.data
    assert kept_of(session, foreign) == before
    assert len(names) > 60  # the forms of the pages were found and filled
