"""Tables as they are sent round, in Vietnamese and in English."""

from datetime import date, datetime, time

import pytest

from quizzes.exchange import (
    Aside,
    AsideKind,
    Candidate,
    Code,
    Problem,
    Reading,
    detect,
    read,
    read_rows,
    rows_of_csv,
)
from quizzes.exchange.table import cell_text
from quizzes.item import ItemKind, Level

HEADER = ["STT", "Câu hỏi", "A", "B", "C", "Đáp án"]


def only(rows: list[list[object]]) -> Candidate:
    reading = read_rows(rows)
    assert len(reading.candidates) == 1
    return reading.candidates[0]


def row(*cells: object) -> Candidate:
    return only([list(HEADER), list(cells)])


def shown(one: Candidate) -> tuple[str, list[str]]:
    return one.stem, [("*" if option.correct else "") + option.text for option in one.options]


def test_a_row_is_a_question() -> None:
    one = row(1.0, "Sông nào?", "Hương", "Hàn", "Mã", "A")
    assert shown(one) == ("Sông nào?", ["*Hương", "Hàn", "Mã"])
    assert (one.kind, one.first_line, one.last_line, one.ready) == (ItemKind.SINGLE, 2, 2, True)


def test_numbers_come_as_floats_and_are_read_as_written() -> None:
    assert shown(row(1.0, "Hai nhân ba?", 5.0, 6.0, 6.5, 2.0)) == (
        "Hai nhân ba?",
        ["5", "*6", "6,5"],
    )


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("B", ["B"]),
        ("b.", ["B"]),
        (2.0, ["B"]),
        ("2", ["B"]),
        ("Hàn", ["B"]),
        ("B. Hàn", ["B"]),
        ("A, C", ["A", "C"]),
        ("A;C", ["A", "C"]),
        ("1, 3", ["A", "C"]),
    ],
)
def test_a_key_in_a_cell(key: object, right: list[str]) -> None:
    one = row("", "Sông nào?", "Hương", "Hàn", "Mã", key)
    found = ["ABC"[at] for at, option in enumerate(one.options) if option.correct]
    assert (found, one.kind) == (right, ItemKind.MULTIPLE if len(right) > 1 else ItemKind.SINGLE)


@pytest.mark.parametrize(
    "header",
    [
        ["STT", "Nội dung câu hỏi", "Phương án A", "Phương án B", "Đáp án đúng"],
        ["TT", "CÂU HỎI", "Đáp án A", "Đáp án B", "Đáp án"],
        ["Số TT", "Nội dung", "Lựa chọn 1", "Lựa chọn 2", "Câu trả lời đúng"],
        ["id", "content", "optionA", "optionB", "correctAnswer"],
        ["No", "Question", "Option 1", "Option 2", "Key"],
        ["#", "question_text", "answer_a", "answer_b", "correct_answer"],
        ["STT", "Câu  hỏi:", "a", "b", "Đáp\nán"],
    ],
)
def test_headers(header: list[object]) -> None:
    reading = read_rows([header, ["1", "Sông nào?", "Hương", "Hàn", "B"]])
    assert [shown(one) for one in reading.candidates] == [("Sông nào?", ["Hương", "*Hàn"])]
    assert reading.problems == ()


def test_the_other_columns() -> None:
    one = only(
        [
            ["Câu hỏi", "A", "B", "Đáp án", "Giải thích", "Mức độ", "Mục", "Loại"],
            ["Hỏi?", "Có", "Chưa", "A", "Vì có", "Thông hiểu", "II.1", "Chọn nhiều"],
        ]
    )
    assert (one.explanation, one.level, one.clause, one.kind) == (
        "Vì có",
        Level.UNDERSTANDING,
        "II.1",
        ItemKind.MULTIPLE,
    )


def test_a_column_that_only_says_content_is_the_clause_beside_a_question() -> None:
    rows: list[list[object]] = [
        ["Nội dung", "Câu hỏi", "A", "B", "Đáp án"],
        ["I.2", "Hỏi?", 1, 2, "A"],
    ]
    assert (only(rows).stem, only(rows).clause) == ("Hỏi?", "I.2")


def test_a_column_nobody_knows_is_told_once() -> None:
    reading = read_rows([[*HEADER, "Người soạn"], ["1", "Hỏi?", "Có", "Chưa", "", "A", "An"]])
    assert reading.problems == (Problem(Code.COLUMN_UNKNOWN, 1, "Người soạn"),)


def test_a_title_above_the_header_and_a_section_between_the_rows() -> None:
    reading = read_rows(
        [
            ["BỘ CÂU HỎI", None],
            [],
            ["Người lập biểu ký tên"],
            list(HEADER),
            ["PHẦN I. ĐỊA LÝ"],
            [1, "Hỏi?", "Có", "Chưa", None, "A"],
            list(HEADER),
            [2, "Nữa?", "Có", "Chưa", None, "B"],
        ]
    )
    assert [one.stem for one in reading.candidates] == ["Hỏi?", "Nữa?"]
    assert reading.problems == (Problem(Code.NOT_UNDERSTOOD, 3, "Người lập biểu ký tên"),)
    assert [(aside.kind, aside.line) for aside in reading.asides] == [
        (AsideKind.HEADING, 1),
        (AsideKind.HEADING, 4),
        (AsideKind.HEADING, 5),
        (AsideKind.HEADING, 7),
    ]


def test_all_options_in_one_cell() -> None:
    for cell in ("A. Có\nB. Chưa", "Có\nChưa", "a) Có  b) Chưa", "Có\n\nChưa\n"):
        one = only([["Câu hỏi", "Các phương án", "Đáp án"], ["Hỏi?", cell, "B"]])
        assert (cell, shown(one)) == (cell, ("Hỏi?", ["Có", "*Chưa"]))


def test_a_star_marks_the_right_option() -> None:
    in_cells = row(1, "Hỏi?", "Có", "*Chưa", "", "")
    assert shown(in_cells)[1] == ["Có", "*Chưa"]
    one_cell = only([["Câu hỏi", "Phương án", "Đáp án"], ["Hỏi?", "A. Có\n*B. Chưa", ""]])
    assert shown(one_cell)[1] == ["Có", "*Chưa"]


def test_an_option_a_row_with_a_tick_at_the_right_ones() -> None:
    for tick in ("x", "X", 1.0, True, "✓", "TRUE"):
        reading = read_rows(
            [
                ["Câu hỏi", "Phương án", "Đúng"],
                ["Hỏi?", "Có", None],
                ["", "Chưa", tick],
                ["", "Sẽ", False],
                ["Nữa?", "Có", tick],
                ["", "Chưa", ""],
            ]
        )
        assert [shown(one) for one in reading.candidates] == [
            ("Hỏi?", ["Có", "*Chưa", "Sẽ"]),
            ("Nữa?", ["*Có", "Chưa"]),
        ]
        assert [(one.first_line, one.last_line) for one in reading.candidates] == [(2, 4), (5, 6)]
        assert reading.problems == ()


def test_answers_to_choose_from_beside_a_tick() -> None:
    reading = read_rows([["Câu hỏi", "Đáp án", "Đúng"], ["Hỏi?", "Có", "x"], ["", "Chưa", ""]])
    assert [shown(one) for one in reading.candidates] == [("Hỏi?", ["*Có", "Chưa"])]


def test_a_tick_in_the_column_true_or_false() -> None:
    reading = read_rows(
        [["Nội dung", "Đ", "S"], ["Nước lỏng.", "x", ""], ["Đá mềm.", "", "X"], ["Gì?", "x", "x"]]
    )
    assert [one.kind for one in reading.candidates] == [ItemKind.TRUE_FALSE] * 3
    assert [shown(one)[1] for one in reading.candidates] == [
        ["*Đúng", "Sai"],
        ["Đúng", "*Sai"],
        ["Đúng", "Sai"],
    ]
    assert reading.candidates[2].problems == (Problem(Code.TWO_KEYS, 4, "Đúng; Sai"),)


def test_a_statement_with_a_verdict_needs_no_options() -> None:
    for verdict, right in (("Đúng", 0), ("S", 1), (True, 0), (False, 1)):
        one = only([["Câu hỏi", "Đáp án"], ["NƯỚC LỎNG", verdict]])
        assert (one.kind, one.to_item("x").key) == (ItemKind.TRUE_FALSE, {right})


def test_letters_inside_the_options_are_taken_off_when_all_have_theirs() -> None:
    one = row(1, "Hỏi?", "A. Có", "B. Chưa", "C. Sẽ", "B. Chưa")
    assert shown(one)[1] == ["Có", "*Chưa", "Sẽ"]
    mixed = row(1, "Hỏi?", "A. Có", "Chưa", "Sẽ", "Chưa")
    assert shown(mixed)[1] == ["A. Có", "*Chưa", "Sẽ"]


def test_what_is_wrong_in_a_row_is_told_at_the_row() -> None:
    reading = read_rows(
        [
            list(HEADER),
            [1, "Không đáp án?", "Có", "Chưa", "", ""],
            [2, "Lạ?", "Có", "Chưa", "", "D"],
            [3, "Thiếu?", "Có", "", "", "A"],
            [4, "Trống giữa?", "Có", "", "Sẽ", "A"],
            [5, "Trùng?", "Có", "CÓ", "", "A"],
            [6, "", "Có", "Chưa", "", "A"],
            [7, "Trùng?", "Có", "Chưa", "", "A"],
            [8, "", "Có", "Chưa", "", ""],
            [9, "", "", "", "", ""],
            [10, "PHẦN II. LỊCH SỬ", "", "", "", ""],
        ]
    )
    assert [one.problems for one in reading.candidates] == [
        (Problem(Code.NO_KEY, 2),),
        (Problem(Code.KEY_UNKNOWN, 3, "D"),),
        (Problem(Code.TOO_FEW_OPTIONS, 4),),
        (Problem(Code.EMPTY_OPTION, 5),),
        (Problem(Code.EQUAL_OPTIONS, 6),),
        (Problem(Code.NO_STEM, 7),),
        (Problem(Code.REPEATED_STEM, 8, "6"),),
        (Problem(Code.NO_KEY, 9), Problem(Code.NO_STEM, 9)),
    ]
    assert reading.problems == (Problem(Code.NOT_UNDERSTOOD, 10, "9"),)
    assert [aside.line for aside in reading.asides] == [1, 11]
    assert [one.first_line for one in reading.ready] == [8]


def test_a_kind_we_do_not_have() -> None:
    header: list[object] = ["Câu hỏi", "A", "B", "Đáp án", "Loại"]
    assert only([header, ["Nêu.", "", "", "", "Tự luận"]]).problems == (
        Problem(Code.NO_KEY, 2),
        Problem(Code.UNSUPPORTED, 2, "essay"),
    )
    assert only([header, ["Hỏi?", "1", "2", "A", "lạ lùng"]]).problems == (
        Problem(Code.NOT_UNDERSTOOD, 2, "lạ lùng"),
    )
    several = only([header, ["Hỏi?", "Có", "Chưa", "A, B", "Chọn một"]])
    assert several.problems == (Problem(Code.SEVERAL_KEYS, 2),)


def test_options_that_name_others_are_pinned_and_told() -> None:
    one = row(1, "Hỏi?", "Một", "Hai", "Cả A và B", "C")
    assert [option.pinned for option in one.options] == [False, False, True]
    assert one.problems == (Problem(Code.NAMES_OTHER_OPTIONS, 2, "Cả A và B"),)


def test_a_table_with_the_column_of_our_own_is_taken_word_for_word() -> None:
    one = only(
        [
            ["Câu hỏi", "A", "B", "Đáp án", "Giữ chỗ"],
            ["Hỏi?", "*Có", "Cả hai  đều sai", "B", "không"],
        ]
    )
    assert shown(one)[1] == ["*Có", "*Cả hai  đều sai"]
    assert ([option.pinned for option in one.options], one.problems) == ([False, False], ())


def test_a_key_written_otherwise_in_such_a_table_is_still_read() -> None:
    one = only(
        [["Câu hỏi", "A", "B", "Đáp án", "Giữ chỗ"], ["Hỏi?", "Có", "Chưa", "Chưa", "không"]]
    )
    assert shown(one)[1] == ["Có", "*Chưa"]


def test_a_table_without_a_header_is_not_guessed_at() -> None:
    rows = [["Hỏi?", "Có", "Chưa", "A"]]
    assert read_rows(rows) == Reading("table", (), (Problem(Code.NO_HEADER, 1),))
    assert read_rows([["Câu hỏi", "B", "C", "Đáp án"], *rows]).problems == (
        Problem(Code.NO_HEADER, 1),
    )


def test_an_empty_table_has_nothing_to_say() -> None:
    assert read_rows([]) == read_rows([[None, ""]]) == Reading("table", ())


def test_a_stamp_in_any_cell_is_told() -> None:
    reading = read_rows([["MẬT", None], list(HEADER), [1, "Hỏi?", "Có", "Chưa", "", "A"]])
    assert reading.problems == (Problem(Code.SECRET_MARK, 1, "MẬT"),)
    assert reading.asides[0] == Aside(AsideKind.HEADING, 1, "MẬT")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (2.0, "2"),
        (0.5, "0,5"),
        (1e21, "1e+21"),
        (7, "7"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(1930, 2, 3), "3/2/1930"),
        (datetime(1930, 2, 3), "3/2/1930"),  # noqa: DTZ001 - as a spreadsheet gives it
        (datetime(2026, 1, 2, 7, 30), "2/1/2026 07:30"),  # noqa: DTZ001
        (time(7, 30), "07:30:00"),
        (" x ", " x "),
    ],
)
def test_a_cell_is_read_as_it_was_seen(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_csv_with_any_delimiter_and_cells_of_several_lines() -> None:
    for text in ('a;"b;c"\r\nd;e\r\n', 'a,"b;c"\nd,e', 'a\t"b;c"\nd\te'):
        assert rows_of_csv(text) == [["a", "b;c"], ["d", "e"]]
    assert rows_of_csv('\ufeffx;"hai\ndòng"') == [["x", "hai\ndòng"]]
    assert rows_of_csv("") == []
    assert rows_of_csv('a;"mở' + "x" * 200_000) == [["a", "mở" + "x" * 200_000]]


def test_cells_pasted_from_a_spreadsheet_are_a_table() -> None:
    text = 'Câu hỏi\tA\tB\tĐáp án\nHỏi?\tCó\t"Chưa\nhẳn"\tB\n'
    assert detect(text) == "table"
    assert [shown(one) for one in read(text).candidates] == [("Hỏi?", ["Có", "*Chưa\nhẳn"])]


def test_what_a_text_is() -> None:
    assert detect("Câu 1: Hỏi?\nA. Có\nB. Chưa") == "text"
    assert detect("Tập {1; 2} và {} có mấy phần tử?\nA. {1}\nB. 2") == "text"
    assert detect("Hỏi? {=Có ~Chưa}") == detect("::a::b") == detect("Đúng chứ?{T}") == "gift"
    assert detect("Hỏi?\tA\tB") == detect("") == "text"
