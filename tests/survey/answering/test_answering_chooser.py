"""The own cell is found in a long list, by the page and by its script alike."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from survey.answering import chooser
from survey.text import holds
from tests.world import World

NUMBERS = (*range(1, 11), 12, 20, 22)
GROUPS = tuple(
    (f"Đảng bộ xã {commune}", tuple((100 * i + n, f"Chi bộ Thôn {n}") for n in NUMBERS))
    for i, commune in enumerate(("Đăk Tô", "Đăk Hà", "Ia H’Drai"), start=1)
)
typed = st.lists(
    st.sampled_from(
        ["dak", "ĐẮK", "to", "tô", "2", "20", "thon", "Thô", "h'drai", "ia", "(3)", "x"]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)

SCRIPTED = {"Accept": "application/json"}
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def address(
    client: FlaskClient,
    plan: Callable[..., int],
    key_of: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A door whose list of six counts as long."""
    monkeypatch.setattr(chooser, "LONG_LIST", 5)
    return f"/D/{key_of(plan())}"


@given(typed)
def test_the_search_finds_what_the_search_of_the_desk_finds(asked: str) -> None:
    wanted = [
        (cell, f"{name}, {upper}")
        for upper, members in GROUPS
        for cell, name in members
        if holds(f"{name} {upper}", asked)
    ]
    found = chooser.find(GROUPS, asked)
    assert (sorted(found.cells), found.more) == (wanted, 0)


@given(typed)
def test_more_than_forty_are_counted_and_not_shown(asked: str) -> None:
    found = chooser.find(GROUPS * 3, asked)
    assert len(found.cells) == min(chooser.FOUND, len(found.cells) + found.more)
    assert len(found.cells) + found.more == 3 * len(chooser.find(GROUPS, asked).cells)


def test_a_name_that_was_typed_as_it_reads_comes_before_its_words_scattered() -> None:
    groups = (
        ("Đảng bộ xã Đăk Cấm", ((1, "Chi bộ Tổ 1"), (2, "Chi bộ Thôn 2"))),
        ("Đảng bộ xã Đăk Tô", ((3, "Chi bộ Thôn 3"), (4, "Chi bộ Thôn 2"))),
    )
    assert [cell for cell, _name in chooser.find(groups, "dak to").cells] == [3, 4, 1]
    assert [cell for cell, _name in chooser.find(groups, "2 dak to").cells] == [4]


@pytest.mark.parametrize("asked", ["", " ", ".,-"])
def test_nothing_typed_finds_nothing(asked: str) -> None:
    assert chooser.find(GROUPS, asked) == ([], 0)


def test_the_script_is_told_names_with_the_unit_above(
    client: FlaskClient, address: str, world: World
) -> None:
    answer = client.get(f"{address}/cells", query_string={"q": "ia h'drai 10"}, headers=SCRIPTED)
    cell = world.cells[1][2]
    assert answer.get_json() == {
        "cells": [[cell, "Chi bộ Thôn 10, Đảng bộ xã Ia H’Drai"]],
        "more": 0,
    }
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_cell_known_before_is_named_only_where_it_is_called(
    client: FlaskClient, plan: Callable[..., int], key_of: Callable[..., str], world: World
) -> None:
    near = f"/D/{key_of(plan(), hall=world.halls[0])}/cells"
    cell, other = world.cells[0][1], world.cells[1][1]

    def named(asked: int) -> list[object]:
        answer = client.get(near, query_string={"cell": asked}, headers=SCRIPTED)
        return answer.get_json()["cells"]

    assert named(cell) == [[cell, "Chi bộ Thôn 2, Đảng bộ xã Đăk Tô"]]
    assert named(other) == []


@pytest.mark.parametrize("cell", ["", "x", "-1", "9" * 40, "٣"])
def test_a_made_up_cell_has_no_name(client: FlaskClient, address: str, cell: str) -> None:
    answer = client.get(f"{address}/cells", query_string={"cell": cell}, headers=SCRIPTED)
    assert answer.get_json() == {"cells": [], "more": 0}


def test_behind_an_unknown_door_there_are_no_names(client: FlaskClient) -> None:
    assert client.get(f"/D/{'0' * 26}/cells", query_string={"q": "thon"}).status_code == 404


def test_the_page_without_scripts_lists_what_is_found_and_what_lies_below_a_unit(
    client: FlaskClient, address: str, world: World
) -> None:
    address += "/cells"
    found = client.get(address, query_string={"q": "thon 10 ia h'drai"}).text
    assert re.findall(r"\?cell=(\d+)", found) == [str(world.cells[1][2])]
    below = client.get(address, query_string={"u": "1", "m": "shared"}).text
    links = [f"?cell={cell}&amp;m=shared" for cell in world.cells[1]]
    assert re.findall(r"\?cell=[^\"]*", below) == links
    assert "Tôi không thấy chi bộ của mình" in client.get(address).text
    assert "Không tìm thấy" in client.get(address, query_string={"q": "zzz"}).text
    for nonsense in ("-1", "9", "x"):
        assert client.get(address, query_string={"u": nonsense}).text.count("?cell=") == 0


def test_the_page_of_a_long_list_holds_the_questions_and_no_list(
    client: FlaskClient, address: str, world: World
) -> None:
    page = client.get(address).text
    assert page.count('<fieldset class="question"') == 3
    assert re.findall(r'<input [^>]*name="cell"', page) == []
    assert '<label for="find">Gõ tên hoặc số chi bộ (không cần dấu)</label>' in page
    assert f'<form id="search" action="{address}/cells">' in page
    chosen = client.get(address, query_string={"cell": world.cells[1][2]}).text
    assert "Chi bộ: Chi bộ Thôn 10, Đảng bộ xã Ia H’Drai" in chosen
    assert 'id="find"' not in chosen
