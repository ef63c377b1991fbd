"""What every form shares: composed text, Vietnamese messages, a token, and no field unasked."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, request
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import Field, TextAreaField

from quiz.domain.errors import N_, Refused
from quiz.domain.names import compose, compose_lines

LONGEST_SEARCH = 80
LAST_PAGE = 10_000
TOKEN = "csrf_token"  # noqa: S105 (the name of the field)

# WTForms ships no Vietnamese; these are the messages of the validators that we use.
MESSAGES: Mapping[str, str] = {
    "This field is required.": N_("Hãy điền ô này."),
    "Not a valid choice.": N_("Hãy chọn một trong các giá trị của danh sách."),
    "Not a valid choice": N_("Hãy chọn một trong các giá trị của danh sách."),
    "'%(value)s' is not a valid choice for this field.": N_(
        "Hãy chọn các giá trị có trong danh sách."
    ),
    "'%(value)s' are not valid choices for this field.": N_(
        "Hãy chọn các giá trị có trong danh sách."
    ),
    "Not a valid integer value.": N_("Hãy nhập một số nguyên."),
    "Not a valid datetime value.": N_("Hãy nhập ngày và giờ, ví dụ 17:00 ngày 30/11/2026."),
    "Invalid Choice: could not coerce.": N_("Hãy chọn một trong các giá trị của danh sách."),
    "Number must be between %(min)s and %(max)s.": N_("Hãy nhập một số từ %(min)s đến %(max)s."),
    "Field must be between %(min)d and %(max)d characters long.": N_(
        "Hãy nhập từ %(min)d đến %(max)d ký tự."
    ),
    "Field cannot be longer than %(max)d character.": N_("Hãy nhập không quá %(max)d ký tự."),
    "Field cannot be longer than %(max)d characters.": N_("Hãy nhập không quá %(max)d ký tự."),
    "Field must be at least %(min)d character long.": N_("Hãy nhập ít nhất %(min)d ký tự."),
    "Field must be at least %(min)d characters long.": N_("Hãy nhập ít nhất %(min)d ký tự."),
    "Field must be equal to %(other_name)s.": N_("Hai ô chưa giống nhau. Hãy nhập lại."),
}


class _Translations:
    """WTForms' messages in the language of the page."""

    def gettext(self, message: str) -> str:
        """Our sentence for WTForms' sentence; for the rest, which nobody reads, its own."""
        return gettext(MESSAGES[message]) if message in MESSAGES else message

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Vietnamese has one form; the catalogue's English sentences fit both."""
        return self.gettext(singular if count == 1 else plural)


class BaseForm(FlaskForm):
    """A form of this app. Every POST goes through one, even a lone button."""

    class Meta(FlaskForm.Meta):
        """WTForms' hooks."""

        csrf = False  # every POST has been checked at the door: see web/guards.py

        def get_translations(self, form: "BaseForm") -> _Translations:
            """Our own sentences."""
            return _Translations()

        def bind_field(self, form: "BaseForm", unbound: Any, options: dict[str, Any]) -> Field:
            """Trim and compose what people type, so that two spellings of ế are one."""
            if "Password" not in unbound.field_class.__name__:
                tidy = _lines if issubclass(unbound.field_class, TextAreaField) else _composed
                options = {**options, "filters": [tidy, *(options.get("filters") or ())]}
            return super().bind_field(form, unbound, options)

    def accepted(self) -> bool:
        """Whether the form was sent and is in order. A field that is not ours is a 400."""
        if not self.is_submitted():
            return False
        if not all(name == TOKEN or name in self._fields for name in request.form):
            abort(400)
        return bool(self.validate())


def searched(text: str) -> str:
    """What an address asks to find; with control characters, nothing."""
    try:
        return compose(text[:LONGEST_SEARCH])
    except Refused:
        return ""


def wanted_page() -> int:
    """The page of a list that an address asks for, from 1."""
    return min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)


def _lines(value: Any) -> Any:
    return _composed(value, by=compose_lines)


def _composed(value: Any, by: Callable[[str], str] = compose) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return by(value)
    except Refused as refusal:
        raise ValueError(refusal.sentence(gettext)) from None
