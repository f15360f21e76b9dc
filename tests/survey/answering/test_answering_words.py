"""What attendees are told, word by word: agreed with people of the trade, and not to be changed in
passing."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.sittings import operations as sittings
from survey.sittings.models import Show
from tests.conftest import NOON
from tests.survey.answering.phone import RIGHT, Phone
from tests.world import World

Plan = Callable[..., int]
KeyOf = Callable[..., str]
pytestmark = pytest.mark.usefixtures("clock")

SCRIPT = {
    "vi": {
        "begin": "Bắt đầu",
        "next": "Câu tiếp theo",
        "previous": "Câu trước",
        "back": "Quay lại",
        "review": "Xem lại",
        "send": "Gửi câu trả lời",
        "where": "Câu {n}/{total}",
        "find": "Gõ tên hoặc số chi bộ (không cần dấu)",
        "reviewTitle": "Gửi câu trả lời?",
        "missing": "Còn {n} câu chưa trả lời.",
        "noChange": "Sau khi gửi không sửa được.",
        "weak": "Mạng yếu. Câu trả lời đã được lưu trên điện thoại và sẽ tự gửi khi có mạng. "
        "Đồng chí vui lòng không đóng trang này.",
        "again": "Đang gửi lại, lần {n}.",
        "doneBefore": "Điện thoại này đã gửi câu trả lời cho đợt khảo sát.",
        "nextPerson": "Người khác dùng chung điện thoại",
    },
    "en": {
        "begin": "Begin",
        "next": "Next question",
        "previous": "Previous",
        "back": "Back",
        "review": "Review",
        "send": "Send my answers",
        "where": "Question {n}/{total}",
        "find": "Type the name or number of your cell (marks not needed)",
        "reviewTitle": "Send your answers?",
        "missing": "{n} questions are not answered.",
        "noChange": "After sending you can't change your answers.",
        "weak": "The network is weak. Your answers are kept on this phone and will be sent when it "
        "is back. Please keep this page open.",
        "again": "Sending again, try {n}.",
        "doneBefore": "This phone has handed in for this survey.",
        "nextPerson": "Another person on this phone",
    },
}
PAGE = {
    "vi": [
        "Khảo sát nhận thức",
        "3 câu hỏi, khoảng 2 phút. Không ghi họ tên.",
        "Khảo sát này tổng hợp theo chi bộ, không lưu họ tên, số điện thoại. Kết quả của nhóm dưới "
        "5 người không hiển thị riêng.",
        "Đồng chí đang sinh hoạt tại chi bộ nào?",
        "Tôi không thấy chi bộ của mình",
        "Câu 1/3",
        "Đồng chí có thể chọn nhiều phương án.",
        "Gửi câu trả lời",
    ],
    "en": [
        "Comprehension survey",
        "3 questions, about 2 minutes. No names are kept.",
        "This survey is summed up by cell and keeps no names or phone numbers. Results of groups "
        "below 5 people are not shown on their own.",
        "Which cell do you belong to?",
        "I cannot find my party cell",
        "Question 1/3",
        "You may choose more than one option.",
        "Send my answers",
    ],
}
DONE = {
    "vi": [
        "Đã ghi nhận lúc 12:00 ngày 23/11/2026. Mã xác nhận: CODE. Cảm ơn đồng chí.",
        "Đồng chí trả lời đúng 2/3 câu.",
        "Nội dung nên xem lại",
        "Người khác dùng chung điện thoại",
    ],
    "en": [
        "Recorded at 12:00 on 23/11/2026. Confirmation code: CODE. Thank you.",
        "You answered 2 of 3 questions correctly.",
        "Worth reading again",
        "Another person on this phone",
    ],
}
BEFORE = {
    "vi": ["Đợt khảo sát chưa mở", "Đồng chí vui lòng chờ thông báo của ban tổ chức"],
    "en": ["The survey is not open yet", "Wait for the organisers' word"],
}
PAUSED = {"vi": ["Đợt khảo sát đang tạm dừng"], "en": ["The survey is paused"]}
AFTER = {
    "vi": ["Đợt khảo sát đã kết thúc", "Kết thúc lúc 13:00 ngày 23/11/2026."],
    "en": ["The survey is over", "It closed at 13:00 on 23/11/2026."],
}
WRONG = {
    "vi": ["Mã không đúng. Đồng chí kiểm tra lại 8 chữ số trên màn hình hoặc tờ dán."],
    "en": ["The code is wrong. Check the 8 digits on the screen or the poster."],
}


def lacking(wanted: list[str], html: str) -> list[str]:
    """What a page does not say, or not as a text of its own."""
    shown = re.split(
        r"<[^>]*>", re.sub(r"</?b>|<(script|style).*?</\1>", "", html, flags=re.DOTALL)
    )
    texts = [" ".join(unescape(text).split()) for text in shown]
    return [text for text in wanted if not any(one.startswith(text) for one in texts)]


@pytest.fixture(params=["vi", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_script_speaks_as_agreed(
    client: FlaskClient, plan: Plan, key_of: KeyOf, lang: str
) -> None:
    page = client.get(f"/D/{key_of(plan())}?lang={lang}").text
    words = json.loads(re.findall(r'id="words">(.*?)</script>', page, re.DOTALL)[0])
    assert {name: words[name] for name in SCRIPT[lang]} == SCRIPT[lang]


def test_the_page_and_the_thanks_speak_as_agreed(
    client: FlaskClient,
    session: Session,
    plan: Plan,
    key_of: KeyOf,
    world: World,
    lang: str,
) -> None:
    sitting, cell = plan(show=Show.ANSWERS), world.cells[0][1]
    page = client.get(f"/D/{key_of(sitting)}?lang={lang}").text
    assert lacking(PAGE[lang], page) == []
    sittings.add_cell_doors(session, sitting, [cell])
    phone = Phone(client, f"/D/{key_of(sitting, unit=cell)}?lang={lang}")
    done = phone.hand_in(RIGHT | {"Một lựa chọn?": ["Sai"]}).text
    assert lacking(DONE[lang], re.sub(r"\b\w\w-\w\w\b", "CODE", done)) == []


def test_what_stands_in_the_way_is_said_as_agreed(
    client: FlaskClient,
    session: Session,
    plan: Plan,
    key_of: KeyOf,
    clock: time_machine.Traveller,
    lang: str,
) -> None:
    sitting = plan()
    address = f"/D/{key_of(sitting)}?lang={lang}"
    clock.move_to(NOON - timedelta(hours=1))
    assert lacking(BEFORE[lang], client.get(address).text) == []
    clock.move_to(NOON)
    sittings.pause_sitting(session, sitting, now=NOON)
    assert lacking(PAUSED[lang], client.get(address).text) == []
    clock.move_to(NOON + timedelta(hours=2))
    assert lacking(AFTER[lang], client.get(address).text) == []
    assert lacking(WRONG[lang], client.get(f"/?code=1234&lang={lang}").text) == []
