"""Figures of charts: sorted, with whiskers, and with a gap where nothing may be shown."""

from collections.abc import Iterator

import pytest
from flask import Flask

from quizzes.tally import Tally
from survey.results import charts, figures
from survey.results.queries import Gap, Standing
from tests.survey.results.ground import PAPER, sheet


@pytest.fixture(autouse=True)
def in_vietnamese(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def standing(name: str, *rights: int, gap: Gap | None = None) -> Standing:
    tally = Tally.of_encoded(PAPER, [(sheet(right), 1) for right in rights])
    return Standing(
        id=1, name=name, kind="cell", answered=tally.n, tally=None if gap else tally, gap=gap
    )


def test_bars_are_sorted_and_carry_their_interval() -> None:
    low, high = standing("Thấp", 1, 1, 2), standing("Cao", 3, 4, 4)
    bars, layout = charts.mean_scores([low, high], None)["data"][0], {}
    assert (bars["y"], bars["x"], bars["text"]) == (["Cao", "Thấp"], [91.7, 33.3], ["91,7", "33,3"])
    reach = bars["error_x"]
    assert [round(down, 1) for down in reach["arrayminus"]] == [35.9, 33.3]
    assert [round(up, 1) for up in reach["array"]] == [8.3, 35.9]
    assert layout == {}


def test_withheld_is_a_hatched_gap_after_the_bars_and_nobody_is_no_bar() -> None:
    below = [
        standing("Ít", gap=Gap.FEW),
        standing("Đủ", 1, 2, 3),
        standing("Chưa ai", gap=Gap.NOBODY),
        standing("Chờ", gap=Gap.SOON),
        standing("Che", gap=Gap.SHIELD),
    ]
    figure = charts.mean_scores(below, None)
    shown, hatched = figure["data"]
    assert shown["y"] == ["Đủ"]
    assert (hatched["y"], hatched["x"]) == (["Ít", "Che"], [100, 100])
    assert hatched["marker"]["pattern"]["shape"] == "/"
    assert hatched["hovertext"] == [
        "Không hiển thị do số người trả lời dưới 5",
        "Không hiển thị để không suy ra được nhóm dưới 5 người",
    ]
    assert figure["layout"]["height"] == 3 * charts.BAR + charts.REST


def test_of_very_many_the_best_and_the_weakest_are_drawn() -> None:
    right = [4 * n // 100 for n in range(100)]
    many = [standing(f"Chi bộ {n}", score, score) for n, score in enumerate(right)]
    many.append(standing("Ít", gap=Gap.FEW))
    figure = charts.mean_scores(many, None)
    (bars,) = figure["data"]
    assert len(bars["y"]) == charts.MOST + 1
    assert (bars["y"][20], bars["x"][20]) == ("…", None)
    assert bars["x"][:20] == [75.0] * 20
    assert bars["x"][21:] == [0.0] * 20


def test_the_whole_is_a_line_across_its_parts() -> None:
    whole = figures.score(standing("Tất cả", 1, 2, 3).tally)
    layout = charts.mean_scores([standing("Đủ", 1, 2, 3)], whole)["layout"]
    assert [(shape["x0"], shape["x1"]) for shape in layout["shapes"]] == [(50.0, 50.0)]
    assert [note["text"] for note in layout["annotations"]] == ["chung 50,0"]


def test_two_units_of_one_name_are_two_bars() -> None:
    figure = charts.mean_scores([standing("Chi bộ 1", 1, 2), standing("Chi bộ 1", 3, 4)], None)
    assert figure["data"][0]["y"] == ["Chi bộ 1 (2)", "Chi bộ 1"]


def test_questions_are_drawn_in_the_order_given() -> None:
    tally = Tally.of_encoded(PAPER, [(sheet(3), 2), (sheet(1), 2)])
    bars = charts.item_shares(figures.items(PAPER, tally))["data"][0]
    assert bars["y"] == ["Câu 1", "Câu 2", "Câu 3", "Câu 4"]
    assert bars["x"] == [100.0, 50.0, 50.0, 0.0]
    assert [text.replace("\xa0", " ") for text in bars["text"]] == ["100 %", "50 %", "50 %", "0 %"]


def test_a_figure_carries_no_template_of_colours_and_fonts() -> None:
    figure = charts.mean_scores([standing("Đủ", 1, 2, 3)], None)
    assert "template" not in figure["layout"]
    assert set(figure["data"][0]["meta"]) == {"colour"}
