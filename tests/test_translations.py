"""Vietnamese is what the pages are written in; English is complete, and holds nothing stale."""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

SURVEY = Path(__file__).parent.parent / "survey"
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def written() -> set[object]:
    """Every message of the code and the templates, as gettext looks it up."""
    with (SURVEY / "translations" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = dict.fromkeys(("_", "gettext", "_l", "lazy_gettext"))
    plurals = dict.fromkeys(("ngettext", "lazy_ngettext", "_n"), (1, 2))
    found = extract_from_dir(SURVEY, methods, options, keywords=keywords | plurals, comment_tags=())
    return {message for _file, _line, message, _comments, _context in found}


def english() -> Catalog:
    with (SURVEY / "translations" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def texts(message: str | tuple[str, ...] | list[str]) -> list[str]:
    """The one text of a message, or its singular and plural."""
    return [message] if isinstance(message, str) else list(message)


def test_every_message_has_its_english_and_no_english_has_lost_its_message() -> None:
    catalogue = {message.id for message in english() if message.id}
    messages = written()
    assert messages - catalogue == set(), "missing: see docs/architecture.md, Languages"
    assert catalogue - messages == set(), "stale"


def test_no_english_is_empty_or_doubtful() -> None:
    lacking = [m.id for m in english() if m.id and (m.fuzzy or not all(texts(m.string)))]
    assert lacking == []


def test_what_is_put_into_a_message_is_put_into_its_english() -> None:
    for message in english():
        if not message.id:
            continue
        places = set(PLACE.findall(texts(message.id)[0]))
        for text in texts(message.string):
            assert set(PLACE.findall(text)) == places, message.id


def test_nothing_in_the_english_is_left_in_vietnamese_but_examples_of_what_to_type() -> None:
    marks = re.compile("[ăâđêôơưạảãáàậẩẫấầặẳẵắằẹẻẽéèệểễếềịỉĩíìọỏõóòộổỗốồợởỡớờụủũúùựửữứừỵỷỹýỳ]")
    example = re.compile("For example: |^Câu 1: |“[^”]+”|Việt Nam")
    left = [
        text
        for message in english()
        if message.id
        for text in texts(message.string)
        if marks.search(text.lower()) and not example.search(text)
    ]
    assert left == []
