"""What a person may send to sign in and to choose a password."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from quiz.accounts.service import PASSWORD_LENGTH
from quiz.web.forms import BaseForm


class SignInForm(BaseForm):
    """Staff code and password."""

    staff_code = StringField(_("Mã cán bộ"), validators=[InputRequired(), Length(max=64)])
    password = PasswordField(_("Mật khẩu"), validators=[InputRequired(), Length(max=200)])
    next = HiddenField()


class FirstSignInForm(BaseForm):
    """Staff code and the one-time code of the printed slip."""

    staff_code = StringField(_("Mã cán bộ"), validators=[InputRequired(), Length(max=64)])
    code = StringField(_("Mã dùng một lần"), validators=[InputRequired(), Length(max=64)])


class PasswordForm(BaseForm):
    """A new password, twice."""

    password = PasswordField(
        _("Mật khẩu mới"), validators=[InputRequired(), Length(min=PASSWORD_LENGTH, max=200)]
    )
    repeat = PasswordField(
        _("Nhập lại mật khẩu"), validators=[InputRequired(), EqualTo("password")]
    )
