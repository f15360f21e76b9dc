"""Papers and sheets to test with: plain ones by hand, and any at all for hypothesis."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from quizzes.item import Item, ItemError, ItemKind, Level, Option
from quizzes.marking import Response
from quizzes.paper import Clause, Paper, Source

SOURCE = Source(
    number="57-NQ/TW",
    title="Về đột phá phát triển khoa học, công nghệ",
    issuer="Bộ Chính trị",
    dated=date(2024, 12, 22),
    url="https://example.vn/57",
)


def options(count: int, *right: int, pinned: Sequence[int] = ()) -> tuple[Option, ...]:
    return tuple(
        Option(f"Phương án {index}", correct=index in right, pinned=index in pinned)
        for index in range(count)
    )


def single(id: str = "a", count: int = 4, right: int = 0, **more: Any) -> Item:
    return Item(id, ItemKind.SINGLE, f"Câu {id}", options(count, right), **more)


def multiple(id: str = "m", count: int = 4, right: Sequence[int] = (0, 2), **more: Any) -> Item:
    return Item(id, ItemKind.MULTIPLE, f"Câu {id}", options(count, *right), **more)


def true_false(id: str = "t", right: int = 0, **more: Any) -> Item:
    return Item(id, ItemKind.TRUE_FALSE, f"Câu {id}", options(2, right), **more)


def paper_of(*items: Item, clauses: Sequence[str] = (), **more: Any) -> Paper:
    parts = tuple(Clause(id, f"Mục {id}", f"Nội dung {id}") for id in clauses)
    return Paper("Kiểm tra nhận thức", 1, SOURCE, parts, items, **more)


def chose(*choices: int | Sequence[int] | None) -> tuple[Response, ...]:
    """A sheet written short: `chose(0, [1, 2], None)`."""
    return tuple(
        frozenset() if c is None else frozenset([c]) if isinstance(c, int) else frozenset(c)
        for c in choices
    )


TEXTS = st.text(min_size=1, max_size=12).filter(str.strip)


@st.composite
def items(draw: st.DrawFn, *, clauses: Sequence[str] = ()) -> Item:
    kind = draw(st.sampled_from(ItemKind))
    count = 2 if kind is ItemKind.TRUE_FALSE else draw(st.integers(2, 7))
    places = st.integers(0, count - 1)
    most = count if kind is ItemKind.MULTIPLE else 1
    right = draw(st.sets(places, min_size=1, max_size=most))
    pinned = draw(st.sets(places))
    return Item(
        id=str(draw(st.uuids())),
        kind=kind,
        stem=draw(TEXTS),
        options=tuple(
            Option(f"{index} {draw(TEXTS)}", correct=index in right, pinned=index in pinned)
            for index in range(count)
        ),
        clause=draw(st.sampled_from([None, *clauses])),
        level=draw(st.sampled_from(Level)),
        explanation=draw(st.text(max_size=12)),
        audio=draw(st.none() | st.from_regex("[0-9a-f]{64}", fullmatch=True)),
    )


@st.composite
def papers(draw: st.DrawFn, *, most_items: int = 6) -> Paper:
    clauses = draw(st.lists(TEXTS, unique=True, max_size=3))
    return Paper(
        title=draw(TEXTS),
        edition=draw(st.integers(1, 99)),
        source=draw(st.builds(Source, TEXTS, TEXTS, TEXTS, st.dates(), TEXTS)),
        clauses=tuple(Clause(id, draw(TEXTS), draw(st.text(max_size=12))) for id in clauses),
        items=tuple(
            draw(
                st.lists(
                    items(clauses=clauses),
                    min_size=1,
                    max_size=most_items,
                    unique_by=lambda item: item.id,
                )
            )
        ),
        shuffle_items=draw(st.booleans()),
        shuffle_options=draw(st.booleans()),
    )


def sheets(paper: Paper) -> st.SearchStrategy[tuple[Response, ...]]:
    """Any sheet this paper allows."""
    return st.tuples(
        *(
            st.frozensets(
                st.integers(0, len(item.options) - 1),
                max_size=len(item.options) if item.takes_several else 1,
            )
            for item in paper.items
        )
    )


@st.composite
def answered(draw: st.DrawFn, *, most: int = 12) -> tuple[Paper, list[tuple[Response, ...]]]:
    """A paper and a group's sheets of it."""
    paper = draw(papers())
    return paper, draw(st.lists(sheets(paper), max_size=most))


def code_of(kind: ItemKind, choices: tuple[Option, ...], stem: str = "Câu hỏi") -> tuple[Any, ...]:
    """(code, option) of the error that such an item raises; () where it raises none."""
    try:
        Item("a", kind, stem, choices)
    except ItemError as error:
        return error.code, error.option
    return ()
