"""Vietnamese text from before Unicode: TCVN3 (.Vn fonts) is turned, VNI is told and refused.

Such text arrives as Latin-1 letters: "Uû ban nh©n d©n" is TCVN3, "Uyû ban nhaân daân" VNI. TCVN3's
fonts with capitals use the codes of the small letters, so capitals come back small.
"""

import re

from quizzes.exchange.exact import OURS
from quizzes.exchange.report import Code, Problem

TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
"""The 74 letters of TCVN 5712:1993 that Latin-1 shows as something else: glibc's TCVN5712-1."""

_TURNED = str.maketrans(TCVN3)
_SIGNS = re.compile("[¡-¦¨-ª¬-¯µ¶¸¹¼¾ÐÞþ]")
"""No letters of Vietnamese, nor signs it uses (§«·»½×÷): TCVN3 is full of them, VNI has none."""
_FOREIGN = re.compile("[¡-¦¨-ª¬-¯µ¶¸¹¼¾ÐÞßþÄÅÆÇËÎÏÑÖØÛÜäåæçëîïñöøûüÿ]")
"""What the Latin-1 page holds beside Vietnamese letters and the signs it uses."""
_DOUBLE = re.compile("[aeouyôöAEOUYÔÖ][ïøûåäëüÏØÛÅÄËÜ]|[ñÑ]")
"""VNI writes a letter and its tone side by side: "aïi" is "ại"."""
_UNICODE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
"""Letters that only Unicode has: a line with one isn't legacy text."""
_LEAST = 0.05  # of the letters; 0.00 in Unicode question banks, 0.12 and more in TCVN3


def encoding_of(text: str) -> str | None:
    """ "tcvn3", "vni", or None for text that is in Unicode."""
    foreign = len(_FOREIGN.findall(text))
    if foreign < 3:
        return None
    signs = len(_SIGNS.findall(text))
    letters = sum(map(str.isalpha, text)) + signs
    if foreign < _LEAST * letters or len(_UNICODE.findall(text)) > foreign:
        return None
    if signs * 5 > foreign:
        return "tcvn3"
    if len(_DOUBLE.findall(text)) * 3 > foreign:
        return "vni"
    return "tcvn3" if signs else None


def to_unicode(line: str) -> str:
    """A line of TCVN3 in Unicode; a line that is in Unicode already is left alone."""
    return line if _UNICODE.search(line) else line.translate(_TURNED)


def modern(text: str) -> tuple[str, tuple[Problem, ...]]:
    """The text in Unicode and what was found; nothing is left of VNI.

    In a document pasted together from two, single lines of TCVN3 are turned, each told. A file
    of our own is in Unicode.
    """
    if not _FOREIGN.search(text) or OURS in text:
        return text, ()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next(number for number, line in enumerate(lines, 1) if _FOREIGN.search(line))
    match encoding_of(text):
        case "vni":
            return "", (Problem(Code.LEGACY_ENCODING, first, "vni"),)
        case "tcvn3":
            turned = "\n".join(map(to_unicode, lines))
            return turned, (Problem(Code.LEGACY_ENCODING, first, "tcvn3"),)
    problems = []
    for number, line in enumerate(lines, 1):
        if _SIGNS.search(line) and not _UNICODE.search(line) and encoding_of(line) == "tcvn3":
            lines[number - 1] = to_unicode(line)
            problems.append(Problem(Code.LEGACY_ENCODING, number, "tcvn3"))
    return "\n".join(lines), tuple(problems)
