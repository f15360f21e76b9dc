"""The key: not a byte of it is on the phone before the sheet is in."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from quizzes.paper import Paper
from survey.answering import guesses, pages
from tests.conftest import NOON
from tests.promises.keys import Ground, made_up, make_ground, with_other_key

PAPERS = 8


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
        assert len(seen) > 70
        assert seen == ground.seen(other)
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
