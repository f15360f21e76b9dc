"""The key: not a byte of it is on the phone before the sheet is in."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from quizzes.paper import Paper
from survey.access.guards import public
from survey.answering import guesses, pages
from survey.answering.entrance import Orders
from tests.conftest import NOON
from tests.promises import keys
from tests.promises.keys import Ground, made_up, make_ground, right_first, with_other_key

PAPERS = 8
ITEMS, PHONES = 30, 40
GUESSES = ITEMS * PHONES
FIVE_SIGMA = 5 * (GUESSES * 0.25 * 0.75) ** 0.5


@pytest.fixture
def ground(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ground]:
    monkeypatch.setattr(pages, "draw_seed", lambda: 5)
    monkeypatch.setattr(guesses, "PACE", 0.0)
    monkeypatch.setattr(guesses, "SLOW", 0.0)
    with time_machine.travel(NOON, tick=False):
        yield make_ground(tmp_path, session)


def test_pages_of_papers_that_differ_in_their_keys_alone_are_the_same_bytes(
    ground: Ground,
) -> None:
    chance = random.Random(14)
    for _ in range(PAPERS):
        paper = made_up(chance)
        other = with_other_key(paper, chance)
        seen = ground.seen(paper)
        assert len(seen) > 100
        assert seen == ground.seen(other)
        assert ground.missed == set()
        told = [text.encode() for item in paper.items + other.items if (text := item.explanation)]
        assert told
        assert [name for name, body in seen.items() if any(text in body for text in told)] == []


def test_what_is_compared_can_tell_keys_apart(ground: Ground) -> None:
    chance = random.Random(14)
    paper = made_up(chance)
    other = with_other_key(paper, chance)
    ground.seen(paper)
    after = ground.after(paper)
    assert paper.items[0].explanation.encode() in after
    ground.seen(other)
    assert other.items[0].explanation.encode() in ground.after(other)


def test_an_author_who_writes_the_right_one_first_is_caught_if_that_order_is_left_in_place(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def right_first(paper: Paper, seed: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        return tuple(
            (
                index,
                tuple(sorted(range(len(item.options)), key=lambda n: not item.options[n].correct)),
            )
            for index, item in enumerate(paper.items)
        )

    chance = random.Random(14)
    paper = replace(made_up(chance), shuffle_options=True)
    other = with_other_key(paper, chance)
    assert ground.seen(paper) == ground.seen(other)
    monkeypatch.setattr(Paper, "order", right_first)
    assert ground.seen(paper) != ground.seen(other)


# ------------------------------------------------------------------ a route that is new


def test_a_new_public_route_that_nobody_asks_is_missed(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keys.create_app

    @public
    def key() -> str:
        return "A"

    def with_another(settings: dict[str, object], *, instance: Path) -> Flask:
        app = made(settings, instance=instance)
        app.add_url_rule("/key", view_func=key)
        return app

    monkeypatch.setattr(keys, "create_app", with_another)
    ground.seen(made_up(random.Random(14)))
    assert ground.missed == {("GET", "/key")}


# ------------------------------------------------------------------ who reads the order


@pytest.fixture
def other_seeds(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = count()
    monkeypatch.setattr(pages, "draw_seed", lambda: next(seeds))


@pytest.mark.usefixtures("other_seeds")
def test_who_reads_the_order_of_the_options_does_no_better_than_chance(ground: Ground) -> None:
    hits = ground.guessed(right_first(ITEMS, shuffled=True), PHONES)
    assert sorted(hits) == ["place 0", "place 1", "place 2", "place 3", "seed"]
    assert {attack: n for attack, n in hits.items() if abs(n - GUESSES / 4) > FIVE_SIGMA} == {}


@pytest.mark.usefixtures("other_seeds")
def test_an_order_that_is_left_as_the_author_wrote_it_is_read(ground: Ground) -> None:
    assert ground.guessed(right_first(ITEMS, shuffled=False), PHONES)["place 0"] == GUESSES


@pytest.mark.usefixtures("other_seeds")
def test_an_order_that_hangs_on_the_seed_alone_is_turned_back(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Orders, "_keyed", lambda _self, seed: seed)
    assert ground.guessed(right_first(ITEMS, shuffled=True), PHONES)["seed"] == GUESSES
