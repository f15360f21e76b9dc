"""What the next start finds after the power went, at any place in the log of a disk."""

import random
from collections import Counter
from pathlib import Path

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from survey import db, web
from survey.answering.models import Seal, SealedMode, SealedReceipt, SealedSheet, Sheet
from survey.answering.sealing import check_seal
from survey.answering.sweeping import sweep
from survey.results.models import TallyRun
from survey.results.sealing import seal_sitting
from survey.sittings.models import Sitting
from tests.promises import disk
from tests.promises.disk import Disk

RECEIPTS = "SELECT receipt FROM sheet UNION ALL SELECT receipt FROM sealed_receipt"


class Cuts:
    """`sent`: keys of all sheets that phones have sent; `sitting`: the one that is sealed."""

    def __init__(self, before: Path, sitting: int, sent: set[bytes], place: Path) -> None:
        self._sitting, self._sent, self._place = sitting, sent, place
        self._rest = Disk(before)
        self._found: Counter[str] = Counter()

    def play(self, log: Path, places: Counter[int], seed: int) -> Counter[str]:
        """So many cuts after each of these records."""
        self._place.mkdir()
        chance = random.Random(seed)
        for number, record in enumerate(disk.read_log(log)):
            self._rest.take(record)
            for _ in range(places[number]):
                self._rest.cut(self._place, chance)
                self._look()
        return self._found

    def _look(self) -> None:
        engine = db.make_engine(f"sqlite:///{self._place / 'survey.sqlite'}")
        try:
            with Session(engine) as session:
                sound = session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
                self._found["unopened"] += not sound
                self._look_at_sheets(session)
                self._look_at_seal(session, engine)
        except DatabaseError:
            self._found["unopened"] += 1
        finally:
            engine.dispose()

    def _look_at_sheets(self, session: Session) -> None:
        store = session.connection().connection
        stored = [receipt for (receipt,) in store.execute(RECEIPTS).fetchall()]
        self._found["lost"] += not self._rest.told <= set(stored)
        self._found["doubled"] += len(stored) != len(set(stored) & self._sent)

    def _look_at_seal(self, session: Session, engine: Engine) -> None:
        """A sitting that was closed and is not sealed is sealed by whoever asks next."""
        self._found["half"] += not self._is_all_or_nothing(session)
        closes_at = session.get_one(Sitting, self._sitting).closes_at
        if session.get(Seal, self._sitting) is not None:
            self._found["sealed"] += 1
        elif closes_at is not None and closes_at <= web.now():
            self._found["unsealed"] += 1
            sheets = self._count(session, Sheet)
            seal = seal_sitting(session, self._sitting, now=web.now())
            whole = seal.sheets == sheets and self._is_all_or_nothing(session)
            session.rollback()
            self._found["half"] += not (whole and sweep(engine, thorough=True))

    def _is_all_or_nothing(self, session: Session) -> bool:
        seal = session.get(Seal, self._sitting)
        parts = [self._count(session, model) for model in (SealedSheet, SealedReceipt)]
        modes = select(func.sum(SealedMode.sheets)).where(SealedMode.sitting_id == self._sitting)
        parts.append(session.scalar(modes) or 0)
        if seal is None:
            return parts == [0, 0, 0]
        run = session.get_one(TallyRun, self._sitting)
        return (
            (*parts, run.sheets, run.final) == (*[seal.sheets] * 4, True)
            and self._count(session, Sheet) == 0
            and check_seal(session, self._sitting)
        )

    def _count(self, session: Session, model: type[Sheet | SealedSheet | SealedReceipt]) -> int:
        counted = select(func.count()).where(model.sitting_id == self._sitting)
        return session.scalar(counted) or 0
