"""What a learner may send while taking a quiz."""

import re
import uuid
from collections.abc import Mapping, Sequence

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Regexp

from quiz.domain.paper import BadAnswer
from quiz.models.attempts import CONFIDENCES
from quiz.web.forms import TOKEN, BaseForm

OF_NO_QUESTION = {TOKEN, "op_id", "position", "revision", "then"}
OPERATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
REVISION = re.compile(r"[1-9]\d{0,4}", re.ASCII)
SHOWN = re.compile(rf"0|{REVISION.pattern}", re.ASCII)
POSITION = re.compile(r"[1-9]\d?|100", re.ASCII)
# p7: the answer to question 7; p7.2: its third part; p7.0.2: the third part of the first
# question of a scenario; r7: the revision that the page showed; c7: how sure the person is.
OF_A_QUESTION = re.compile(
    rf"([rc])({POSITION.pattern})|p({POSITION.pattern})(?:\.(\d{{1,2}}(?:\.\d{{1,2}})?))?", re.ASCII
)


class SubmitForm(BaseForm):
    """Handing in; the tick is asked for when questions are left open."""

    op_id = HiddenField(validators=[InputRequired(), Regexp(rf"({OPERATION.pattern})\Z", re.I)])
    confirmed = BooleanField()
    time_is_up = BooleanField()  # not the person but the page's countdown hands in


class SentAnswers:
    """A whole paper as a plain form sends it, or one question of it as a script does.

    Every field is of a question, so this is no form with fields of its own. `is_sound` says
    whether nothing is broken and nothing was sent unasked. The paper decides which questions and
    options there are.
    """

    def __init__(self, sent: "MultiDict[str, str]") -> None:
        """`sent` is what came, with the token that was checked at the door."""
        self._is_broken = False
        self.op_id = self._one(OPERATION, sent.get("op_id", "")) or ""
        position = self._one(POSITION, sent["position"]) if "position" in sent else None
        revision = self._one(REVISION, sent.get("revision", "1"))
        self.position = int(position) if position else None  # from a script: the one question
        self.revision = int(revision or 1)
        self.then = sent.get("then", "")  # the button that sent a plain form
        self.answers: dict[int, dict[str, Sequence[str]]] = {}  # by part, "" for the whole
        self.shown: dict[int, int] = {}  # the revision that the page showed
        self._confidences: dict[int, str] = {}
        if self.position:
            self.answers[self.position] = {}
        for name, values in sent.lists():
            if name not in OF_NO_QUESTION:
                self._keep(name, values)

    @property
    def is_sound(self) -> bool:
        """Whether all of it can be read."""
        return not self._is_broken

    @property
    def confidences(self) -> Mapping[int, str]:
        """How sure the person is, per question that says so. Raises BadAnswer."""
        if not set(self._confidences.values()).issubset(CONFIDENCES):
            raise BadAnswer
        return self._confidences

    def _keep(self, name: str, values: Sequence[str]) -> None:
        place = OF_A_QUESTION.fullmatch(name)
        if place is None:
            self._is_broken = True
        elif place[3]:
            self.answers.setdefault(int(place[3]), {})[place[4] or ""] = values
        elif place[1] == "r":
            self.answers.setdefault(int(place[2]), {})
            self.shown[int(place[2])] = int(self._one(SHOWN, values[0]) or 0)
        elif values[0]:
            self._confidences[int(place[2])] = values[0]

    def _one(self, shape: re.Pattern[str], value: str) -> str | None:
        if shape.fullmatch(value):
            return value
        self._is_broken = True
        return None


def new_operation() -> str:
    """An id for the change that a plain form will ask for."""
    return str(uuid.uuid4())
