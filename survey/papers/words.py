"""The codes of the core in the words of the page."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from quizzes.exchange.report import Problem
from quizzes.item import ItemKind, Level
from survey.papers.assembly import Flaw

KINDS = {
    ItemKind.SINGLE: _l("Chọn một"),
    ItemKind.MULTIPLE: _l("Chọn nhiều"),
    ItemKind.TRUE_FALSE: _l("Đúng/Sai"),
}
LEVELS = {
    Level.RECALL: _l("Nhận biết"),
    Level.UNDERSTANDING: _l("Thông hiểu"),
    Level.APPLICATION: _l("Vận dụng"),
}

# What keeps a question from being asked: quizzes.item.ItemError, and the readings' own.
FAULTS = {
    "no_stem": _l("Chưa có nội dung câu hỏi."),
    "too_few_options": _l("Cần ít nhất hai phương án."),
    "too_many_options": _l("Có quá nhiều phương án, nhiều nhất là 36."),
    "not_two_options": _l("Câu đúng/sai cần đúng hai phương án."),
    "empty_option": _l("Phương án này còn trống."),
    "equal_options": _l("Phương án này trùng với một phương án ở trên."),
    "no_key": _l("Chưa đánh dấu phương án đúng."),
    "several_keys": _l(
        "Câu chọn một chỉ có một phương án đúng. Đồng chí bỏ bớt dấu, hoặc đổi sang “Chọn nhiều”."
    ),
    "key_unknown": _l("Đáp án ghi “%(text)s” không có trong các phương án."),
    "two_keys": _l("Hai chỗ ghi đáp án khác nhau: %(text)s."),
    "letters_lost": _l("Chữ bị mất dấu khi chép: “%(text)s”. Đồng chí chép lại từ bản gốc."),
    "unsupported": _l("Loại câu hỏi này chưa dùng được ở đây: %(text)s."),
}

# What a reading tells of a question that stands all the same.
REMARKS = {
    "mark_lost": _l("Một phương án mất chữ cái đầu dòng, đã lấy theo thứ tự: “%(text)s”."),
    "letter_out_of_order": _l("Chữ cái không theo thứ tự, không coi là phương án: “%(text)s”."),
    "names_other_options": _l("“%(text)s” nhắc đến phương án khác nên được giữ nguyên chỗ."),
    "edit_note": _l("Đã bỏ ghi chú sửa chữa: %(text)s."),
    "guessed_explanation": _l("Coi là lời giải thích: “%(text)s”."),
    "level_unknown": _l("Không rõ mức độ “%(text)s”, lấy là nhận biết."),
    "repeated_stem": _l("Trùng nội dung với câu ở dòng %(text)s."),
    "feedback_dropped": _l("Bỏ lời nhận xét của một phương án: “%(text)s”."),
    "markup_dropped": _l("Bỏ định dạng %(text)s."),
}

# What a reading tells of the whole text.
TROUBLES = {
    "not_understood": _l("Không hiểu: “%(text)s”."),
    "numbering_gap": _l("Số thứ tự không liền nhau: %(text)s."),
    "key_without_item": _l("Bảng đáp án nhắc đến câu không có: %(text)s."),
    "secret_mark": _l("Có dấu độ mật: “%(text)s”."),
    "no_header": _l("Không nhận ra cột nào là câu hỏi, cột nào là đáp án."),
    "column_unknown": _l("Không dùng đến cột “%(text)s”."),
}

OLD_LETTERS = {
    "tcvn3": _l("Chữ theo bảng mã TCVN3 (.VnTime) đã được đổi sang Unicode. Đồng chí soát lại."),
    "vni": _l("Chữ theo bảng mã VNI. Đồng chí đổi sang Unicode rồi dán lại."),
}

UNSUPPORTED = {
    "essay": _l("tự luận"),
    "short_answer": _l("trả lời ngắn"),
    "matching": _l("ghép đôi"),
    "numerical": _l("điền số"),
    "image": _l("có hình"),
}

# survey.sheetfile.SheetError, and what this room adds for texts.
FILES = {
    "empty_box": _l("Đồng chí dán văn bản hoặc chọn tệp trước đã."),
    "empty": _l("Tệp không có gì bên trong."),
    "too_big": _l("Tệp lớn quá. Đồng chí chia nhỏ rồi nhập từng phần."),
    "too_many_rows": _l("Tệp có quá nhiều dòng. Đồng chí chia nhỏ rồi nhập từng phần."),
    "too_many_columns": _l("Tệp có quá nhiều cột."),
    "old_excel": _l("Đây là tệp Excel đời cũ (.xls). Đồng chí lưu lại thành .xlsx."),
    "encrypted": _l("Tệp có mật khẩu. Đồng chí gỡ mật khẩu rồi tải lên lại."),
    "word": _l("Đây là tệp Word. Đồng chí mở tệp, chép câu hỏi rồi dán vào ô văn bản."),
    "pdf": _l("Đây là tệp PDF. Đồng chí mở tệp, chép câu hỏi rồi dán vào ô văn bản."),
    "image": _l("Đây là tệp ảnh, máy không đọc được chữ trong ảnh."),
    "old_letters": _l("Chữ trong tệp không phải Unicode. Đồng chí lưu lại với mã UTF-8."),
    "not_a_table": _l("Tệp này không phải bảng tính .xlsx hay .csv."),
    "broken": _l("Tệp bị hỏng hoặc không đúng loại, máy không mở được."),
    "too_heavy": _l("Bảng tính nặng quá, máy không đọc hết. Đồng chí chỉ giữ lại trang câu hỏi."),
    "not_a_text": _l("Tệp này không phải văn bản. Dùng được: .xlsx, .csv, .txt, .gift."),
}

# survey.papers.sound.SoundError
SOUNDS = {
    "empty": _l("Tệp không có gì bên trong."),
    "too_big": _l("Bản ghi âm quá 1 MB. Đồng chí đọc ngắn lại hoặc lưu ở 64 kbit/s."),
    "too_long": _l("Bản ghi âm quá 2 phút. Đồng chí đọc ngắn lại."),
    "video": _l("Đây là tệp video. Đồng chí chỉ lưu phần tiếng rồi tải lên lại."),
    "not_a_sound": _l("Tệp này không phải bản ghi âm MP3, M4A, AAC hay OGG, dù tên tệp ghi gì."),
    "broken": _l("Bản ghi âm bị hỏng hoặc tải lên chưa hết."),
}

FLAWS = {
    "no_items": _l("Đề chưa có câu hỏi nào."),
    "unchanged": _l("Nội dung không khác gì lần ban hành trước."),
}


def fault(code: str, text: str = "") -> str:
    """What keeps a question from being asked, as a sentence."""
    if code == "unsupported":
        text = str(UNSUPPORTED.get(text, text))
    return str(FAULTS[code]) % {"text": _short(text)}


def flaw(one: Flaw) -> str:
    """Why a draft can't be published."""
    if one.place:
        return str(_("Câu %(place)d: %(fault)s", place=one.place, fault=fault(one.code)))
    return str(FLAWS[one.code])


def problem(one: Problem) -> str:
    """What a reading has to say, without the line."""
    code = str(one.code)
    if code == "legacy_encoding":
        return str(OLD_LETTERS[one.text])
    if code in FAULTS:
        return fault(code, one.text)
    return str((REMARKS | TROUBLES)[code]) % {"text": _short(one.text)}


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"
