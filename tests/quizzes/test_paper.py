"""A paper: what it refuses, the order in which phones show it, and its frozen form."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, replace
from itertools import permutations, product
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.item import ItemError, ItemKind
from quizzes.paper import Paper, PaperError
from tests.quizzes.making import SOURCE, multiple, options, paper_of, papers, single, true_false

SEEDS = st.integers(-(2**200), 2**200)

# What `three_kinds` gave on the day it was written.
ORDER_OF_0 = ((3, (3, 0, 2, 1)), (2, (0, 1)), (1, (3, 0, 4, 2, 1)), (0, (2, 1, 0, 3)))
ORDER_OF_20261123 = ((3, (0, 2, 1, 3)), (1, (4, 1, 3, 0, 2)), (2, (0, 1)), (0, (2, 3, 0, 1)))
ORDER_OF_MINUS_1 = ((3, (2, 0, 1, 3)), (0, (1, 2, 3, 0)), (1, (0, 4, 3, 1, 2)), (2, (0, 1)))
DIGEST = "113dde619b65964673ea5ddab70fbe19a6deed0cd454952164f645e95de30116"


def three_kinds() -> Paper:
    return paper_of(single("a"), multiple("b", count=5), true_false("c"), single("d", right=3))


def test_a_paper_needs_an_item() -> None:
    with pytest.raises(PaperError) as refused:
        paper_of()
    assert (refused.value.code, refused.value.id) == ("no_items", None)


def test_two_items_of_a_paper_never_share_an_id() -> None:
    with pytest.raises(PaperError) as refused:
        paper_of(single("a"), single("b"), true_false("b"))
    assert (refused.value.code, refused.value.id) == ("repeated_item", "b")


def test_two_clauses_of_a_paper_never_share_an_id() -> None:
    with pytest.raises(PaperError) as refused:
        paper_of(single("a"), clauses=["I", "II", "I"])
    assert (refused.value.code, refused.value.id) == ("repeated_clause", "I")


def test_an_item_asks_about_a_clause_of_the_paper_or_about_none() -> None:
    assert paper_of(single("a", clause="I"), single("b"), clauses=["I"]).items[1].clause is None
    with pytest.raises(PaperError) as refused:
        paper_of(single("a", clause="I"), single("b", clause="II"), clauses=["I"])
    assert (refused.value.code, refused.value.id) == ("unknown_clause", "b")


def test_the_order_of_a_seed_is_the_same_for_ever() -> None:
    # A change would show a phone that reloads another order.
    assert three_kinds().order(0) == ORDER_OF_0
    assert three_kinds().order(20261123) == ORDER_OF_20261123
    assert three_kinds().order(-1) == ORDER_OF_MINUS_1


def test_the_order_of_a_seed_is_the_same_in_another_process() -> None:
    program = (
        "from tests.quizzes.test_paper import three_kinds\n"
        "print([three_kinds().order(seed) for seed in range(20)])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert told.stdout.strip() == str([three_kinds().order(seed) for seed in range(20)])


@given(papers(), SEEDS)
def test_an_order_shows_every_item_and_every_option_once(paper: Paper, seed: int) -> None:
    order = paper.order(seed)
    assert sorted(index for index, _ in order) == list(range(len(paper.items)))
    for index, shown in order:
        assert sorted(shown) == list(range(len(paper.items[index].options)))


@given(papers(), SEEDS)
def test_a_pinned_option_keeps_its_place(paper: Paper, seed: int) -> None:
    for index, shown in paper.order(seed):
        for place, option in enumerate(paper.items[index].options):
            assert shown[place] == place or not option.pinned


@given(papers(), SEEDS)
def test_true_and_false_are_never_exchanged(paper: Paper, seed: int) -> None:
    for index, shown in paper.order(seed):
        assert shown == (0, 1) or paper.items[index].kind is not ItemKind.TRUE_FALSE


@given(papers(), SEEDS)
def test_what_is_not_to_be_shuffled_stays_as_written(paper: Paper, seed: int) -> None:
    rows = replace(paper, shuffle_items=False).order(seed)
    assert [index for index, _ in rows] == list(range(len(paper.items)))
    for index, shown in replace(paper, shuffle_options=False).order(seed):
        assert shown == tuple(range(len(paper.items[index].options)))


def test_shuffling_the_items_leaves_each_its_options() -> None:
    paper = three_kinds()
    for seed in range(50):
        assert sorted(paper.order(seed)) == list(replace(paper, shuffle_items=False).order(seed))


def test_every_arrangement_comes_up_and_none_more_often() -> None:
    paper = paper_of(single("a", count=3), true_false("b"), single("c", count=2))
    seen = Counter(paper.order(seed) for seed in range(7200))
    arrangements = [
        tuple((index, (a, (0, 1), c)[index]) for index in items)
        for items, a, c in product(permutations(range(3)), permutations(range(3)), [(0, 1), (1, 0)])
    ]
    assert seen.keys() == set(arrangements)
    assert len(arrangements) == 72
    # 100 of each expected; the seeds are fixed, so this is no chance of today.
    assert max(abs(count - 100) for count in seen.values()) < 5 * sqrt(100)


def test_unpinned_options_take_every_place_left_to_them() -> None:
    item = replace(single("a"), options=options(4, 0, pinned=[1]))
    seen = {paper_of(item).order(seed)[0][1] for seed in range(200)}
    assert seen == {(a, 1, b, c) for a, b, c in permutations([0, 2, 3])}


def test_an_item_of_36_options_is_shuffled_like_any_other() -> None:
    paper = paper_of(single("a", count=36))
    firsts = Counter(paper.order(seed)[0][1][0] for seed in range(3600))
    assert sorted(firsts) == list(range(36))
    assert max(abs(count - 100) for count in firsts.values()) < 5 * sqrt(100)


@given(papers())
def test_a_frozen_paper_thaws_to_an_equal_one(paper: Paper) -> None:
    thawed = Paper.thaw(paper.freeze())
    assert thawed == paper
    assert thawed.freeze() == paper.freeze()
    assert thawed.digest == paper.digest
    assert [item.key for item in thawed.items] == [item.key for item in paper.items]


def test_the_frozen_form_is_one_line_of_readable_json_with_sorted_keys() -> None:
    text = paper_of(single("a", clause="I"), clauses=["I"]).freeze()
    assert "Kiểm tra nhận thức" in text
    assert text == json.dumps(
        json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert sorted(json.loads(text)["items"][0]) == [
        "clause",
        "explanation",
        "id",
        "kind",
        "level",
        "options",
        "stem",
    ]


@given(papers())
def test_a_paper_without_recordings_freezes_to_what_it_was_before_there_were_any(
    paper: Paper,
) -> None:
    silent = replace(paper, items=tuple(replace(item, audio=None) for item in paper.items))
    content = asdict(silent) | {"format": 1}
    content["source"]["dated"] = str(paper.source.dated)
    for item in content["items"]:
        del item["_key"], item["audio"]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert silent.freeze() == text
    assert Paper.thaw(text) == silent


@given(papers())
def test_only_the_items_that_have_a_recording_tell_of_one(paper: Paper) -> None:
    frozen = json.loads(paper.freeze())["items"]
    assert [item.get("audio", "none") for item in frozen] == [
        i.audio or "none" for i in paper.items
    ]


def test_the_digest_of_an_edition_is_the_same_for_ever() -> None:
    assert three_kinds().digest == DIGEST


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Đề khác"},
        {"edition": 2},
        {"shuffle_items": False},
        {"shuffle_options": False},
        {"items": (single("a", right=1),)},
        {"items": (single("a", explanation="Vì vậy"),)},
        {"items": (single("a", audio="0" * 64),)},
    ],
    ids=["title", "edition", "items in order", "options in order", "key", "explanation", "audio"],
)
def test_any_change_gives_another_digest(change: dict[str, object]) -> None:
    paper = paper_of(single("a"))
    assert replace(paper, **change).digest != paper.digest  # type: ignore[arg-type]


def altered(**changes: object) -> str:
    """The frozen text of a paper with other entries; None takes an entry out."""
    content = {**json.loads(three_kinds().freeze()), **changes}
    return json.dumps({name: value for name, value in content.items() if value is not None})


def refusal(text: str) -> str:
    with pytest.raises(PaperError) as refused:
        Paper.thaw(text)
    return refused.value.code


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "57"])
def test_a_text_that_is_no_frozen_paper_is_refused(text: str) -> None:
    assert refusal(text) == "unreadable"


def test_a_text_nested_without_end_is_refused() -> None:
    assert refusal("[" * 100_000) == "unreadable"


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("format", 2),
        ("format", None),
        ("title", None),
        ("colour", "red"),
        ("source", {}),
        ("source", "57-NQ/TW"),
        ("source", {**asdict(SOURCE), "dated": "22/12/2024"}),
        ("items", [{}]),
        ("items", 7),
        ("clauses", [1]),
    ],
)
def test_a_frozen_paper_with_a_strange_entry_is_refused(entry: str, value: object) -> None:
    assert Paper.thaw(altered()) == three_kinds()
    assert refusal(altered(**{entry: value})) == "unreadable"


def test_a_frozen_text_whose_content_was_spoilt_is_refused_by_what_is_wrong() -> None:
    assert refusal(altered(items=[])) == "no_items"
    with pytest.raises(ItemError) as keyless:
        Paper.thaw(three_kinds().freeze().replace('"correct":true', '"correct":false'))
    assert keyless.value.code == "no_key"
