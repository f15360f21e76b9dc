"""What a page is looked at for: axe's rules, and what axe does not look for."""

import re

from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, ROOT

# Written by the organiser of the sittings that are looked at, and texts of ours as well.
WRITTEN = {"Sau hội nghị", "Đúng", "Sai", "Tiếng Việt"}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Links inside a sentence may be as low as its line; radio buttons and boxes are hit by their rows.
TARGETS = """() => [...document.querySelectorAll(
    'a, button, summary, select, label.option, input, audio')]
  .filter(e => e.getClientRects().length && !/radio|checkbox/.test(e.type) && !e.closest('p > a'))
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 48 || box.height < 48).map(([html]) => html)"""
# Elements whose own text is fainter than 7:1 on what lies behind it.
FAINT = """() => {
  const number = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => number(c).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (number(c)[3] !== 0) { return c; }
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.body.querySelectorAll('*')].filter((e) => e.getClientRects().length
      && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => [e.outerHTML.slice(0, 80),
      [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a)])
    .filter(([, [high, low]]) => (high + 0.05) / (low + 0.05) < 7).map(([html]) => html);
}"""
# Choices without a group that says what is asked; rows without a real mark at the left.
GROUPS = """() => {
  const choices = [...document.querySelectorAll('input[type=radio], input[type=checkbox]')];
  const bare = [...document.querySelectorAll('fieldset')].filter((set) =>
    !(set.firstElementChild || {}).matches?.('legend') || !set.firstElementChild.innerText.trim());
  return [...bare.map((set) => 'no legend: ' + set.outerHTML.slice(0, 60)),
    ...choices.filter((one) => !one.closest('fieldset')).map((one) => 'no group: ' + one.name),
    ...choices.filter((one) => {
      const text = one.labels[0] && one.labels[0].querySelector('span');
      if (!text) { return true; }
      const [mark, words] = [one.getBoundingClientRect(), text.getBoundingClientRect()];
      return mark.width && (mark.width < 24 || mark.right > words.left);
    }).map((one) => 'no mark at the left: ' + one.name)];
}"""
# Text that leaves the screen, or the box that it is in where that shows no more than fits.
CUT = """() => {
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const outside = (rect, box) => rect.left < box.left - 1 || rect.right > box.right + 1
    || rect.top < box.top - 1 || rect.bottom > box.bottom + 1;
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const rect of range.getClientRects()) {
      if (rect.width < 1 || texts.currentNode.parentElement.closest('.stepped .place')) {
        continue;
      }
      const page = { left: 0, right: innerWidth, top: -1e9, bottom: 1e9 };
      if (outside(rect, page)) { found.add(texts.currentNode.data.trim().slice(0, 40)); }
      for (let e = texts.currentNode.parentElement; e !== document.body; e = e.parentElement) {
        const clips = getComputedStyle(e).overflow !== 'visible';
        if (clips && outside(rect, e.getBoundingClientRect())) {
          found.add(texts.currentNode.data.trim().slice(0, 40));
        }
      }
    }
  }
  for (const field of document.querySelectorAll('input:not([type=hidden])')) {
    if (field.clientWidth && field.scrollWidth > field.clientWidth) { found.add(field.value); }
  }
  return [...found];
}"""


def faults(phone: Page) -> list[str]:
    # Tall, so that no row lies half behind the foot, from where one can scroll it away.
    phone.set_viewport_size({"width": 360, "height": 4000})
    found = [
        f"{v['id']}: {node['html'][:80]}"
        for v in Axe().run(phone, options=RULES).response["violations"]
        for node in v["nodes"]
    ]
    found += [f"target: {html}" for html in phone.evaluate(TARGETS)]
    found += [f"faint: {html}" for html in phone.evaluate(FAINT)]
    found += phone.evaluate(GROUPS)
    if (first := phone.locator("h1:visible").count()) != 1:
        found.append(f"{first} headings of the first rank")
    for width, text in ((360, 100), (320, 100), (320, 200)):
        phone.set_viewport_size({"width": width, "height": 640})
        phone.evaluate(f"document.documentElement.style.fontSize = '{1.125 * text}%'")
        found += [f"cut at {width} and {text} %: {words}" for words in phone.evaluate(CUT)]
        wide = phone.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} wide at {width} and {text} %")
    phone.evaluate("document.documentElement.style.fontSize = ''")
    phone.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return found


def left_in_vietnamese(phone: Page) -> list[str]:
    """Whole texts of an English page that stand in the catalogue as the Vietnamese ones."""
    texts = phone.evaluate("""() => {
      const seen = [];
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        if (!texts.currentNode.parentElement.closest('script, style, .option')) {
          seen.push(texts.currentNode.data.trim());
        }
      }
      return seen.concat([...document.querySelectorAll('[aria-label]')].map(e => e.ariaLabel));
    }""")
    return [text for text in texts if text and _VIETNAMESE.fullmatch(text)]


def _vietnamese() -> "re.Pattern[str]":
    catalogue = ROOT / "survey" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
    with catalogue.open("rb") as file:
        ids = [message.id for message in read_po(file, locale="en") if message.id]
    texts = {text for one in ids for text in ([one] if isinstance(one, str) else one)}
    places = re.compile(r"%\\\(\w+\\\)[sd]|\\\{\w+\\\}")
    spoken = [places.sub(".+", re.escape(text)) for text in texts - WRITTEN]
    return re.compile("|".join(text for text in spoken if re.search("[à-ỹđ]", text)))


_VIETNAMESE = _vietnamese()
