"""What the address of the list asks for, and what an organiser may give."""

from flask import request
from flask_babel import lazy_gettext as _
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from quiz.reviews.service import SORTS, Wanted
from quiz.web.forms import BaseForm, searched, wanted_page


class ExtraTimeForm(BaseForm):
    """More time for one person."""

    extra_time_percent = IntegerField(
        _("Thêm bao nhiêu phần trăm thời gian"), validators=[InputRequired(), NumberRange(0, 200)]
    )


def wanted() -> Wanted:
    """Anything unknown is the default, never an error: the address changes nothing."""
    asked = request.args
    sort = asked.get("sort", "")
    return Wanted(
        text=searched(asked.get("q", "")),
        agency=searched(asked.get("agency", "")),
        status=asked.get("status", ""),
        sort=sort if sort in SORTS else "name",
        descending=asked.get("order") == "desc",
        page=wanted_page(),
    )
