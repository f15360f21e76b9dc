"""What a single line of a question document can be, told from the line alone."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from quizzes.exchange.words import LABELS, Field, fold

LETTERS = "ABCDEFGH"


class Start(NamedTuple):
    """ "Câu 12: …" -> word "câu", number (12,); "1.2. …" -> word "", number (1, 2)."""

    word: str
    number: tuple[int, ...]
    rest: str


class Mark(NamedTuple):
    """The letter of an option. `nth` is 0 for A; `style` tells "A." from "a)"; `at` and `to` are
    its place."""

    nth: int
    style: str
    sign: str
    at: int
    to: int


class Line(NamedTuple):
    """One line, tidy and never blank; `apart` when a blank line stands before it, `mark` the
    option letter it begins with, `label` what it announces ("Đáp án: B") and the rest.

    A line of the source that holds several things ("… D. Bốn. Đáp án: C") gives several.
    """

    number: int
    text: str
    apart: bool = False
    mark: Mark | None = None
    label: tuple[Field, str] | None = None


def line_of(number: int, text: str, *, apart: bool = False) -> Line:
    """The line with its mark and its label."""
    return Line(number, text, apart, mark_of(text), label_of(text))


_SIGN = "*○●◉◯☑✅✓✔√→☐□"
HOLLOW = "○◯☐□"
_BULLET = r"(?:[-•+–▪·>] ?)?"
_LINE_MARK = re.compile(
    rf"{_BULLET}(?P<sign>[{_SIGN}] ?)?\(?(?P<letter>[A-Ha-h])"
    r"(?: ?(?P<delimiter>[.)/:])-?|(?P<dash> ?[-–])(?= )) ?"
)
_INLINE_MARK = re.compile(
    rf"(?<=[ ;])(?P<sign>[{_SIGN}] ?)?(?P<letter>[A-Ha-h])(?P<delimiter>[.)/:])-? ?(?=\S)"
)
_MAYBE_MARK = re.compile(rf"[ ;{_SIGN}][A-Ha-h][.)/:]")
_WORD_START = re.compile(
    r"[-•+>#* ]{0,4}(câu hỏi(?: số)?|câu(?: số)?|bài(?: tập)?|question) ?"
    r"(\d{1,4}(?:\.\d{1,3}){0,3})( ?[.:)/\-–—]{1,3} ?| ?(?=[(\[])| ?$| (?=\S))",
    re.IGNORECASE,
)
_NUMBER_START = re.compile(
    r"[-•+>#* ]{0,4}(\d{1,3}(?:\.\d{1,3}){0,3}) ?(?:[.:)]|/(?=\D))(?!\d) ?(?=\S)"
)
_WORD = re.compile(r"câu|bài|question", re.IGNORECASE)
_INLINE_START = re.compile(r"(?<=\s)(?:Câu|CÂU)(?: hỏi)? ?(\d{1,4}) ?[.:)]")
_INLINE_LABEL = re.compile(
    r"(?<=\s)\(?(?=(?:Đáp án(?: đúng)?|ĐÁP ÁN|Trả lời|TRẢ LỜI|Giải thích|Lời giải|Mức độ) ?:)"
)
_BOLD = re.compile(r"\*\*([^*]+)\*\*")


def lines_of(text: str) -> Iterator[Line]:
    """The lines of a clean text that aren't blank, taken apart where several things share one."""
    apart, count = False, 0
    for number, raw in enumerate(text.split("\n"), 1):
        whole = _unbold(" ".join(raw.split()))
        if not whole:
            apart = True
            continue
        cuts, count = _cuts(whole, count)
        for piece in _pieces(whole, cuts) if cuts else [whole]:
            yield line_of(number, piece, apart=apart)
            apart = False


def _cuts(text: str, count: int) -> tuple[list[int], int]:
    """Where a line is cut, before labels and before each "Câu n:" that counts on from `count`;
    and the count behind the line."""
    cuts = []
    for found in _INLINE_LABEL.finditer(text) if ":" in text else ():
        cuts.append(found.start())
        closed = text.find(")", found.end(), found.end() + 40) if found[0] else -1
        if closed > 0:
            cuts.append(closed + 1)
    if not _WORD.search(text):
        return cuts, count
    start = _WORD_START.match(text)
    if start:
        count = int(start[2].split(".")[-1])
    for found in _INLINE_START.finditer(text):
        if int(found[1]) == count + 1:
            cuts.append(found.start())
            count += 1
    return cuts, count


def _pieces(text: str, cuts: Sequence[int]) -> Iterator[str]:
    for begin, end in pairwise(sorted({0, *cuts, len(text)})):
        piece = text[begin:end].strip()
        piece = piece.lstrip(" .:") if text[begin - 1] == ")" else piece
        if piece.startswith("(") and piece.endswith(")") and begin:
            piece = piece[1:-1].strip()
        if any(map(str.isalnum, piece)):
            yield piece  # not "👉" before "Đáp án: B"


def _unbold(text: str) -> str:
    """Markdown's bold: an option that is bold as a whole is marked, else the stars go."""
    if "**" not in text:
        return text
    whole = _BOLD.fullmatch(text)
    if whole and _LINE_MARK.match(whole[1]):
        return "✓ " + whole[1]
    return _BOLD.sub(r"\1", text)


def start_of(text: str) -> Start | None:
    """The number a question begins with, if the line begins so."""
    found = _WORD_START.match(text) if _WORD.match(text.lstrip("-•+>#* ")) else None
    if found:
        rest = text[found.end() :].strip()
        if not found[3].strip(" ") and rest and not (rest[0].isupper() or rest[0] in '([“"'):
            return None  # "Câu 3 nêu trên …": a sentence
        word = "câu" if found[1].casefold().startswith("câu") else found[1].casefold()
        return Start(word.split()[0], _numbers(found[2]), rest)
    found = _NUMBER_START.match(text)
    return Start("", _numbers(found[1]), text[found.end() :].strip()) if found else None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def mark_of(text: str) -> Mark | None:
    """The option letter at the beginning of a line."""
    found = _LINE_MARK.match(text)
    return _mark(found, found["delimiter"] or "-") if found else None


def inline_marks(text: str) -> list[Mark]:
    """The option letters within a line, in order; most of them may mean nothing."""
    if not _MAYBE_MARK.search(text):
        return []
    return [_mark(found, found["delimiter"]) for found in _INLINE_MARK.finditer(text)]


def _mark(found: re.Match[str], delimiter: str) -> Mark:
    letter = found["letter"]
    return Mark(
        nth=LETTERS.index(letter.upper()),
        style=("A" if letter.isupper() else "a") + delimiter,
        sign=(found["sign"] or "").strip(),
        at=found.start(),
        to=found.end(),
    )


def pair_in(text: str, first: Mark | None) -> bool:
    """Whether options A and B stand in this line, one after the other, in one style."""
    waiting = {first.style} if first and first.nth == 0 else set()
    for mark in inline_marks(text):
        if mark.nth == 0:
            waiting.add(mark.style)
        elif mark.nth == 1 and mark.style in waiting:
            return True
    return False


_LABEL = re.compile(r"[-•+*>=→#\s(\[]{0,6}([^\W\d_][^:\n]{0,30}?) ?: ?")
_BARE_KEY = re.compile(
    r"[-•+*>=→\s(\[]{0,6}(?:đáp án(?: đúng)?(?: là)?|chọn(?: đáp án| phương án| câu| ý)?|đ/a)"
    r"[ .–-]{1,3}([A-H](?:(?: ?[,;&+] ?| và | )[A-H])*)[)\].]{0,3}",
    re.IGNORECASE,
)
_ALONE = {
    "đáp án": Field.KEY,
    "trả lời": Field.KEY,
    "lời giải": Field.EXPLANATION,
    "lời giải chi tiết": Field.EXPLANATION,
    "hướng dẫn giải": Field.EXPLANATION,
    "giải thích": Field.EXPLANATION,
}


def label_of(text: str) -> tuple[Field, str] | None:
    """("Đáp án: B") -> (KEY, "B"). A colon is needed, but for "Chọn B" and a label alone."""
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    found = _LABEL.match(text) if ":" in text[:48] else None
    field = LABELS.get(fold(found[1])) if found else None
    if found and field:
        return field, text[found.end() :].strip()
    if len(text) > 60:
        return None
    found = _BARE_KEY.fullmatch(text)
    if found:
        return Field.KEY, found[1].upper()
    field = _ALONE.get(fold(text).rstrip(" .:")) if len(text) < 24 else None
    return (field, "") if field else None


_PAGE = re.compile(
    r"(?:trang |page )?[-–—|\[( ]{0,4}\d{1,4}(?: ?/ ?\d{1,4})?[-–—|\]) ]{0,4}", re.IGNORECASE
)
_RULE = re.compile(r"[-–—_=*~.#•◦|: ]{3,}")
_SECTION = re.compile(
    r"[\W_]{0,6}(?:"
    r"(?:[Pp]hần|PHẦN|Chương|CHƯƠNG|Mục|MỤC|Bài|BÀI|Chuyên đề|CHUYÊN ĐỀ|Part|Section|Chapter)"
    r"(?: thứ)? (?:[IVXLC]{1,6}|\d{1,3}|[A-H])(?: ?[.:)–-]|$)"
    r"|(?:Lĩnh vực|LĨNH VỰC|Chủ đề|CHỦ ĐỀ|Chuyên đề|CHUYÊN ĐỀ)(?: ?:| [^:]{1,150}:$)"
    r"|(?:Bộ|BỘ|Ngân hàng|NGÂN HÀNG) (?:câu hỏi|CÂU HỎI)(?!\w)"
    r"|(?:Đề|ĐỀ|Mã đề|MÃ ĐỀ)(?: số| SỐ)? ?:? ?\d"
    r"|[IVX]{1,5} ?[./)–-] ?\w)"
)
_LAST = re.compile(r"[\W_]{0,8}(?:hết|the end|end)[\W_]{0,8}", re.IGNORECASE)
_CITATION = re.compile(
    r"\W{0,3}(?:điều|điểm|khoản|quy định|theo|căn cứ|trích|hướng dẫn|nghị quyết số|chỉ thị số|"
    r"kết luận số|điều lệ|văn kiện|luật|vì)(?!\w)",
    re.IGNORECASE,
)


def is_page_number(text: str) -> bool:
    """ "2", "- 2 -", "Trang 2/10", or a line ruled across the page."""
    return len(text) < 200 and bool(_PAGE.fullmatch(text) or _RULE.fullmatch(text))


def is_last(text: str) -> bool:
    """ "--- HẾT ---"."""
    return len(text) < 30 and bool(_LAST.fullmatch(text))


def is_heading(text: str) -> bool:
    """ "PHẦN I …", "* Lĩnh vực …:", or a line in capitals."""
    return len(text) <= 200 and bool(
        is_last(text) or _SECTION.match(text) or (text.isupper() and _letters(text) >= 4)
    )


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def is_citation(text: str) -> bool:
    """ "Điều 5 …", "Quy định số …", "Theo …": what stands behind the options is no option."""
    return bool(_CITATION.match(text))
