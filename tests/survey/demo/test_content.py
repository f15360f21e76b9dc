"""The demo's questions and lists are fit to be shown: whole, true to form, not to be guessed."""

import csv
import json
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from quizzes.item import Item, ItemKind, Level, Option
from quizzes.paper import Clause, Paper, Source

DATA = Path(__file__).parents[3] / "survey" / "demo" / "data"
RESOLUTIONS = ("resolution.json", "resolution_cells.json")


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return content


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def paper(content: dict[str, Any]) -> Paper:
    return Paper(
        title=content["title"],
        edition=1,
        source=Source(
            number=content["number"],
            title=content["title"],
            issuer=content["issuer"],
            dated=date.fromisoformat(content["dated"]),
            url=content["url"],
        ),
        clauses=tuple(Clause(**clause) for clause in content["clauses"]),
        items=tuple(item(row) for row in content["items"]),
    )


def item(row: dict[str, Any]) -> Item:
    return Item(
        id=row["id"],
        kind=ItemKind(row["kind"]),
        stem=row["stem"],
        options=tuple(Option(**option) for option in row["options"]),
        clause=row["clause"],
        level=Level(row["level"]),
        explanation=row["explanation"],
    )


def singles(name: str) -> list[Item]:
    return [item for item in paper(read(name)).items if item.kind is ItemKind.SINGLE]


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_a_resolution_has_its_fields_and_no_others(name: str) -> None:
    content = read(name)
    assert list(content) == ["number", "title", "issuer", "dated", "url", "clauses", "items"]
    assert {tuple(clause) for clause in content["clauses"]} == {("id", "label", "text")}
    assert {tuple(row) for row in content["items"]} == {
        ("id", "kind", "level", "clause", "stem", "options", "explanation")
    }
    options = [option for row in content["items"] for option in row["options"]]
    assert {tuple(option) for option in options} == {("text", "correct")}


@pytest.mark.parametrize(
    ("name", "number", "dated", "clauses", "kinds"),
    [
        ("resolution.json", "57-NQ/TW", "2024-12-22", 14, (11, 3, 2)),
        ("resolution_cells.json", "68-NQ/TW", "2025-05-04", 6, (4, 1, 1)),
    ],
)
def test_a_resolution_is_the_one_we_say_with_as_many_questions(
    name: str, number: str, dated: str, clauses: int, kinds: tuple[int, int, int]
) -> None:
    content = read(name)
    count = Counter(row["kind"] for row in content["items"])
    assert (content["number"], content["dated"]) == (number, dated)
    assert content["issuer"] == "Bộ Chính trị"
    assert len(content["clauses"]) == clauses
    assert (count["single"], count["multiple"], count["true_false"]) == kinds


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_the_questions_make_a_paper_that_can_be_published(name: str) -> None:
    # A paper refuses repeated ids, clauses it lacks, equal options and items without a key.
    made = paper(read(name))
    assert Paper.thaw(made.freeze()) == made


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_every_question_is_tied_to_a_clause_and_explained(name: str) -> None:
    content = read(name)
    labels = [clause["label"] for clause in content["clauses"]]
    texts = [clause["text"] for clause in content["clauses"]]
    unsaid = [i["id"] for i in content["items"] if not (i["clause"] and i["explanation"])]
    assert unsaid == []
    assert len(set(labels)) == len(labels)
    assert all(texts)


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_the_questions_ask_for_all_three_levels(name: str) -> None:
    assert {item.level for item in paper(read(name)).items} == set(Level)


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_options_are_few_and_true_or_false_reads_so(name: str) -> None:
    for item in paper(read(name)).items:
        texts = [option.text for option in item.options]
        if item.kind is ItemKind.TRUE_FALSE:
            assert texts == ["Đúng", "Sai"], item.id
        else:
            assert len(texts) in (3, 4), item.id


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_several_answers_are_asked_for_where_there_are_several_but_not_all(name: str) -> None:
    for item in paper(read(name)).items:
        if item.takes_several:
            assert 2 <= len(item.key) < len(item.options), item.id


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_no_letter_holds_the_answer_more_often_than_two_times_in_five(name: str) -> None:
    places = Counter(min(item.key) for item in singles(name))
    assert sorted(places) == [0, 1, 2, 3]
    assert max(places.values()) <= 0.4 * len(singles(name))


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_picking_the_longest_option_does_not_pay(name: str) -> None:
    def gives_itself_away(item: Item) -> bool:
        right = len(item.options[min(item.key)].text)
        return right > max(len(option.text) for option in item.options if not option.correct)

    given_away = [item.id for item in singles(name) if gives_itself_away(item)]
    assert len(given_away) <= 0.4 * len(singles(name)), given_away


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_a_question_fits_a_phone(name: str) -> None:
    for item in paper(read(name)).items:
        assert len(item.stem) <= 120, item.id
        assert max(len(option.text) for option in item.options) <= 60, item.id


def test_no_question_stands_in_both_papers() -> None:
    ids = [item["id"] for name in RESOLUTIONS for item in read(name)["items"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda path: path.name)
def test_every_text_is_composed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_the_source_is_a_public_address_of_the_government(name: str) -> None:
    assert read(name)["url"].startswith("https://xaydungchinhsach.chinhphu.vn/toan-van-")


def test_the_list_is_the_province_with_its_96_communes() -> None:
    assert Counter(row["level"] for row in rows("units_quangngai_2025.csv")) == {
        "province": 1,
        "commune": 96,
        "direct": 4,
        "grassroots": 119,
        "cell": 3935,
    }


def test_every_unit_comes_once_and_after_its_parent() -> None:
    seen = {""}
    for row in rows("units_quangngai_2025.csv"):
        assert row["parent_id"] in seen, row["id"]
        assert row["id"] not in seen
        seen.add(row["id"])


def test_no_two_units_of_one_parent_bear_the_same_name() -> None:
    names = Counter(
        (row["parent_id"], row["name"].casefold()) for row in rows("units_quangngai_2025.csv")
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_no_more_members_are_eligible_than_there_are() -> None:
    units = rows("units_quangngai_2025.csv")
    counts = {row["id"]: (int(row["eligible"]), int(row["members"])) for row in units}
    assert [id for id, (some, total) in counts.items() if not 0 <= some <= total] == []
    eligible, members = (sum(column) for column in zip(*counts.values(), strict=True))
    assert (eligible, members) == (66_042, 69_505)


def test_the_old_communes_lead_to_every_new_one_under_its_own_name() -> None:
    successors = {row["new_code"]: row["new_ward"] for row in rows("communes_old_to_new.csv")}
    communes = {
        row["id"].removeprefix("QN-"): row["name"].removeprefix("Đảng bộ ")
        for row in rows("units_quangngai_2025.csv")
        if row["level"] == "commune"
    }
    assert {code: name.lower() for code, name in successors.items()} == {
        code: name.lower() for code, name in communes.items()
    }


def test_an_old_commune_that_was_divided_has_one_chief_successor() -> None:
    ways: dict[str, list[str]] = {}
    for row in rows("communes_old_to_new.csv"):
        ways.setdefault(row["old_code"], []).append(row["how"])
    assert {code: how for code, how in ways.items() if how != ["whole"]} == {
        "21142": ["split-default", "split"]
    }
