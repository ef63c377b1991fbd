"""Practice: choose what to practise, begin it, see the review of the day."""

from flask import Blueprint, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz.admission import service as admission
from quiz.config import PRACTICE_SIZE
from quiz.domain.memory import REVIEW_SIZE
from quiz.domain.practice import CLUSTERS, Source
from quiz.lessons import service as lessons
from quiz.memory import service as memory
from quiz.practice import service
from quiz.practice.forms import StartForm
from quiz.web.bank import bank
from quiz.web.clock import now
from quiz.web.errors import said
from quiz.web.guards import me

bp = Blueprint("practice", __name__, url_prefix="/practice")


@bp.app_errorhandler(admission.PaperInHand)
def paused(refusal: admission.PaperInHand) -> ResponseReturnValue:
    """Why nobody practises just now, with the way to the paper that is in hand."""
    page = render_template("practice/paused.html", sentence=said(refusal), in_hand=refusal.attempt)
    return make_response(page, refusal.status)


@bp.get("")
def index() -> ResponseReturnValue:
    """What there is to practise."""
    known = memory.known(me().person_id, bank())
    return render_template(
        "practice/index.html",
        bank=bank(),
        states=lessons.states(lessons.masteries(me().person_id, bank(), now(), known)),
        day=service.review_day(me().person_id, known, bank(), now()),
        wrong=len(service.wrong(known)),
        size=PRACTICE_SIZE,
        clusters=bank().paths[CLUSTERS],
    )


@bp.post("")
def start() -> ResponseReturnValue:
    """Begin, or go on with, a practice of what was chosen."""
    form = StartForm()
    if not form.accepted():
        abort(400)
    source = Source.parse(form.source.data or "")
    attempt_id = service.start(me(), source, bank(), now())
    return redirect(url_for("attempts.take", attempt_id=attempt_id))


@bp.get("/review")
def review() -> ResponseReturnValue:
    """The review of the day."""
    known = memory.known(me().person_id, bank())
    return render_template(
        "practice/review.html",
        bank=bank(),
        day=service.review_day(me().person_id, known, bank(), now()),
        review_size=REVIEW_SIZE,
    )
