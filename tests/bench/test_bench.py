"""The bench measures what it says, and notices what is lost."""

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, insert

from bench import figures, servers
from bench.__main__ import SCENARIOS, bounded, main
from bench.figures import Stored
from bench.phones import Pace, Phones
from bench.world import Hall, World, fill_store, make_world
from survey import db
from survey.answering.models import Sheet
from survey.answering.tokens import receipt_of

ROOT = Path(__file__).parent.parent.parent
SHEETS = 51  # as many in each of three turns
COLUMNS = ("survey", "bare WSGI", "its Flask views", "bare Flask")


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What a tiny storm printed, and the folder in which it kept its stores."""
    folder = tmp_path_factory.mktemp("bench") / "kept"
    return played("storm", "--folder", str(folder)), folder


def played(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench", *arguments, "--sheets", str(SHEETS)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
        env={name: value for name, value in os.environ.items() if not name.startswith("SURVEY_")},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def kept(storm: tuple[str, Path], tmp_path: Path) -> Path:
    """Those stores, to be spoilt."""
    return Path(shutil.copytree(storm[1], tmp_path / "kept"))


def row(printed: str, name: str) -> list[str]:
    found = re.search(rf"^ *{re.escape(name)}  +(.+)$", printed, re.MULTILINE)
    assert found is not None, printed
    return re.split(r"  +", found[1])


def test_a_tiny_storm_plays_every_journey_and_finds_each_sheet_stored_once(
    storm: tuple[str, Path],
) -> None:
    printed, _ = storm
    assert row(printed, "journeys") == [str(SHEETS)] * 4
    assert row(printed, "errors") == ["0"] * 4
    assert row(printed, "acknowledged / stored") == [f"{SHEETS} / {SHEETS}"] * 4
    assert row(printed, "lost / stored unasked") == ["0 / 0"] * 4
    assert printed.splitlines()[-1] == "every acknowledged sheet is stored once"


def test_a_tiny_storm_on_postgresql_is_looked_up_there_too() -> None:
    printed = played("postgresql")
    assert row(printed, "acknowledged / stored") == [f"{SHEETS} / {SHEETS}"] * 2
    assert row(printed, "lost / stored unasked") == ["0 / 0"] * 2


def test_every_column_has_cpu_memory_and_times_that_can_be(storm: tuple[str, Path]) -> None:
    printed, _ = storm
    assert printed.splitlines()[1].split("  ")[-1].strip() == COLUMNS[-1]
    assert all(float(memory) > 20 for memory in row(printed, "worker's peak memory, MB"))
    assert all(float(cpu) > 0 for cpu in row(printed, "generator's CPU, ms a journey"))
    for name in ("page, ms: p50 p95 p99 max", "hand-in, ms: p50 p95 p99 max"):
        for times in row(printed, name):
            spread = [float(time) for time in times.split()]
            assert len(spread) == 4
            assert spread == sorted(spread)
            assert spread[0] > 0


def test_the_baselines_send_as_large_a_page_as_the_product(storm: tuple[str, Path]) -> None:
    _, folder = storm
    pages = [(folder / name / "page.gz").stat().st_size for name in COLUMNS]
    assert max(pages) - min(pages) < 200
    down = [int(count) for count in row(storm[0], "bytes to the phone, a sheet")]
    assert all(count > page for count, page in zip(down, pages, strict=True))


def test_the_product_stores_what_the_phones_ticked(storm: tuple[str, Path]) -> None:
    rows = _execute(
        storm[1] / "survey", "SELECT answers, unit_id, hall_id IS NULL, mode FROM sheet"
    )
    assert {len(answers.split(";")) for answers, *_ in rows} == {10}
    assert {(hall_unknown, mode) for _, _, hall_unknown, mode in rows} == {(0, "own")}
    assert len({unit_id for _, unit_id, *_ in rows}) > 5


def test_a_kept_run_can_be_checked_again(kept: Path) -> None:
    done = check("--folder", kept)
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        *(f"{name}: {SHEETS} / {SHEETS}" for name in sorted(COLUMNS)),
        "every acknowledged sheet is stored once",
    ]


def test_one_lost_sheet_is_said_and_fails_the_run(kept: Path) -> None:
    _execute(
        kept / "survey",
        "DELETE FROM sheet WHERE receipt = (SELECT receipt FROM sheet ORDER BY receipt LIMIT 1)",
    )
    done = check("--folder", kept)
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == (
        f"FAULT survey: 1 of {SHEETS} acknowledged sheets are not stored"
    )


def test_a_sheet_stored_a_second_time_is_said_and_fails_the_run(kept: Path) -> None:
    _execute(
        kept / "survey",
        "INSERT INTO sheet SELECT sitting_id, randomblob(16), unit_id, hall_id, mode, answers"
        " FROM sheet ORDER BY receipt LIMIT 1",
    )
    done = check("--folder", kept)
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == ("FAULT survey: 1 sheets stored that nobody sent")


def _execute(instance: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(instance / "survey.sqlite")
    with connection:
        rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def test_a_sheet_whose_phone_got_no_answer_may_be_stored_and_one_that_nobody_sent_may_not(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'survey.sqlite'}"
    world = make_world(tmp_path, 1, url)
    fill_store(url, world, 300)
    engine = db.make_engine(url)
    sent = b"".join(n.to_bytes(16, "big") for n in range(4))
    store(engine, world, [receipt_of(sent[at : at + 16].hex()) for at in (0, 16, 32)])
    assert figures.check(engine, sent[:32], sent, filled=300) == Stored(2, 3, lost=0, unasked=0)
    store(engine, world, [b"x" * 16])
    assert figures.check(engine, sent[:32], sent, filled=300) == Stored(2, 4, lost=0, unasked=1)
    assert figures.check(engine, sent, sent, filled=300).lost == 1
    engine.dispose()


def store(engine: Engine, world: World, receipts: list[bytes]) -> None:
    hall = world.halls[0]
    same = {"sitting_id": world.sitting_id, "unit_id": hall.cells[0], "hall_id": hall.hall_id}
    rows = [same | {"receipt": one, "mode": "own", "answers": "0"} for one in receipts]
    with engine.begin() as connection:
        connection.execute(insert(Sheet), rows)


def test_phones_that_come_with_tickets_are_let_in_and_spend_one_each(tmp_path: Path) -> None:
    world = make_world(tmp_path, 2, f"sqlite:///{tmp_path / 'survey.sqlite'}", tickets=100)
    with servers.served(servers.PRODUCT, tmp_path, None) as server:
        phones = Phones(server.port, world)
        asyncio.run(phones.play(Pace(80, 30, fast=True, sheets_only=True)))
    assert (len(phones.load.sheets), phones.load.errors) == (80, {})
    assert _execute(tmp_path, "SELECT count(*) FROM ticket WHERE spent") == [(80,)]


def test_a_run_kept_nowhere_cannot_be_checked(tmp_path: Path) -> None:
    assert check().exit_code == 2
    assert check("--folder", tmp_path).exit_code == 2


@pytest.mark.parametrize(
    ("scenario", "seconds", "sheets", "pace"),
    [
        ("hall", None, None, Pace(1000, 10, fast=False)),
        ("province", 6, None, Pace(1200, 6, fast=False)),
        ("province", None, 600, Pace(600, 3, fast=False)),
        ("province", 900, None, Pace(60_000, 300, fast=False)),
        ("storm", 5, 40, Pace(40, 5, fast=True)),
        ("nation", None, 1000, Pace(1000, 7200, fast=True)),
    ],
)
def test_a_run_is_made_shorter_and_never_faster(
    scenario: str, seconds: float | None, sheets: int | None, pace: Pace
) -> None:
    assert bounded(SCENARIOS[scenario], seconds, sheets).pace == pace


WORLD = World(1, 1, (Hall(1, "K" * 26, (5, 6)),))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "page: 503"),
        (b"", "connection lost"),
    ],
)
@pytest.mark.parametrize("fast", [True, False])
def test_a_refusal_is_an_error_and_no_journey(answer: bytes, words: str, *, fast: bool) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def played() -> Phones:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            phones = Phones(server.sockets[0].getsockname()[1], WORLD)
            await phones.play(Pace(20, 0.2, fast))
        return phones

    load = asyncio.run(played()).load
    assert dict(load.errors) == {words: 20}
    assert (len(load.sheets), len(load.acknowledged)) == (0, 0)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([0.004], "4.0 4.0 4.0 4.0"),
        ([n / 1000 for n in range(100, 0, -1)], "50.0 95.0 99.0 100.0"),
        ([], "nan nan nan nan"),
    ],
)
def test_a_spread_names_the_nearest_rank(times: list[float], said: str) -> None:
    assert figures.spread(times) == said
