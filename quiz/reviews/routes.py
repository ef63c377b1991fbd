"""What trainers see of scores."""

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from quiz.accounts.service import REVIEWERS
from quiz.attempts import service as attempts
from quiz.campaigns import service as campaigns
from quiz.reviews import service
from quiz.reviews.forms import wanted
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
    """The campaigns with people in reach."""
    return render_template("reviews/index.html", campaigns=service.campaigns(me()))


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
    """One person's attempts."""
    campaign = campaigns.campaign_or_404(campaign_code)
    return render_template(
        "reviews/person.html",
        campaign=campaign,
        person=service.person(me(), campaign, person_id),
        attempts=attempts.attempts_of(person_id, campaign.id),
    )


@bp.get("/attempts/<attempt_id>")
@reviewers_only
def attempt(attempt_id: str) -> ResponseReturnValue:
    """One attempt, item by item, with the key."""
    found = service.attempt(me(), attempt_id)
    if found.person_id == me().person_id and not attempts.result(found, now()).reveal.key:
        abort(404)  # nobody reviews the paper that they may not see yet
    assert found.campaign is not None  # noqa: S101
    return render_template(
        "reviews/attempt.html",
        attempt=found,
        campaign=found.campaign,
        person=service.person(me(), found.campaign, found.person_id),
        result=attempts.full_result(found),
        bank=bank(),
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
