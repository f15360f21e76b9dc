"""A phone with scripts off: reads the form as the page shows it and sends what a person ticks."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

RIGHT = {
    "Một lựa chọn?": ["Đúng nhất"],
    "Nhiều lựa chọn?": ["Phải thứ nhất", "Phải thứ hai"],
    "Đúng hay sai?": ["Đúng"],
}


class _Reader(HTMLParser):
    """Inputs of the sheet's form: hidden ones by name, choices by question and by words."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.choices: dict[str, dict[str, tuple[str, str]]] = {}
        self.order: list[str] = []
        self.checked: list[str] = []
        self._legend = self._label = False
        self._question = self._words = ""
        self._input: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "legend":
            self._legend, self._question = True, ""
        elif tag == "label":
            self._label, self._words, self._input = True, "", {}
        elif tag == "input" and values.get("type") == "hidden":
            self.hidden[values["name"]] = values["value"]
        elif tag == "input" and self._label:
            self._input = values

    def handle_endtag(self, tag: str) -> None:
        if tag == "legend":
            self._legend = False
            self.order.append(self._question.strip())
        elif tag == "label" and self._input:
            words, place = self._words.strip(), (self._input["name"], self._input["value"])
            self.choices.setdefault(self._question.strip(), {})[words] = place
            if "checked" in self._input:
                self.checked.append(words)
            self._label = False

    def handle_data(self, data: str) -> None:
        if self._legend:
            self._question += data
        elif self._label:
            self._words += data


@dataclass
class Phone:
    client: FlaskClient
    address: str
    page: TestResponse = field(init=False)

    def __post_init__(self) -> None:
        self.page = self.client.get(self.address)
        self.form = read(self.page.text)

    def hand_in(
        self,
        answers: dict[str, list[str]] | None = None,
        *,
        cell: str | None = None,
        headers: dict[str, str] | None = None,
        **more: str,
    ) -> TestResponse:
        """Tick these answers (all right ones by default) and the own cell, and send."""
        data: list[tuple[str, str]] = [*self.form.hidden.items()]
        for question, words in (RIGHT if answers is None else answers).items():
            shown = next(c for title, c in self.form.choices.items() if question in title)
            data += [shown[word] for word in words]
        if cell is not None:
            shown = next(c for title, c in self.form.choices.items() if "chi bộ nào" in title)
            data.append(shown[cell])
        fields: dict[str, list[str]] = {}
        for name, value in [*data, *more.items()]:
            fields.setdefault(name, []).append(value)
        return self.client.post(self.address, data=fields, headers=headers)


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader
