"""The layouts in which question documents are found, each in a few lines of our own."""

import unicodedata

from quizzes.exchange import Aside, AsideKind, Candidate, Code, Problem, Reading, read_text
from quizzes.item import ItemKind, Level


def shown(candidate: Candidate) -> tuple[str, list[str]]:
    """The stem and the options, the right ones with a star."""
    return candidate.stem, [
        ("*" if option.correct else "") + option.text for option in candidate.options
    ]


def codes(reading: Reading) -> list[list[str]]:
    return [[problem.code.value for problem in one.problems] for one in reading.candidates]


def only(text: str) -> Candidate:
    reading = read_text(text)
    assert len(reading.candidates) == 1
    return reading.candidates[0]


def test_a_question_with_its_options_a_line_each_and_its_key() -> None:
    one = only("Câu 1: Sông nào chảy qua Huế?\nA. Sông Hương\nB. Sông Hàn\nĐáp án: A")
    assert shown(one) == ("Sông nào chảy qua Huế?", ["*Sông Hương", "Sông Hàn"])
    assert (one.kind, one.first_line, one.last_line, one.ready) == (ItemKind.SINGLE, 1, 4, True)


def test_a_wrapped_stem_and_a_wrapped_option_are_one_line_each() -> None:
    one = only(
        "Câu 1: Hồ nào là hồ nước ngọt\nlớn nhất Tây Nguyên?\n"
        "A. Hồ Lắk, ở huyện\nLắk\nB. Biển Hồ\nĐáp án: A"
    )
    assert shown(one) == (
        "Hồ nào là hồ nước ngọt lớn nhất Tây Nguyên?",
        ["*Hồ Lắk, ở huyện Lắk", "Biển Hồ"],
    )


def test_letters_in_every_style_even_mixed_and_without_a_space() -> None:
    one = only("Câu 6:Núi cao nhất?\na/ Bà Đen\nb/- Langbiang\nc.Fansipan\nd) Ngọc Linh\nĐáp án: c")
    assert shown(one) == ("Núi cao nhất?", ["Bà Đen", "Langbiang", "*Fansipan", "Ngọc Linh"])


def test_a_page_number_between_two_options_is_set_aside() -> None:
    reading = read_text("Câu 1: Hai nhân ba?\nA. 5\n12\nB. 6\nĐáp án: B")
    assert shown(reading.candidates[0]) == ("Hai nhân ba?", ["5", "*6"])
    assert reading.asides == (Aside(AsideKind.PAGE_NUMBER, 3, "12"),)


def test_a_number_below_an_empty_letter_is_its_text() -> None:
    one = only("Câu 1: Hai nhân ba?\nA.\n5\nB.\n6\nĐáp án: B")
    assert shown(one) == ("Hai nhân ba?", ["5", "*6"])


def test_a_bracket_left_open_closes_nothing() -> None:
    one = only("Câu 1: Cầu Thê Húc ở đâu (nay\nA. Hà Nội (quận cũ\nB. Huế\nĐáp án: A")
    assert shown(one) == ("Cầu Thê Húc ở đâu (nay", ["*Hà Nội (quận cũ", "Huế"])


def test_questions_that_have_only_a_number() -> None:
    reading = read_text(
        "1. Một giờ có mấy phút?\nA. 60\nB. 100\nĐáp án: A\n"
        "2) Một ngày có mấy giờ?\nA. 12\nB. 24\nĐáp án: B\n"
        "3.1: Một năm có mấy tháng?\nA. 12 @\nB. 10\n"
    )
    assert [shown(one) for one in reading.candidates] == [
        ("Một giờ có mấy phút?", ["*60", "100"]),
        ("Một ngày có mấy giờ?", ["12", "*24"]),
        ("Một năm có mấy tháng?", ["*12", "10"]),
    ]


def test_a_numbered_list_in_a_stem_begins_no_question() -> None:
    reading = read_text(
        "1. Cho các số:\n1. hai\n2. ba\nSố nào chẵn?\nA. 1\nB. 2\nĐáp án: A\n"
        "2. Số nào lẻ?\nA. 3\nB. 4\nĐáp án: A"
    )
    assert [one.stem for one in reading.candidates] == [
        "Cho các số:\n1. hai\n2. ba\nSố nào chẵn?",
        "Số nào lẻ?",
    ]


def test_a_numbered_list_in_an_explanation_begins_no_question() -> None:
    reading = read_text(
        "1. Số nào chẵn?\nA. 1\nB. 2\nĐáp án: B\nGiải thích:\n1. Chia hết\n2. Cho hai\n"
        "2. Số nào lẻ?\nA. 3\nB. 4\nĐáp án: A"
    )
    assert [(one.stem, one.explanation) for one in reading.candidates] == [
        ("Số nào chẵn?", "1. Chia hết\n2. Cho hai"),
        ("Số nào lẻ?", ""),
    ]


def test_statements_that_have_only_a_number_and_a_verdict() -> None:
    reading = read_text("1. Nước lỏng.\nĐáp án: Đúng\n2. Đá mềm.\nĐáp án: Sai\n3. Hết rồi. (Đ)")
    assert [one.to_item("x").key for one in reading.candidates] == [{0}, {1}, {0}]


def test_a_number_that_does_not_count_on_is_a_question_if_options_follow() -> None:
    reading = read_text(
        "Câu 1: Sông?\nA. Hồng\nB. Hương\nĐáp án: A\n2. Núi?\nA. Bà Nà\nB. Bà Đen\nĐáp án: A\n"
        "Câu 3: Hồ?\nA. Lắk\nB. Tây\nĐáp án: A"
    )
    assert [one.stem for one in reading.candidates] == ["Sông?", "Núi?", "Hồ?"]
    assert reading.problems == ()


def test_a_number_without_options_behind_it_is_no_question_among_named_ones() -> None:
    reading = read_text(
        "Câu 1: Nước lỏng.\nĐáp án: Đúng\n2. Núi?\nA. Bà Nà\nB. Bà Đen\nĐáp án: A\n3. Ghi chú thêm"
    )
    assert [(one.stem, one.explanation) for one in reading.candidates] == [
        ("Nước lỏng.", ""),
        ("Núi?", "3. Ghi chú thêm"),
    ]


def test_everything_on_one_line() -> None:
    reading = read_text(
        "Câu 1: Thủ đô? A. Huế B. Hà Nội C. Vinh Đáp án: B Câu 2: Cố đô? A. Huế @ B. Vinh"
    )
    assert [shown(one) for one in reading.candidates] == [
        ("Thủ đô?", ["Huế", "*Hà Nội", "Vinh"]),
        ("Cố đô?", ["*Huế", "Vinh"]),
    ]


def test_four_options_on_one_line_or_two_on_each() -> None:
    reading = read_text(
        "Câu 1. Khí nào nhẹ nhất?\nA. Clo.     B. Hiđro.     C. Nitơ.     D. Oxi.\nĐáp án: B\n"
        "Câu 2. Ba trừ bảy?\nA: 4 B: - 4\nC: 10\tD: - 10\nĐáp án: B"
    )
    assert [shown(one) for one in reading.candidates] == [
        ("Khí nào nhẹ nhất?", ["Clo.", "*Hiđro.", "Nitơ.", "Oxi."]),
        ("Ba trừ bảy?", ["4", "*- 4", "10", "- 10"]),
    ]


def test_points_named_in_a_stem_are_no_options() -> None:
    one = only(
        "Câu 1: Theo điểm a) và b) của nội quy, thư viện mở khi nào?\n"
        "A. Buổi sáng\nB. Theo điểm c) thì cả ngày\nC. Buổi tối\nĐáp án: A"
    )
    assert shown(one) == (
        "Theo điểm a) và b) của nội quy, thư viện mở khi nào?",
        ["*Buổi sáng", "Theo điểm c) thì cả ngày", "Buổi tối"],
    )


def test_a_run_of_small_letters_in_the_stem_gives_way_to_capitals() -> None:
    one = only("Câu 1: Theo các mục a) b) c) ở trên thì sao?\nA. Có\nB. Chưa\nĐáp án: A")
    assert shown(one) == ("Theo các mục a) b) c) ở trên thì sao?", ["*Có", "Chưa"])


def test_a_letter_behind_the_key_is_no_option_any_more() -> None:
    one = only("Câu 1: Hỏi?\nA. Có\nB. Chưa\nĐáp án: A\nC. Ghi thêm")
    assert (shown(one)[1], one.explanation) == (["*Có", "Chưa"], "C. Ghi thêm")
    assert one.problems == (Problem(Code.GUESSED_EXPLANATION, 5, "C. Ghi thêm"),)


def test_a_lettered_list_in_the_stem_is_not_taken_for_the_options() -> None:
    one = only(
        "Câu 1: Cho các việc sau:\na) quét lớp\nb) trồng cây\nViệc nào làm ngoài sân?\n"
        "A. Việc a\nB. Việc b\nĐáp án: B"
    )
    assert shown(one) == (
        "Cho các việc sau:\na) quét lớp\nb) trồng cây\nViệc nào làm ngoài sân?",
        ["Việc a", "*Việc b"],
    )


def test_a_citation_behind_the_options_is_the_explanation() -> None:
    one = only(
        "Câu 11: Thẻ thư viện cấp cho người từ mấy tuổi?\na) 6 tuổi\nb) 9 tuổi\n"
        "c) 12 tuổi\nd) 15 tuổi (tính theo năm)\nQuy định của thư viện:\n"
        "a) Tại thời điểm cấp thẻ\nb) Có giấy giới thiệu\nĐáp án: a"
    )
    assert shown(one)[1] == ["*6 tuổi", "9 tuổi", "12 tuổi", "15 tuổi (tính theo năm)"]
    assert one.explanation == (
        "Quy định của thư viện:\na) Tại thời điểm cấp thẻ\nb) Có giấy giới thiệu"
    )
    assert one.ready


def test_a_list_right_behind_the_options_is_told_and_not_made_into_options() -> None:
    one = only("Câu 1: Ai đúng?\na) An\nb) Bình\nc) Chi\na) Tại buổi họp\nĐáp án: b")
    assert shown(one)[1] == ["An", "*Bình", "Chi"]
    assert one.problems == (Problem(Code.LETTER_OUT_OF_ORDER, 5, "a) Tại buổi họp"),)
    assert one.explanation == "a) Tại buổi họp"


def test_a_list_in_another_style_behind_the_options_is_no_part_of_the_last() -> None:
    one = only("Câu 1: Ai đúng?\nA. An\nB. Bình\na) Tại buổi họp\nb) Có mặt\nĐáp án: B")
    assert (shown(one)[1], one.explanation) == (["An", "*Bình"], "a) Tại buổi họp\nb) Có mặt")
    assert one.problems == (Problem(Code.GUESSED_EXPLANATION, 4, "a) Tại buổi họp"),)


def test_an_option_that_goes_on_with_a_citation_stays_whole() -> None:
    one = only("Câu 1: Chọn gì?\nA. Một\nB. Làm theo\nĐiều lệ hội\nĐáp án: B")
    assert shown(one)[1] == ["Một", "*Làm theo Điều lệ hội"]


def test_a_letter_skipped_or_repeated_is_told() -> None:
    skipped = only("Câu 1: Màu?\nA. Đỏ\nB. Xanh\nD. Vàng\nĐáp án: D")
    assert shown(skipped)[1] == ["Đỏ", "Xanh", "*Vàng"]
    assert skipped.problems == (Problem(Code.LETTER_OUT_OF_ORDER, 4, "D. Vàng"),)
    repeated = only("Câu 1: Màu?\nA. Đỏ\nB. Xanh\nB. Vàng\nC. Tím\nĐáp án: B")
    assert shown(repeated)[1] == ["Đỏ", "Xanh", "Vàng", "Tím"]
    assert repeated.problems == (
        Problem(Code.LETTER_OUT_OF_ORDER, 4, "B. Vàng"),
        Problem(Code.KEY_UNKNOWN, 6, "B"),
    )


def test_a_letter_lost_with_its_ring_is_told_and_no_key_is_guessed() -> None:
    one = only("Câu 1: Mấy mùa?\nA. Ba\n. Bốn\nC. Năm")
    assert shown(one)[1] == ["Ba", "Bốn", "Năm"]
    assert one.problems == (
        Problem(Code.MARK_LOST, 3, ". Bốn"),
        Problem(Code.NO_KEY, 4),
    )
    first = only("Câu 1: Mấy mùa?\n. Bốn\nB. Năm")
    assert shown(first)[1] == ["Bốn", "Năm"]
    assert first.problems[0] == Problem(Code.MARK_LOST, 2, ". Bốn")


def test_signs_before_and_after_the_right_option() -> None:
    for right in (
        "*B. Hai",
        "B. Hai @",
        "○B. Hai",
        "✓ B. Hai",
        "B. Hai (đúng)",
        "B. Hai ✅",
        "**B. Hai**",
    ):
        assert shown(only(f"Câu 1: Một cộng một?\nA. Một\n{right}\nC. Ba"))[1] == [
            "Một",
            "*Hai",
            "Ba",
        ]


def test_a_sign_at_every_option_is_a_bullet() -> None:
    one = only("Câu 1: Một cộng một?\n* A. Một\n* B. Hai\nĐáp án: B")
    assert shown(one)[1] == ["Một", "*Hai"]
    assert one.ready


def test_two_signs_make_a_question_of_several_right_options() -> None:
    one = only("Câu 1: Số chẵn?\n*A. Hai\nB. Ba\n*C. Bốn")
    assert (one.kind, shown(one)[1]) == (ItemKind.MULTIPLE, ["*Hai", "Ba", "*Bốn"])


def test_several_letters_as_the_key() -> None:
    for key in ("A, C", "A và C", "A;C", "AC", "a, c", "A & C."):
        one = only(f"Câu 1: Số chẵn?\nA. Hai\nB. Ba\nC. Bốn\nĐáp án: {key}")
        assert (one.kind, shown(one)[1]) == (ItemKind.MULTIPLE, ["*Hai", "Ba", "*Bốn"])


def test_the_key_in_every_wording() -> None:
    for key in (
        "Đáp án: B",
        "ĐÁP ÁN: B.",
        "Đáp án đúng là: B",
        "Đáp án B",
        "=> Chọn B",
        "Chọn đáp án B.",
        "Đ/A: B",
        "Đáp án: (B)",
        "Đáp án: câu B",
        "(Đáp án: B)",
        "Đáp án:\nB",
        "Đáp án\nB",
        "B",
        "👉 Đáp án: B",
        "Trả lời: Hai",
        "Đáp án: hai.",
        "Đáp án: B. Hai",
        "**Đáp án:** B",
        "Answer: B",
    ):
        one = only(f"Câu 1: Một cộng một?\nA. Một\nB. Hai\n{key}")
        assert (key, shown(one), one.problems) == (
            key,
            ("Một cộng một?", ["Một", "*Hai"]),
            (),
        )


def test_what_follows_the_letter_of_the_key_explains() -> None:
    one = only("Câu 1: Một cộng một?\nA. Một\nB. Hai\nĐáp án: B. Vì đếm thêm một.")
    assert (shown(one)[1], one.explanation) == (["Một", "*Hai"], "Vì đếm thêm một.")


def test_explanation_level_and_clause() -> None:
    one = only(
        "Câu 1: Lúa nước trồng ở đâu?\nA. Ruộng\nB. Rẫy\nĐáp án: A\nGiải thích: Cần giữ nước\n"
        "quanh năm.\nMức độ: Thông hiểu\nMục: Phần II, mục 3"
    )
    assert (one.explanation, one.level, one.clause) == (
        "Cần giữ nước\nquanh năm.",
        Level.UNDERSTANDING,
        "Phần II, mục 3",
    )
    assert one.to_item("x").level is Level.UNDERSTANDING


def test_other_words_for_explanation_level_and_clause() -> None:
    one = only(
        "Câu 1 (VD): Hỏi?\nA. Có\nB. Chưa\nĐáp án: A\nCăn cứ: Điều 2 nội quy\nLời giải\nRõ ràng."
    )
    assert (one.stem, one.explanation, one.level, one.clause) == (
        "Hỏi?",
        "Rõ ràng.",
        Level.APPLICATION,
        "Điều 2 nội quy",
    )
    assert only("Câu 1: Hỏi?\nA. Có\nB. Chưa\nĐáp án: A").level is None


def test_a_level_nobody_knows_is_told() -> None:
    one = only("Câu 1: Hỏi?\nA. Có\nB. Chưa\nĐáp án: A\nMức độ: siêu khó")
    assert one.problems == (Problem(Code.LEVEL_UNKNOWN, 5, "siêu khó"),)
    assert (one.ready, one.level) == (True, None)


def test_a_key_or_a_clause_in_brackets() -> None:
    one = only("Câu 1 (Đáp án: B): Hỏi gì?\nA. Có\nB. Chưa\n(Căn cứ: Điều 2)")
    assert (shown(one), one.clause) == (("Hỏi gì?", ["Có", "*Chưa"]), "Điều 2")


def test_a_stem_announced_by_a_label_is_a_stem() -> None:
    assert only("Câu 1\nNội dung: Hỏi gì?\nA. Có\nB. Chưa\nĐáp án: A").stem == "Hỏi gì?"


def test_true_or_false_with_a_verdict_and_a_citation() -> None:
    one = only("Câu 1: Trái Đất quay quanh Mặt Trăng. Đúng hay Sai? Trả lời : SAI Điểm 3 (3.4.d)")
    assert (one.kind, shown(one)) == (
        ItemKind.TRUE_FALSE,
        ("Trái Đất quay quanh Mặt Trăng. Đúng hay Sai?", ["Đúng", "*Sai"]),
    )
    assert one.explanation == "Điểm 3 (3.4.d)"


def test_true_or_false_in_its_other_forms() -> None:
    for text, right in (
        ("Câu 1: Nước là chất lỏng.\nĐáp án: Đúng", 0),
        ("Câu 1: Nước là chất lỏng.\nĐáp án: Đ", 0),
        ("Câu 1: Nước là chất lỏng. (S)", 1),
        ("Câu 1: Nước là chất lỏng.\nA. Đúng\nB. Sai\nĐáp án: B", 1),
        ("Câu 1: Nước là chất lỏng.\nA. Đúng\nB. Sai\nĐáp án: Sai", 1),
    ):
        one = only(text)
        assert (one.kind, one.stem) == (ItemKind.TRUE_FALSE, "Nước là chất lỏng.")
        assert one.to_item("x").key == frozenset({right})


QUESTIONS = (
    "Câu 1: Một cộng một?\nA. Một\nB. Hai\nCâu 2: Hai cộng hai?\nA. Ba\nB. Bốn\nC. Cả hai đều sai\n"
)


def test_an_answer_table_in_every_shape() -> None:
    for table in (
        "BẢNG ĐÁP ÁN\n1-B 2-A",
        "BẢNG ĐÁP ÁN\n1.B 2.A",
        "Đáp án\n1b 2a",
        "ĐÁP ÁN:\n1. B\n2. A",
        "ĐÁP ÁN\nCâu 1: B\nCâu 2: A",
        "HẾT\n1B; 2A",
        "--- HẾT ---\nĐÁP ÁN\n1) B, 2) A",
        "STT | Câu hỏi | Đáp án đúng\n1 | Câu 1 | B\n2 | Câu 2 | A",
        "| Câu | Đáp án |\n|---|---|\n| 1 | B |\n| 2 | A |",
        "STT Câu hỏi Đáp án đúng\n1\nCâu 1\nB\n2\nCâu 2\nA",
        "STT\nCâu hỏi\nĐáp án đúng\n1\nCâu 1\nB\n2\nCâu 2\nA",
        "Đáp án: 1B, 2A",
        "PHẦN ĐÁP ÁN\n1. B\n2. A",
        "Đáp án\nCâu 1 2\nĐáp án B A",
        "Đáp án\nCâu\t1\t2\nĐáp án\tB\tA",
        "ĐÁP ÁN\nCâu hỏi 1\nHai\nCâu hỏi 2\nBa",
        "ĐÁP ÁN\nCâu 1: Hai\nCâu 2: Ba",
    ):
        reading = read_text(QUESTIONS + table)
        keys = [[option.correct for option in one.options] for one in reading.candidates]
        assert (table, keys) == (table, [[False, True], [True, False, False]])
        assert (table, reading.problems) == (table, ())


def test_a_table_without_a_heading_needs_three_answers() -> None:
    reading = read_text(QUESTIONS + "Câu 3: Ba?\nA. 3\nB. 4\n1-B 2-A 3-A")
    assert [one.to_item("x").key for one in reading.candidates] == [{1}, {0}, {0}]


def test_an_answer_for_no_question_is_told() -> None:
    reading = read_text(QUESTIONS + "ĐÁP ÁN\n1-B 2-A 7-C")
    assert reading.problems == (Problem(Code.KEY_WITHOUT_ITEM, 9, "7: C"),)


def test_each_part_has_its_own_answer_table() -> None:
    reading = read_text(
        "PHẦN I. SỐ HỌC\nCâu 1: Một cộng một?\nA. Một\nB. Hai\nĐÁP ÁN\n1-B\n"
        "PHẦN II. HÌNH HỌC\nCâu 1: Tam giác có mấy cạnh?\nA. Ba\nB. Bốn\nĐÁP ÁN\n1-A\n"
    )
    assert [shown(one)[1] for one in reading.candidates] == [["Một", "*Hai"], ["*Ba", "Bốn"]]
    assert reading.problems == ()
    on_one_line = read_text(
        "Câu 1: Một cộng một? A. Một B. Hai\nĐÁP ÁN\n1-B\n"
        "Câu 1: Tam giác có mấy cạnh? A. Ba B. Bốn\nĐÁP ÁN\n1-A\n"
    )
    assert [shown(one)[1] for one in on_one_line.candidates] == [["Một", "*Hai"], ["*Ba", "Bốn"]]


def test_an_empty_solution_is_no_answer_table() -> None:
    reading = read_text(
        "Câu 1: Một?\nA. 1\nB. 2\nĐáp án: A\nLời giải\n"
        "Câu 2: Nước lỏng. Đúng hay sai?\nTrả lời: Đúng"
    )
    assert [one.stem for one in reading.candidates] == ["Một?", "Nước lỏng. Đúng hay sai?"]


def test_a_part_with_solutions_explains() -> None:
    reading = read_text(
        QUESTIONS + "HẾT\nLỜI GIẢI\nCâu 1: Chọn B. Đếm trên tay.\nCâu 2: Chọn C\nVì bằng bốn\n"
        "và không sai.\n"
    )
    assert [(shown(one)[1], one.explanation) for one in reading.candidates] == [
        (["Một", "*Hai"], "Đếm trên tay."),
        (["Ba", "Bốn", "*Cả hai đều sai"], "Vì bằng bốn\nvà không sai."),
    ]
    apart = read_text(QUESTIONS + "LỜI GIẢI\nCâu 1\nB\nĐếm thêm một.\nCâu 2\nĐọc lại sách.")
    assert [(shown(one)[1], one.explanation) for one in apart.candidates] == [
        (["Một", "*Hai"], "Đếm thêm một."),
        (["Ba", "Bốn", "Cả hai đều sai"], "Đọc lại sách."),
    ]


def test_the_table_and_a_sign_that_disagree_leave_no_key() -> None:
    reading = read_text("Câu 1: Một cộng một?\n*A. Một\nB. Hai\nĐÁP ÁN\n1-B")
    assert codes(reading) == [["two_keys"]]
    assert [option.correct for option in reading.candidates[0].options] == [False, False]
    assert reading.ready == ()


def test_a_key_that_is_no_option_is_told_with_its_line() -> None:
    one = only("Câu 1: Một cộng một?\nA. Một\nB. Hai\nĐáp án: E")
    assert one.problems == (Problem(Code.KEY_UNKNOWN, 4, "E"),)
    twice = only("Câu 1: Một cộng một?\nA. Hai\nB. hai\nĐáp án: E")
    assert twice.problems == (
        Problem(Code.KEY_UNKNOWN, 4, "E"),
        Problem(Code.EQUAL_OPTIONS, 1),
    )


def test_a_question_without_key_options_or_stem_is_told() -> None:
    reading = read_text(
        "Câu 1: Hỏi?\nA. Có\nB. Chưa\nCâu 2: Hãy nêu cảm nghĩ.\nCâu 3:\nA. Có\nB. Chưa\nĐáp án: A\n"
        "Câu 4: Hỏi nữa?\nA. Có\nB. có\nĐáp án: A"
    )
    assert codes(reading) == [
        ["no_key"],
        ["no_key", "too_few_options"],
        ["no_stem"],
        ["equal_options"],
    ]


def test_options_that_name_others_keep_their_place_and_are_told() -> None:
    for text in ("Cả A, B, C đều đúng", "Tất cả các ý trên", "Cả 3 đáp án trên", "A, B và C"):
        one = only(f"Câu 1: Số nào?\nA. Một\nB. Hai\nC. Ba\nD. {text}\nĐáp án: D")
        assert (text, [option.pinned for option in one.options]) == (
            text,
            [False, False, False, True],
        )
        assert one.problems == (Problem(Code.NAMES_OTHER_OPTIONS, 1, text),)
        assert one.ready


def test_options_that_name_some_of_the_others_pin_them_all() -> None:
    for text in ("b và c đều đúng", "Cả A và C", "Cả hai ý trên", "Chỉ B đúng", "Cả ý A và C"):
        one = only(f"Câu 1: Số nào?\nA. Một\nB. Hai\nC. Ba\nD. {text}\nĐáp án: D")
        assert (text, [option.pinned for option in one.options]) == (text, [True] * 4)
    middle = only("Câu 1: Số?\nA. Một\nB. Hai\nC. Cả A và B\nD. Ba\nĐáp án: C")
    assert [option.pinned for option in middle.options] == [True] * 4


def test_letters_that_are_no_options_pin_nothing() -> None:
    one = only("Câu 1: Cà rốt có gì?\nA. Vitamin A và D\nB. Cả nước đều có\nĐáp án: A")
    assert ([option.pinned for option in one.options], one.problems) == ([False, False], ())


def test_an_editors_note_is_taken_out_and_told() -> None:
    one = only("Câu 1: Hỏi?\nA. Có (sửa lại 23/6/2024)\nB. Luật (sửa đổi năm 2024)\nĐáp án: A")
    assert shown(one)[1] == ["*Có", "Luật (sửa đổi năm 2024)"]
    assert one.problems == (Problem(Code.EDIT_NOTE, 2, "(sửa lại 23/6/2024)"),)


def test_headings_among_the_questions_belong_to_none() -> None:
    reading = read_text(
        "BỘ CÂU HỎI VỀ TRƯỜNG\nA- CÂU HỎI TRẮC NGHIỆM:\n"
        "Câu 1: Mấy lớp?\nA. Năm\nB. Sáu\nĐáp án: A\n"
        "* Lĩnh vực thể thao:\nCâu 2: Mấy sân?\nA. Một\nB. Hai\nPHẦN 2. KHÁC\nCâu 3: Mấy cây?\n"
        "a. Một\nb. Hai\nHẾT"
    )
    assert [(aside.kind.value, aside.line) for aside in reading.asides] == [
        ("heading", 1),
        ("heading", 2),
        ("heading", 7),
        ("heading", 11),
        ("heading", 15),
    ]
    assert [shown(one)[1] for one in reading.candidates] == [
        ["*Năm", "Sáu"],
        ["Một", "Hai"],
        ["Một", "Hai"],
    ]


def test_lines_that_are_nothing_are_named_with_their_numbers() -> None:
    reading = read_text("Xin chào các bạn.\n\nCâu 1: Hỏi?\nA. Có\nB. Chưa\nĐáp án: A")
    assert reading.problems == (Problem(Code.NOT_UNDERSTOOD, 1, "Xin chào các bạn."),)
    assert read_text("Chỉ là một đoạn văn.").problems == (
        Problem(Code.NOT_UNDERSTOOD, 1, "Chỉ là một đoạn văn."),
    )


def test_an_unannounced_paragraph_is_taken_for_the_explanation_and_told() -> None:
    one = only("Câu 1: Hỏi?\nA. Có\nB. Chưa\n\nXem thêm ở thư viện.\nĐáp án: A")
    assert (shown(one)[1], one.explanation) == (["*Có", "Chưa"], "Xem thêm ở thư viện.")
    assert one.problems == (Problem(Code.GUESSED_EXPLANATION, 5, "Xem thêm ở thư viện."),)


def test_numbers_that_jump_are_told_but_not_a_new_beginning() -> None:
    text = "\n".join(f"Câu {n}: Số {n}{n}?\nA. Có\nB. Chưa\nĐáp án: A" for n in (120, 121, 124, 1))
    assert read_text(text).problems == (Problem(Code.NUMBERING_GAP, 9, "121–124"),)


def test_a_stem_asked_before_is_told() -> None:
    reading = read_text("\n".join(f"Câu {n}: Mấy  giờ?\nA. Một\nB. Hai\nĐáp án: A" for n in (1, 2)))
    assert codes(reading) == [[], ["repeated_stem"]]
    assert reading.candidates[1].problems == (Problem(Code.REPEATED_STEM, 5, "1"),)
    assert len(reading.ready) == 2


def test_questions_without_any_number() -> None:
    text = (
        "Sông nào dài hơn?\nA. Hồng\nB. Hương\nĐáp án: A\n\nNúi nào cao hơn?\nA. Bà Nà\nB. Bà Đen"
    )
    for document in (text, text.replace("\n", "\n\n")):
        reading = read_text(document)
        assert [shown(one) for one in reading.candidates] == [
            ("Sông nào dài hơn?", ["*Hồng", "Hương"]),
            ("Núi nào cao hơn?", ["Bà Nà", "Bà Đen"]),
        ]


def test_a_question_that_lost_its_number_is_not_swallowed_by_the_one_above() -> None:
    reading = read_text(
        "Câu 1: Sông nào?\nA. Hồng\nB. Hương\nĐáp án: A\nNúi nào?\nA. Bà Nà\nB. Bà Đen\nĐáp án: B"
    )
    assert [shown(one) for one in reading.candidates] == [
        ("Sông nào?", ["*Hồng", "Hương"]),
        ("Núi nào?", ["Bà Nà", "*Bà Đen"]),
    ]


def test_other_words_for_a_question() -> None:
    for word in ("Câu", "CÂU", "Câu hỏi", "Câu số", "Question", "Bài", "**Câu"):
        reading = read_text(f"{word} 1: Có?\nA. Có\nB. Chưa\n{word} 2. Nữa?\nA. Có\nB. Chưa")
        assert [one.stem.strip("*") for one in reading.candidates] == ["Có?", "Nữa?"]


def test_a_secrecy_stamp_is_told_and_a_question_about_secrets_is_not() -> None:
    reading = read_text("MẬT\nTÀI LIỆU LƯU HÀNH NỘI BỘ\nCâu 1: Hỏi?\nA. Có\nB. Chưa\nĐáp án: A")
    assert reading.problems == (
        Problem(Code.SECRET_MARK, 1, "MẬT"),
        Problem(Code.SECRET_MARK, 2, "TÀI LIỆU LƯU HÀNH NỘI BỘ"),
    )
    title = "Bộ câu hỏi năm 2026 (lưu hành nội bộ)"
    assert read_text(title).problems == (Problem(Code.SECRET_MARK, 1, "(lưu hành nội bộ)"),)
    about = read_text("Câu 1: Có mấy độ mật?\nA. Mật\nB. Tối mật\nC. TUYỆT MẬT\nĐáp án: A")
    assert about.problems == ()


def test_a_stamp_within_a_question_is_told_too() -> None:
    reading = read_text("Câu 1: Hỏi?\nA. Có\nTỐI MẬT\nB. Chưa\nĐáp án: A")
    assert reading.problems == (Problem(Code.SECRET_MARK, 3, "TỐI MẬT"),)
    assert shown(reading.candidates[0])[1] == ["*Có", "Chưa"]
    table = read_text(QUESTIONS + "ĐÁP ÁN\n1-B 2-A\nMẬT")
    assert table.problems == (
        Problem(Code.NOT_UNDERSTOOD, 10, "MẬT"),
        Problem(Code.SECRET_MARK, 10, "MẬT"),
    )


def test_letters_lost_on_the_way_are_refused_rather_than_guessed() -> None:
    for stem in ("B?n ch?p hành?", "Ban ch\ufffdp hành?", "Câu hoi ̉ gì?"):
        reading = read_text(f"Câu 1: {stem}\nA. Có\nB. Chưa\nĐáp án: A")
        assert codes(reading) == [["letters_lost"]]
    fine = read_text("Câu 1: Xem https://vi.du/trang?so=5 nói gì?\nA. Có\nB. Chưa\nĐáp án: A")
    assert codes(fine) == [[]]


def test_decomposed_text_is_composed() -> None:
    text = "Câu 1: Đảng ủy xã Đăk Tô?\nA. Có\nB. Chưa\nĐáp án: A\nGiải thích: Ở Đăk Tô"
    assert read_text(unicodedata.normalize("NFD", text)) == read_text(text)


def test_windows_line_ends_and_invisible_characters_change_nothing() -> None:
    text = "Câu 1: Hỏi gì?\nA. Có\nB. Chưa\nĐáp án: A"
    odd = "\ufeff" + text.replace("\n", "\r\n").replace("Hỏi gì", "Hỏi\u00a0g\u200bì")
    assert read_text(odd) == read_text(text)


def test_lines_are_counted_as_the_writer_counts_them() -> None:
    reading = read_text("\r\n\r\nLời chào\r\nCâu 1: Dòng\vnày?\r\nA. Có\fhay\r\nB. Chưa\r\n")
    assert (reading.candidates[0].first_line, reading.candidates[0].last_line) == (4, 6)
    assert reading.problems == (Problem(Code.NOT_UNDERSTOOD, 3, "Lời chào"),)


def test_an_empty_text_has_nothing_to_say() -> None:
    assert read_text(" \n\t\n") == Reading("text", ())
