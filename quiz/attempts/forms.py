"""What a learner may send while taking a quiz."""

import re
import uuid
from collections.abc import Mapping, Sequence
from functools import cached_property

from flask import request
from wtforms import BooleanField, HiddenField, IntegerField
from wtforms.validators import UUID, InputRequired, NumberRange, Optional

from quiz.domain.paper import BadAnswer
from quiz.models.attempts import CONFIDENCES
from quiz.web.forms import BaseForm

# p7: the answer to question 7; p7.2: its third part; p7.0.2: the third part of the first
# question of a scenario; r7: the revision that the page showed.
ANSWER = re.compile(r"p([1-9]\d{0,2})(?:\.(\d{1,2}(?:\.\d{1,2})?))?")
REVISION = re.compile(r"r([1-9]\d{0,2})")
CONFIDENCE = re.compile(r"c([1-9]\d{0,2})")  # how sure of question 7: c7
OF_A_PAPER = (ANSWER, REVISION, CONFIDENCE)
MAXIMUM_REVISION = 100_000


class OperationForm(BaseForm):
    """A change that may be sent twice and happens once."""

    op_id = HiddenField(validators=[InputRequired(), UUID()])


class SubmitForm(OperationForm):
    """Handing in; the tick is asked for when questions are left open."""

    confirmed = BooleanField()
    time_is_up = BooleanField()  # not the person but the page's countdown hands in


class SheetForm(OperationForm):
    """A whole paper as a plain form, or one question of it as a script sends it."""

    position = IntegerField(validators=[Optional(), NumberRange(1, 100)])
    revision = IntegerField(validators=[Optional(), NumberRange(1, MAXIMUM_REVISION)])
    then = HiddenField()

    def knows(self, name: str) -> bool:
        """Also the answers and the revisions of any question; the paper decides which exist."""
        return super().knows(name) or any(pattern.fullmatch(name) for pattern in OF_A_PAPER)

    @cached_property
    def confidences(self) -> Mapping[int, str]:
        """How sure the person is, per question that says so. Raises BadAnswer."""
        found = {}
        for name, value in request.form.items():
            match = CONFIDENCE.fullmatch(name)
            if match and value:
                if value not in CONFIDENCES:
                    raise BadAnswer
                found[int(match[1])] = value
        return found

    @cached_property
    def shown(self) -> Mapping[int, int]:
        """The revision that the page showed, per question."""
        found = {}
        for name, value in request.form.items():
            match = REVISION.fullmatch(name)
            if match and value.isdecimal() and len(value) <= 6:
                found[int(match[1])] = int(value)
        return found

    @cached_property
    def answers(self) -> Mapping[int, Mapping[str, Sequence[str]]]:
        """The fields of each question that the page showed, by their part ("" for the whole)."""
        found: dict[int, dict[str, Sequence[str]]] = {number: {} for number in self.shown}
        if self.position.data:
            found[self.position.data] = {}
        for name in request.form:
            match = ANSWER.fullmatch(name)
            if match:
                found.setdefault(int(match[1]), {})[match[2] or ""] = request.form.getlist(name)
        return found


def new_operation() -> str:
    """An id for the change that a plain form will ask for."""
    return str(uuid.uuid4())
