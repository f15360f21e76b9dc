"""An uploaded table (CSV or XLSX) as rows of plain values, whatever the file turns out to be.

XLSX is read by this very file run as a child process: a workbook of 213 kB can unfold into
779 MiB and 40 seconds of work, so the reading happens where memory and time are bounded and
whose death harms nobody.
"""

import csv
import io
import json
import re
import subprocess
import sys
import threading
from collections import Counter
from typing import Any

BIGGEST = 10 * 1024 * 1024  # bytes
LONGEST_CELL = 100_000  # characters; beyond it a quote was never closed
MOST_ROWS = 20_000
MOST_COLUMNS = 100
MOST_TEXT = 8_000_000  # characters of a workbook's answer, which the parent has to hold too
SECONDS = 10
MEMORY = 512 * 1024 * 1024  # bytes of address space of the child

_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF"
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_VIETNAMESE = re.compile(r"[\u1ea0-\u1ef9ăđơưĂĐƠƯ]")
# Letters of Latin-1 that Vietnamese never uses, but its old encodings are made of.
_OLD_LETTERS = re.compile(r"[¡-§©ª¬®¯²-¶¸¹¼-¿ÄÅÆÇËÎÏÐÑÖØÛÜÞßäåæçëîïðñöøûüþÿ]")
# Two readings at once at most: each may take the memory above.
_PLACES = threading.BoundedSemaphore(2)


class SheetError(Exception):
    """The file is no table we can read. `code` is one of: empty, too_big, too_many_rows,
    too_many_columns, old_excel, encrypted, word, pdf, image, old_letters, not_a_table, broken,
    too_heavy."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_table(content: bytes, filename: str) -> list[list[object]]:
    """The rows of the first sheet that holds any: str, float, bool or "" in each cell, all rows
    as wide as the widest. The content decides what the file is; `filename` only tells a word
    processor's or a text file's likeness apart. Raises SheetError."""
    if not content.strip():
        raise SheetError("empty")
    if len(content) > BIGGEST:
        raise SheetError("too_big")
    _refuse_other_files(content, filename.lower())
    rows = _read_workbook(content) if content.startswith(_ZIP) else _read_text(content)
    rows = _trimmed(rows)
    if not rows:
        raise SheetError("empty")
    if _in_old_letters(rows):
        raise SheetError("old_letters")
    return rows


def _refuse_other_files(content: bytes, filename: str) -> None:
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise SheetError("encrypted")
        raise SheetError("word" if filename.endswith(".doc") else "old_excel")
    if content.startswith(_PDF):
        raise SheetError("pdf")
    if content.startswith(_IMAGES) or content[4:12] in (b"ftypheic", b"ftypmif1"):
        raise SheetError("image")


# ------------------------------------------------------------------ text


def _read_text(content: bytes) -> list[list[object]]:
    text = _decoded(content)
    first, _, rest = text.partition("\n")
    if re.fullmatch(r'"?sep=[,;\t]"?\r?', first):  # Excel's own note of what separates
        delimiter, text = first.strip('"\r')[-1], rest
    else:
        delimiter = _delimiter(text)
    rows: list[list[object]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append([*row])
            # The reader's own limit is the whole process's, and others raise it.
            if any(len(cell) > LONGEST_CELL for cell in row):
                raise SheetError("broken")
            if len(rows) > MOST_ROWS:
                raise SheetError("too_many_rows")
    except csv.Error as error:  # one cell longer than any list holds: a quote never closed
        raise SheetError("broken") from error
    return rows


def _decoded(content: bytes) -> str:
    """Unicode in any of the forms Excel and Notepad write. What is none of them is an old
    Vietnamese encoding (TCVN3, VNI, cp1258): which one, the bytes alone do not tell."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in content[:400]:
        # Latin letters in UTF-16 have their zero byte second (little end first) or first.
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        code = "not_a_table" if b"\0" in content else "old_letters"
        raise SheetError(code) from error
    if "\0" in text:
        raise SheetError("not_a_table")
    return text


def _delimiter(text: str) -> str:
    """Of tab, semicolon and comma the one that cuts most of the first lines into the same
    number of cells, two at least; the wider cut decides between equals."""
    best, mark = (0, 0), ","
    for delimiter in "\t;,":
        sample = io.StringIO("\n".join(text[:20_000].splitlines()[:20]))
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter))
        except csv.Error:
            continue
        widths[0] = widths[1] = 0
        width, lines = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        if (lines, width) > best:
            best, mark = (lines, width), delimiter
    return mark


def _in_old_letters(rows: list[list[object]]) -> bool:
    """Text typed with a font of the nineties: Unicode by form, `§¶ng bé` or `Ñaûng boä` by
    content, and not one true Vietnamese letter in the whole list."""
    text = "".join(cell for row in rows for cell in row if isinstance(cell, str))
    return len(_OLD_LETTERS.findall(text)) >= 3 and not _VIETNAMESE.search(text)


def _trimmed(rows: list[list[object]]) -> list[list[object]]:
    """Without empty rows and columns at the end; rows before keep their numbers."""
    widths = [max((i for i, cell in enumerate(row, 1) if _filled(cell)), default=0) for row in rows]
    while widths and not widths[-1]:
        widths.pop()
    width = max(widths, default=0)
    if width > MOST_COLUMNS:
        raise SheetError("too_many_columns")
    return [[*row[:width], *[""] * (width - len(row))] for row in rows[: len(widths)]]


def _filled(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


# ------------------------------------------------------------------ workbooks


def _read_workbook(content: bytes) -> list[list[object]]:
    with _PLACES:
        try:
            # -I: neither the environment nor the folder of this file reaches the child.
            child = subprocess.run(
                [sys.executable, "-I", __file__],
                input=content,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SheetError("too_heavy") from error
    if child.returncode:  # a signal: its limits; anything else: the reader gave up in panic
        raise SheetError("too_heavy" if child.returncode < 0 else "broken")
    answer: dict[str, Any] = json.loads(child.stdout)
    if "error" in answer:
        raise SheetError(answer["error"])
    rows: list[list[object]] = answer["rows"]
    return rows


def _child() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = json.dumps({"rows": _rows_of(sys.stdin.buffer.read())}, ensure_ascii=False)
        if len(answer) > MOST_TEXT:
            raise SheetError("too_heavy")
    except SheetError as error:
        answer = json.dumps({"error": error.code})
    except MemoryError:
        answer = json.dumps({"error": "too_heavy"})
    sys.stdout.buffer.write(answer.encode())


def _rows_of(content: bytes) -> list[list[object]]:
    """The child's work: the first sheet with anything in it."""
    import zipfile

    from python_calamine import CalamineError, CalamineWorkbook

    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise SheetError("broken") from error
    if "word/document.xml" in names:
        raise SheetError("word")
    if not any(name.lower().startswith("xl/workbook.") for name in names):
        raise SheetError("not_a_table")
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.end is not None and sheet.end[0] >= MOST_ROWS:
                raise SheetError("too_many_rows")
            rows = sheet.to_python(skip_empty_area=False)
            if any(_filled(cell) and cell != "" for row in rows for cell in row):
                return [[_plain(cell) for cell in row] for row in rows]
    except (CalamineError, ValueError) as error:
        raise SheetError("broken") from error
    return []


def _plain(cell: object) -> object:
    """Dates and times as text: nothing of a list of ours is one."""
    return cell if isinstance(cell, (str, float, int, bool)) else str(cell)


if __name__ == "__main__":
    _child()
