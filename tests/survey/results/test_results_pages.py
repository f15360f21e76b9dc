"""What the page of a unit at a sitting says, and in which order."""

import re
from collections.abc import Callable

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey import db
from survey.roll.models import CellRoll, HallRoll
from survey.sittings.models import Kind
from tests.survey.results.conftest import Province
from tests.survey.results.ground import (
    HOUR,
    MINUTE,
    NOON,
    add_edition,
    add_sitting,
    close,
    hand_in,
    seen,
    words,
)

SignIn = Callable[..., FlaskClient]
FINAL = NOON + HOUR
pytestmark = pytest.mark.usefixtures("clock")


def test_the_page_says_its_message_in_one_sentence(sign_in: SignIn, answered: Province) -> None:
    page = words(seen(sign_in("administrator"), answered.sitting, answered.north))
    # 66 points of 96; s² = 1.239, t(23) = 2.069
    assert (
        "Đảng bộ xã Đăk Tô: 24/38 người trả lời (63,2 %), điểm trung bình 68,8 (57,0–80,5)." in page
    )


def test_a_cell_without_a_headcount_is_left_out_of_the_share(
    sign_in: SignIn, answered: Province
) -> None:
    page = words(seen(sign_in("administrator"), answered.sitting, answered.top))
    assert "Đảng bộ tỉnh Quảng Ngãi: 30 người trả lời, điểm trung bình" in page
    assert "1 chi bộ chưa có số đảng viên, không tính vào tỷ lệ" in page
    assert "Tỷ lệ tham gia 63,2 %" in page


def test_nobody_is_not_none_of_them(session: Session, sign_in: SignIn, province: Province) -> None:
    close(session, province.sitting, NOON + 30 * MINUTE)
    page = words(seen(sign_in("administrator"), province.sitting, province.north))
    assert "0/38 người trả lời (0,0 %), chưa có điểm để hiện" in page
    assert page.count("Chưa có người trả lời") == 4  # the unit and its three cells
    assert "Xếp mức" not in page.split("Tổ chức trực thuộc")[0]


def test_the_cell_reads_aloud_what_is_right_and_why(sign_in: SignIn, answered: Province) -> None:
    page = seen(sign_in("secretary", answered.cells[0]), answered.sitting, answered.cells[0])
    text = words(page)
    assert "Câu 1. Ai là trung tâm?" in text
    assert "Người dân (đúng)" in text
    assert "Mục I nêu rõ." in text
    assert "Mục I. Người dân là trung tâm." in text
    assert page.count("<details open>") == 3  # the fourth question hangs on no clause


def test_above_the_cell_explanations_are_folded_away(sign_in: SignIn, answered: Province) -> None:
    assert "<details open>" not in seen(sign_in("administrator"), answered.sitting, answered.north)


def test_present_and_excused_are_added_up_where_cells_wrote_them_down(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    with db.writing(session):
        for cell, present, excused in ((answered.cells[0], 14, 2), (answered.cells[1], 9, 1)):
            session.add(
                CellRoll(
                    sitting_id=answered.sitting,
                    unit_id=cell,
                    present=present,
                    excused=excused,
                    counted_at=NOON,
                )
            )
    page = words(seen(sign_in("administrator"), answered.sitting, answered.north))
    assert "Có mặt 23 mới ghi ở 2/3 chi bộ Vắng có lý do 3" in page


def test_the_whole_takes_who_was_present_from_the_halls(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    with db.writing(session):
        for hall, present in zip(answered.halls.values(), (30, 8), strict=True):
            session.add(
                HallRoll(
                    sitting_id=answered.sitting, hall_id=hall, present=present, counted_at=NOON
                )
            )
    browser = sign_in("administrator")
    assert "Có mặt 38 Vắng" in words(seen(browser, answered.sitting, answered.top))
    assert "Có mặt – Vắng" in words(seen(browser, answered.sitting, answered.north))


# ------------------------------------------------------------------ order


def names(page: str) -> list[str]:
    table = page.split('id="lines"')[1].split("</table>", maxsplit=1)[0]
    return re.findall(r'<th scope="row"><a [^>]+>([^<]+)</a>', table)


def test_what_is_below_is_sorted_as_asked_and_gaps_come_last(
    sign_in: SignIn, answered: Province
) -> None:
    browser = sign_in("administrator")

    def order(sort: str) -> list[str]:
        page = seen(browser, answered.sitting, answered.north, f"?sort={sort}")
        return [name.removeprefix("+").removeprefix("Chi bộ thôn ") for name in names(page)]

    by_name = order("name")
    assert order("-name") == by_name[::-1]
    assert order("expected") == ["11", "10", "2"]
    assert order("answered") == ["11", "10", "2"]
    assert order("-participation") == ["10", "2", "11"]
    assert order("-mean")[0] == "2"
    assert order("nonsense") == by_name
    assert by_name.index("2") < by_name.index("10")


def test_questions_come_weakest_first_or_as_in_the_paper(
    sign_in: SignIn, answered: Province
) -> None:
    browser = sign_in("administrator")

    def numbers(asked: str) -> list[str]:
        return re.findall(r'id="cau-(\d)"', seen(browser, answered.sitting, answered.north, asked))

    assert numbers("") == ["4", "3", "2", "1"]
    assert numbers("?items=paper") == ["1", "2", "3", "4"]
    assert numbers("?items=nonsense") == numbers("")


# ------------------------------------------------------------------ while it is open


def test_an_open_sitting_says_as_of_when_and_how_to_look_again(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    hand_in(session, province.sitting, province.cells[0], [1] * 6)
    page = seen(sign_in("administrator"), province.sitting, province.north)
    assert "Tính đến 13:00 23/11/2026." in words(page)
    assert '<a href="">Tải lại</a>' in page
    assert "6/38 người trả lời (15,8 %), chưa đủ phiếu để hiện khi đang mở." in words(page)


def test_a_closed_sitting_waits_for_late_sheets_and_then_is_final(
    session: Session,
    sign_in: SignIn,
    province: Province,
    clock: time_machine.Traveller,
) -> None:
    hand_in(session, province.sitting, province.cells[0], [1] * 6)
    close(session, province.sitting, FINAL)
    browser = sign_in("administrator")
    page = words(seen(browser, province.sitting, province.cells[0]))
    assert "kết quả cuối cùng có lúc 13:02 23/11/2026" in page
    assert "6/20 người trả lời (30,0 %), điểm trung bình 25,0" in page
    clock.move_to(FINAL + 2 * MINUTE)
    assert "Tính đến" not in words(seen(browser, province.sitting, province.cells[0]))


def test_a_sitting_that_has_not_begun_says_so(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    with db.writing(session):
        later = add_sitting(
            session,
            province.top,
            province.edition,
            conference=province.conference,
            opens_at=FINAL + HOUR,
        )
    page = sign_in("administrator").get(f"/results/{later}/{province.top}")
    assert "Đợt khảo sát chưa mở" in words(page.text)


# ------------------------------------------------------------------ before and after


@pytest.fixture
def compared(session: Session, answered: Province) -> int:
    with db.writing(session):
        before = add_sitting(
            session,
            answered.top,
            answered.edition,
            conference=answered.conference,
            kind=Kind.BEFORE,
            opens_at=NOON - 2 * HOUR,
            closes_at=NOON - HOUR,
        )
    hand_in(session, before, answered.cells[0], [1] * 4 + [2] * 4)
    return before


def test_a_unit_is_compared_with_itself_before_the_conference(
    sign_in: SignIn, answered: Province, compared: int
) -> None:
    page = seen(sign_in("administrator"), answered.sitting, answered.north)
    part = words(page.split('id="comparison"')[1].split("</section>")[0])
    assert "Điểm trung bình sau hội nghị chênh +31,3 điểm so với trước." in part
    assert "Trước hội nghị 8 37,5 (" in part
    assert "Sau hội nghị 24 68,8 (57,0–80,5)" in part
    assert f'href="/results/{compared}/{answered.north}"' in page


def test_a_unit_without_scores_before_has_no_difference(
    sign_in: SignIn, answered: Province, compared: int
) -> None:
    page = seen(sign_in("administrator"), answered.sitting, answered.south)
    part = words(page.split('id="comparison"')[1].split("</section>")[0])
    assert "chênh" not in part
    assert "Trước hội nghị 0 Chưa có người trả lời" in part


def test_another_paper_before_the_conference_is_not_compared(
    session: Session, sign_in: SignIn, answered: Province
) -> None:

    with db.writing(session):
        other = add_edition(session, answered.top)
        add_sitting(
            session,
            answered.top,
            other,
            conference=answered.conference,
            kind=Kind.BEFORE,
            opens_at=NOON - 2 * HOUR,
            closes_at=NOON - HOUR,
        )
    assert 'id="comparison"' not in seen(sign_in("administrator"), answered.sitting, answered.north)
