"""The own cell is found in a long list, by the page and by its script alike."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from survey.answering import chooser
from survey.text import holds
from tests.world import World

GROUPS = tuple(
    (f"Đảng bộ xã {commune}", tuple((100 * i + n, f"Chi bộ Thôn {n}") for n in range(1, 31)))
    for i, commune in enumerate(("Đăk Tô", "Đăk Hà", "Ia H’Drai"), start=1)
)
typed = st.lists(
    st.sampled_from(
        ["dak", "ĐẮK", "to", "tô", "2", "20", "thon", "Thô", "h'drai", "ia", "(3)", "x"]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)

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
    assert found == (wanted[: chooser.FOUND], max(0, len(wanted) - chooser.FOUND))


@pytest.mark.parametrize("asked", ["", " ", ".,-"])
def test_nothing_typed_finds_nothing(asked: str) -> None:
    assert chooser.find(GROUPS, asked) == ([], 0)


def test_the_script_is_told_names_with_the_unit_above(
    client: FlaskClient, address: str, world: World
) -> None:
    answer = client.get(f"{address}/cells", query_string={"q": "ia h'drai 10"})
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
    assert client.get(near, query_string={"cell": cell}).get_json()["cells"] == [
        [cell, "Chi bộ Thôn 2, Đảng bộ xã Đăk Tô"]
    ]
    assert client.get(near, query_string={"cell": other}).get_json()["cells"] == []


@pytest.mark.parametrize("cell", ["", "x", "-1", "9" * 40, "٣"])
def test_a_made_up_cell_has_no_name(client: FlaskClient, address: str, cell: str) -> None:
    answer = client.get(f"{address}/cells", query_string={"cell": cell})
    assert answer.get_json() == {"cells": [], "more": 0}


def test_behind_an_unknown_door_there_are_no_names(client: FlaskClient) -> None:
    assert client.get(f"/D/{'0' * 26}/cells", query_string={"q": "thon"}).status_code == 404


def test_the_page_without_scripts_lists_what_is_found_and_what_lies_below_a_unit(
    client: FlaskClient, address: str, world: World
) -> None:
    found = client.get(address, query_string={"q": "thon 10"}).text
    assert found.count("?cell=") == 2
    below = client.get(address, query_string={"u": "1", "m": "shared"}).text
    assert [f"?cell={cell}&amp;m=shared" in below for cell in world.cells[1]] == [True] * 3
    assert "Tôi không thấy chi bộ của mình" in client.get(address).text
    for nonsense in ("-1", "9", "x"):
        assert client.get(address, query_string={"u": nonsense}).text.count("?cell=") == 0
