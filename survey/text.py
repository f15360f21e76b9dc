"""Text as people type it: cleaned on entering, folded for searching, ordered as Vietnamese is."""

import re
import unicodedata

_ORDER = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: rank for rank, letter in enumerate(_ORDER, start=1)}
# The five tone marks in dictionary order: huyền, hỏi, ngã, sắc, nặng; no mark comes first.
_TONE = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´ʹ′", "'"))
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_WORD = re.compile(r"[^\s,.;:()\-–/]+")
_PIECE = re.compile(r"\d+|\D+")


def clean(text: str) -> str:
    """NFC, one kind of line end, no control or invisible characters, no blanks at the ends."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).strip()


def fold(text: str) -> str:
    """What two spellings of one name share: `Đảng uỷ xã Ia H’Drai` -> `dang uy xa ia h'drai`.

    Marks are dropped, so where the tone sits (uỷ, ủy) and how it is composed does not matter;
    đ and ƀ have no decomposition and are named.
    """
    text = unicodedata.normalize("NFD", text.translate(_APOSTROPHES)).lower()
    text = "".join(mark for mark in text if not unicodedata.combining(mark))
    return " ".join(text.replace("đ", "d").replace("ƀ", "b").split())


def holds(text: str, asked: str) -> bool:
    """Whether a text has every word that was asked for, whatever its marks.

    Letters may be the beginning of a word; a number is whole: `2` is `Thôn 2`, not `Thôn 12`.
    """
    parts = words(text)
    return all(
        any(part == word if word.isdecimal() else part.startswith(word) for part in parts)
        for word in words(asked)
    )


def words(text: str) -> list[str]:
    """What is compared when a name is looked for: folded, without what stands between words."""
    return _WORD.findall(fold(text))


def sort_key(text: str) -> tuple[object, ...]:
    """Dictionary order of Vietnamese, with numbers by value: `Thôn 2` before `Thôn 10`.

    Letters decide first (a ă â … d đ …), tones only between words alike in letters.
    """
    letters: list[tuple[int, object]] = []
    tones: list[int] = []
    for piece in _PIECE.findall(unicodedata.normalize("NFC", text).lower()):
        if piece.isdecimal():
            letters.append((1, int(piece)))
            continue
        for char in piece:
            tone, base = _split(char)
            letters.append((2, _RANK[base]) if base in _RANK else (0, ord(base)))
            tones.append(tone)
    return (tuple(letters), tuple(tones), text)


def _split(char: str) -> tuple[int, str]:
    """`ế` -> (4, `ê`): the tone taken off, the letter's own mark kept."""
    parts = unicodedata.normalize("NFD", char)
    tone = next((_TONE[mark] for mark in parts if mark in _TONE), 0)
    base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONE))
    return tone, base[:1] or char
