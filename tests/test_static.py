"""What is served as it lies: vendored files, sheets, icons, and the rules templates keep."""

import gzip
import re
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs_version

from survey.answering.scripts import read_static, short

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = ROOT / "survey" / "templates"
SCHEMES = ("light", "dark")

# Text and what it stands on, at the desk; 4.5:1 is asked of every pair.
DESK_PAIRS = [
    (text, ground)
    for text in ("ink", "quiet", "red-text")
    for ground in ("ground", "paper", "sunk", "red-tint")
] + [
    ("on-red", "red"),
    ("on-red", "red-deep"),
    ("good", "good-tint"),
    ("good", "paper"),
    ("warn", "warn-tint"),
    ("warn", "paper"),
    ("ink", "good-tint"),
    ("ink", "warn-tint"),
    ("ink", "gold-tint"),
]
# Lines that must be seen: edges of fields and buttons, bars, whiskers; 3:1 is asked of them.
MARK_PAIRS = [
    ("edge", "paper"),
    ("edge", "ground"),
    ("red", "ground"),
    ("chart-1", "paper"),
    ("ink", "chart-1"),
]
# The phone's own names; 7:1, for eyes of seventy in the sun.
PHONE_PAIRS = [(text, ground) for text in ("i", "t") for ground in ("g", "p", "n")] + [
    ("q", ground) for ground in ("g", "p")
]


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB` or `#RGB`, by WCAG 2.2."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(sheet: str, scheme: str) -> dict[str, str]:
    """The sheet's custom properties that are colours, as the scheme sees them."""
    light, _, dark = sheet.partition("prefers-color-scheme")
    declared = re.compile(r"--([\w-]+):\s*(#[0-9A-Fa-f]{3,6})\b")
    found = dict(declared.findall(light))
    return found | dict(declared.findall(dark)) if scheme == "dark" else found


def sheet(name: str) -> str:
    return (STATIC / "css" / name).read_text(encoding="utf-8")


def vendored() -> list[Path]:
    return sorted(p for p in VENDOR.rglob("*") if p.is_file() and p.name != "CHECKSUMS")


def test_contrast_is_what_wcag_says_of_known_colours() -> None:
    assert contrast("#000000", "#FFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


# ------------------------------------------------------------------ vendored files


def test_every_vendored_file_is_the_one_that_was_looked_at() -> None:
    lines = (VENDOR / "CHECKSUMS").read_text().splitlines()
    kept = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert kept == {
        path.relative_to(VENDOR).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in vendored()
    }


def test_a_licence_stands_beside_everything_vendored() -> None:
    folders = {path.relative_to(VENDOR).parts[0] for path in vendored()}
    licensed = {
        path.parent.name
        for path in vendored()
        if path.name in ("LICENSE", "LICENSE.txt", "OFL.txt")
    }
    assert folders == licensed


def test_vendored_folders_carry_name_and_version() -> None:
    assert [
        path.name
        for path in VENDOR.iterdir()
        if path.is_dir() and not re.search(r"-\d+(\.\d+)+$", path.name)
    ] == []


def test_the_chart_bundle_is_the_one_that_python_makes_figures_for() -> None:
    (bundle,) = VENDOR.glob("plotly.js-*")
    assert bundle.name == f"plotly.js-cartesian-{get_plotlyjs_version()}"
    assert f"v{get_plotlyjs_version()}" in (bundle / "plotly-cartesian.min.js").read_text()[:200]
    assert f"{bundle.name}/" in (TEMPLATES / "macros" / "bits.html").read_text()


def test_a_font_weight_costs_little() -> None:
    assert all(path.stat().st_size < 32_000 for path in VENDOR.rglob("*.woff2"))


# ------------------------------------------------------------------ sheets


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("pair", DESK_PAIRS, ids="-on-".join)
def test_desk_text_is_legible(pair: tuple[str, str], scheme: str) -> None:
    seen = colours(sheet("tokens.css"), scheme)
    assert contrast(seen[pair[0]], seen[pair[1]]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("pair", MARK_PAIRS, ids="-on-".join)
def test_lines_and_bars_are_seen(pair: tuple[str, str], scheme: str) -> None:
    seen = colours(sheet("tokens.css"), scheme)
    assert contrast(seen[pair[0]], seen[pair[1]]) >= 3


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("pair", PHONE_PAIRS, ids="-on-".join)
def test_phone_text_is_legible_in_the_sun(pair: tuple[str, str], scheme: str) -> None:
    seen = colours(sheet("phone.css"), scheme)
    assert contrast(seen[pair[0]], seen[pair[1]]) >= 7


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_phones_button_is_legible_in_the_sun(scheme: str) -> None:
    assert contrast(colours(sheet("phone.css"), scheme)["r"], "#FFF") >= 7


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("family", ["chart", "band"])
def test_charts_are_told_apart_in_grey(family: str, scheme: str) -> None:
    seen = colours(sheet("tokens.css"), scheme)
    greys = sorted(luminance(seen[f"{family}-{n}"]) for n in range(1, 5))
    steps = [(high + 0.05) / (low + 0.05) for low, high in pairwise(greys)]
    assert min(steps) >= 1.3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_bands_go_from_dark_to_light_or_back(scheme: str) -> None:
    seen = colours(sheet("tokens.css"), scheme)
    greys = [luminance(seen[f"band-{n}"]) for n in range(1, 5)]
    assert greys in (sorted(greys), sorted(greys, reverse=True))


def test_the_phones_sheet_is_tiny_and_stands_alone() -> None:
    css = sheet("phone.css")
    assert len(css.encode()) <= 3072
    assert not re.search(r"url\(|@import|@font-face|</", css)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_phones_colours_are_the_common_ones(scheme: str) -> None:
    common = {colour.upper() for colour in colours(sheet("tokens.css"), scheme).values()} | {"#FFF"}
    common |= {colour.upper() for colour in colours(sheet("tokens.css"), "light").values()}
    assert {colour.upper() for colour in colours(sheet("phone.css"), scheme).values()} <= common


@pytest.mark.parametrize("name", ["desk.css", "paper.css", "projector.css", "phone.css"])
def test_a_sheet_uses_only_tokens_that_exist(name: str) -> None:
    declared = set(re.findall(r"(--[\w-]+):", sheet("tokens.css") + sheet(name)))
    assert set(re.findall(r"var\((--[\w-]+)\)", sheet(name))) - declared == set()


# ------------------------------------------------------------------ the phone's scripts


def test_the_phones_script_is_small_as_it_travels() -> None:
    static = read_static(str(STATIC))
    assert len(gzip.compress(static.phone_js.encode(), 9)) <= 5000
    assert len(gzip.compress(static.search_js.encode(), 9)) <= 1000
    assert len(gzip.compress(static.waiting_js.encode(), 9)) <= 400
    assert len(gzip.compress((STATIC / "js" / "offline.js").read_bytes(), 9)) <= 1000
    assert len(gzip.compress((STATIC / "js" / "search.js").read_bytes(), 9)) <= 5000


@pytest.mark.parametrize(
    "name", ["phone", "phone-offline", "phone-cells", "phone-hands", "search", "waiting"]
)
def test_a_shortened_script_lacks_blanks_and_remarks_alone(name: str) -> None:
    whole = (STATIC / "js" / f"{name}.js").read_text(encoding="utf-8")
    told = re.sub(r"(^|  )//.*|/\*.*?\*/", "", whole, flags=re.MULTILINE)
    brief = short(whole)
    strings = re.compile(r'"(?:[^"\\]|\\.)*"')
    assert strings.findall(brief) == strings.findall(told)
    assert _solid(brief) == _solid(told)
    # What it relies on: an end to each statement, no blank in a regular expression, no second plus.
    assert not re.search(r"\+\s*\+", strings.sub('""', told))
    assert not re.search(r"[\w)\]'\"]\n\s*(var|return|if|[a-z]+\()", told)
    assert not re.search(r"[(=,:] ?/[^/\n]* [^/\n]*/[gim]*[.,)]", strings.sub("", told))


def _solid(script: str) -> str:
    return re.sub(r"\s+", "", script).replace(";}", "}")


def test_shortening_leaves_strings_and_needed_blanks() -> None:
    assert short('// Why.\nvar a = "b ; c";  // so\nreturn a + "//" ;\n') == (
        'var a="b ; c";return a+"//";'
    )


# ------------------------------------------------------------------ templates


def test_no_template_holds_inline_style_or_script() -> None:
    """The policy of every page forbids them; the phone's sheet, put in whole, goes by its hash."""
    inline = re.compile(
        r"""\sstyle=|\son[a-z]+=["']"""
        r"""|<style(?!>\{\{ phone_css)"""
        r"""|<script(?!>\{\{ (phone|search|waiting)_js)(?![^>]*(\ssrc=|application/json))"""
    )
    guilty = [
        f"{path.relative_to(TEMPLATES)}: {found.group()}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for found in inline.finditer(path.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_every_icon_that_a_template_asks_for_is_in_the_sprite() -> None:
    kept = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    asked = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'(?:\bicon\(|shape=)"([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    assert asked - kept == set()


def test_nothing_is_fetched_from_elsewhere() -> None:
    own = [*TEMPLATES.rglob("*.html"), *(STATIC / "css").iterdir(), *(STATIC / "js").iterdir()]
    elsewhere = re.compile(r"""(src|href|url)\(?=?["']?(https?:)?//""")
    assert [path.name for path in own if elsewhere.search(path.read_text(encoding="utf-8"))] == []
