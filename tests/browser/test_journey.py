"""From the poster on the wall to the organiser's page, with a real camera's view of the QR."""

import io
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.occasions import send

pytestmark = pytest.mark.browser


def decoded(page: Page) -> str:
    """What a phone's camera reads from the screen."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    codes = zxingcpp.read_barcodes(picture)
    assert len(codes) == 1
    return codes[0].text


def open_sitting(desk: Page, served: Served) -> str:
    """The organiser goes to the sitting that is open; its address."""
    desk.goto(f"{served.address}/desk")
    desk.get_by_role("link", name=re.compile("Nhắc lại")).first.click()
    return desk.url


def answered(desk: Page, served: Served) -> int:
    """Sheets in, as the organiser's page of results says."""
    desk.goto(open_sitting(desk, served).replace("/sittings/", "/results/"))
    figure = desk.locator("dl.figures div").filter(has_text="Trả lời").locator(".figure")
    return int(figure.inner_text().replace(".", ""))


def test_a_poster_is_scanned_answered_on_a_phone_and_shows_at_the_desk(
    served: Served, phone: Page, signed_in: Callable[..., Page]
) -> None:
    desk = signed_in("tinh")
    sitting = open_sitting(desk, served)
    before = answered(desk, served)
    desk.goto(f"{sitting}/posters")
    row = desk.get_by_role("row").filter(has_text="Đăk Tô")
    row.get_by_role("link", name="Tờ dán cửa").click()
    link = decoded(desk)
    assert link.startswith(served.address.upper() + "/D/")

    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Nhắc lại")
    phone.get_by_role("button", name="Bắt đầu").click()
    phone.get_by_label("Gõ tên hoặc số chi bộ (không cần dấu)").fill("thon dak to")
    phone.get_by_role("radio").first.check()
    phone.get_by_role("button", name="Tiếp tục").click()
    for _ in range(30):
        if phone.get_by_role("heading", name="Gửi câu trả lời?").is_visible():
            break
        fieldset = phone.locator("fieldset.question:visible")
        fieldset.locator("input").first.check()
        phone.locator(".foot .primary").click()
    send(phone)
    expect(phone.get_by_role("heading", name="Đã ghi nhận")).to_be_visible()

    assert answered(desk, served) == before + 1


def test_the_same_with_scripts_off(
    served: Served, plain_phone: Page, signed_in: Callable[..., Page]
) -> None:
    desk = signed_in("tinh")
    before = answered(desk, served)
    plain_phone.goto(served.door)
    plain_phone.locator("fieldset.cells summary").first.click()
    plain_phone.locator("fieldset.cells input").first.check()
    for fieldset in plain_phone.locator("fieldset.question").all():
        fieldset.locator("input").first.check()
    plain_phone.get_by_role("button", name="Gửi câu trả lời").click()
    expect(plain_phone.get_by_role("heading", name="Đã ghi nhận")).to_be_visible()
    plain_phone.reload()
    assert answered(desk, served) == before + 1


def test_the_halls_screen_counts_on_by_itself(
    served: Served, signed_in: Callable[..., Page]
) -> None:
    screen = signed_in("tinh")
    sitting = open_sitting(screen, served)
    screen.goto(f"{sitting}/projector")
    count = screen.locator("[data-answered]")
    before = int(count.inner_text())
    with closing(sqlite3.connect(served.instance / "survey.sqlite")) as store, store:
        store.execute(
            "INSERT INTO sheet SELECT ?, randomblob(16), unit_id, NULL, mode, answers FROM"
            " (SELECT unit_id, mode, answers FROM sheet UNION ALL"
            "  SELECT unit_id, 'own', answers FROM sealed_sheet) LIMIT 1",
            [sitting.rsplit("/", 1)[1]],
        )
    expect(count).to_have_text(str(before + 1), timeout=15_000)
