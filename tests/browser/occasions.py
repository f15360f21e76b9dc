"""A sitting of a test's own behind the running server: three questions, four cells in two halls'
communes, and the organiser's hand on it while phones are out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey import db
from survey.answering.models import Sheet
from survey.sittings import operations
from survey.sittings.models import Kind, Show
from survey.sittings.queries import doors_of
from tests.world import World, make_world


@dataclass(frozen=True)
class Grounds:
    """The store of the running server, with a small world in it."""

    engine: Engine
    world: World
    address: str

    def hold(self) -> "Occasion":
        """A new sitting, open, with a door for everybody."""
        now = datetime.now(UTC)
        with Session(self.engine) as session:
            made = operations.plan_sitting(
                session,
                self.world.conference,
                self.world.edition,
                kind=Kind.AFTER,
                title="Sau hội nghị",
                show=Show.ANSWERS,
                opens_at=now - timedelta(minutes=1),
                closes_at=None,
                now=now - timedelta(minutes=2),
            )
            key = doors_of(session, made)[0].key
        return Occasion(self.engine, made, f"{self.address}/D/{key}")


@contextmanager
def grounds(instance: Path, address: str) -> Iterator[Grounds]:
    engine = db.make_engine(f"sqlite:///{instance / 'survey.sqlite'}")
    with Session(engine) as session:
        world = make_world(session, "B")
    yield Grounds(engine, world, address)
    engine.dispose()


@dataclass(frozen=True)
class Occasion:
    engine: Engine
    id: int
    door: str

    def pause(self) -> None:
        with Session(self.engine) as session:
            operations.pause_sitting(session, self.id, now=datetime.now(UTC))

    def resume(self) -> None:
        with Session(self.engine) as session:
            operations.resume_sitting(session, self.id, now=datetime.now(UTC))

    def close(self) -> None:
        with Session(self.engine) as session:
            operations.close_sitting(session, self.id, now=datetime.now(UTC))

    @property
    def sheets(self) -> list[tuple[str, str]]:
        """(mode, answers) of every sheet that is in."""
        with Session(self.engine) as session:
            rows = session.execute(
                select(Sheet.mode, Sheet.answers)
                .where(Sheet.sitting_id == self.id)
                .order_by(Sheet.mode, Sheet.answers)
            )
            return [(mode, answers) for mode, answers in rows]
