"""Reporting a question, following one's reports, and the queue of those who answer."""

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from quiz.accounts.service import REVIEWERS
from quiz.attempts import service as attempts
from quiz.item_reports import service
from quiz.item_reports.forms import (
    REPLIES,
    ReplyForm,
    ReportForm,
    wanted,
)
from quiz.item_reports.service import AlreadyReported, TooManyReports
from quiz.models import Attempt, db
from quiz.papers import service as papers
from quiz.results import service as results
from quiz.web.bank import bank
from quiz.web.clock import now
from quiz.web.errors import said
from quiz.web.formatting import PROBLEM_NAMES, STATUS_NAMES
from quiz.web.forms import BaseForm, wanted_page
from quiz.web.guards import for_roles, me

bp = Blueprint("item_reports", __name__)
reviewers_only = for_roles(*REVIEWERS)
ANSWERERS = ("trainer", "organiser")
ONE = "/item-reports/<int(max=2147483647):report_id>"


@bp.route("/attempts/<attempt_id>/questions/<int(max=100):number>/report", methods=["GET", "POST"])
def report(attempt_id: str, number: int) -> ResponseReturnValue:
    """Say what is wrong with a question that I may see; once said, see it again."""
    attempt = attempts.own_attempt(attempt_id, me())
    form = ReportForm()
    if not form.accepted():
        return _report_page(attempt, number, form, 422 if form.errors else 200)
    try:
        service.report(me(), attempt, number, form.problem.data, form.reason.data, now())
        flash(gettext("Đã gửi. Cảm ơn Anh/Chị; lời trả lời sẽ hiện ở trang “Câu hỏi tôi đã báo”."))
    except AlreadyReported as refusal:
        flash(refusal.sentence(gettext), "info")
    except TooManyReports as refusal:
        form.form_errors.append(refusal.sentence(gettext))
        return _report_page(attempt, number, form, refusal.status)
    return redirect(url_for(".report", attempt_id=attempt_id, number=number))


@bp.get("/account/item-reports")
def mine() -> ResponseReturnValue:
    """What I have reported, and what was answered."""
    return render_template(
        "item_reports/mine.html",
        reports=service.own_reports(me(), wanted_page(), now()),
        unseen=service.new_replies(me()),
        problems=PROBLEM_NAMES,
        statuses=STATUS_NAMES,
        query=request.args.to_dict(),
    )


@bp.post("/account/item-reports")
def see_replies() -> ResponseReturnValue:
    """Open my reports from the word of new replies, which are thereby seen."""
    if not BaseForm().accepted():
        abort(400)
    service.see_replies(me(), now())
    return redirect(url_for(".mine"))


@bp.get("/item-reports")
@reviewers_only
def queue() -> ResponseReturnValue:
    """The reports of the whole province, item by item."""
    asked = wanted()
    return render_template(
        "item_reports/queue.html",
        reports=service.queue(asked),
        wanted=asked,
        problems=PROBLEM_NAMES,
        statuses=STATUS_NAMES,
        bank=bank(),
        query=request.args.to_dict(),
    )


@bp.get(ONE)
@reviewers_only
def queued(report_id: int) -> ResponseReturnValue:
    """One report with the item as its author saw it, and the reply."""
    found = service.queued(report_id).report
    status = found.status if found.status in REPLIES else None
    seen = service.state_of(found)
    return _queued_page(report_id, ReplyForm(new_status=status, reply=found.reply, seen=seen))


@bp.post(f"{ONE}/reply")
@for_roles(*ANSWERERS)
def reply(report_id: int) -> ResponseReturnValue:
    """Answer a report."""
    form = ReplyForm()
    if not form.accepted():
        return make_response(_queued_page(report_id, form), 422)
    text, seen = form.reply.data or "", form.seen.data
    try:
        service.reply(report_id, me(), form.new_status.data, text, now(), seen)
    except service.AnsweredMeanwhile as refusal:
        db.session.rollback()
        form.reply.errors = [said(refusal)]
        form.seen.data = service.state_of(service.queued(report_id).report)
        return make_response(_queued_page(report_id, form), refusal.status)
    flash(gettext("Đã lưu. Người báo thấy tình trạng và lời trả lời này."))
    return redirect(url_for(".queued", report_id=report_id))


def _report_page(
    attempt: Attempt, number: int, form: ReportForm, status: int
) -> ResponseReturnValue:
    place = results.shown_position(attempt, number, now())
    page = render_template(
        "item_reports/report.html",
        attempt=attempt,
        number=number,
        item=papers.item(place.version),
        first=service.first_report(me(), place.version),
        problems=PROBLEM_NAMES,
        statuses=STATUS_NAMES,
        form=form,
    )
    return make_response(page, status)


def _queued_page(report_id: int, form: ReplyForm) -> str:
    found = service.queued(report_id)
    return render_template(
        "item_reports/queued.html",
        queued=found,
        current=bank().items.get(found.report.item_code),
        may_reply=bool(me().roles.intersection(ANSWERERS)),
        problems=PROBLEM_NAMES,
        statuses=STATUS_NAMES,
        form=form,
    )
