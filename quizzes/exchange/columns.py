"""Which column of a table is what, from its header in Vietnamese or English."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quizzes.exchange.exact import LETTERS
from quizzes.exchange.words import Field, bare

_HEADERS: dict[Field, str] = {
    Field.NUMBER: "stt|tt|số tt|số thứ tự|no|#|id|câu số|số câu",
    Field.STEM: "câu hỏi|nội dung câu hỏi|nội dung hỏi|câu hỏi trắc nghiệm|câu dẫn|đề bài|mệnh đề|"
    "nhận định|phát biểu|question|question text|stem|content",
    Field.OPTIONS: "phương án|các phương án|phương án trả lời|các phương án trả lời|lựa chọn|"
    "các lựa chọn|các đáp án|câu trả lời|options|choices|answers",
    Field.KEY: "đáp án đúng|đáp án|phương án đúng|câu trả lời đúng|lựa chọn đúng|đúng|đ/a|đa|key|"
    "correct answer|correct option|correct|right answer|answer",
    Field.EXPLANATION: "giải thích|giải thích đáp án|lời giải|hướng dẫn giải|trích dẫn|nguồn|"
    "explanation|feedback|rationale",
    Field.LEVEL: "mức độ|mức|cấp độ|mức độ nhận thức|level|cognitive level",
    Field.CLAUSE: "mục|căn cứ|điều khoản|điều|chủ đề|phần|mục/nội dung|clause|topic|category|"
    "reference",
    Field.KIND: "loại|loại câu hỏi|dạng|dạng câu hỏi|kind|type|question type",
    Field.PINNED: "giữ chỗ|pinned|fixed",
}
_FIELDS = {word: field for field, words in _HEADERS.items() for word in words.split("|")}
_UNSURE = {"nội dung": (Field.STEM, Field.CLAUSE), "câu": (Field.STEM, Field.NUMBER)}
_OPTION = re.compile(
    r"(?:(?:phương án|đáp án|lựa chọn|câu trả lời|trả lời|option|answer|choice|pa|đa) ?(?:số )?"
    r"(?P<named>[a-h]|[1-9])|(?P<alone>[a-z]|a[a-j]))"
)
_HUMP = re.compile(r"([a-z])([A-Z])")


@dataclass(frozen=True, slots=True)
class Columns:
    """`options` are (index of the option, column); `truth` the columns of ticks for Đ and S."""

    fields: dict[Field, int]
    options: tuple[tuple[int, int], ...]
    truth: tuple[int, int] | None
    unknown: tuple[str, ...]


def columns_of(row: Sequence[str]) -> Columns | None:
    """The columns, if this row is a header: it names the question, and options or a key."""
    names = {
        at: bare(_HUMP.sub(r"\1 \2", cell).replace("_", " "))
        for at, cell in enumerate(row)
        if cell.strip() and len(cell) < 80
    }
    truth = _truth(names)
    fields: dict[Field, int] = {}
    options: dict[int, int] = {}
    left = []
    for at, name in names.items():
        option = _OPTION.fullmatch(name)
        if truth and at in truth:
            continue
        if option and (index := _index(option)) not in options:
            options[index] = at
        elif (found := _FIELDS.get(name)) and found not in fields:
            fields[found] = at
        else:
            left.append(at)
    _settle(names, fields, options=options, left=left)
    if Field.STEM not in fields or not (
        options or truth or {Field.OPTIONS, Field.KEY} & set(fields)
    ):
        return None
    if sorted(options) != list(range(len(options))):
        return None
    unknown = tuple(row[at].strip() for at in left)
    return Columns(fields, tuple(sorted(options.items())), truth, unknown)


def _truth(names: dict[int, str]) -> tuple[int, int] | None:
    """The columns "Đ" and "S", or "Đúng" and "Sai", where a tick says which."""
    at = {name: column for column, name in names.items()}
    for yes, no in (("đ", "s"), ("đúng", "sai"), ("true", "false")):
        if yes in at and no in at and "a" not in at:
            return at[yes], at[no]
    return None


def _index(found: re.Match[str]) -> int:
    name = found["named"] or found["alone"]
    return int(name) - 1 if name.isdecimal() else LETTERS[name.upper()]


def _settle(
    names: dict[int, str], fields: dict[Field, int], *, options: dict[int, int], left: list[int]
) -> None:
    """Headers that mean one thing beside some headers and another beside others."""
    for at in list(left):
        choices = _UNSURE.get(names[at], ())
        free = next((field for field in choices if field not in fields), None)
        if free:
            fields[free] = at
            left.remove(at)
        elif names[at] == "đáp án" or names[fields.get(Field.KEY, at)] == "đáp án":
            # "Đáp án | Đúng": the answers to choose from, and a tick at the right one.
            if options or Field.OPTIONS in fields or _FIELDS.get(names[at]) is not Field.KEY:
                continue
            plain, ticked = sorted((at, fields[Field.KEY]), key=lambda one: names[one] != "đáp án")
            fields[Field.OPTIONS], fields[Field.KEY] = plain, ticked
            left.remove(at)
