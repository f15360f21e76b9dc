"""A draft: which questions, in which order, and its one way into an edition."""

import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.item import Item, ItemError, ItemKind, Level, Option
from quizzes.paper import Clause, Paper
from survey.papers import bank, operations, queries
from survey.papers.assembly import Flaw, assemble, chosen_items
from survey.papers.bank import ItemDraft
from survey.papers.models import BankItem, Edition, PaperDraft, PaperItem
from survey.papers.operations import NotReady, PaperPublished
from tests.survey.papers.stage import GOOD, KEYLESS, NOON, SEVERAL, SOURCE, Stage, add_draft, fresh


def order(session: Session, paper_id: int) -> list[int]:
    return [item.id for item in chosen_items(fresh(session), paper_id)]


def more_items(session: Session, stage: Stage, count: int) -> list[int]:
    return [
        bank.draft_item(session, stage.resolution, replace(GOOD, stem=f"Câu thứ {number}?"))
        for number in range(count)
    ]


# ------------------------------------------------------------------ putting together


def test_a_draft_is_made_of_a_resolution_and_belongs_to_its_unit(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    page = alice.get(f"/papers/new?resolution={stage.resolution}").text
    assert f'<option selected value="{stage.resolution}">' in page
    sent = {"resolution": stage.resolution, "title": "  Đề   mới ", "shuffle_items": "y"}
    answer = alice.post("/papers/new", data=sent)
    made = fresh(session).scalars(select(PaperDraft)).one()
    assert answer.location == f"/papers/{made.id}/choose"
    assert (made.unit_id, made.title, made.shuffle_items, made.shuffle_options) == (
        stage.north,
        "Đề mới",
        True,
        False,
    )


@pytest.mark.parametrize("resolution", ["", "x", "999"])
def test_a_draft_of_no_resolution_is_refused_and_the_title_stays(
    alice: FlaskClient, session: Session, resolution: str
) -> None:
    answer = alice.post("/papers/new", data={"resolution": resolution, "title": "Đề mới"})
    assert 'value="Đề mới"' in answer.text
    assert fresh(session).scalars(select(PaperDraft)).all() == []


def test_without_a_resolution_the_page_says_where_to_begin(bob: FlaskClient) -> None:
    page = bob.get("/papers/new").text
    assert 'href="/resolutions/new"' in page


def test_chosen_questions_come_to_the_end_and_those_let_go_leave(
    alice: FlaskClient, session: Session, stage: Stage, draft: int
) -> None:
    first, second = stage.items
    third, fourth = more_items(session, stage, 2)
    sent = {"shown": [first, second, third, fourth], "item": [second, fourth, third]}
    alice.post(f"/papers/{draft}/choose", data=sent)
    assert order(session, draft) == [second, fourth, third]


def test_what_a_filter_does_not_show_stays_in_the_draft(
    alice: FlaskClient, session: Session, stage: Stage, draft: int
) -> None:
    page = alice.get(f"/papers/{draft}/choose?kind=multiple").text
    shown = re.findall(r'name="shown" value="(\d+)"', page)
    assert shown == [str(stage.items[1])]
    alice.post(f"/papers/{draft}/choose", data={"shown": shown})
    assert order(session, draft) == [stage.items[0]]


def test_a_question_of_another_bank_cannot_be_smuggled_in(
    alice: FlaskClient, session: Session, stage: Stage, draft: int
) -> None:
    other = bank.save_resolution(session, replace(SOURCE, number="59"), unit_id=stage.south)
    foreign = bank.draft_item(session, other, GOOD)
    forged = {"shown": [], "item": [*stage.items, foreign, 999, 10**30, "x"]}
    alice.post(f"/papers/{draft}/choose", data=forged)
    assert order(session, draft) == list(stage.items)


def test_questions_are_moved_by_buttons_and_stay_at_the_ends(
    alice: FlaskClient, session: Session, stage: Stage, draft: int
) -> None:
    first, second = stage.items
    for button, held in [
        ({"up": first}, [first, second]),
        ({"down": first}, [second, first]),
        ({"down": first}, [second, first]),
        ({"up": first}, [first, second]),
        ({"up": 10**30}, [first, second]),
        ({"down": "x"}, [first, second]),
        ({"remove": first}, [second]),
        ({}, [second]),
    ]:
        alice.post(f"/papers/{draft}/order", data=button)
        assert order(session, draft) == held


MOVES = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([-1, 1])), max_size=12)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=MOVES)
def test_moving_never_loses_or_doubles_a_question(
    session: Session, stage: Stage, moves: list[tuple[int, int]]
) -> None:
    items = [*stage.items, *more_items(session, stage, 3)]
    paper = operations.draft_paper(
        session,
        resolution_id=stage.resolution,
        unit_id=stage.north,
        title="Đề",
        item_ids=items,
        now=NOON,
    )
    expected = list(items)
    for which, by in moves:
        place = expected.index(items[which])
        expected.insert(max(0, place + by), expected.pop(place))
        operations.move_item(session, paper, items[which], by=by, now=NOON)
    assert order(session, paper) == expected


def test_settings_are_saved_and_a_blank_title_is_refused_with_the_rest_kept(
    alice: FlaskClient, session: Session, draft: int
) -> None:
    alice.post(f"/papers/{draft}", data={"title": "Tên khác", "shuffle_options": "y"})
    row = fresh(session).get_one(PaperDraft, draft)
    assert (row.title, row.shuffle_items, row.shuffle_options) == ("Tên khác", False, True)
    page = alice.post(f"/papers/{draft}", data={"title": " ", "shuffle_items": "y"}).text
    assert "Cần điền ô này." in page
    assert re.search(r'<input checked [^>]*name="shuffle_items"', page)
    assert fresh(session).get_one(PaperDraft, draft).title == "Tên khác"


def test_the_preview_shows_every_question_in_order_as_the_phone_does(
    alice: FlaskClient, stage: Stage, draft: int
) -> None:
    page = alice.get(f"/papers/{draft}/preview").text
    assert re.findall(r'<span class="place">(.*?)</span> (.*?)</legend>', page) == [
        ("Câu 1/2", GOOD.stem),
        ("Câu 2/2", SEVERAL.stem),
    ]
    assert re.findall(r'<fieldset class="question" id="(\w+)"', page) == ["q0", "q1"]


def test_a_draft_never_published_can_be_deleted_and_its_questions_stay(
    alice: FlaskClient, session: Session, stage: Stage, draft: int
) -> None:
    alice.post(f"/papers/{draft}/delete")
    assert fresh(session).scalars(select(PaperDraft)).all() == []
    assert session.scalars(select(PaperItem)).all() == []
    assert len(queries.bank(session, stage.resolution)) == 2


# ------------------------------------------------------------------ publishing


def test_an_edition_holds_the_draft_as_values(session: Session, stage: Stage, draft: int) -> None:
    tied = replace(SEVERAL, clause_id=stage.clauses[1])
    bank.amend_item(session, stage.items[1], tied)
    edition = operations.publish_paper(session, draft, now=NOON)
    paper = queries.load_paper(session, edition)
    assert (paper.title, paper.edition, paper.source) == ("Đề số 1", 1, SOURCE)
    assert paper.clauses == (
        Clause(id=str(stage.clauses[1]), label="Mục I.2", text="Người dân là trung tâm."),
    )
    first, second = paper.items
    assert (first.kind, first.level, first.options, first.clause, first.explanation) == (
        ItemKind.SINGLE,
        Level.UNDERSTANDING,
        GOOD.options,
        None,
        GOOD.explanation,
    )
    assert (second.kind, second.clause) == (ItemKind.MULTIPLE, str(stage.clauses[1]))


def test_what_lists_repeat_of_an_edition_is_what_its_frozen_text_says(
    session: Session, edition: int
) -> None:
    row = session.get_one(Edition, edition)
    paper = Paper.thaw(row.content)
    assert (row.title, row.resolution_number, row.items, row.number, row.digest) == (
        paper.title,
        paper.source.number,
        len(paper.items),
        paper.edition,
        paper.digest,
    )


def test_nothing_done_later_changes_an_edition(session: Session, stage: Stage, draft: int) -> None:
    edition = operations.publish_paper(session, draft, now=NOON)
    before = queries.load_paper(session, edition)
    operations.settle_paper(
        session, draft, title="Khác", shuffle_items=False, shuffle_options=False, now=NOON
    )
    bank.amend_resolution(session, stage.resolution, replace(SOURCE, title="Khác"))
    bank.amend_item(session, stage.items[0], KEYLESS)
    bank.delete_item(session, stage.items[1])
    bank.delete_clause(session, stage.clauses[0])
    assert queries.load_paper(fresh(session), edition) == before


def test_a_draft_amended_after_publishing_becomes_the_next_edition(
    alice: FlaskClient, session: Session, stage: Stage, draft: int
) -> None:
    first = operations.publish_paper(session, draft, now=NOON)
    assert "Từ lần ban hành trước, đề chưa có gì thay đổi." in alice.get(f"/papers/{draft}").text
    bank.amend_item(session, stage.items[0], replace(GOOD, stem="Hỏi lại?"))
    page = alice.get(f"/papers/{draft}").text
    assert '<input type="hidden" name="number" value="2">' in page
    answer = alice.post(f"/papers/{draft}/publish", data={"number": 2})
    second = int(answer.location.rsplit("/", 1)[1])
    stems = [
        queries.load_paper(fresh(session), edition).items[0].stem for edition in (first, second)
    ]
    assert stems == [GOOD.stem, "Hỏi lại?"]


def test_every_reason_against_publishing_is_named_at_once(
    alice: FlaskClient, session: Session, stage: Stage, draft: int
) -> None:
    keyless = bank.draft_item(session, stage.resolution, KEYLESS)
    alone = replace(GOOD, options=(Option("Một", correct=True),))
    lonely = bank.draft_item(session, stage.resolution, alone)
    chosen = [keyless, *stage.items, lonely]
    operations.choose_items(session, draft, shown=stage.items, chosen=[], now=NOON)
    operations.choose_items(session, draft, shown=[], chosen=chosen, now=NOON)
    with pytest.raises(NotReady) as refusal:
        operations.publish_paper(session, draft, now=NOON)
    assert refusal.value.flaws == (
        Flaw("no_key", 1, keyless),
        Flaw("too_few_options", 4, lonely),
    )
    page = alice.get(f"/papers/{draft}").text
    assert "Câu 1: Chưa đánh dấu phương án đúng." in page
    assert "Câu 4: Cần ít nhất hai phương án." in page
    assert "/publish" not in page
    answer = alice.post(f"/papers/{draft}/publish", data={"number": 1}, follow_redirects=True)
    assert "Chưa ban hành: đề còn chỗ cần sửa." in answer.text
    assert fresh(session).scalars(select(Edition)).all() == []


def test_an_empty_draft_is_no_paper(session: Session, stage: Stage) -> None:
    empty = operations.draft_paper(
        session, resolution_id=stage.resolution, unit_id=stage.north, title="Đề", now=NOON
    )
    assert assemble(session, empty).flaws == (Flaw("no_items"),)


def test_the_same_content_is_not_published_twice(session: Session, draft: int) -> None:
    operations.publish_paper(session, draft, now=NOON)
    with pytest.raises(NotReady) as refusal:
        operations.publish_paper(session, draft, now=NOON + timedelta(days=1))
    assert refusal.value.flaws == (Flaw("unchanged"),)


def test_a_second_tap_on_publish_makes_no_second_edition(
    alice: FlaskClient, session: Session, draft: int
) -> None:
    taps = [alice.post(f"/papers/{draft}/publish", data={"number": 1}) for _ in range(2)]
    (edition,) = fresh(session).scalars(select(Edition)).all()
    assert [tap.location for tap in taps] == [f"/editions/{edition.id}", f"/papers/{draft}"]


@pytest.mark.parametrize("number", ["", "x", "0", "7", "-1"])
def test_a_number_that_no_page_showed_publishes_nothing(
    alice: FlaskClient, session: Session, draft: int, number: str
) -> None:
    assert alice.post(f"/papers/{draft}/publish", data={"number": number}).status_code == 302
    assert fresh(session).scalars(select(Edition)).all() == []


def test_of_two_who_publish_at_the_same_moment_one_does(
    app: Flask, session: Session, draft: int
) -> None:
    """Both were shown number 1; whatever the timing, one edition comes of it."""
    together, outcomes = threading.Barrier(4), list[str]()

    def publish() -> None:
        with Session(app.extensions["survey_engine"]) as own:
            together.wait()
            try:
                operations.publish_paper(own, draft, number=1, now=NOON)
                outcomes.append("published")
            except PaperPublished:
                outcomes.append("refused")

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published", "refused", "refused", "refused"]
    assert [row.number for row in fresh(session).scalars(select(Edition))] == [1]


def test_the_constraint_itself_refuses_a_number_twice_and_is_told_as_published(
    session: Session, draft: int
) -> None:
    """A store whose transactions overlap lets the second publisher read no edition yet; here a
    trigger puts the first one's row in between."""
    from sqlalchemy import text

    session.execute(
        text(
            "CREATE TRIGGER meanwhile BEFORE INSERT ON edition WHEN NEW.digest <> 'first' BEGIN "
            "INSERT INTO edition (paper_id, number, title, resolution_number, items, content,"
            " digest, published_at) VALUES (NEW.paper_id, NEW.number, 'x', 'x', 1, 'x', 'first',"
            " NEW.published_at); END"
        )
    )
    session.commit()
    with pytest.raises(PaperPublished):
        operations.publish_paper(session, draft, now=NOON)
    assert fresh(session).scalars(select(Edition)).all() == []


def test_a_published_paper_is_not_deleted(
    alice: FlaskClient, session: Session, stage: Stage, edition: int
) -> None:
    paper_id = session.get_one(Edition, edition).paper_id
    assert "/delete" not in alice.get(f"/papers/{paper_id}").text
    page = alice.post(f"/papers/{paper_id}/delete", follow_redirects=True).text
    assert "Đề đã ban hành nên không xóa được." in page
    assert order(session, paper_id) == list(stage.items)


def test_a_draft_with_an_unfit_question_can_be_previewed(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    paper_id = add_draft(session, stage)
    session.get_one(BankItem, stage.items[0]).stem = ""
    session.commit()
    assert alice.get(f"/papers/{paper_id}/preview").status_code == 200
    assert "(chưa có nội dung)" in alice.get(f"/papers/{paper_id}").text


OPTION = st.builds(
    Option, text=st.sampled_from(["Một", "một", "Hai", "Ba", ""]), correct=st.booleans()
)
WRITTEN = st.builds(
    ItemDraft,
    kind=st.sampled_from(ItemKind),
    stem=st.sampled_from(["Hỏi gì?", "Hỏi nữa?", ""]),
    options=st.lists(OPTION, max_size=4).map(tuple),
    level=st.sampled_from(Level),
)


def is_fit(draft: ItemDraft) -> bool:
    try:
        Item(id="x", kind=draft.kind, stem=draft.stem, options=draft.options)
    except ItemError:
        return False
    return True


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=st.lists(WRITTEN, min_size=1, max_size=4))
def test_a_draft_is_published_exactly_when_every_question_is_fit_and_then_holds_them_all(
    session: Session, stage: Stage, written: list[ItemDraft]
) -> None:
    items = [bank.draft_item(session, stage.resolution, draft) for draft in written]
    paper = operations.draft_paper(
        session,
        resolution_id=stage.resolution,
        unit_id=stage.north,
        title="Đề",
        item_ids=items,
        now=NOON,
    )
    unfit = [place for place, draft in enumerate(written, 1) if not is_fit(draft)]
    if unfit:
        with pytest.raises(NotReady) as refusal:
            operations.publish_paper(session, paper, now=NOON)
        assert [flaw.place for flaw in refusal.value.flaws] == unfit
        return
    published = queries.load_paper(
        session, operations.publish_paper(session, paper, now=NOON)
    ).items
    assert [(item.kind, item.stem, item.options, item.level) for item in published] == [
        (draft.kind, draft.stem, draft.options, draft.level) for draft in written
    ]
