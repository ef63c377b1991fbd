"""What coordinators see of their agency."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz.accounts.service import PARTICIPATION_READERS
from quiz.campaigns import service as campaigns
from quiz.reports import service
from quiz.web.clock import now
from quiz.web.forms import wanted_page
from quiz.web.guards import for_roles, me

bp = Blueprint("reports", __name__, url_prefix="/reports")
readers_only = for_roles(*PARTICIPATION_READERS)


@bp.get("")
@readers_only
def index() -> ResponseReturnValue:
    """The latest campaign of the agency, or word that there is none."""
    latest = service.campaigns(me())
    if not latest:
        return render_template("reports/none.html")
    return redirect(url_for(".participation", campaign_code=latest[0].code))


@bp.get("/<campaign_code>")
@readers_only
def participation(campaign_code: str) -> ResponseReturnValue:
    """Who has not yet taken part."""
    campaign = campaigns.campaign_or_404(campaign_code)
    return render_template(
        "reports/participation.html",
        campaign=campaign,
        campaigns=service.campaigns(me()),
        report=service.participation(me(), campaign, wanted_page()),
        query=request.args.to_dict(),
        moment=now(),
    )
