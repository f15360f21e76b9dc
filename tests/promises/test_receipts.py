"""A receipt proves having taken part, never what was answered."""

from pathlib import Path

import pytest

from survey.results import sealing
from tests.promises.receipts import forgetful, play, tell_the_answers

PEOPLE = 1000
FEW = 50


def test_every_receipt_is_listed_none_extra_and_none_leads_to_a_sheet(tmp_path: Path) -> None:
    played = play(PEOPLE, tmp_path)
    assert played[:4] == (PEOPLE, 0, 0, [])
    assert played.asked > 50


def test_a_receipt_that_is_not_sealed_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "rewrite", forgetful)
    assert play(FEW, tmp_path).missing > 0


def test_a_page_that_tells_what_a_receipt_answered_is_caught(tmp_path: Path) -> None:
    assert play(FEW, tmp_path, tell_the_answers)[:4] == (FEW, 0, 0, ["/"])
