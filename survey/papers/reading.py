"""Pasted text and uploaded files into readings, and a reading's candidates into drafts."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from quizzes.exchange import Candidate, Code, Problem, Reading, read, read_rows
from quizzes.exchange.legacy import encoding_of
from quizzes.exchange.report import judged
from quizzes.item import ItemKind, Level
from survey.papers.bank import ItemDraft
from survey.papers.models import Clause
from survey.sheetfile import SheetError, read_table
from survey.text import fold

LONGEST = 1_000_000  # characters of one document

# What choosing the right option on the page settles.
ABOUT_KEY = frozenset({Code.NO_KEY, Code.KEY_UNKNOWN, Code.TWO_KEYS, Code.SEVERAL_KEYS})

_TABLES = (".xlsx", ".csv", ".xls", ".xlsm", ".ods", ".tsv")


@dataclass(frozen=True, slots=True)
class Document:
    """What was pasted or uploaded, in the form in which it is kept."""

    format: str  # text: whatever can be pasted; table: the rows of a file, as JSON
    content: str

    def read(self) -> Reading:
        return read_rows(json.loads(self.content)) if self.format == "table" else read(self.content)


def pasted(text: str) -> Document:
    """Text from the box; SheetError "too_big" for more than a document's worth."""
    if len(text) > LONGEST:
        raise SheetError("too_big")
    return Document("text", text)


def uploaded(data: bytes, filename: str) -> Document:
    """A file as a document; SheetError for one that is neither a table nor a text."""
    if not data.strip():
        raise SheetError("empty")
    name = filename.lower()
    if name.endswith(_TABLES) or data.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        return Document("table", json.dumps(read_table(data, filename), ensure_ascii=False))
    return pasted(_decoded(data))


def _decoded(data: bytes) -> str:
    """The letters of a text file. Bytes that are no Unicode are TCVN3 or VNI, which read as
    Latin-1 and which the reading tells apart, or nothing that we could read rightly."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise SheetError("not_a_text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if encoding_of(text) is None:
        raise SheetError("old_letters")
    return text


def stamps(reading: Reading) -> list[Problem]:
    """Every secrecy stamp of the document: one is enough to stop its import."""
    everywhere = [*reading.problems, *(p for c in reading.candidates for p in c.problems)]
    found = {p.line: p for p in everywhere if p.code is Code.SECRET_MARK}
    return [found[line] for line in sorted(found)]


def rekeyed(candidate: Candidate, key: Iterable[int]) -> Candidate:
    """The candidate with these options right, whatever its source said of the key."""
    right = set(key)
    options = tuple(
        replace(option, correct=place in right) for place, option in enumerate(candidate.options)
    )
    told = tuple(p for p in candidate.problems if p.code not in ABOUT_KEY)
    return judged(replace(candidate, options=options, problems=told))


def clause_named(text: str, clauses: Sequence[Clause]) -> int | None:
    """The clause that a source's wording names: by its whole label, or by a label with which
    the wording begins ("Mục II.1, ý thứ hai"), the longest one."""
    wanted = fold(text)
    best: tuple[int, int | None] = (0, None)
    for clause in clauses:
        label = fold(clause.label)
        if wanted.startswith(label) and not re.match(r"[\w.]*\w", wanted[len(label) :]):
            best = max(best, (len(label), clause.id), key=lambda pair: pair[0])
    return best[1]


def draft_of(candidate: Candidate, clause_id: int | None) -> ItemDraft:
    return ItemDraft(
        kind=ItemKind(candidate.kind),
        stem=candidate.stem,
        options=candidate.options,
        level=candidate.level or Level.RECALL,
        clause_id=clause_id,
        explanation=candidate.explanation,
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates as they stand on the preview, and the places of those that come along."""

    candidates: tuple[Candidate, ...]
    taken: frozenset[int]

    @classmethod
    def of(cls, reading: Reading) -> "Choice":
        """Before anything was marked: whatever can become a question comes along."""
        ready = (place for place, one in enumerate(reading.candidates) if one.ready)
        return cls(reading.candidates, frozenset(ready))

    @classmethod
    def made(
        cls, reading: Reading, ticked: Iterable[int], keys: Mapping[int, Iterable[int]]
    ) -> "Choice":
        """After it: the marked options are the key. Who marked one where none was known wants
        the question, ticked or not."""
        candidates = tuple(
            rekeyed(one, keys[place]) for place, one in enumerate(reading.candidates)
        )
        mended = (
            place
            for place, (one, now) in enumerate(zip(reading.candidates, candidates, strict=True))
            if now.ready and not one.ready
        )
        return cls(candidates, frozenset(ticked) | frozenset(mended))

    @property
    def unfit(self) -> list[int]:
        """Those that come along though something keeps them from being asked."""
        return [place for place in sorted(self.taken) if not self.candidates[place].ready]
