"""Whether the store is sound, told in plain words to whoever keeps the machine."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from survey.answering.models import Seal
from survey.desk.jobs import verify_all
from survey.sittings.models import Sitting


class Finding(NamedTuple):
    is_well: bool
    words: str


def examine(session: Session) -> Iterator[Finding]:
    """One finding after another, as some take their time."""
    if session.get_bind().dialect.name == "sqlite":
        yield _file(session)
    else:
        yield from _server(session)
    yield from _seals(session)
    unswept = session.scalar(select(func.count()).where(Seal.swept.is_(False))) or 0
    if unswept:
        yield Finding(
            True,
            f"{unswept} đợt đã niêm phong còn chờ dọn sạch tệp; dọn ngay: jobs run-due --now / "
            f"{unswept} sealed sittings wait for their files to be swept; to do it now: "
            "jobs run-due --now",
        )


def _file(session: Session) -> Finding:
    said = list(session.scalars(text("PRAGMA integrity_check(5)")))
    if said == ["ok"]:
        return Finding(True, "Tệp dữ liệu lành lặn / the store is whole")
    return Finding(False, f"TỆP DỮ LIỆU HỎNG / THE STORE IS DAMAGED: {'; '.join(said)}")


def _server(session: Session) -> Iterator[Finding]:
    """PostgreSQL as it has to be set: it survives a power cut, it tells a damaged page, and its
    log, in which the sheets stand in the order in which they came, is not kept when it is done
    with."""
    for name, wanted, reason in (
        ("fsync", "on", "mất điện là mất phiếu / a power cut loses sheets"),
        ("full_page_writes", "on", "mất điện làm hỏng trang / a power cut tears pages"),
        ("data_checksums", "on", "trang hỏng không bị lộ / damaged pages go unseen"),
        ("wal_recycle", "off", "nhật ký giữ thứ tự phiếu / the log keeps the order of sheets"),
        ("archive_mode", "off", "nhật ký được lưu lại / the log is kept"),
    ):
        found = session.scalar(text("SELECT current_setting(:name)"), {"name": name})
        words = f"PostgreSQL: {name} = {found}"
        yield Finding(True, words) if found == wanted else Finding(False, f"{words}: {reason}")


def _seals(session: Session) -> Iterator[Finding]:
    count = session.scalar(select(func.count()).select_from(Seal)) or 0
    broken = verify_all(session)
    titles = dict(
        session.execute(select(Sitting.id, Sitting.title).where(Sitting.id.in_(broken))).all()
    )
    for sitting_id in broken:
        yield Finding(
            False,
            f"PHIẾU KHÔNG KHỚP NIÊM PHONG / SHEETS ARE NOT WHAT WAS SEALED: "
            f"{titles[sitting_id]} ({sitting_id})",
        )
    if not broken:
        yield Finding(True, f"{count} đợt khớp niêm phong / {count} seals hold")
