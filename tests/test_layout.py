"""The house stands as docs/architecture.md draws it: imports go down a layer or up the stream."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STREAM = ["access", "units", "papers", "sittings", "roll", "answering", "results", "desk", "demo"]
GROUND = {"db", "config", "web", "text", "sheetfile", "gateway", "files", "application"}
LAYERS = ["models", "queries", "operations", "forms", "views"]
APART = {("roll", "answering"), ("answering", "roll")}


def modules(top: str) -> list[Path]:
    return sorted((ROOT / top).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, inside functions too, as `survey.units.queries`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "survey" and len(parts) > 1 and parts[1] in STREAM else None


def room_files() -> list[Path]:
    return [p for p in modules("survey") if p.relative_to(ROOT).parts[1] in STREAM]


@pytest.mark.parametrize("path", room_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_rooms_that_come_before_it(path: Path) -> None:
    room = path.relative_to(ROOT).parts[1]
    for module in imports(path):
        other = room_of(module)
        if other is None or other == room:
            continue
        assert STREAM.index(other) < STREAM.index(room), f"{path} imports {module}"
        assert (room, other) not in APART, f"{path} imports {module}"


@pytest.mark.parametrize("path", room_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_within_a_room_imports_go_down_the_layers(path: Path) -> None:
    room, own = path.relative_to(ROOT).parts[1], path.stem
    if own not in LAYERS:
        return
    for module in imports(path):
        parts = module.split(".")
        if room_of(module) == room and len(parts) > 2 and parts[2] in LAYERS:
            assert LAYERS.index(parts[2]) <= LAYERS.index(own), f"{path} imports {module}"


@pytest.mark.parametrize("name", sorted(GROUND))
def test_the_ground_imports_no_room(name: str) -> None:
    assert {room_of(module) for module in imports(ROOT / "survey" / f"{name}.py")} == {None}


@pytest.mark.parametrize("path", modules("quizzes"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_core_imports_only_itself_and_the_standard_library(path: Path) -> None:
    allowed = sys.stdlib_module_names | {"quizzes"}
    assert {module.split(".")[0] for module in imports(path)} <= allowed


def test_the_attendees_process_never_loads_what_only_organisers_need(tmp_path: Path) -> None:
    program = (
        "import sys, survey; survey.create_app(instance=sys.argv[1]);"
        "print(sorted({'pandas', 'numpy', 'plotly', 'qrcode', 'PIL', 'python_calamine',"
        " 'xlsxwriter', 'alembic', 'sqlalchemy.dialects.postgresql'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.strip() == "[]"
