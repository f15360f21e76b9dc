"""A question read aloud: uploaded, replaced and removed with the question; kept for editions."""

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import URL, Engine, event, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, stream_encode_multipart

from quizzes.exchange import read_gift
from survey import create_app, db
from survey.papers import bank, operations, queries
from survey.papers.assembly import assemble
from survey.papers.models import BankItem, Edition, ItemRecording, Recording
from survey.papers.sound import MOST_BYTES, read_sound
from tests.conftest import SETTINGS
from tests.survey.papers.sounds import m4a, mp3, opus, wav
from tests.survey.papers.stage import GOOD, NOON, Stage, add_draft, fresh, set_stage

FORM = {
    "kind": "single",
    "stem": "Kinh tế số chiếm bao nhiêu GDP?",
    "option": ["20 %", "30 %"],
    "right": ["1"],
    "level": "recall",
    "clause": "0",
    "explanation": "Mục II.",
}
ONE, OTHER = read_sound(mp3(40)), read_sound(mp3(50))
PLAYER = '<audio controls preload="none" src="/A/{}" aria-label="Nghe câu hỏi"></audio>'


def with_file(content: bytes, name: str = "cau-1.mp3", **more: object) -> dict[str, object]:
    return FORM | {"sound": (io.BytesIO(content), name)} | more


def send(browser: FlaskClient, url: str, content: bytes, **typed: object) -> TestResponse:
    """Post a form of any size: the test client leaves the temporary file of a large one open."""
    form = FORM | {"sound": FileStorage(io.BytesIO(content), "cau-1.mp3")} | typed
    body, length, boundary = stream_encode_multipart(form, use_tempfile=False)
    kind = f'multipart/form-data; boundary="{boundary}"'
    return browser.post(url, input_stream=body, content_length=length, content_type=kind)


def held(session: Session) -> list[tuple[str, str]]:
    """(digest, type) of every recording in the store."""
    rows = fresh(session).execute(select(Recording.digest, Recording.media_type))
    return sorted((digest, kind) for digest, kind in rows)


def audio_of(session: Session, item_id: int) -> str | None:
    return fresh(session).get_one(BankItem, item_id).audio


def digests(session: Session) -> set[str]:
    return {digest for digest, _kind in held(session)}


# ------------------------------------------------------------------ by the editor


def test_a_recording_comes_with_the_question_and_can_be_listened_to(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = f"/items/{stage.items[0]}"
    assert "<audio" not in alice.get(url).text
    assert alice.post(url, data=with_file(mp3())).location == url
    assert (audio_of(session, stage.items[0]), held(session)) == (
        ONE.digest,
        [(ONE.digest, "audio/mpeg")],
    )
    assert PLAYER.format(ONE.digest) in alice.get(url).text
    heard = alice.get(f"/A/{ONE.digest}")
    assert (heard.data, heard.mimetype) == (mp3(), "audio/mpeg")


def test_a_new_question_may_bring_its_recording_along(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    sent = with_file(m4a(), "Ghi âm 001.m4a")
    url = alice.post(f"/resolutions/{stage.resolution}/items/new", data=sent).location
    assert audio_of(session, int(url.split("/")[-1])) == read_sound(m4a()).digest


def test_a_question_saved_without_a_file_keeps_its_recording(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = f"/items/{stage.items[0]}"
    alice.post(url, data=with_file(mp3()))
    alice.post(url, data=with_file(b"", "") | {"stem": "Câu đã sửa?"})
    alice.post(url, data=FORM | {"stem": "Câu đã sửa?", "sound": "không phải tệp"})
    assert fresh(session).get_one(BankItem, stage.items[0]).stem == "Câu đã sửa?"
    assert audio_of(session, stage.items[0]) == ONE.digest


def test_a_new_recording_takes_the_place_of_the_old(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = f"/items/{stage.items[0]}"
    for content in (mp3(40), mp3(50), mp3(50)):
        alice.post(url, data=with_file(content, silent="y"))
    assert audio_of(session, stage.items[0]) == OTHER.digest
    assert held(session) == [(OTHER.digest, "audio/mpeg")]


def test_a_recording_is_removed_by_a_tick(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = f"/items/{stage.items[0]}"
    alice.post(url, data=with_file(mp3()))
    assert 'name="silent"' in alice.get(url).text
    alice.post(url, data=FORM | {"silent": "y"})
    assert (audio_of(session, stage.items[0]), held(session)) == (None, [])
    assert alice.get(f"/A/{ONE.digest}").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (wav(), "Tệp này không phải bản ghi âm MP3, M4A, AAC hay OGG, dù tên tệp ghi gì."),
        (b"MZ" + bytes(2000), "Tệp này không phải bản ghi âm MP3"),
        (mp3().ljust(MOST_BYTES + 1, b"x"), "Bản ghi âm quá 1 MB."),
        (opus(200), "Bản ghi âm quá 2 phút."),
        (m4a(kinds=(b"vide", b"soun")), "Đây là tệp video."),
        (m4a()[:60], "Bản ghi âm bị hỏng hoặc tải lên chưa hết."),
        (b"", "Tệp không có gì bên trong."),
    ],
    ids=["wav", "program", "too big", "too long", "video", "broken", "empty"],
)
def test_a_file_that_is_no_recording_is_refused_beside_the_field_and_the_words_typed_stay(
    alice: FlaskClient, session: Session, stage: Stage, content: bytes, said: str
) -> None:
    answer = send(alice, f"/items/{stage.items[0]}", content, stem="Vừa gõ?")
    told = answer.text.split('id="sound-wrong"')[1].split("</div>")[0]
    assert said in told
    assert "Vừa gõ?</textarea>" in answer.text
    assert held(session) == []
    assert fresh(session).get_one(BankItem, stage.items[0]).stem == GOOD.stem


def test_neither_name_nor_declared_type_decides_what_a_file_is(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    sent = FORM | {"sound": (io.BytesIO(opus()), "bai-doc.mp3", "audio/mpeg")}
    alice.post(f"/items/{stage.items[0]}", data=sent)
    assert held(session) == [(read_sound(opus()).digest, "audio/ogg")]


# ------------------------------------------------------------------ as long as it is used


def test_two_questions_with_the_same_bytes_share_a_recording_until_both_have_left_it(
    session: Session, stage: Stage
) -> None:
    for item in stage.items:
        bank.amend_item(session, item, replace(GOOD, sound=ONE))
    assert digests(session) == {ONE.digest}
    bank.amend_item(session, stage.items[0], replace(GOOD, silent=True))
    assert (audio_of(session, stage.items[1]), digests(session)) == (ONE.digest, {ONE.digest})
    bank.delete_item(session, stage.items[1])
    assert digests(session) == set()


def test_what_a_published_edition_plays_is_never_deleted(session: Session, stage: Stage) -> None:
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=ONE))
    edition = operations.publish_paper(session, add_draft(session, stage), now=NOON)
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=OTHER))
    bank.amend_item(session, stage.items[0], replace(GOOD, silent=True))
    bank.delete_item(session, stage.items[0])
    assert digests(session) == {ONE.digest}
    assert queries.load_paper(session, edition).items[0].audio == ONE.digest


def test_a_bank_that_is_deleted_takes_its_recordings_along(session: Session, stage: Stage) -> None:
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=ONE))
    bank.delete_resolution(session, stage.resolution)
    assert digests(session) == set()
    assert fresh(session).scalars(select(ItemRecording)).all() == []


def test_a_bank_that_is_in_use_keeps_its_recordings(session: Session, stage: Stage) -> None:
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=ONE))
    add_draft(session, stage)
    with pytest.raises(bank.ResolutionInUse):
        bank.delete_resolution(session, stage.resolution)
    assert audio_of(session, stage.items[0]) == ONE.digest


def test_another_recording_is_another_edition(session: Session, stage: Stage) -> None:
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=ONE))
    paper = add_draft(session, stage)
    operations.publish_paper(session, paper, now=NOON)
    assert [flaw.code for flaw in assemble(fresh(session), paper).flaws] == ["unchanged"]
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=OTHER))
    assert assemble(fresh(session), paper).flaws == ()


@pytest.fixture
def on_postgresql(postgresql: URL, tmp_path: Path) -> Iterator[Engine]:
    url = postgresql.render_as_string(hide_password=False)
    app = create_app(SETTINGS | {"DATABASE_URL": url}, instance=tmp_path)
    engine: Engine = app.extensions["survey_engine"]
    db.Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_recordings_are_shared_and_dropped_on_postgresql_too(on_postgresql: Engine) -> None:
    with Session(on_postgresql) as session:
        test_two_questions_with_the_same_bytes_share_a_recording_until_both_have_left_it(
            session, set_stage(session)
        )


@pytest.mark.parametrize("first", ["publish", "remove"])
def test_an_edition_published_while_its_recording_is_removed_has_it_or_tells_of_none(
    on_postgresql: Engine, first: str
) -> None:
    """Where two write at once: the first is about to commit when the second begins."""
    with Session(on_postgresql) as session:
        stage = set_stage(session)
        bank.amend_item(session, stage.items[0], replace(GOOD, sound=ONE))
        paper = add_draft(session, stage)
    about_to_commit, second_done = threading.Event(), threading.Event()

    def wait_for_the_other(_session: Session) -> None:
        about_to_commit.set()
        second_done.wait(0.5)  # it does not come while the first one's locks are held

    def publish(session: Session) -> None:
        operations.publish_paper(session, paper, now=NOON)

    def remove(session: Session) -> None:
        bank.amend_item(session, stage.items[0], replace(GOOD, silent=True))

    def begin(work: Callable[[Session], None]) -> None:
        with Session(on_postgresql) as session:
            event.listen(session, "before_commit", wait_for_the_other)
            work(session)

    works = (publish, remove) if first == "publish" else (remove, publish)
    with ThreadPoolExecutor() as pool, Session(on_postgresql) as session:
        begun = pool.submit(begin, works[0])
        assert about_to_commit.wait(10)
        works[1](session)
        second_done.set()
        begun.result()
        edition = session.scalars(select(Edition.id)).one()
        told = queries.load_paper(session, edition).items[0].audio
        assert told == (ONE.digest if first == "publish" else None)
        assert digests(session) == ({ONE.digest} if first == "publish" else set())


# ------------------------------------------------------------------ where it is, and is not


def test_previews_play_the_recording_of_the_draft_and_of_the_edition(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=ONE))
    paper = add_draft(session, stage)
    edition = operations.publish_paper(session, paper, now=NOON)
    for path in (f"/items/{stage.items[0]}", f"/papers/{paper}", f"/editions/{edition}"):
        page = alice.get(f"{path}/preview").text
        assert page.count("<audio") == 1, path
        legend = "Ai là trung tâm của chuyển đổi số?</legend>\n"
        assert legend + PLAYER.format(ONE.digest) in page, path


def test_files_of_the_bank_know_nothing_of_recordings(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = f"/resolutions/{stage.resolution}/items.gift"
    before = alice.get(url).text
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=ONE))
    assert alice.get(url).text == before
    assert ONE.digest.encode() not in alice.get(url.replace("gift", "xlsx")).data
    assert len(read_gift(before).candidates) == len(stage.items)


def test_a_bank_is_listed_with_as_many_questions_to_the_store_as_without_recordings(
    alice: FlaskClient, session: Session, stage: Stage, statements: Callable[[], object]
) -> None:
    def asked() -> Sequence[str]:
        with statements() as said:  # type: ignore[attr-defined]
            assert alice.get(f"/resolutions/{stage.resolution}/items").status_code == 200
        return list(said)

    before = asked()
    for item in stage.items:
        bank.amend_item(session, item, replace(GOOD, sound=ONE))
    after = asked()
    assert len(after) == len(before)
    assert not any("recording.content" in statement for statement in after)


def test_an_organiser_beside_the_owner_can_neither_add_nor_remove_a_recording(
    bob: FlaskClient, session: Session, stage: Stage
) -> None:
    bank.amend_item(session, stage.items[0], replace(GOOD, sound=ONE))
    for sent in (with_file(mp3(50)), FORM | {"silent": "y"}):
        assert bob.post(f"/items/{stage.items[0]}", data=sent).status_code == 403
    assert audio_of(session, stage.items[0]) == ONE.digest
