"""Questions out of documents: read, looked over, mended, taken over; nothing lost on the way."""

import html
import io
import re

import pytest
import xlsxwriter
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizzes.exchange import read
from quizzes.exchange.legacy import TCVN3
from quizzes.item import Level
from survey.papers import queries
from survey.papers.models import BankItem, QuestionImport
from survey.text import clean
from tests.survey.papers.stage import Stage, fresh

TEXT = """Câu 1: Ai là trung tâm?
A. Người dân
B. Máy móc
Đáp án: A
Mức độ: thông hiểu
Mục: Mục I.2, ý đầu
Giải thích: Mục I.2 nêu rõ.
Câu 2: Câu này quên đáp án?
A. Một
B. Hai
Câu 3: Chọn những ngày làm việc?
A. Thứ hai
B. Thứ ba
C. Chủ nhật
Đáp án: A, B
Mục: Điều 99
"""
GIFT = "::một:: Ai là trung tâm? {=Người dân ~Máy móc}\n\nTrời xanh. {TRUE}\n"


def paste(browser: FlaskClient, stage: Stage, text: str) -> TestResponse:
    return browser.post(f"/resolutions/{stage.resolution}/import", data={"text": text})


def upload(browser: FlaskClient, stage: Stage, content: bytes, name: str) -> TestResponse:
    sent = {"text": "", "file": (io.BytesIO(content), name)}
    return browser.post(f"/resolutions/{stage.resolution}/import", data=sent)


def marks(page: str) -> dict[str, list[str]]:
    """What a browser would send back of the preview, untouched."""
    found: dict[str, list[str]] = {}
    for name, value, rest in re.findall(
        r'<input type="(?:checkbox|radio)" name="([^"]*)" value="([^"]*)"([^>]*)>', page
    ):
        if "checked" in rest:
            found.setdefault(name, []).append(value)
    return found


def new_items(session: Session, stage: Stage) -> list[BankItem]:
    """What came into the bank after the two questions of the stage."""
    rows = queries.bank(fresh(session), stage.resolution)
    return [row.item for row in rows if row.item.id not in stage.items]


def pending(session: Session) -> list[str]:
    return list(fresh(session).scalars(select(QuestionImport.content)))


def workbook(*rows: list[object]) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return held.getvalue()


# ------------------------------------------------------------------ pasted text


def test_the_preview_shows_every_candidate_and_ticks_those_that_are_ready(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    page = alice.get(paste(alice, stage, TEXT).location).text
    assert marks(page) == {"take": ["0", "2"], "key-0": ["0"], "key-2": ["0", "1"]}
    for words in ("Ai là trung tâm?", "Câu này quên đáp án?", "Chọn những ngày làm việc?"):
        assert words in page
    assert "Đọc được 3 câu, 2 câu dùng được ngay." in page
    assert "Đưa 2 câu vào ngân hàng" in page
    assert "Chưa đánh dấu phương án đúng." in page
    assert "Nghị quyết không có mục “Điều 99”" in page
    assert new_items(session, stage) == []


def test_taking_over_puts_the_ticked_into_the_bank_with_clause_level_and_explanation(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = paste(alice, stage, TEXT).location
    sent = marks(alice.get(url).text) | {"clause": ["0"]}
    answer = alice.post(url, data=sent)
    assert answer.location == f"/resolutions/{stage.resolution}/items"
    first, third = new_items(session, stage)
    assert (first.stem, first.clause_id, first.level, first.explanation) == (
        "Ai là trung tâm?",
        stage.clauses[1],
        Level.UNDERSTANDING,
        "Mục I.2 nêu rõ.",
    )
    assert (third.stem, third.clause_id, third.kind) == (
        "Chọn những ngày làm việc?",
        None,
        "multiple",
    )
    assert pending(session) == []


def test_the_clause_of_those_without_one_is_chosen_for_all(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = paste(alice, stage, TEXT).location
    sent = marks(alice.get(url).text) | {"clause": [str(stage.clauses[0])]}
    alice.post(url, data=sent)
    assert [item.clause_id for item in new_items(session, stage)] == [
        stage.clauses[1],  # named by the source
        stage.clauses[0],
    ]


def test_marking_the_missing_key_mends_the_question_and_takes_it_along(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = paste(alice, stage, TEXT).location
    alice.post(url, data=marks(alice.get(url).text) | {"key-1": ["1"], "clause": ["0"]})
    keys = {
        item.stem: [option.text for option in item.options if option.correct]
        for item in new_items(session, stage)
    }
    assert keys == {
        "Ai là trung tâm?": ["Người dân"],
        "Câu này quên đáp án?": ["Hai"],
        "Chọn những ngày làm việc?": ["Thứ hai", "Thứ ba"],
    }


def test_a_key_that_was_read_can_be_put_right(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = paste(alice, stage, TEXT).location
    alice.post(url, data={"take": ["0"], "key-0": ["1"], "clause": ["0"]})
    (item,) = new_items(session, stage)
    assert [option.correct for option in item.options] == [False, True]


def test_two_keys_that_contradict_leave_no_option_marked(alice: FlaskClient, stage: Stage) -> None:
    text = "Câu 1: Mấy?\n*A. Một\nB. Hai\nĐáp án: B\n"
    page = alice.get(paste(alice, stage, text).location).text
    assert marks(page) == {}
    assert "Hai chỗ ghi đáp án khác nhau" in page


def test_a_ticked_question_that_is_not_fit_stops_all_and_every_mark_stays(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = paste(alice, stage, TEXT).location
    sent = {"take": ["0", "1"], "key-0": ["1"], "clause": ["0"]}
    answer = alice.post(url, data=sent)
    assert "Chưa đưa câu nào vào ngân hàng" in answer.text
    assert '<a href="#candidate-1">Câu 2</a>' in answer.text
    assert marks(answer.text) == {"take": ["0", "1"], "key-0": ["1"]}
    assert new_items(session, stage) == []


def test_nothing_ticked_says_so(alice: FlaskClient, session: Session, stage: Stage) -> None:
    url = paste(alice, stage, TEXT).location
    assert "Đồng chí chưa chọn câu nào." in alice.post(url, data={"clause": "0"}).text
    assert len(pending(session)) == 1


def test_a_second_tap_on_the_button_takes_over_once(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = paste(alice, stage, TEXT).location
    sent = marks(alice.get(url).text) | {"clause": ["0"]}
    assert [alice.post(url, data=sent).status_code for _ in range(2)] == [302, 404]
    assert len(new_items(session, stage)) == 2


def test_a_forged_mark_touches_nothing(alice: FlaskClient, session: Session, stage: Stage) -> None:
    url = paste(alice, stage, TEXT).location
    forged = {"take": ["0", "99", "-1", "²", "x"], "key-0": ["0", "99", "²"], "clause": ["0"]}
    alice.post(url, data=forged)
    assert [item.stem for item in new_items(session, stage)] == ["Ai là trung tâm?"]
    url = paste(alice, stage, TEXT).location
    assert (
        alice.post(url, data={"take": ["0"], "key-0": ["0"], "clause": ["777"]}).status_code == 200
    )
    assert len(new_items(session, stage)) == 1


def test_the_text_is_mended_in_place_and_read_again(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = paste(alice, stage, TEXT).location
    assert html.escape(TEXT.strip().split("\n")[7]) in alice.get(url).text
    mended = TEXT.replace("B. Hai\n", "B. Hai\nĐáp án: B\n")
    assert alice.post(f"{url}/text", data={"text": mended}).location == url
    assert marks(alice.get(url).text)["take"] == ["0", "1", "2"]
    assert pending(session) == [mended.strip()]


def test_an_import_can_be_thrown_away(alice: FlaskClient, session: Session, stage: Stage) -> None:
    url = paste(alice, stage, TEXT).location
    assert alice.post(f"{url}/discard").location == f"/resolutions/{stage.resolution}/items"
    assert pending(session) == []


def test_what_was_not_understood_is_told_with_its_line(alice: FlaskClient, stage: Stage) -> None:
    text = TEXT.replace("Câu 3", "Câu 7")
    page = alice.get(paste(alice, stage, text).location).text
    assert "Dòng 11: Số thứ tự không liền nhau: 2–7." in page


# ------------------------------------------------------------------ secrets


@pytest.mark.parametrize("stamp", ["MẬT", "TUYỆT MẬT", "Tài liệu lưu hành nội bộ"])
def test_a_secrecy_stamp_stops_the_import_and_nothing_is_kept_but_in_the_box(
    alice: FlaskClient, session: Session, stage: Stage, stamp: str
) -> None:
    answer = paste(alice, stage, f"{stamp}\n{TEXT}")
    assert "Dừng lại: văn bản có dấu độ mật" in answer.text
    assert f"Dòng 1: “{stamp}”" in answer.text
    assert "Câu này quên đáp án?" in answer.text
    assert pending(session) == []


def test_a_stamp_put_in_while_mending_stops_it_too(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = paste(alice, stage, TEXT).location
    answer = alice.post(f"{url}/text", data={"text": f"{TEXT}\nTỐI MẬT"})
    assert "Dừng lại: văn bản có dấu độ mật" in answer.text
    assert "TỐI MẬT</textarea>" in answer.text
    assert pending(session) == [TEXT.strip()]


def test_a_stamp_in_a_workbook_stops_it(alice: FlaskClient, session: Session, stage: Stage) -> None:
    rows = [["MẬT"], ["Câu hỏi", "A", "B", "Đáp án"], ["Mấy?", "Một", "Hai", "A"]]
    answer = upload(alice, stage, workbook(*rows), "cau-hoi.xlsx")
    assert "Dòng 1: “MẬT”" in answer.text
    assert pending(session) == []


# ------------------------------------------------------------------ files


def stems_of_preview(browser: FlaskClient, answer: TestResponse) -> list[str]:
    page = browser.get(answer.location).text
    return [html.unescape(text) for text in re.findall(r"<legend>(.*?)</legend>", page)]


ROWS: list[list[object]] = [
    ["TT", "Câu hỏi", "A", "B", "Đáp án", "Mức độ"],
    [1, "Ai là trung tâm?", "Người dân", "Máy móc", "A", "thông hiểu"],
    [2, "Năm 2030 đạt mấy % GDP?", 1, 2, 2, ""],
]


def test_a_workbook_is_read(alice: FlaskClient, session: Session, stage: Stage) -> None:
    answer = upload(alice, stage, workbook(*ROWS), "cau-hoi.xlsx")
    assert stems_of_preview(alice, answer) == ["Ai là trung tâm?", "Năm 2030 đạt mấy % GDP?"]
    alice.post(answer.location, data=marks(alice.get(answer.location).text) | {"clause": "0"})
    first, second = new_items(session, stage)
    assert [option.text for option in second.options] == ["1", "2"]  # no "2.0" from Excel
    assert first.level == Level.UNDERSTANDING


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (TEXT.encode(), "cau.txt"),
        (TEXT.encode("utf-8-sig"), "cau.txt"),
        (TEXT.encode("utf-16"), "cau.txt"),
        (TEXT.replace("\n", "\r\n").encode(), "CAU.TXT"),
    ],
)
def test_a_text_file_is_read_in_any_unicode(
    alice: FlaskClient, stage: Stage, content: bytes, name: str
) -> None:
    assert stems_of_preview(alice, upload(alice, stage, content, name)) == [
        "Ai là trung tâm?",
        "Câu này quên đáp án?",
        "Chọn những ngày làm việc?",
    ]


@pytest.mark.parametrize("name", ["cau.gift", "cau.txt"])
def test_gift_is_read_from_a_file_of_either_name(
    alice: FlaskClient, stage: Stage, name: str
) -> None:
    found = stems_of_preview(alice, upload(alice, stage, GIFT.encode(), name))
    assert found == ["Ai là trung tâm?", "Trời xanh."]


def test_gift_and_a_table_are_recognised_when_pasted(alice: FlaskClient, stage: Stage) -> None:
    assert stems_of_preview(alice, paste(alice, stage, GIFT)) == ["Ai là trung tâm?", "Trời xanh."]
    table = "\n".join("\t".join(map(str, row)) for row in ROWS)
    assert stems_of_preview(alice, paste(alice, stage, table)) == [
        "Ai là trung tâm?",
        "Năm 2030 đạt mấy % GDP?",
    ]


def test_a_csv_file_is_read(alice: FlaskClient, stage: Stage) -> None:
    content = "\r\n".join(";".join(map(str, row)) for row in ROWS).encode("utf-8-sig")
    found = stems_of_preview(alice, upload(alice, stage, content, "cau.csv"))
    assert found == ["Ai là trung tâm?", "Năm 2030 đạt mấy % GDP?"]


def test_tcvn3_is_turned_into_unicode_and_told(alice: FlaskClient, stage: Stage) -> None:
    old = {new: letter for letter, new in TCVN3.items()}
    content = "".join(old.get(letter, letter) for letter in TEXT.lower()).encode("latin-1")
    answer = upload(alice, stage, content, "cu.txt")
    assert "ai là trung tâm?" in stems_of_preview(alice, answer)
    assert "TCVN3" in alice.get(answer.location).text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "cau.txt", "Tệp không có gì bên trong."),
        (b"PK\x03\x04 broken", "cau.xlsx", "Tệp bị hỏng hoặc không đúng loại"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "cau.xls", "Excel đời cũ"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "cau.doc", "Đây là tệp Word."),
        (b"%PDF-1.7 ...", "cau.pdf", "Đây là tệp PDF."),
        (b"\x89PNG\r\n\x1a\n\0\0", "anh.png", "Tệp này không phải văn bản."),
        ("Đơn vị".encode("cp1258", "ignore") + b"\xcc\xf2 \xd0", "x.txt", "không phải Unicode"),
    ],
)
def test_a_file_that_is_no_list_of_questions_gets_a_clear_word(
    alice: FlaskClient, session: Session, stage: Stage, content: bytes, name: str, said: str
) -> None:
    answer = upload(alice, stage, content, name)
    assert answer.status_code == 200
    assert said in answer.text
    assert pending(session) == []


def test_neither_text_nor_file_gets_a_clear_word(alice: FlaskClient, stage: Stage) -> None:
    assert "Đồng chí dán văn bản hoặc chọn tệp trước đã." in paste(alice, stage, " \n ").text
    assert alice.post(f"/resolutions/{stage.resolution}/import").status_code == 200


def test_a_text_without_a_question_opens_the_box_to_mend_it(
    alice: FlaskClient, stage: Stage
) -> None:
    page = alice.get(paste(alice, stage, "Kính gửi các đồng chí").location).text
    assert "Chưa đọc được câu nào" in page
    assert "<details open>" in page
    assert "Không hiểu: “Kính gửi các đồng chí”." in page


def test_a_table_without_a_header_says_which_columns_it_wants(
    alice: FlaskClient, stage: Stage
) -> None:
    answer = upload(alice, stage, workbook(["x", "y"], ["1", "2"]), "la.xlsx")
    page = alice.get(answer.location).text
    assert "Không nhận ra cột nào là câu hỏi" in page
    assert "Sửa văn bản đã dán" not in page


# ------------------------------------------------------------------ whatever is pasted

PIECES = st.sampled_from(
    [
        *[
            "Câu 1: ",
            "Câu 2. ",
            "3) ",
            "A. ",
            "B) ",
            "*C. ",
            "d/ ",
            "Đáp án: ",
            "Đúng",
            "Sai",
            "A, B",
        ],
        *[
            "Giải thích: ",
            "Mục: Mục I.1",
            "Mức độ: vận dụng",
            "BẢNG ĐÁP ÁN",
            "1-A 2-B",
            "@",
            "\n",
            "\n",
        ],
        *[
            "{",
            "}",
            "=",
            "~",
            "#",
            "::",
            "\t",
            "<b>",
            "%(x)s",
            "%",
            "Tất cả đều đúng",
            "e\u0302\u0301",
        ],
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), min_size=1, max_size=40).map("".join)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS)
def test_whatever_is_pasted_gives_a_page_with_all_candidates_shown(
    alice: FlaskClient, stage: Stage, text: str
) -> None:
    answer = paste(alice, stage, text)
    if answer.status_code != 302:  # blank, or stamped
        assert answer.status_code == 200
        return
    answer = alice.get(answer.location)
    assert answer.status_code == 200
    shown = re.findall(r'id="candidate-(\d+)"', answer.text)
    assert len(shown) == len(read(clean(text)).candidates)
    sent = marks(answer.text) | {"take": shown, "clause": ["0"]}
    assert alice.post(answer.request.path, data=sent).status_code in {200, 302}
