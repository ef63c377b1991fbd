"""What an organiser may send: the rules of a campaign."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from quiz.campaigns.service import DEFAULT_RULES
from quiz.domain.bank import Bank
from quiz.domain.days import VIETNAM
from quiz.domain.items import DIFFICULTIES, KINDS
from quiz.models import AnyRow, Campaign
from quiz.models.campaigns import REVIEW_TIMES
from quiz.web.formatting import KIND_NAMES, moment
from quiz.web.forms import BaseForm

RESERVED_CODES = ("new", "manage")
CONTEST_RULES = {**DEFAULT_RULES, "attempt_limit": 1, "pause_minutes": 0}


class MomentField(DateTimeLocalField):
    """A moment typed in Vietnam's time, kept in UTC."""

    data: datetime | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what the browser sends."""
        super().process_formdata(valuelist)
        if isinstance(self.data, datetime):
            self.data = self.data.replace(tzinfo=VIETNAM).astimezone(UTC)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M") if self.data else ""


class CampaignForm(BaseForm):
    """The rules; they can be changed until the campaign opens."""

    name = StringField(_("Tên đợt thi"), validators=[InputRequired(), Length(max=120)])
    code = StringField(
        _("Mã đợt thi"),
        validators=[
            InputRequired(),
            Length(max=40),
            Regexp(
                r"[a-z0-9]+(-[a-z0-9]+)*\Z",
                message=_("Mã gồm chữ thường không dấu, chữ số và gạch nối."),
            ),
        ],
    )
    audience_id = SelectField(_("Đơn vị dự thi (và mọi đơn vị trực thuộc)"), coerce=int)
    topics = SelectMultipleField(
        _("Chủ đề"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    kinds = SelectMultipleField(
        _("Loại câu hỏi"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    remember = IntegerField(_("Phần nhớ"), validators=[InputRequired(), NumberRange(0, 100)])
    understand = IntegerField(_("Phần hiểu"), validators=[InputRequired(), NumberRange(0, 100)])
    apply = IntegerField(_("Phần vận dụng"), validators=[InputRequired(), NumberRange(0, 100)])
    size = IntegerField(_("Số câu hỏi"), validators=[InputRequired(), NumberRange(1, 100)])
    time_limit_minutes = IntegerField(
        _("Thời gian làm bài (phút)"), validators=[InputRequired(), NumberRange(1, 90)]
    )
    attempt_limit = IntegerField(_("Số lượt thi"), validators=[InputRequired(), NumberRange(1, 10)])
    pause_minutes = IntegerField(
        _("Nghỉ giữa hai lượt (phút)"), validators=[InputRequired(), NumberRange(0, 10080)]
    )
    pass_mark = IntegerField(_("Điểm đạt"), validators=[InputRequired(), NumberRange(0, 100)])
    opens_at = MomentField(_("Mở lúc (giờ Việt Nam)"), validators=[InputRequired()])
    closes_at = MomentField(_("Đóng lúc (giờ Việt Nam)"), validators=[InputRequired()])
    review_score = SelectField(_("Khi nào xem được điểm"))
    review_marks = SelectField(_("Khi nào xem được điểm từng câu"))
    review_answers = SelectField(_("Khi nào xem được câu trả lời của mình"))
    review_key = SelectField(_("Khi nào xem được đáp án và giải thích"))
    shrinkage = IntegerField(
        _("Hệ số co k của chỉ số đơn vị"), validators=[InputRequired(), NumberRange(0, 100)]
    )
    minimum_headcount = IntegerField(
        _("Số người tối thiểu để xếp hạng"), validators=[InputRequired(), NumberRange(1, 100)]
    )
    ends_attempts = BooleanField(_("Khi đợt thi đóng, lượt đang làm cũng kết thúc"))
    asks_confidence = BooleanField(_("Hỏi thêm mức chắc chắn ở từng câu (không tính điểm)"))
    gives_certificate = BooleanField(_("Cấp giấy chứng nhận cho người đạt"))

    def offer(self, bank: Bank, audiences: list[AnyRow]) -> "CampaignForm":
        """Fill the lists of choices."""
        self.bank = bank
        self.topics.choices = [
            (code, f"{lesson.number}. {lesson.name}") for code, lesson in bank.lessons.items()
        ]
        self.kinds.choices = [(kind, KIND_NAMES[kind]) for kind in KINDS]
        self.audience_id.choices = [(row.id, row.name) for row in audiences]
        words = {
            "at_once": gettext("ngay sau khi nộp bài"),
            "after_close": gettext("sau khi đợt thi đóng"),
            "never": gettext("không công bố"),
        }
        reviews = (self.review_score, self.review_marks, self.review_answers, self.review_key)
        for field in reviews:
            field.choices = [(when, words[when]) for when in REVIEW_TIMES]
        return self

    def validate_code(self, field: StringField) -> None:
        """Two words are addresses of other pages."""
        if field.data in RESERVED_CODES:
            raise ValidationError(gettext("Mã này dành cho hệ thống. Hãy chọn mã khác."))

    def validate_topics(self, field: SelectMultipleField) -> None:
        """At least one topic."""
        if not field.data:
            raise ValidationError(gettext("Hãy chọn ít nhất một chủ đề."))

    def validate_kinds(self, field: SelectMultipleField) -> None:
        """At least one kind."""
        if not field.data:
            raise ValidationError(gettext("Hãy chọn ít nhất một loại câu hỏi."))

    def validate_size(self, field: IntegerField) -> None:
        """A paper cannot hold more items than its topics do."""
        held = sum(
            item.kind in (self.kinds.data or ()) and item.lesson in (self.topics.data or ())
            for item in self.bank.items.values()
        )
        if not field.errors and field.data and self.topics.data and field.data > held:
            raise ValidationError(gettext("Các chủ đề đã chọn chỉ có %(held)d câu hỏi.", held=held))

    def validate_closes_at(self, field: MomentField) -> None:
        """A window has a length."""
        if field.data and self.opens_at.data and field.data <= self.opens_at.data:
            raise ValidationError(gettext("Hãy nhập thời điểm đóng sau thời điểm mở."))

    def rules(self) -> dict[str, Any]:
        """The columns of the campaign."""
        weights = {name: self[name].data for name in DIFFICULTIES}
        return {
            "difficulties": {name: weight for name, weight in weights.items() if weight},
            **{name: self[name].data for name in RULES if name != "difficulties"},
        }


class DraftForm(CampaignForm):
    """The rules of a draft that others may be changing too."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


class OpenForm(BaseForm):
    """That the rules of this version, and no others, are to be opened."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


def differs(form: CampaignForm, saved: Field) -> bool:
    """Whether somebody typed something else into this field than what is saved."""
    typed = form[saved.name].data
    if isinstance(saved.data, list):
        return sorted(typed or []) != sorted(saved.data)
    return bool(saved.name != "version" and typed != saved.data)


def shown(field: Field) -> str:
    """What a field holds, as a person reads it."""
    if isinstance(field, BooleanField):
        return str(gettext("có") if field.data else gettext("không"))
    if isinstance(field, SelectMultipleField):
        if len(field.data) == len(field.choices):
            return str(gettext("tất cả (%(count)d)", count=len(field.data)))
        return ", ".join(str(word) for value, word in field.choices if value in field.data)
    if isinstance(field, SelectField):
        return str(dict(field.choices).get(field.data, field.data))
    if isinstance(field, MomentField) and field.data:
        return moment(field.data)
    return str(field.data)


RULES = ("name", "code", "audience_id", "topics", "opens_at", "closes_at", *DEFAULT_RULES)


def filled(campaign: Campaign) -> dict[str, Any]:
    """The rules of a draft, for its form."""
    rules = {name: getattr(campaign, name) for name in (*RULES, "version")}
    return with_weights(rules)


def with_weights(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Rules as the form asks for them: each difficulty's weight in a field of its own."""
    weights = {name: rules["difficulties"].get(name, 0) for name in DIFFICULTIES}
    return {**rules, **weights}
