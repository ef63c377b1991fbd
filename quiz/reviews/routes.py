"""What trainers see of scores."""

from flask import (
    Blueprint,
    Response,
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
from quiz.campaigns import service as campaigns
from quiz.domain.practice import SMALLEST_GROUP
from quiz.models import Campaign
from quiz.results import service as results
from quiz.reviews import service
from quiz.reviews.forms import ExtraTimeForm, wanted
from quiz.web.bank import bank
from quiz.web.clock import now
from quiz.web.formatting import moment
from quiz.web.guards import for_roles, me

bp = Blueprint("reviews", __name__, url_prefix="/reviews")
reviewers_only = for_roles(*REVIEWERS)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("")
@reviewers_only
def index() -> ResponseReturnValue:
    """The campaigns with people in reach, and what the courses brought these people."""
    return render_template(
        "reviews/index.html",
        campaigns=service.campaigns(me()),
        gains=service.course_gains(me()),
        paths=bank().paths,
        smallest=SMALLEST_GROUP,
        moment=now(),
    )


@bp.get("/<campaign_code>")
@reviewers_only
def people(campaign_code: str) -> ResponseReturnValue:
    """The scores of the people in reach: searched, filtered, sorted."""
    campaign, asked = campaigns.campaign_or_404(campaign_code), wanted()
    return render_template(
        "reviews/people.html",
        campaign=campaign,
        people=service.people(me(), campaign, asked),
        agencies=service.agencies(me(), campaign),
        wanted=asked,
        query=request.args.to_dict(),
        moment=now(),
    )


@bp.get("/<campaign_code>/people/<int:person_id>")
@reviewers_only
def person(campaign_code: str, person_id: int) -> ResponseReturnValue:
    """One person's attempts, and for organisers the time that they are given."""
    campaign = campaigns.campaign_or_404(campaign_code)
    extra_time = service.extra_time(me(), person_id)
    return _person_page(campaign, person_id, ExtraTimeForm(extra_time_percent=extra_time))


@bp.post("/<campaign_code>/people/<int:person_id>/extra-time")
@for_roles("organiser")
def extra_time(campaign_code: str, person_id: int) -> ResponseReturnValue:
    """Give one person more time in the attempts that they begin from now on."""
    campaign, form = campaigns.campaign_or_404(campaign_code), ExtraTimeForm()
    service.person(me(), campaign, person_id)
    if not form.accepted():
        return make_response(_person_page(campaign, person_id, form), 422)
    percent = form.extra_time_percent.data or 0
    service.set_extra_time(me(), person_id, percent, now())
    flash(gettext("Đã ghi nhận. Thời gian mới áp dụng từ lượt thi bắt đầu sau lúc này."))
    return redirect(url_for(".person", campaign_code=campaign_code, person_id=person_id))


@bp.get("/attempts/<attempt_id>")
@reviewers_only
def attempt(attempt_id: str) -> ResponseReturnValue:
    """One attempt, item by item, with the key."""
    found = service.attempt(me(), attempt_id)
    if found.person_id == me().person_id and not results.result(found, now()).reveal.key:
        abort(404)  # nobody reviews the paper that they may not see yet
    assert found.campaign is not None  # noqa: S101
    return render_template(
        "reviews/attempt.html",
        attempt=found,
        campaign=found.campaign,
        person=service.person(me(), found.campaign, found.person_id),
        result=results.full_result(found),
        bank=bank(),
    )


def _person_page(campaign: Campaign, person_id: int, form: ExtraTimeForm) -> str:
    return render_template(
        "reviews/person.html",
        campaign=campaign,
        person=service.person(me(), campaign, person_id),
        attempts=results.attempts_of(person_id, campaign.id),
        form=form if service.extra_time(me(), person_id) is not None else None,
    )


@bp.get("/<campaign_code>/export.<any(csv, xlsx):kind>")
@reviewers_only
def export(campaign_code: str, kind: str) -> ResponseReturnValue:
    """The list as the page filters and sorts it, for Excel."""
    campaign, asked = campaigns.campaign_or_404(campaign_code), wanted()
    heading = [
        gettext("Mã cán bộ"),
        gettext("Họ và tên"),
        gettext("Đơn vị"),
        gettext("Số lượt thi"),
        gettext("Điểm cao nhất"),
        gettext("Nộp lúc"),
        gettext("Tính đến"),
    ]
    listed, taken = service.everybody(me(), campaign, asked), moment(now())
    rows = [
        (
            row.staff_code,
            row.full_name,
            row.agency_name,
            row.attempts or 0,
            None if row.best_score is None else row.best_score / 100,
            moment(row.finished_at) if row.finished_at else "",
            taken,
        )
        for row in listed
    ]
    if kind == "csv":
        content, mimetype = service.as_csv(heading, rows), "text/csv; charset=utf-8"
    else:
        content, mimetype = service.as_xlsx(heading, rows), XLSX
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={campaign.code}.{kind}"
    return response
