"""Text from before Unicode. The codes are those of glibc's TCVN5712-1, run on these sentences."""

from quizzes.exchange import Code, Problem, Reading, read_gift, read_rows, read_text
from quizzes.exchange.legacy import TCVN3, encoding_of

OLD = (
    "C©u 1: Uû ban nh©n d©n x· häp mÊy lÇn?\nA. Mét lÇn, vµo cuèi n¨m\n"
    "B. §Þnh kú hµng th¸ng, ®­îc ghi biªn b¶n\n§¸p ¸n: B"
)
NEW = (
    "Câu 1: Uỷ ban nhân dân xã họp mấy lần?\nA. Một lần, vào cuối năm\n"
    "B. Định kỳ hàng tháng, được ghi biên bản\nĐáp án: B"
)


def test_tcvn3_is_turned_and_told() -> None:
    old = read_text(OLD)
    assert old.candidates == read_text(NEW).candidates
    assert old.problems == (Problem(Code.LEGACY_ENCODING, 1, "tcvn3"),)
    assert old.candidates[0].ready


def test_the_letter_that_looks_like_a_soft_hyphen_is_kept() -> None:
    assert "được ghi" in read_text(OLD).candidates[0].options[1].text


def test_vni_is_refused_whole() -> None:
    text = "Caâu 1: Uûy ban nhaân daân xaõ hoïp maáy laàn?\nA. Moät laàn\nB. Ñònh kyø haøng thaùng"
    assert read_text(text) == Reading("text", (), (Problem(Code.LEGACY_ENCODING, 1, "vni"),))


def test_one_old_line_among_new_ones_is_turned_and_told() -> None:
    old_line = OLD.split("\n")[2]
    long = NEW + "\n" + "\n".join(NEW.replace("Câu 1", f"Câu {n}") for n in range(2, 9))
    mixed = long.replace(NEW.split("\n")[2], old_line, 1)
    reading = read_text(mixed)
    assert reading.candidates == read_text(long).candidates
    assert reading.problems == (Problem(Code.LEGACY_ENCODING, 3, "tcvn3"),)


def test_unicode_text_is_never_taken_for_old() -> None:
    for text in (
        NEW,
        "Café, naïve, «Öl», ½ giờ, 20 °C, 5 m², ±3, §4 của điều lệ ® © · mục a · mục b",
        "A. 5 · B. 6 · C. 7 · D. 8",
        "Plain English, nothing else.",
        "Öffnungszeiten für Bürger: täglich außer sonntags von acht bis zwölf Uhr",
    ):
        assert encoding_of(text) is None


def test_old_text_in_a_table_and_in_gift() -> None:
    table = [
        ["C©u hái", "A", "B", "§¸p ¸n"],
        ["X· häp mÊy lÇn mçi n¨m?", "Mét lÇn", "Hai lÇn", "B"],
    ]
    reading = read_rows(table)
    assert [one.stem for one in reading.ready] == ["Xã họp mấy lần mỗi năm?"]
    assert reading.problems == (Problem(Code.LEGACY_ENCODING, 1, "tcvn3"),)
    gift = read_gift("X· häp mÊy lÇn mçi n¨m? {=Mét lÇn ~Hai lÇn}")
    assert [one.stem for one in gift.ready] == ["Xã họp mấy lần mỗi năm?"]


def test_the_table_has_every_letter_once() -> None:
    assert len(TCVN3) == len(set(TCVN3.values())) == 74
    small = "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
    assert set(TCVN3.values()) == set(small + "ĂÂĐÊÔƠƯ")
