"""What organisers fill in."""

from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    StopValidation,
    ValidationError,
)

from survey.papers.queries import EditionRow
from survey.sittings.calling import MANY, Register
from survey.sittings.models import Kind, Show
from survey.sittings.words import ENTRANCES, KINDS, SHOWS
from survey.text import clean
from survey.web import ZONE, Form

MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%H:%M %d/%m/%Y", "%d/%m/%Y %H:%M"]
GRACES = {0: _l("Không"), 60: _l("1 phút"), 120: _l("2 phút"), 300: _l("5 phút")}


def _line(text: str | None) -> str:
    return " ".join(clean(text or "").split())


def _at_most(length: int) -> Length:
    return Length(max=length, message=_l("Dài quá, nhiều nhất %(max)d ký tự."))


class UnitField(StringField):
    """A unit by its name, its name and place, or its code. `register` holds those that may be
    named; after validation `unit_id` is the one that was."""

    register: Register
    unit_id: int | None = None

    def pre_validate(self, form: object) -> None:
        found = self.register.find(self.data or "")
        if not found:
            raise StopValidation(_("Không tìm thấy tổ chức này. Đồng chí điền tên hoặc mã."))
        if len(found) > 1:
            raise StopValidation(self._which([node.code for node in found]))
        self.unit_id = found[0].id

    @staticmethod
    def _which(codes: list[str]) -> str:
        if len(codes) > MANY:
            return str(_("Nhiều tổ chức khớp tên này. Đồng chí thêm tên cấp trên, hoặc điền mã."))
        return str(_("Mấy tổ chức cùng tên. Đồng chí điền mã: %(codes)s.", codes=", ".join(codes)))


class MomentField(DateTimeLocalField):
    """A time by the clock of Việt Nam; `moment` is the same time as the store keeps it."""

    data: datetime | None

    def __init__(self, label: object, validators: list[Any], **values: Any) -> None:
        super().__init__(label, validators, format=MOMENTS, **values)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        # The calendar ends at the year 1: seven hours before its first day is no time at all.
        if self.data is not None and not 2000 <= self.data.year < 2200:
            self.data = None
            raise ValueError(_("Ngày giờ chưa đúng."))

    @property
    def moment(self) -> datetime | None:
        return self.data and self.data.replace(tzinfo=ZONE).astimezone(UTC)

    def show(self, moment: datetime | None) -> None:
        """Fill the field with a moment of the store."""
        self.data = moment and moment.astimezone(ZONE).replace(tzinfo=None)


class ConferenceForm(Form):
    title = StringField(_l("Tên hội nghị"), [DataRequired(), _at_most(300)], filters=[_line])
    held_on = DateField(_l("Ngày họp"), [InputRequired()], format=["%Y-%m-%d", "%d/%m/%Y"])
    unit = UnitField(_l("Tổ chức triệu tập"), filters=[_line])


class HallForm(Form):
    name = StringField(_l("Tên điểm cầu"), [DataRequired(), _at_most(200)], filters=[_line])
    unit = UnitField(_l("Tổ chức chủ trì điểm cầu"), filters=[_line])


class SittingForm(Form):
    """`now` is the clock against which an opening time has to be still to come."""

    now: datetime

    kind = RadioField(
        _l("Thời điểm"),
        [DataRequired()],
        choices=[SelectChoice(k.value, KINDS[k]) for k in (Kind.BEFORE, Kind.AFTER)],
    )
    title = StringField(_l("Tên đợt khảo sát"), [DataRequired(), _at_most(300)], filters=[_line])
    edition = SelectField(_l("Đề khảo sát"), [InputRequired()], coerce=int)
    show = RadioField(
        _l("Gửi xong, người trả lời xem được"),
        [DataRequired()],
        choices=[SelectChoice(show.value, word) for show, word in SHOWS.items()],
        default=Show.SCORE.value,
    )
    tickets = RadioField(
        _l("Cách vào"),
        coerce=lambda value: str(value) == "True",
        choices=[SelectChoice(tickets, word) for tickets, word in ENTRANCES.items()],
        default=False,
    )
    opens_at = MomentField(_l("Tự mở lúc"), [Optional()])
    closes_at = MomentField(_l("Tự đóng lúc"), [Optional()])
    grace = SelectField(
        _l("Nhận thêm sau giờ đóng"),
        coerce=int,
        choices=[SelectChoice(seconds, word) for seconds, word in GRACES.items()],
        default=120,
    )

    def offer(self, editions: list[EditionRow]) -> None:
        self.edition.choices = [
            SelectChoice(
                row.id,
                _(
                    "%(resolution)s · %(title)s · lần %(number)d · %(items)d câu",
                    resolution=row.resolution_number,
                    title=row.title,
                    number=row.number,
                    items=row.items,
                ),
            )
            for row in editions
        ]

    def validate_opens_at(self, field: MomentField) -> None:
        if field.moment is not None and field.moment <= self.now:
            raise ValidationError(_("Giờ này đã qua. Để trống nếu mở bằng nút."))

    def validate_closes_at(self, field: MomentField) -> None:
        closes_at, opens_at = field.moment, self.opens_at.moment
        if closes_at is None:
            return
        if opens_at is None:
            raise ValidationError(
                _("Hẹn giờ đóng thì cần hẹn cả giờ mở. Mở bằng nút thì hẹn giờ đóng sau khi mở.")
            )
        if closes_at <= opens_at:
            raise ValidationError(_("Giờ đóng phải sau giờ mở."))


class ExtendForm(Form):
    until = MomentField(_l("Đóng lúc"), [InputRequired()])


class SpareForm(Form):
    spare = IntegerField(
        _l("Phiếu dự phòng cho mỗi chi bộ"),
        [InputRequired(), NumberRange(0, 100, _l("Từ 0 đến 100."))],
        default=2,
    )
