"""What learners report, what trainers answer, and what the address of the queue asks for."""

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from quiz.item_reports.service import Wanted
from quiz.models.item_reports import (
    DONE,
    LONGEST_REASON,
    LONGEST_REPLY,
    SHORTEST_REASON,
    STATUSES,
)
from quiz.web.formatting import PROBLEM_NAMES, STATUS_NAMES
from quiz.web.forms import BaseForm, searched, wanted_page

REPLIES = ("looking", *DONE)
CHOOSE_ONE = _("Hãy chọn một mục.")


class ReportForm(BaseForm):
    """What is wrong with a question."""

    problem = RadioField(
        _("Vấn đề của câu này"),
        choices=[SelectChoice(*named) for named in PROBLEM_NAMES.items()],
        validators=[InputRequired(CHOOSE_ONE)],
    )
    reason = TextAreaField(
        _("Điều Anh/Chị thấy chưa ổn"),
        validators=[InputRequired(), Length(SHORTEST_REASON, LONGEST_REASON)],
    )


class ReplyForm(BaseForm):
    """What became of a report. Nobody waits without a word: what is done says so in words."""

    new_status = RadioField(
        _("Tình trạng"),
        choices=[SelectChoice(status, STATUS_NAMES[status]) for status in REPLIES],
        validators=[InputRequired(CHOOSE_ONE)],
    )
    reply = TextAreaField(_("Lời trả lời cho người báo"), validators=[Length(max=LONGEST_REPLY)])
    seen = HiddenField(validators=[InputRequired()])

    def validate_reply(self, field: TextAreaField) -> None:
        """A report under consideration may wait for its reply."""
        if self.new_status.data in DONE and not field.data:
            raise ValidationError(gettext("Hãy viết vài lời để người báo biết kết quả."))


def wanted() -> Wanted:
    """Anything unknown is the default, never an error: the address changes nothing."""
    status = request.args.get("status", "")
    return Wanted(
        status=status if status in (*STATUSES, "all") else "",
        item=searched(request.args.get("item", "")),
        page=wanted_page(),
    )
