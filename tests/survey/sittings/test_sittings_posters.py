"""What hangs on the door of a hall: a QR that decodes, and words for those who can't scan."""

import re
from collections.abc import Callable
from html import unescape

import pytest
import qrcode
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from survey.sittings import codes, operations, poster_pages, posters
from survey.sittings.queries import DoorSeen, doors_of
from tests.survey.sittings.stage import NOON, Stage, plan

SignIn = Callable[..., FlaskClient]
LINK = "HTTPS://KHAOSAT.EXAMPLE.VN/D/0123456789ABCDEFGHJKMNPQRS"


def picture(matrix: list[list[bool]], scale: int = 8) -> Image.Image:
    size = len(matrix)
    image = Image.new("L", (size, size))
    image.putdata([0 if dark else 255 for row in matrix for dark in row])
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def drawn(svg: str) -> list[list[bool]]:
    """The modules that the drawing fills, read back from its path."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    matrix = [[False] * size for _ in range(size)]
    bars = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg)
    for x, y, width in (map(int, bar) for bar in bars):
        matrix[y][x : x + width] = [True] * width
    return matrix


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int) -> int:
    operations.add_hall(
        session, conference, name="Hội trường <A>", unit_id=stage.north, called=[stage.north]
    )
    return plan(session, stage, conference)


@pytest.fixture
def desk(sign_in: SignIn, stage: Stage) -> FlaskClient:
    return sign_in("organiser", stage.province)


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def codes_on(page: str) -> list[str]:
    return re.findall(r'<span class="code">(\d{4} \d{4})</span>', page)


# ------------------------------------------------------------------ the QR


def test_the_picture_decodes_to_the_link() -> None:
    found = zxingcpp.read_barcodes(picture(posters.qr_matrix(LINK)))
    assert [(code.text, code.format) for code in found] == [(LINK, zxingcpp.BarcodeFormat.QRCode)]


def test_it_still_decodes_with_a_tenth_of_it_under_a_thumb() -> None:
    image = picture(posters.qr_matrix(LINK))
    width = image.width
    image.paste(255, (width // 2, width // 2, width * 3 // 4, width * 3 // 4))
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [LINK]


def test_the_drawing_is_the_picture() -> None:
    assert drawn(posters.qr_svg(LINK)) == posters.qr_matrix(LINK)


def test_there_is_a_quiet_zone_of_four_modules_all_around() -> None:
    matrix = posters.qr_matrix(LINK)
    edge = [
        *matrix[:4],
        *matrix[-4:],
        *([row[x] for row in matrix] for x in (*range(4), *range(-4, 0))),
    ]
    assert not any(dark for line in edge for dark in line)
    assert matrix[4][4]


def test_the_link_is_written_in_the_alphanumeric_mode_and_small() -> None:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q)
    code.add_data(LINK)
    assert [data.mode for data in code.data_list] == [qrcode.util.MODE_ALPHA_NUM]
    byte_mode = posters.qr_matrix(LINK.lower())
    assert (len(posters.qr_matrix(LINK)), len(byte_mode)) == (33 + 8, 37 + 8)


def test_the_drawing_needs_no_style_and_no_script() -> None:
    svg = posters.qr_svg(LINK)
    assert not re.search(r"style|class|id=|script|on\w+=", svg)


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://khaosat.example.vn", "HTTPS://KHAOSAT.EXAMPLE.VN/D/KEY"),
        ("http://10.0.0.7:5000", "HTTP://10.0.0.7:5000/D/KEY"),
    ],
)
def test_the_link_is_made_of_the_configured_address(app: Flask, address: str, link: str) -> None:
    app.config["PUBLIC_ADDRESS"] = address
    door = DoorSeen(1, 1, None, None, None, "KEY", "48271930")
    with app.test_request_context(headers={"Host": "evil.example"}):
        assert posters.door_link(door) == link


# ------------------------------------------------------------------ the page


def test_a_poster_says_what_it_is_for_how_to_come_in_and_what_becomes_of_it(
    session: Session, sitting: int, desk: FlaskClient
) -> None:
    door = doors_of(session, sitting)[1]
    page = desk.get(f"/sittings/{sitting}/posters/{door.id}").text
    words = text_of(page)
    code = codes.spaced(door.code)
    for said in (
        "Khảo sát sau hội nghị",
        "57-NQ/TW",
        "Hội trường <A>",
        f"Mở trình duyệt, gõ khaosat.test rồi nhập mã {code}",
        "Không cần tài khoản",
        "Chọn chi bộ của mình",
        "Đã ghi nhận",
        "không lưu họ tên",
    ):
        assert said in words
    assert codes_on(page) == [code]
    found = zxingcpp.read_barcodes(picture(drawn(page)))
    assert [code.text for code in found] == [f"HTTP://KHAOSAT.TEST/D/{door.key}"]


def test_whoever_comes_through_the_door_of_a_cell_is_not_told_to_choose_one(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    operations.add_cell_doors(session, sitting, [stage.north_1])
    door = doors_of(session, sitting)[2]
    words = text_of(desk.get(f"/sittings/{sitting}/posters/{door.id}").text)
    assert "Chi bộ thôn 2, Đảng bộ xã Đăk Tô" in words
    assert "Chọn chi bộ" not in words


def test_the_posters_of_a_sitting_are_printed_together_a_sheet_each(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    operations.add_cell_doors(session, sitting, stage.cells)
    page = desk.get(f"/sittings/{sitting}/posters/print").text
    assert page.count('<article class="sheet poster">') == 5
    assert set(codes_on(page)) == {codes.spaced(door.code) for door in doors_of(session, sitting)}
    assert "data-print" in page
    some = desk.get(f"/sittings/{sitting}/posters/print?whom=cells&q=ba+to").text
    assert codes_on(some) == [
        codes.spaced(door.code)
        for door in doors_of(session, sitting)
        if door.unit_id == stage.south_1
    ]


def test_many_posters_are_printed_in_parts(
    session: Session,
    stage: Stage,
    sitting: int,
    desk: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(poster_pages, "SHEETS", 2)
    operations.add_cell_doors(session, sitting, stage.cells)
    first, second, third, beyond = (
        codes_on(desk.get(f"/sittings/{sitting}/posters/print?page={n}").text)
        for n in (1, 2, 3, 99)
    )
    assert [len(part) for part in (first, second, third)] == [2, 2, 1]
    assert len({*first, *second, *third}) == 5
    assert beyond == third
    page = desk.get(f"/sittings/{sitting}/posters/print?page=1&whom=cells&q=xa").text
    assert f"/sittings/{sitting}/posters/print?page=2&amp;whom=cells&amp;q=xa" in page


def test_the_list_of_doors_is_searched_by_place_and_by_code(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    operations.add_cell_doors(session, sitting, stage.cells)
    doors = doors_of(session, sitting)

    def listed(query: str) -> set[int]:
        page = desk.get(f"/sittings/{sitting}/posters?{query}").text
        return {int(door) for door in re.findall(rf"/sittings/{sitting}/posters/(\d+)", page)}

    cells = {door.id for door in doors if door.unit_id is not None}
    assert listed("") == {door.id for door in doors}
    assert listed("whom=halls") == {doors[1].id}
    assert listed("whom=cells") == cells
    assert listed("whom=nonsense") == {door.id for door in doors}
    assert listed("q=hoi+truong") == {doors[1].id}
    assert listed(f"q={doors[0].code}") == {doors[0].id}
    assert listed("q=kh%C3%B4ng+c%C3%B3") == set()


def test_doors_for_the_cells_of_a_unit_are_made_on_demand(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    def with_doors() -> set[int | None]:
        session.rollback()
        return {door.unit_id for door in doors_of(session, sitting)} - {None}

    def ask(unit: str) -> str:
        url = f"/sittings/{sitting}/posters/cells"
        return desk.post(url, data={"unit": unit}, follow_redirects=True).text

    assert "Không rõ là tổ chức nào: “Chi bộ thôn 2”" in text_of(ask("Chi bộ thôn 2"))
    assert "0 chi bộ đã có mã riêng" in text_of(ask("xã Ba Tơ"))  # nobody there is called
    assert with_doors() == set()
    assert "1 chi bộ đã có mã riêng" in text_of(ask("thôn 10, xã Đăk Tô"))
    assert with_doors() == {stage.north_2}
    assert "2 chi bộ đã có mã riêng" in text_of(ask(""))
    assert with_doors() == {stage.north_1, stage.north_2}


def test_without_a_public_address_the_page_says_so_instead_of_failing(
    app: Flask, session: Session, sitting: int, desk: FlaskClient
) -> None:
    app.config["PUBLIC_ADDRESS"] = None
    door = doors_of(session, sitting)[0]
    for url in (f"/sittings/{sitting}/posters/{door.id}", f"/sittings/{sitting}/posters/print"):
        answer = desk.get(url)
        assert answer.status_code == 503
        assert "Chưa in được mã QR" in answer.text
    assert "Chưa đặt địa chỉ công khai" in desk.get(f"/sittings/{sitting}/posters").text


def test_a_poster_of_another_sitting_is_not_found_under_this_one(
    session: Session, stage: Stage, conference: int, sitting: int, desk: FlaskClient
) -> None:
    foreign = doors_of(session, plan(session, stage, conference))[0]
    assert desk.get(f"/sittings/{sitting}/posters/{foreign.id}").status_code == 404


def test_a_secretary_prints_the_posters_of_the_own_check_and_of_the_own_cell(
    session: Session, stage: Stage, sitting: int, sign_in: SignIn
) -> None:
    operations.add_cell_doors(session, sitting, stage.cells)
    check = operations.start_check(
        session,
        stage.north_1,
        stage.edition,
        period="2026-11",
        title="Kiểm tra",
        minutes=15,
        now=NOON,
    )
    browser = sign_in("secretary", stage.north_1)
    doors = {door.unit_id or door.hall_id: door.id for door in doors_of(session, sitting)}

    def status(of: int, door: int) -> int:
        return browser.get(f"/sittings/{of}/posters/{door}").status_code

    assert status(check, doors_of(session, check)[0].id) == 200
    assert status(sitting, doors[stage.north_1]) == 200
    assert status(sitting, doors[stage.north_2]) == 404
    assert browser.get(f"/sittings/{sitting}/posters").status_code == 403
    other = sign_in("secretary", stage.south_1)
    assert (
        other.get(f"/sittings/{check}/posters/{doors_of(session, check)[0].id}").status_code == 403
    )
