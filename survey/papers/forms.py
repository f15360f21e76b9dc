"""What organisers fill in."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Field,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from quizzes.item import MOST_OPTIONS, ItemError, ItemKind, Level, Option
from quizzes.paper import Source
from survey.papers.bank import ItemDraft
from survey.papers.models import BankItem, Clause, PaperDraft, Resolution
from survey.papers.sound import MOST_BYTES, Sound, SoundError, read_sound
from survey.papers.words import FAULTS, KINDS, LEVELS, SOUNDS
from survey.text import clean
from survey.web import Form

LEAST_ROWS, USUAL_ROWS = 4, 8
TOO_LONG = _l("Dài quá, nhiều nhất %(max)d ký tự.")


def _clean(text: str | None) -> str:
    return clean(text or "")


def _line(text: str | None) -> str:
    return " ".join(_clean(text).split())


def _at_most(length: int) -> Length:
    return Length(max=length, message=TOO_LONG)


def _choices(words: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(str(value), label) for value, label in words.items()]


# ------------------------------------------------------------------ resolutions


class ResolutionForm(Form):
    number = StringField(_l("Số, ký hiệu"), [DataRequired(), _at_most(60)], filters=[_line])
    title = StringField(_l("Trích yếu"), [DataRequired(), _at_most(500)], filters=[_line])
    issuer = StringField(_l("Cơ quan ban hành"), [DataRequired(), _at_most(200)], filters=[_line])
    dated = DateField(_l("Ngày ban hành"), [InputRequired()], format=["%Y-%m-%d", "%d/%m/%Y"])
    url = StringField(
        _l("Liên kết đến văn bản công khai"), [DataRequired(), _at_most(500)], filters=[_line]
    )
    public = BooleanField(_l("Nội dung đã được công khai"))

    def validate_url(self, field: Field) -> None:
        if not _is_public_link(field.data):
            raise ValidationError(_("Cần một địa chỉ trang web đầy đủ, bắt đầu bằng https://"))

    def validate_public(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Chỉ đưa vào đây văn bản đã được công khai."))

    @classmethod
    def of(cls, row: Resolution) -> "ResolutionForm":
        return cls(obj=row, public=True)

    def source(self) -> Source:
        return Source(
            number=self.number.data or "",
            title=self.title.data or "",
            issuer=self.issuer.data or "",
            dated=self.dated.data,
            url=self.url.data or "",
        )


def _is_public_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and re.fullmatch(r"[^\s.]+(\.[^\s.]+)+", host) is not None


class ClauseForm(Form):
    label = StringField(_l("Mục"), [DataRequired(), _at_most(120)], filters=[_line])
    text = TextAreaField(_l("Nội dung"), [DataRequired(), _at_most(4000)], filters=[_clean])


class ClausesForm(Form):
    """Many clauses at once, a line each."""

    lines = TextAreaField(_l("Dán nhiều mục"), [DataRequired()], filters=[_clean])

    def parts(self) -> list[tuple[str, str]]:
        return self._parts

    def validate_lines(self, field: Field) -> None:
        self._parts: list[tuple[str, str]] = []
        for number, line in enumerate((field.data or "").split("\n"), 1):
            label, colon, text = (part.strip() for part in line.partition(":"))
            if colon and text and len(label) <= 60:
                self._parts.append((label, text))
            elif line.strip() and not self._parts:
                raise ValidationError(
                    _("Dòng %(line)d: cần có dấu hai chấm sau tên mục.", line=number)
                )
            elif line.strip():  # a clause that goes on on the next line
                label, text = self._parts[-1]
                self._parts[-1] = (label, f"{text}\n{line.strip()}")


# ------------------------------------------------------------------ questions


class ItemForm(Form):
    """One question. Its options are rows of the page: a text, right or not, pinned or not."""

    kind = RadioField(_l("Cách trả lời"), choices=_choices(KINDS))
    stem = TextAreaField(_l("Câu hỏi"), [_at_most(2000)], filters=[_clean])
    clause = SelectField(_l("Thuộc mục"), coerce=int, default=0)
    level = SelectField(_l("Mức độ"), choices=_choices(LEVELS), default=Level.RECALL)
    explanation = TextAreaField(
        _l("Giải thích, căn cứ"), [_at_most(4000)], filters=[_clean], default=""
    )
    sound = FileField(_l("Bản ghi âm đọc câu hỏi"), [Optional()])
    silent = BooleanField(_l("Bỏ bản ghi âm này"))

    heard: Sound | None = None
    options: tuple[Option, ...] = ()
    options_error: str = ""
    option_errors: dict[int, str]

    @classmethod
    def of(cls, clauses: Sequence[Clause], row: BankItem | None, kind: ItemKind) -> "ItemForm":
        """The form as it was sent, else as the row of the bank stands, else empty."""
        # A field that was not sent is missing, and not what the row holds.
        kept = None if request.method == "POST" else row
        form = cls(obj=kept, kind=kept.kind if kept else kind)
        form.option_errors = {}
        form.clause.choices = [
            SelectChoice(0, _("Chưa gắn mục nào")),
            *(SelectChoice(clause.id, clause.label) for clause in clauses),
        ]
        if kept:
            form.clause.data = kept.clause_id or 0
            form.options = tuple(Option(o.text, o.correct, o.pinned) for o in kept.options)
        elif kind is ItemKind.TRUE_FALSE:
            form.options = _verdicts()
        return form

    def read_options(self, sent: MultiDict[str, str]) -> None:
        """The rows that were filled in; a row left blank is no option unless it was ticked."""
        right, pinned = set(sent.getlist("right")), set(sent.getlist("pinned"))
        rows = [
            Option(_clean(text), correct=str(place) in right, pinned=str(place) in pinned)
            for place, text in enumerate(sent.getlist("option")[:MOST_OPTIONS])
        ]
        self.options = tuple(row for row in rows if row.text or row.correct or row.pinned)
        if self.kind.data == ItemKind.TRUE_FALSE and not any(row.text for row in rows):
            self.options = tuple(
                Option(verdict.text, correct=str(place) in right)
                for place, verdict in enumerate(_verdicts())
            )
        for place, option in enumerate(self.options):
            if len(option.text) > 1000:
                self.option_errors[place] = str(TOO_LONG) % {"max": 1000}

    def validate_sound(self, field: Field) -> None:
        if field.data:
            try:
                self.heard = read_sound(field.data.read(MOST_BYTES + 1))
            except SoundError as error:
                raise ValidationError(str(SOUNDS[error.code])) from error

    @property
    def blank(self) -> bool:
        """Whether there is nothing to keep."""
        return not self.stem.data and not any(option.text for option in self.options)

    def draft(self) -> ItemDraft:
        return ItemDraft(
            kind=ItemKind(self.kind.data),
            stem=self.stem.data or "",
            options=self.options,
            level=Level(self.level.data),
            clause_id=self.clause.data or None,
            explanation=self.explanation.data or "",
            sound=self.heard,
            silent=self.silent.data,
        )

    def tell(self, fault: ItemError | None) -> None:
        """Put what keeps the question from being asked beside the field it is about."""
        if fault is None:
            return
        said = str(FAULTS[fault.code])
        if fault.code == "no_stem":
            self.stem.errors = [said]
        elif fault.option is not None and fault.code in ("empty_option", "equal_options"):
            self.option_errors[fault.option] = said
        else:
            self.options_error = said


def _verdicts() -> tuple[Option, Option]:
    return Option("Đúng"), Option("Sai")


# ------------------------------------------------------------------ documents


class PasteForm(Form):
    text = TextAreaField(_l("Dán câu hỏi vào đây"), filters=[_clean])
    file = FileField(_l("Hoặc chọn tệp"))


class ImportForm(Form):
    """What the preview adds where the source is silent."""

    clause = SelectField(_l("Gắn các câu chưa rõ mục vào"), coerce=int, default=0)


# ------------------------------------------------------------------ papers


class PaperForm(Form):
    title = StringField(_l("Tên đề"), [DataRequired(), _at_most(300)], filters=[_line])
    shuffle_items = BooleanField(_l("Trộn thứ tự câu hỏi"), default=True)
    shuffle_options = BooleanField(_l("Trộn thứ tự phương án"), default=True)

    @classmethod
    def of(cls, draft: PaperDraft) -> "PaperForm":
        return cls(obj=draft)


class NewPaperForm(PaperForm):
    resolution = SelectField(_l("Về nghị quyết"), coerce=int)


class ProvideForm(Form):
    period = SelectField(_l("Dùng cho tháng"))
