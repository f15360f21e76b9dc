"""The bank: writing a question, seeing it as the phone shows it, finding it, taking it out."""

import io
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.exchange import read_gift, read_rows
from quizzes.item import ItemKind, Level, Option
from survey.papers import bank, queries
from survey.papers.assembly import chosen_items, fault_of
from survey.papers.models import BankItem, BankOption
from survey.papers.queries import BankFilter
from tests.survey.papers.stage import GOOD, KEYLESS, SEVERAL, Stage, fresh

FORM = {
    "kind": "single",
    "stem": "Kinh tế số chiếm bao nhiêu GDP?",
    "option": ["20 %", "30 %", "", "40 %"],
    "right": ["1"],
    "pinned": ["3"],
    "level": "application",
    "clause": "0",
    "explanation": "Mục II.",
}


def last_item(session: Session) -> BankItem:
    return fresh(session).scalars(select(BankItem).order_by(BankItem.id.desc()).limit(1)).one()


def options(item: BankItem) -> list[tuple[str, bool, bool]]:
    return [(o.text, o.correct, o.pinned) for o in item.options]


def stems(session: Session, stage: Stage, wanted: BankFilter) -> list[str]:
    return [row.item.stem for row in queries.bank(session, stage.resolution, wanted)]


# ------------------------------------------------------------------ writing


def test_a_question_is_written_and_rows_left_blank_are_no_options(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    sent = FORM | {"clause": str(stage.clauses[1])}
    answer = alice.post(f"/resolutions/{stage.resolution}/items/new", data=sent)
    item = last_item(session)
    assert answer.location == f"/items/{item.id}"
    assert options(item) == [
        ("20 %", False, False),
        ("30 %", True, False),
        ("40 %", False, True),
    ]
    assert (item.kind, item.level, item.clause_id, item.explanation) == (
        "single",
        "application",
        stage.clauses[1],
        "Mục II.",
    )
    assert fault_of(item) is None


def test_true_and_false_need_not_be_typed(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    sent = FORM | {"kind": "true_false", "option": ["", "", "", ""], "right": ["1"]}
    alice.post(f"/resolutions/{stage.resolution}/items/new", data=sent)
    assert options(last_item(session)) == [("Đúng", False, False), ("Sai", True, False)]


FAULTY = [
    ({"stem": ""}, "Chưa có nội dung câu hỏi."),
    ({"option": ["Một"], "right": ["0"]}, "Cần ít nhất hai phương án."),
    (
        {"kind": "true_false", "option": ["Một", "Hai", "Ba"]},
        "Câu đúng/sai cần đúng hai phương án.",
    ),
    ({"option": ["", "Hai", "Ba"], "right": ["0"]}, "Phương án này còn trống."),
    ({"option": ["Hai", "hai"], "right": ["0"]}, "Phương án này trùng với một phương án ở trên."),
    ({"right": []}, "Chưa đánh dấu phương án đúng."),
    ({"right": ["0", "1"]}, "Câu chọn một chỉ có một phương án đúng."),
]


@pytest.mark.parametrize(("change", "said"), FAULTY, ids=[said for _, said in FAULTY])
def test_a_question_that_cannot_be_asked_yet_is_kept_as_a_draft_and_the_editor_says_why(
    alice: FlaskClient, session: Session, stage: Stage, change: dict[str, object], said: str
) -> None:
    url = alice.post(f"/resolutions/{stage.resolution}/items/new", data=FORM | change).location
    page = alice.get(url).text
    assert said in page.split("</form>")[1]  # beside the field, and not only flashed
    assert "Đã lưu bản nháp." in page
    item = last_item(session)
    assert [option.text for option in item.options] == [
        text
        for place, text in enumerate({**FORM, **change}["option"])
        if text or str(place) in {**FORM, **change}["right"]
    ]
    assert item.explanation == "Mục II."


def test_an_editor_says_nothing_of_a_question_that_is_fit(alice: FlaskClient, stage: Stage) -> None:
    assert 'class="wrong"' not in alice.get(f"/items/{stage.items[0]}").text


def test_an_empty_editor_saves_nothing(alice: FlaskClient, session: Session, stage: Stage) -> None:
    before = last_item(session).id
    sent = {"kind": "single", "level": "recall", "clause": "0", "option": ["", " "]}
    page = alice.post(f"/resolutions/{stage.resolution}/items/new", data=sent).text
    assert "Chưa có gì để lưu." in page
    assert last_item(session).id == before


@pytest.mark.parametrize(
    "forged",
    [
        {"kind": "essay"},
        {"level": ""},
        {"clause": "999"},
        {"clause": "x"},
        {"stem": "x" * 2001},
        {"option": ["x" * 1001, "hai"]},
    ],
)
def test_a_form_that_was_forged_or_too_long_comes_back_as_typed(
    alice: FlaskClient, session: Session, stage: Stage, forged: dict[str, object]
) -> None:
    before = last_item(session).id
    answer = alice.post(f"/resolutions/{stage.resolution}/items/new", data=FORM | forged)
    assert answer.status_code == 200
    assert "Mục II." in answer.text
    assert last_item(session).id == before


def test_no_field_at_all_is_a_page_and_no_traceback(alice: FlaskClient, stage: Stage) -> None:
    assert alice.post(f"/resolutions/{stage.resolution}/items/new").status_code == 200
    assert alice.post(f"/items/{stage.items[0]}").status_code == 200


def test_an_amended_question_has_the_new_options_only(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    alice.post(f"/items/{stage.items[0]}", data=FORM | {"option": ["Sáu", "Bảy"]})
    item = fresh(session).get_one(BankItem, stage.items[0])
    assert options(item) == [("Sáu", False, False), ("Bảy", True, False)]
    assert session.scalars(select(BankOption).where(BankOption.item_id == item.id)).all() == (
        item.options
    )


def test_more_rows_are_asked_for_without_losing_what_is_typed(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    sent = FORM | {"option": ["1", "2", "3", "4"], "then": "rows"}
    url = alice.post(f"/resolutions/{stage.resolution}/items/new", data=sent).location
    page = alice.get(url).text
    assert re.findall(r'<textarea name="option"[^>]*>(.*?)</textarea>', page) == [
        *["1", "2", "3", "4"],
        *["", ""],
    ]


@pytest.mark.parametrize(
    ("then", "where"),
    [("preview", "/items/{id}/preview"), ("another", "/resolutions/{of}/items/new?kind=single")],
)
def test_after_saving_the_next_step_is_a_button(
    alice: FlaskClient, session: Session, stage: Stage, then: str, where: str
) -> None:
    url = f"/resolutions/{stage.resolution}/items/new"
    answer = alice.post(url, data=FORM | {"then": then})
    assert answer.location == where.format(id=last_item(session).id, of=stage.resolution)


def test_a_text_is_composed_on_entering(alice: FlaskClient, session: Session, stage: Stage) -> None:
    decomposed = "Tie\u0302\u0301ng Vie\u0323\u0302t"
    sent = FORM | {"stem": decomposed, "option": [decomposed, "khác"], "right": ["0"]}
    alice.post(f"/resolutions/{stage.resolution}/items/new", data=sent)
    item = last_item(session)
    assert (item.stem, item.options[0].text) == ("Tiếng Việt", "Tiếng Việt")


def test_a_deleted_question_leaves_bank_and_drafts(
    alice: FlaskClient, session: Session, stage: Stage, draft: int
) -> None:
    assert "khỏi 1 đề đang soạn" in alice.get(f"/items/{stage.items[0]}").text
    alice.post(f"/items/{stage.items[0]}/delete")
    assert [row.id for row in chosen_items(fresh(session), draft)] == [stage.items[1]]
    assert [row.item.id for row in queries.bank(session, stage.resolution)] == [stage.items[1]]


# ------------------------------------------------------------------ as on the phone


def test_the_preview_is_real_inputs_in_a_group_with_a_legend(
    alice: FlaskClient, stage: Stage
) -> None:
    page = alice.get(f"/items/{stage.items[0]}/preview").text
    assert '<link rel="stylesheet" href="/static/css/phone.css">' in page
    assert re.findall(r"<legend>.*?</legend>", page, re.DOTALL) == [
        '<legend><span class="place">Câu 1/1</span> Ai là trung tâm của chuyển đổi số?</legend>'
    ]
    assert re.findall(r'<label class="option">(.*?)</label>', page) == [
        '<input type="radio" name="q0" value="0"> <span>Người dân</span>',
        '<input type="radio" name="q0" value="1"> <span>Máy tính</span>',
        '<input type="radio" name="q0" value="2"> <span>Cả hai</span>',
    ]


def test_the_preview_of_a_multiple_question_says_that_several_may_be_chosen(
    alice: FlaskClient, stage: Stage
) -> None:
    page = alice.get(f"/items/{stage.items[1]}/preview").text
    assert "Đồng chí có thể chọn nhiều phương án." in page
    assert page.count('type="checkbox"') == 2
    assert 'aria-describedby="q0-hint"' in page


def test_a_preview_shows_neither_key_nor_explanation(alice: FlaskClient, stage: Stage) -> None:
    page = alice.get(f"/items/{stage.items[0]}/preview").text
    assert "Mục I.2 nêu rõ." not in page
    assert "checked" not in page


def test_markup_in_a_question_is_text(alice: FlaskClient, session: Session, stage: Stage) -> None:
    sent = FORM | {"stem": "<script>x</script>\ndòng hai", "option": ["<b>a</b>", "b"]}
    alice.post(f"/resolutions/{stage.resolution}/items/new", data=sent)
    page = alice.get(f"/items/{last_item(session).id}/preview").text
    assert "&lt;script&gt;x&lt;/script&gt;<br>dòng hai" in page
    assert "<b>a</b>" not in page


# ------------------------------------------------------------------ finding


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (BankFilter(), [0, 1, 2]),
        (BankFilter(text="TRUNG TAM chuyen"), [0]),
        (BankFilter(text="truc tuyen"), [1]),  # in an option
        (BankFilter(text="mục i.2 nêu"), [0]),  # in an explanation
        (BankFilter(kind=ItemKind.MULTIPLE), [1]),
        (BankFilter(level=Level.UNDERSTANDING), [0]),
        (BankFilter(level=Level.RECALL, kind=ItemKind.SINGLE), [2]),
        (BankFilter(clause=0), [0, 1]),
    ],
)
def test_a_bank_is_filtered(
    session: Session, stage: Stage, wanted: BankFilter, found: list[int]
) -> None:
    tied = replace(KEYLESS, clause_id=stage.clauses[0])
    bank.draft_item(session, stage.resolution, tied)
    written = [GOOD.stem, SEVERAL.stem, KEYLESS.stem]
    assert stems(session, stage, wanted) == [written[place] for place in found]
    assert stems(session, stage, BankFilter(clause=stage.clauses[0])) == [KEYLESS.stem]


def test_a_filter_that_makes_no_sense_shows_everything(alice: FlaskClient, stage: Stage) -> None:
    page = alice.get(f"/resolutions/{stage.resolution}/items?kind=x&level=y&clause=z&page=-3").text
    assert GOOD.stem in page
    assert SEVERAL.stem in page


def test_a_long_bank_is_leafed_through(alice: FlaskClient, session: Session, stage: Stage) -> None:
    for number in range(50):
        bank.draft_item(session, stage.resolution, replace(GOOD, stem=f"Câu thứ {number}?"))
    page = alice.get(f"/resolutions/{stage.resolution}/items?page=2").text
    assert "Trang 2 trên 2" in page
    assert re.findall(r"Câu thứ \d+\?", page) == ["Câu thứ 48?", "Câu thứ 49?"]


def test_an_empty_bank_says_how_to_begin(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    for item_id in stage.items:
        bank.delete_item(session, item_id)
    page = alice.get(f"/resolutions/{stage.resolution}/items").text
    assert "Chưa có câu hỏi nào" in page
    assert f'class="button primary" href="/resolutions/{stage.resolution}/import"' in page


# ------------------------------------------------------------------ out of the bank


def test_the_gift_file_holds_every_fit_question_and_reads_back(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    bank.draft_item(session, stage.resolution, KEYLESS)
    answer = alice.get(f"/resolutions/{stage.resolution}/items.gift")
    read = read_gift(answer.text).candidates
    assert [(one.stem, one.options) for one in read] == [
        (GOOD.stem, GOOD.options),
        (SEVERAL.stem, SEVERAL.options),
    ]
    assert answer.headers["Content-Disposition"] == "attachment; filename=cau-hoi-57-nq-tw.gift"


def test_the_workbook_reads_back_with_clauses_by_label_and_nothing_is_a_formula(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    formula = replace(GOOD, stem="=1+1 bằng mấy?", clause_id=stage.clauses[1])
    bank.draft_item(session, stage.resolution, formula)
    answer = alice.get(f"/resolutions/{stage.resolution}/items.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    read = read_rows(rows).candidates
    assert [(one.stem, one.options, one.level, one.clause, one.explanation) for one in read] == [
        (GOOD.stem, GOOD.options, Level.UNDERSTANDING, "", GOOD.explanation),
        (SEVERAL.stem, SEVERAL.options, Level.RECALL, "", ""),
        ("=1+1 bằng mấy?", GOOD.options, Level.UNDERSTANDING, "Mục I.2", GOOD.explanation),
    ]


def test_a_draft_may_hold_the_same_option_objects_again(session: Session, stage: Stage) -> None:
    """Options have places, not identities: amending twice in one session stays whole."""
    for text in ("Một", "Hai", "Ba"):
        amended = replace(GOOD, options=(Option(text, correct=True), Option("Khác")))
        bank.amend_item(session, stage.items[0], amended)
    assert options(fresh(session).get_one(BankItem, stage.items[0])) == [
        ("Ba", True, False),
        ("Khác", False, False),
    ]
