"""GIFT as Moodle and people write it."""

from quizzes.exchange import (
    Aside,
    AsideKind,
    Candidate,
    Code,
    Problem,
    Reading,
    read_gift,
    write_gift,
)
from quizzes.item import Item, ItemKind, Level, Option


def only(text: str) -> Candidate:
    reading = read_gift(text)
    assert len(reading.candidates) == 1
    return reading.candidates[0]


def shown(one: Candidate) -> tuple[str, list[str]]:
    return one.stem, [("*" if option.correct else "") + option.text for option in one.options]


def test_one_right_option() -> None:
    one = only("::Sông::Sông nào chảy qua Huế? {=Sông Hương ~Sông Hàn ~Sông Mã}")
    assert shown(one) == ("Sông nào chảy qua Huế?", ["*Sông Hương", "Sông Hàn", "Sông Mã"])
    assert (one.kind, one.ready) == (ItemKind.SINGLE, True)


def test_a_question_over_several_lines_and_its_comments() -> None:
    reading = read_gift(
        "// Bộ câu hỏi địa lý\n$CATEGORY: dia-ly\n\n// ghi chú\n::S::Sông\nnào?\n{\n"
        "~Hàn\n\n=Hương\n####Vì ở Huế\n}\n"
    )
    one = reading.candidates[0]
    assert (shown(one), one.explanation) == (("Sông nào?", ["Hàn", "*Hương"]), "Vì ở Huế")
    assert (one.first_line, one.last_line) == (4, 12)
    assert reading.asides == (
        Aside(AsideKind.COMMENT, 1, "// Bộ câu hỏi địa lý"),
        Aside(AsideKind.HEADING, 2, "$CATEGORY: dia-ly"),
        Aside(AsideKind.COMMENT, 4, "// ghi chú"),
    )


def test_several_right_options_by_their_weights() -> None:
    one = only("Số chẵn? {~%50%Hai ~%-100%Ba ~%50%Bốn}")
    assert (one.kind, shown(one)[1]) == (ItemKind.MULTIPLE, ["*Hai", "Ba", "*Bốn"])
    alone = only("Số chẵn? {~%100%Hai ~Ba}")
    assert (alone.kind, shown(alone)[1]) == (ItemKind.MULTIPLE, ["*Hai", "Ba"])


def test_true_and_false() -> None:
    for answer, right in (("T", 0), ("TRUE", 0), ("F", 1), ("FALSE", 1), (" T ", 0)):
        one = only(f"Nước là chất lỏng. {{{answer}}}")
        assert (one.kind, one.to_item("x").key) == (ItemKind.TRUE_FALSE, {right})
        assert [option.text for option in one.options] == ["Đúng", "Sai"]


def test_remarks_on_a_verdict() -> None:
    one = only("Nước là chất lỏng. {T#Xem lại#Ở nhiệt độ phòng}")
    assert one.explanation == "Ở nhiệt độ phòng"
    assert one.problems == (Problem(Code.FEEDBACK_DROPPED, 1, "Xem lại"),)


def test_a_blank_within_the_sentence() -> None:
    assert shown(only("Sông {=Hương ~Hàn} chảy qua Huế.")) == (
        "Sông _____ chảy qua Huế.",
        ["*Hương", "Hàn"],
    )


def test_escapes_are_undone() -> None:
    one = only(r"::a\:\:b::Tập \{1, 2\} \= gì\: \# \~ \\ ?\nDòng hai {=\=a ~\~b ~c\\}")
    assert shown(one) == ("Tập {1, 2} = gì: # ~ \\ ?\nDòng hai", ["*=a", "~b", "c\\"])


def test_a_remark_on_the_right_option_explains_and_the_others_are_told() -> None:
    one = only("Hỏi? {=Có#Vì có ~Chưa#Sai rồi ~%50%Gần#}")
    assert (shown(one)[1], one.explanation) == (["*Có", "Chưa", "Gần"], "Vì có")
    assert one.problems == (
        Problem(Code.FEEDBACK_DROPPED, 1, "Sai rồi"),
        Problem(Code.FEEDBACK_DROPPED, 1, "50%"),
    )


def test_two_answers_that_are_each_right_alone_leave_no_key() -> None:
    one = only("Hỏi? {=Có =Vâng ~Chưa}")
    assert [option.correct for option in one.options] == [False] * 3
    assert one.problems == (Problem(Code.TWO_KEYS, 1, "Có; Vâng"),)


def test_kinds_we_do_not_have_are_named() -> None:
    for text, kind in (
        ("Nêu cảm nghĩ. {}", "essay"),
        ("Năm nào? {#1945:1}", "numerical"),
        ("Nối. {=Huế->Hương =Đà Nẵng->Hàn}", "matching"),
        ("Sông nào? {=Hương =sông Hương}", "short_answer"),
        ("A {=a ~b} và B {=c ~d}", "several_blanks"),
        ("Sông nào? {=Hương ~Hàn", "open_brace"),
    ):
        one = only(text)
        assert one.problems == (Problem(Code.UNSUPPORTED, 1, kind),)
        assert not one.ready


def test_a_text_without_answers_is_not_understood() -> None:
    assert read_gift("Hãy đọc kỹ.\nRồi trả lời.") == Reading(
        "gift",
        (),
        (
            Problem(Code.NOT_UNDERSTOOD, 1, "Hãy đọc kỹ."),
            Problem(Code.NOT_UNDERSTOOD, 2, "Rồi trả lời."),
        ),
    )


def test_questions_without_a_blank_line_between() -> None:
    reading = read_gift("::1::Một? {T}\n::2::Hai? {F}\n// ba\nBa? {T}")
    assert [one.stem for one in reading.candidates] == ["Một?", "Hai?", "Ba?"]


def test_a_blank_line_ends_a_question_whose_braces_are_closed() -> None:
    reading = read_gift("Một? {T}\n\n=Hai? {F}\n\nBa\n\n~Bốn? {T}")
    assert [one.stem for one in reading.candidates] == ["Một?", "=Hai?", "~Bốn?"]
    assert reading.problems == (Problem(Code.NOT_UNDERSTOOD, 5, "Ba"),)


def test_a_title_stands_in_for_a_missing_stem() -> None:
    assert only("::Sông nào?::{=Hương ~Hàn}").stem == "Sông nào?"


def test_html_is_made_plain_and_what_is_lost_is_told() -> None:
    one = only("[html]<p>Sông&nbsp;<b>nào</b>?</p>{=<p>Hương</p> ~Hàn &amp; Mã}")
    assert shown(one) == ("Sông nào?", ["*Hương", "Hàn & Mã"])
    assert one.problems == (Problem(Code.MARKUP_DROPPED, 1, "b"),)
    lists = only("[html]Một<br>hai<ul><li>ba</li><li>bốn</li></ul>{T}")
    assert (lists.stem, lists.problems) == ("Một\nhai\nba\nbốn", ())


def test_a_picture_can_not_be_left_out() -> None:
    one = only('[html]<p>Cờ nào?<img src\\="a.png"></p>{=Đỏ ~Xanh}')
    assert one.problems == (Problem(Code.UNSUPPORTED, 1, "img"),)


def test_signs_that_are_no_html_stay() -> None:
    assert shown(only("[plain]Nếu a <b> c? {=<p> ~[moodle]x < y}")) == (
        "Nếu a <b> c?",
        ["*<p>", "x < y"],
    )
    assert only("Nếu a < b và b > c? {T}").stem == "Nếu a < b và b > c?"


def test_an_option_that_names_others_is_pinned_unless_the_file_says_which_are() -> None:
    text = "Số? {=Một ~Hai ~Tất cả đều đúng}"
    assert [option.pinned for option in only(text).options] == [False, False, True]
    said = only(f"// Giữ chỗ: A\n{text}")
    assert ([option.pinned for option in said.options], said.problems) == (
        [True, False, False],
        (),
    )


def test_level_clause_and_kind_in_the_comments() -> None:
    one = only("// Mức độ: vận dụng\n// Mục: II.1\n// Loại: chọn nhiều\nHỏi? {=Có ~Chưa}")
    assert (one.level, one.clause, one.kind) == (Level.APPLICATION, "II.1", ItemKind.MULTIPLE)
    assert only("// Mức độ: dễ ợt\nHỏi? {T}").problems == (Problem(Code.LEVEL_UNKNOWN, 2, "dễ ợt"),)


def test_stamps_lost_letters_and_repeats_are_told_here_too() -> None:
    reading = read_gift("// MẬT\n\nB?n nào? {T}\n\nMột? {T}\n\nMột? {F}")
    assert reading.problems == (Problem(Code.SECRET_MARK, 1, "MẬT"),)
    assert [[problem.code for problem in one.problems] for one in reading.candidates] == [
        [Code.LETTERS_LOST],
        [],
        [Code.REPEATED_STEM],
    ]


def test_what_is_written_is_what_other_readers_know() -> None:
    items = [
        Item(
            id="a",
            kind=ItemKind.SINGLE,
            stem="Sông nào: {a}?",
            options=(Option("Hương", correct=True), Option("%5% Hàn"), Option("[x]", pinned=True)),
            clause="c1",
            explanation="Ở Huế",
        ),
        Item(
            id="b",
            kind=ItemKind.MULTIPLE,
            stem="Số chẵn?",
            options=(Option("2", correct=True), Option("3"), Option("4", correct=True)),
            level=Level.UNDERSTANDING,
        ),
        Item(
            id="c",
            kind=ItemKind.TRUE_FALSE,
            stem="Đúng chứ?",
            options=(Option("Đúng"), Option("Sai", correct=True)),
        ),
    ]
    assert write_gift(items) == (
        "// Loại: chọn một\n// Mức độ: nhận biết\n// Giữ chỗ: C\n// Mục: c1\n"
        "::Câu 1::[plain]Sông nào\\: \\{a\\}? {\n\t= Hương\n\t~%0% %5% Hàn\n\t~ [plain][x]\n"
        "\t#### Ở Huế\n}\n\n"
        "// Loại: chọn nhiều\n// Mức độ: thông hiểu\n// Giữ chỗ: không\n"
        "::Câu 2::[plain]Số chẵn? {\n\t~%50% 2\n\t~%-100% 3\n\t~%50% 4\n}\n\n"
        "// Loại: đúng sai\n// Mức độ: nhận biết\n// Giữ chỗ: không\n"
        "::Câu 3::[plain]Đúng chứ? {\n\tF\n}\n"
    )
