"""A sealed sitting: one total everywhere, said on every page and file, and checked before."""

import csv
import io
from collections.abc import Callable, Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from survey import db
from survey.answering.models import Seal, SealedReceipt, SealedSheet, Sheet
from survey.answering.sealing import NotDue
from survey.results.models import HallTally, TallyRun, UnitTally
from survey.results.operations import tally_sitting
from survey.results.sealing import UnequalTotals, seal_sitting, verify_seal
from survey.sittings.models import Sitting
from tests.survey.results.conftest import Province
from tests.survey.results.ground import HOUR, MINUTE, NOON, hand_in, seen, words

SignIn = Callable[..., FlaskClient]
OVER = NOON + 33 * MINUTE
pytestmark = pytest.mark.usefixtures("clock")
WARNING = "CẢNH BÁO: dữ liệu không còn khớp mã kiểm tra"


@pytest.fixture
def sealed(session: Session, answered: Province) -> Seal:
    seal = seal_sitting(session, answered.sitting, now=OVER)
    assert (seal.sheets, len(seal.digest)) == (30, 64)
    return seal


def forge(session: Session, sitting: int) -> None:
    with db.writing(session):
        session.execute(
            update(SealedSheet)
            .where(SealedSheet.sitting_id == sitting, SealedSheet.place == 0)
            .values(answers=";;")
        )


# ------------------------------------------------------------------ one story


@pytest.mark.usefixtures("sealed")
def test_the_sealed_total_is_the_sum_at_every_level(session: Session, answered: Province) -> None:
    def total(model: type[UnitTally | HallTally], *ids: int) -> int:
        rows = [session.get_one(model, (answered.sitting, id)) for id in ids]
        return sum(row.answered for row in rows)

    assert session.scalar(select(func.count()).select_from(SealedSheet)) == 30
    assert session.scalar(select(func.count()).select_from(SealedReceipt)) == 30
    assert session.scalar(select(func.count()).select_from(Sheet)) == 0
    run = session.get_one(TallyRun, answered.sitting)
    assert (run.final, run.sheets) == (True, 30)
    assert total(UnitTally, answered.top) == 30
    assert total(UnitTally, answered.north, answered.south) == 30
    assert total(UnitTally, *answered.cells) == 30
    assert total(HallTally, *answered.halls.values()) == 30


def test_the_page_says_the_same_before_and_after(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    browser = sign_in("administrator")

    def pages() -> list[str]:
        units = (answered.top, answered.north, *answered.cells)
        return [words(seen(browser, answered.sitting, unit)) for unit in units]

    before = pages()
    digest = seal_sitting(session, answered.sitting, now=OVER).digest
    said = [
        f" Đã niêm phong: 30 phiếu, mã kiểm tra {digest}. Danh sách biên nhận",
        *[f" Đã niêm phong, mã kiểm tra {digest}."] * 5,
    ]
    after = pages()
    assert all(words in page for page, words in zip(after, said, strict=True))
    assert [page.replace(words, "") for page, words in zip(after, said, strict=True)] == before


def test_sealing_again_changes_nothing(session: Session, sealed: Seal, answered: Province) -> None:
    digest, changed = sealed.digest, session.get_one(Sitting, answered.sitting).changed_at
    assert seal_sitting(session, answered.sitting, now=OVER + HOUR).digest == digest
    assert session.get_one(Sitting, answered.sitting).changed_at == changed


def test_a_sitting_is_not_sealed_before_its_end(session: Session, answered: Province) -> None:
    with pytest.raises(NotDue):
        seal_sitting(session, answered.sitting, now=NOON + 31 * MINUTE)
    assert session.scalars(select(Seal)).all() == []


def test_other_sheets_than_were_counted_are_not_sealed(
    session: Session, answered: Province
) -> None:
    tally_sitting(session, answered.sitting, now=OVER)
    hand_in(session, answered.sitting, answered.cells[0], [4])
    with pytest.raises(UnequalTotals):
        seal_sitting(session, answered.sitting, now=OVER)
    assert session.scalars(select(Seal)).all() == []
    assert session.scalar(select(func.count()).select_from(Sheet)) == 31


def test_whoever_counts_last_ends_the_sitting_on_every_clock(
    session: Session, answered: Province
) -> None:
    """A host whose clock is ten minutes behind must not let a sheet in after the final count."""
    tally_sitting(session, answered.sitting, now=OVER)
    sitting = session.get_one(Sitting, answered.sitting)
    assert sitting.clock(OVER - 10 * MINUTE) == OVER


# ------------------------------------------------------------------ pages and files


PAGES = ("", "/print", "/units.csv", "/items.csv", "/clauses.csv")


def told(browser: FlaskClient, sitting: int, unit: int) -> list[str]:
    """The text of every page and file of a unit."""
    base = f"/results/{sitting}/{unit}"
    texts = [browser.get(base + page).data.decode() for page in PAGES]
    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(f"{base}/results.xlsx").data))
    texts += [str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    return texts


def test_every_page_and_file_carries_the_digest(
    sign_in: SignIn, answered: Province, sealed: Seal
) -> None:
    for text in told(sign_in("administrator"), answered.sitting, answered.north):
        assert sealed.digest in text
        assert WARNING not in text


def test_an_unsealed_sitting_carries_none(sign_in: SignIn, answered: Province) -> None:
    for text in told(sign_in("administrator"), answered.sitting, answered.north):
        assert "niêm phong" not in text


def test_a_broken_seal_is_said_loudly_everywhere(
    session: Session, sign_in: SignIn, answered: Province, sealed: Seal
) -> None:
    browser, digest = sign_in("administrator"), sealed.digest
    forge(session, answered.sitting)
    file = browser.get(f"/results/{answered.sitting}/{answered.top}/units.csv").data.decode()
    assert f"{WARNING} lúc niêm phong {digest}" in file
    texts = told(browser, answered.sitting, answered.north)  # found once, said on all
    assert all(f"{WARNING} lúc niêm phong {digest}" in text for text in texts)


@pytest.mark.parametrize("page", [*PAGES[1:], "/results.xlsx"])
def test_what_is_taken_away_is_checked_first(
    session: Session, sign_in: SignIn, answered: Province, sealed: Seal, page: str
) -> None:
    forge(session, answered.sitting)
    sign_in("administrator").get(f"/results/{answered.sitting}/{answered.top}{page}")
    session.expire_all()
    assert sealed.intact is False


def test_a_seal_that_holds_again_is_said_to_hold(
    session: Session, answered: Province, sealed: Seal
) -> None:
    """The backup was restored."""
    with db.writing(session):
        sealed.intact = False
    assert verify_seal(session, answered.sitting) is True
    assert sealed.intact is True


@pytest.mark.usefixtures("sealed")
def test_looking_at_a_page_reads_no_sealed_sheet(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    browser = sign_in("administrator")
    said: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *call: said.append(call[2]))
    seen(browser, answered.sitting, answered.top)
    assert said
    assert not any("sealed_sheet" in text for text in said)


# ------------------------------------------------------------------ receipts


def receipts(browser: FlaskClient, sitting: int) -> Sequence[list[str]]:
    text = browser.get(f"/results/{sitting}/receipts.csv").data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_list_has_every_receipt_with_the_code_that_the_phone_showed(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    known = {row.receipt.hex() for row in session.scalars(select(Sheet))}
    digest = seal_sitting(session, answered.sitting, now=OVER).digest
    rows = receipts(sign_in("organiser", answered.top), answered.sitting)
    assert rows[:4] == [
        ["Khảo sát sau hội nghị"],
        [f"Đã niêm phong: 30 phiếu, mã kiểm tra {digest}."],
        [],
        ["Mã trên điện thoại", "Biên nhận"],
    ]
    assert {row[1] for row in rows[4:]} == known
    assert len(rows[4:]) == 30
    assert all(len(row[0]) == 5 for row in rows[4:])


@pytest.mark.usefixtures("sealed")
def test_the_list_is_for_those_who_see_the_whole(
    client: FlaskClient, sign_in: SignIn, answered: Province
) -> None:
    address = f"/results/{answered.sitting}/receipts.csv"
    assert client.get(address).status_code == 302
    assert sign_in("viewer", answered.top).get(address).status_code == 200
    north = sign_in("viewer", answered.north)
    assert north.get(address).status_code == 403
    page = seen(north, answered.sitting, answered.north)
    assert "receipts.csv" not in page
    assert "Đã niêm phong, mã kiểm tra" in page


@pytest.mark.usefixtures("sealed")
def test_the_list_keeps_no_connection(app: Flask, sign_in: SignIn, answered: Province) -> None:
    browser, pool = sign_in("administrator"), app.extensions["survey_engine"].pool
    before = pool.checkedout()
    assert receipts(browser, answered.sitting)
    assert pool.checkedout() == before


def test_there_is_no_list_before_sealing(sign_in: SignIn, answered: Province) -> None:
    address = f"/results/{answered.sitting}/receipts.csv"
    assert sign_in("administrator").get(address).status_code == 404


@pytest.mark.usefixtures("sealed")
def test_a_broken_seal_is_said_in_the_list_too(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    forge(session, answered.sitting)
    assert WARNING in receipts(sign_in("administrator"), answered.sitting)[1][0]


def test_the_same_on_postgresql(app_on_postgresql: Flask) -> None:
    """The final count and the sealing hold the same row one after the other."""
    from survey.sittings import operations as sittings
    from survey.sittings.models import Kind, Show
    from tests.world import make_world

    with Session(app_on_postgresql.extensions["survey_engine"]) as session:
        world = make_world(session)
        sitting = sittings.plan_sitting(
            session,
            world.conference,
            world.edition,
            kind=Kind.AFTER,
            title="Sau",
            show=Show.SCORE,
            opens_at=NOON,
            closes_at=NOON + 30 * MINUTE,
            now=NOON,
        )
        with db.writing(session):
            for number in range(20):
                session.add(
                    Sheet(
                        sitting_id=sitting,
                        receipt=number.to_bytes(16, "big"),
                        unit_id=world.cells[0][0],
                        mode="own",
                        answers="0;02;0",
                    )
                )
        assert seal_sitting(session, sitting, now=OVER).sheets == 20
        assert verify_seal(session, sitting) is True
