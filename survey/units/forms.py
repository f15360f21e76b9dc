from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, Field, IntegerField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    StopValidation,
    ValidationError,
)

from survey import text
from survey.units.listing import FIELDS, LONGEST, MOST_MEMBERS, Columns
from survey.units.words import KINDS
from survey.web import Form

_TOO_LONG = _l("Nhiều nhất %(max)d ký tự.")


def one_line(value: str | None) -> str:
    return " ".join(text.clean(value or "").split())


def _understood(_form: Form, field: Field) -> None:
    """What could not be read has its message already; a second one would only confuse."""
    if field.data is None:
        raise StopValidation


def _sane_day(_form: Form, field: DateField) -> None:
    if not date(1930, 1, 1) <= field.data <= date(2200, 1, 1):
        raise ValidationError(_l("Ngày chưa đúng, ví dụ đúng: 05/12/2026."))


def day_field(label: object) -> DateField:
    """A day as the browser's own picker sends it, or as people type it."""
    return DateField(
        label,
        [InputRequired(), _understood, _sane_day],
        format=["%Y-%m-%d", "%d/%m/%Y"],
    )


def name_field() -> StringField:
    return StringField(
        _l("Tên"),
        [DataRequired(), Length(max=LONGEST["name"], message=_TOO_LONG)],
        filters=[one_line],
    )


class NewUnitForm(Form):
    name = name_field()
    kind = SelectField(_l("Loại"), choices=[SelectChoice(k, label) for k, label in KINDS.items()])
    code = StringField(
        _l("Mã"), [Optional(), Length(max=LONGEST["code"], message=_TOO_LONG)], filters=[one_line]
    )
    on = day_field(_l("Hoạt động từ ngày"))


class RenameForm(Form):
    name = name_field()
    on = day_field(_l("Mang tên mới từ ngày"))


class MoveForm(Form):
    """The choices of `parent_id` are what the search above the form found."""

    parent_id = RadioField(
        _l("Cấp trên mới"),
        [InputRequired(_l("Chọn cấp trên mới.")), _understood],
        coerce=int,
        validate_choice=False,  # it would say that nothing chosen is a wrong choice
    )
    on = day_field(_l("Chuyển từ ngày"))

    def validate_parent_id(self, field: RadioField) -> None:
        if str(field.data) not in {choice.value for choice in field.choices}:
            raise ValidationError(_l("Lựa chọn này không có trong danh sách."))


class EndForm(Form):
    on = day_field(_l("Kết thúc từ ngày"))


_MEMBERS = NumberRange(0, MOST_MEMBERS, message=_l("Cần một số từ %(min)d đến %(max)d."))


class HeadcountForm(Form):
    total = IntegerField(_l("Tổng số đảng viên"), [InputRequired(), _understood, _MEMBERS])
    eligible = IntegerField(_l("Thuộc diện tham gia"), [InputRequired(), _understood, _MEMBERS])

    def validate_eligible(self, field: IntegerField) -> None:
        if None not in (field.data, self.total.data) and field.data > self.total.data:
            raise ValidationError(_l("Số thuộc diện không lớn hơn tổng số."))


class UploadForm(Form):
    file = FileField(_l("Tệp danh sách (.xlsx hoặc .csv)"), [FileRequired(_l("Chọn một tệp."))])


def _column(label: object, *validators: object) -> SelectField:
    return SelectField(label, [*validators], coerce=int, default=-1)


_NEEDED = NumberRange(min=0, message=_l("Chọn cột này."))


class ColumnsForm(Form):
    """Which column of the uploaded table is what; -1: the table has none."""

    code = _column(_l("Mã tổ chức"), _NEEDED)
    parent = _column(_l("Mã cấp trên"), _NEEDED)
    name = _column(_l("Tên tổ chức"), _NEEDED)
    kind = _column(_l("Loại"))
    total = _column(_l("Tổng số đảng viên"))
    eligible = _column(_l("Thuộc diện tham gia"))
    first = IntegerField(
        _l("Danh sách bắt đầu từ dòng"),
        [
            InputRequired(),
            _understood,
            NumberRange(1, message=_l("Dòng đầu tiên là dòng 1.")),
        ],
    )
    on = day_field(_l("Ghi nhận từ ngày"))

    def offer(self, headings: list[str]) -> None:
        none = SelectChoice("-1", _l("– không có –"))
        found = [SelectChoice(str(place), label) for place, label in enumerate(headings)]
        for field in FIELDS:
            self[field].choices = [none, *found]

    def columns(self) -> Columns:
        places = {field: self[field].data for field in FIELDS}
        return Columns(
            first=self.first.data,
            **{field: place for field, place in places.items() if place >= 0},
        )
