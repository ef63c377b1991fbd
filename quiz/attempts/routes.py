"""Taking a quiz: start, answer, check, hand in, read the result."""

import re
from collections.abc import Sequence
from datetime import timedelta

from flask import (
    Blueprint,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from quiz.admission import service as admission
from quiz.attempts import service
from quiz.attempts.forms import SentAnswers, SubmitForm, new_operation
from quiz.campaigns import service as campaigns
from quiz.domain import scheduling
from quiz.domain.errors import Refused
from quiz.domain.practice import Source
from quiz.journal import service as journal
from quiz.journal.service import Entry
from quiz.models import AnyRow, db
from quiz.practice import service as practice
from quiz.results import service as results
from quiz.web.bank import bank
from quiz.web.clock import now
from quiz.web.errors import EXPLANATIONS, http_error, said, wants_json
from quiz.web.formatting import seconds_time
from quiz.web.forms import TOKEN, BaseForm
from quiz.web.guards import me
from quiz.web.languages import LANGUAGES, remember
from quiz.web.offline import kept_offline

bp = Blueprint("attempts", __name__)

LARGEST_SIZE = 2**31 - 1  # bytes: as much as anybody may claim to send, and a column holds
NEXT_QUESTION = re.compile(r"question-([1-9]\d{0,2})")


class BadSave(Refused):
    """The form itself is broken: no operation id, or an impossible number."""

    status = 400
    message = EXPLANATIONS[400].sentence


@bp.post("/campaigns/<code>/attempts")
def start(code: str) -> ResponseReturnValue:
    """Begin, or go on with, an attempt of a campaign."""
    campaign = campaigns.rules_or_404(code)
    if not BaseForm().accepted():
        raise BadSave
    return redirect(url_for(".take", attempt_id=admission.start(me(), campaign, bank(), now())))


@bp.get("/attempts/<attempt_id>")
def take(attempt_id: str) -> ResponseReturnValue:
    """The paper: one long form, which a script shows question by question."""
    attempt = service.in_hand(attempt_id, me())
    if attempt.state != "open":
        return redirect(url_for(".result", attempt_id=attempt_id))
    if attempt.deadline_at is None:
        return _practice(attempt, request.args.get("question", type=int))
    if not service.accepts_saves(attempt, now()):
        return render_template(
            "attempts/expired.html",
            attempt=service.own_attempt(attempt_id, me()),
            sitting=service.sitting(attempt),
            submit_op_id=new_operation(),
        )
    if service.is_elsewhere(attempt, me(), now()):
        return _elsewhere_page(attempt)
    page = render_template(
        "attempts/take.html",
        attempt=attempt,
        sitting=service.sitting(attempt),
        seconds_left=_seconds_left(attempt),
        op_id=new_operation(),
        submit_op_id=new_operation(),
    )
    return kept_offline(page)


@bp.post("/attempts/<attempt_id>/lease")
def continue_here(attempt_id: str) -> ResponseReturnValue:
    """Take the attempt over from another device, and save what a refused form had brought."""
    brings_answers = "op_id" in request.form
    if not (SentAnswers(request.form).is_sound if brings_answers else BaseForm().accepted()):
        raise BadSave
    service.continue_here(attempt_id, me(), now())
    if brings_answers:
        return save(attempt_id)
    return redirect(url_for(".take", attempt_id=attempt_id))


@bp.post("/attempts/<attempt_id>/save")
def save(attempt_id: str) -> ResponseReturnValue:
    """Keep one answer (from a script or in practice), or every answer of the plain form."""
    sent = SentAnswers(request.form)
    try:
        if not sent.is_sound:
            raise BadSave
        if sent.position:
            return _save_one(attempt_id, sent.position, sent)
        kept = service.save_sheet(
            attempt_id,
            me(),
            op_id=sent.op_id,
            shown=sent.shown,
            fields=sent.answers,
            confidences=sent.confidences,
            now=now(),
        )
    except Refused as refusal:
        _note_refusal(attempt_id, sent, refusal)
        if isinstance(refusal, service.NothingChosen) and not wants_json():
            attempt = service.in_hand(attempt_id, me())
            return make_response(_practice(attempt, sent.position, said(refusal)), refusal.status)
        if isinstance(refusal, service.OpenElsewhere) and not wants_json():
            attempt = service.in_hand(attempt_id, me())
            brought = [pair for pair in request.form.items(multi=True) if pair[0] != TOKEN]
            return make_response(_elsewhere_page(attempt, brought), refusal.status)
        raise
    if kept.stale:
        flash(
            gettext(
                "Câu %(numbers)s đã có câu trả lời mới hơn từ trang khác nên hệ thống giữ câu "
                "trả lời mới hơn ấy.",
                numbers=", ".join(str(number) for number in kept.stale),
            )
        )
    return _go_on(attempt_id, sent.then)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """A body that no paper needs: refused unread, but not unnoticed."""
    if request.endpoint == f"{bp.name}.save" and current_user.is_authenticated:
        _note_refusal((request.view_args or {})["attempt_id"], None, error)
    return http_error(error)


@bp.route("/attempts/<attempt_id>/check")
def check(attempt_id: str) -> ResponseReturnValue:
    """What is answered and what is not, before handing in."""
    attempt = service.in_hand(attempt_id, me())
    if attempt.state != "open":
        return redirect(url_for(".result", attempt_id=attempt_id))
    return _check_page(attempt, SubmitForm(op_id=new_operation()))


@bp.post("/attempts/<attempt_id>/submit")
def submit(attempt_id: str) -> ResponseReturnValue:
    """Hand in. With open questions left, a tick is asked for first."""
    form = SubmitForm()
    if not form.accepted():
        raise BadSave
    attempt = service.in_hand(attempt_id, me())
    if form.time_is_up.data and not scheduling.is_up(attempt.deadline_at, now()):
        return redirect(url_for(".take", attempt_id=attempt_id))  # where the right time is shown
    asks = attempt.deadline_at is not None and service.accepts_saves(attempt, now())
    if asks and not form.confirmed.data and service.sitting(attempt).unanswered:
        form.confirmed.errors = [
            gettext("Còn câu chưa trả lời đủ. Hãy đánh dấu vào ô này nếu Anh/Chị vẫn muốn nộp bài.")
        ]
        return make_response(_check_page(attempt, form), 422)
    try:
        service.submit(attempt_id, me(), op_id=form.op_id.data, now=now())
    except service.OpenElsewhere as refusal:
        return make_response(_elsewhere_page(attempt), refusal.status)
    return redirect(url_for(".result", attempt_id=attempt_id))


@bp.get("/attempts/<attempt_id>/result")
def result(attempt_id: str) -> ResponseReturnValue:
    """The score, and what the review policy allows to see beside it."""
    attempt = service.own_attempt(attempt_id, me())
    if attempt.state == "open":
        return redirect(url_for(".take", attempt_id=attempt_id))
    source = Source.parse(attempt.practice) if attempt.practice else None
    is_test = source is not None and source.is_test
    campaign = attempt.campaign
    mine = admission.previous(me().person_id, campaign.id) if campaign else []
    return render_template(
        "attempts/result.html",
        attempt=attempt,
        has_all_used=campaign is not None and len(mine) >= campaign.attempt_limit,
        chance=admission.next_chance(campaign, mine, now()) if campaign else None,
        opens_later=campaign is not None and results.opens_later(campaign),
        moment=now(),
        result=results.result(attempt, now()),
        bank=bank(),
        source=source,
        tests=practice.course_tests(me().person_id, source.code) if source and is_test else None,
    )


def _practice(attempt: AnyRow, number: int | None, fault: str = "") -> str:
    """One question of a practice; once answered, with its key and feedback (a test waits)."""
    source = Source.parse(attempt.practice or "")
    sitting = service.sitting(attempt)
    if number is None or not 1 <= number <= len(sitting.questions):
        number = sitting.unchecked[0] if sitting.unchecked else len(sitting.questions)
    question = sitting.questions[number - 1]
    return render_template(
        "attempts/practice.html",
        attempt=attempt,
        sitting=sitting,
        question=question,
        reviewed=results.checked(attempt, number)
        if question.revision and not source.is_test
        else None,
        source=source,
        bank=bank(),
        fault=fault,
        op_id=new_operation(),
        submit_op_id=new_operation(),
    )


def _elsewhere_page(attempt: AnyRow, brought: Sequence[tuple[str, str]] = ()) -> str:
    """The way to go on here; what a form had `brought` goes along, and so is not lost."""
    return render_template("attempts/elsewhere.html", attempt=attempt, brought=brought)


def _save_one(attempt_id: str, position: int, sent: SentAnswers) -> ResponseReturnValue:
    entry = Entry(
        op_id=sent.op_id,
        attempt_id=attempt_id,
        position=position,
        revision=sent.revision,
        answer=None,
        confidence=sent.confidences.get(position),
    )
    saved = service.save(entry, me(), sent.answers[position], now())
    if not wants_json():
        return redirect(url_for(".take", attempt_id=attempt_id, question=position))
    return jsonify(
        position=saved.position,
        revision=saved.revision,
        saved_at=seconds_time(saved.saved_at),
        is_stale=saved.is_stale,
    )


def _note_refusal(attempt_id: str, sent: SentAnswers | None, refusal: Exception) -> None:
    """Journal what was refused of one's own attempt; for anybody else's it does nothing."""
    db.session.rollback()
    journal.note_refusal(
        attempt_id,
        me().person_id,
        reason=type(refusal).__name__,
        op_id=sent.op_id or None if sent else None,
        position=sent.position if sent else None,
        size=min(request.content_length or 0, LARGEST_SIZE),
        now=now(),
    )


def _check_page(attempt: AnyRow, form: SubmitForm) -> str:
    return render_template(
        "attempts/check.html",
        attempt=attempt,
        sitting=service.sitting(attempt),
        seconds_left=_seconds_left(attempt),
        form=form,
    )


def _go_on(attempt_id: str, then: str) -> ResponseReturnValue:
    """Where the button that saved leads to."""
    if then == "check":
        return redirect(url_for(".check", attempt_id=attempt_id))
    question = NEXT_QUESTION.fullmatch(then)
    anchor = f"cau-{question[1]}" if question else None
    response = redirect(url_for(".take", attempt_id=attempt_id, _anchor=anchor))
    if then in LANGUAGES:
        remember(response, "language", then)
    return response


def _seconds_left(attempt: AnyRow) -> int:
    """Seconds until the deadline, 0 when it is over or there is none."""
    left = attempt.deadline_at - now() if attempt.deadline_at else timedelta()
    return max(0, int(left.total_seconds()))
