from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from survey.access.passwords import SHORTEST
from survey.web import Form


class SignInForm(Form):
    login = StringField(
        _l("Tên đăng nhập"),
        [DataRequired(), Length(max=80)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _l("Mật khẩu"),
        [DataRequired(), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )
    stay = BooleanField(_l("Giữ đăng nhập trên máy này 60 ngày"))


class LinkForm(Form):
    """Only the proof that the button was pressed on our page."""

    stay = BooleanField(_l("Giữ đăng nhập trên máy này 60 ngày"))


class PasswordForm(Form):
    password = PasswordField(
        _l("Mật khẩu mới"),
        [
            DataRequired(),
            Length(
                min=SHORTEST,
                max=200,
                message=_l("Mật khẩu cần ít nhất %(min)d ký tự, nhiều nhất %(max)d ký tự."),
            ),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("Gõ lại mật khẩu mới"),
        [
            DataRequired(),
            EqualTo("password", message=_l("Hai lần gõ chưa giống nhau.")),
        ],
    )
