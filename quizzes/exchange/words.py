"""The words that question documents use: labels, levels, kinds, verdicts, stamps."""

import re
import unicodedata
from enum import Enum, auto

from quizzes.item import ItemKind, Level

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufe0f\ufeff\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")
_BREAK = re.compile("[\v\f\x1c-\x1f\x85\u2028\u2029]")
_SPACES = re.compile("[^\\S\n]+")


def visible(text: str) -> str:
    """The text with its lines ending in \\n, and without invisible characters.

    A line break inside a paragraph (Word's, or a page break) becomes a space, so the number of
    a line is the one its writer sees. Soft hyphens go too: legacy text must be told before.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _BREAK.sub(" ", _CONTROL.sub("", _INVISIBLE.sub("", text)))


def composed(text: str) -> str:
    """The text in NFC."""
    return unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """Visible and composed: how every text is before it is read."""
    return composed(visible(text))


def tidy(text: str) -> str:
    """Stripped, with every run of white space one space; line breaks stay."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(lines).strip()


def fold(text: str) -> str:
    """A text as a reader compares it: composed, without case, single spaces."""
    return " ".join(composed(text).casefold().split())


def bare(text: str) -> str:
    """Folded, and without the punctuation around it."""
    return fold(text).strip(" .,;:!?…\"'“”‘’()[]{}*_–-=>→|")


class Field(Enum):
    """The parts of a question that a label or a column may announce."""

    NUMBER = auto()
    STEM = auto()
    OPTIONS = auto()
    KEY = auto()
    EXPLANATION = auto()
    LEVEL = auto()
    CLAUSE = auto()
    KIND = auto()
    PINNED = auto()


_LABELS: dict[Field, str] = {
    Field.KEY: "đáp án|đáp án đúng|đáp án chính xác|đáp án đúng là|đáp án là|đ/a|đa|trả lời|"
    "phương án đúng|câu trả lời đúng|chọn|chọn đáp án|key|answer|correct answer|ans",
    Field.EXPLANATION: "giải thích|lời giải|lời giải chi tiết|hướng dẫn giải|trích dẫn|nguồn|"
    "ghi chú|explanation|feedback",
    Field.LEVEL: "mức độ|mức|cấp độ|mức độ nhận thức|level",
    Field.CLAUSE: "mục|nội dung|căn cứ|điều khoản|clause|reference",
    Field.KIND: "loại|loại câu hỏi|kind|type",
    Field.PINNED: "giữ chỗ|pinned",
}
LABELS = {word: field for field, words in _LABELS.items() for word in words.split("|")}

_LEVELS: dict[Level, str] = {
    Level.RECALL: "nhận biết|biết|nb|nhớ|recall|remember|knowledge",
    Level.UNDERSTANDING: "thông hiểu|hiểu|th|understanding|understand|comprehension",
    Level.APPLICATION: "vận dụng|vận dụng cao|vận dụng thấp|vd|vdc|vdt|application|apply",
}
LEVELS = {word: level for level, words in _LEVELS.items() for word in words.split("|")}
LEVEL_WORDS = {level: words.split("|")[0] for level, words in _LEVELS.items()}

# "Nhiều lựa chọn" is left out on purpose: in Vietnamese it also names the test with one right
# option among several, so the number of keys decides.
_KINDS: dict[ItemKind, str] = {
    ItemKind.SINGLE: "chọn một|một đáp án|một lựa chọn|single|single choice",
    ItemKind.MULTIPLE: "chọn nhiều|nhiều đáp án|multiple|multiple response|multiple answers",
    ItemKind.TRUE_FALSE: "đúng sai|đúng/sai|đúng – sai|đúng - sai|true_false|true/false",
}
KINDS = {word: kind for kind, words in _KINDS.items() for word in words.split("|")}
KIND_WORDS = {kind: words.split("|")[0] for kind, words in _KINDS.items()}

UNSUPPORTED_KINDS = {
    "tự luận": "essay",
    "essay": "essay",
    "trả lời ngắn": "short_answer",
    "điền khuyết": "short_answer",
    "short answer": "short_answer",
    "ghép đôi": "matching",
    "nối": "matching",
    "matching": "matching",
}

TRUE, FALSE = "Đúng", "Sai"
VERDICTS = {
    "đúng": True,
    "đ": True,
    "true": True,
    "t": True,
    "sai": False,
    "s": False,
    "false": False,
    "f": False,
}


def level_of(text: str) -> Level | None:
    """The level a word names, None when it names none."""
    return LEVELS.get(bare(text))


def is_true_false(first: str, second: str) -> bool:
    """Whether two option texts are the two verdicts, in either order."""
    words = {bare(first), bare(second)}
    return words == {"đúng", "sai"} or words == {"true", "false"}


_STAMP = re.compile(
    r"\W*(?:(?:TÀI LIỆU |ĐỘ |ĐỘ MẬT: ?)?(?:TUYỆT |TỐI )?MẬT"
    r"|(?i:(?:tài liệu |chỉ |chỉ để )*lưu hành nội bộ))\W*"
)


def stamp_in(line: str) -> str:
    """The secrecy stamp that a line consists of, or ends with in brackets; else ""."""
    if len(line) > 200:
        return ""
    if _STAMP.fullmatch(line):
        return line.strip()
    tail = line[line.rfind("(") :] if line.endswith(")") and "(" in line else ""
    return tail if tail and _STAMP.fullmatch(tail) else ""


_ODD = re.compile("[\u0300-\u036f\ufffd]")
_TORN = re.compile("(?:^|[\\s.,;:])[\u0300-\u036f]|\ufffd")
_ASKED = re.compile(r"[^\W\d_]\?[^\W\d_]")


def letters_lost(line: str) -> bool:
    """Whether letters were lost on the way here: "CH?P", a replacement sign, a mark alone."""
    if _ODD.search(line) and _TORN.search(line):
        return True
    if "?" not in line[:-1]:
        return False
    return any(
        _ASKED.search(word) for word in line.split() if "?" in word and not set(word) & set("/=&")
    )


_LETTER = r"(?<!\w)[a-h](?!\w)"
_SOME = re.compile(rf"{_LETTER}(?: ?(?:,|và|&|\+|/|;|hoặc|and|or|hay) ?{_LETTER})+")
_LEAD = re.compile(r"(?:[^\W\d_]+ ){0,4}\(?$")
_ONLY = re.compile(r"(?:chỉ|chỉ có|only) [a-h](?: là)?(?: đúng| sai| is right)?$")
_ABOVE = re.compile(
    r"(?:cả|tất cả|toàn bộ|các|những|hai|ba|bốn|[2-7]|không có|không|all|none|both)(?!\w).*"
    r"(?:(?:ở|nêu|kể|đã nêu|nói) )?(?:trên|đều đúng|đều sai|cùng đúng|nào đúng|còn lại|above)$"
)


def others_named(text: str) -> frozenset[str] | None:
    """Which other options an option names: their letters, empty for "all above", None if none.

    "Cả A, B và C đều đúng" -> {A, B, C}; "Tất cả các ý trên" -> {}; "Vitamin A và D" -> None,
    for a pair of letters counts only at the start or after "cả", "chỉ", "đáp án" and the like.
    """
    folded = bare(text)
    if len(folded) > 120:
        return None
    some = _SOME.search(folded)
    if some and _introduces(folded[: some.start()]):
        return frozenset(re.findall(_LETTER, some[0].upper(), re.IGNORECASE))
    if _ONLY.match(folded):
        return frozenset(re.findall(_LETTER, folded)[0].upper())
    return frozenset() if _ABOVE.match(folded) else None


_INTRODUCING = frozenset(
    ("cả", "tất", "chỉ", "đáp", "phương", "ý", "câu", "các", "đối", "đều", "gồm", "both")
)


def _introduces(lead: str) -> bool:
    return not lead or (bool(_LEAD.match(lead)) and lead.split(maxsplit=1)[0] in _INTRODUCING)


_EDIT_NOTE = re.compile(
    r" ?\((?:đã )?(?:chỉnh )?sửa(?: lại)?(?: ngày)?(?: ?\d[^()]{0,40})?\)", re.IGNORECASE
)


def without_edit_notes(text: str) -> tuple[str, tuple[str, ...]]:
    """The text, and the notes of its editors that stood in it: "(sửa lại 23/6/2024)"."""
    notes = tuple(note.strip() for note in _EDIT_NOTE.findall(text))
    return (_EDIT_NOTE.sub("", text).strip(), notes) if notes else (text, ())
