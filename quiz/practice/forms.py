"""What a learner may send to begin a practice."""

from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from quiz.web.forms import BaseForm


class StartForm(BaseForm):
    """What the practice is about, as `domain/practice.py` writes it."""

    source = HiddenField(validators=[InputRequired(), Length(max=100)])
