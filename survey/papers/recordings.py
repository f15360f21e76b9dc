"""Recordings by their digest, as steps of the operations on the bank. Two questions with the same
bytes share one; what a published edition plays is found for ever."""

from collections.abc import Collection
from contextlib import suppress

from sqlalchemy import Select, delete, exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.papers.models import Edition, ItemRecording, Recording
from survey.papers.sound import Sound


def record(session: Session, item_id: int, sound: Sound | None) -> None:
    """Let the question be read aloud by this recording and no other; None: by none."""
    before = recordings_of(session, [item_id])
    session.execute(delete(ItemRecording).where(ItemRecording.item_id == item_id))
    if sound is not None:
        with suppress(IntegrityError), session.begin_nested():  # it may be held already
            row = {"digest": sound.digest, "media_type": sound.media_type, "content": sound.content}
            session.execute(insert(Recording).values(row))
        session.execute(insert(ItemRecording).values(item_id=item_id, digest=sound.digest))
    drop_unused(session, before)


def recordings_of(session: Session, item_ids: Collection[int] | Select[int]) -> list[str]:
    found = select(ItemRecording.digest).where(ItemRecording.item_id.in_(item_ids))
    return list(session.scalars(found))


def drop_unused(session: Session, digests: Collection[str]) -> None:
    """Those of them that neither a question of a bank nor an edition has any more go. Whoever
    removes a recording may have a reason to want it gone."""
    asked = exists().where(ItemRecording.digest == Recording.digest)
    published = exists().where(Edition.content.contains(Recording.digest))
    unused = delete(Recording).where(Recording.digest.in_(digests), ~asked, ~published)
    # Another question may take the recording up at this very moment: then it stays.
    with suppress(IntegrityError), session.begin_nested():
        session.execute(unused.execution_options(synchronize_session=False))
