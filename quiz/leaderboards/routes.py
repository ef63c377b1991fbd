"""Where agencies and people stand."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz.campaigns import service as campaigns
from quiz.domain.errors import NotFound
from quiz.domain.ranking import Change
from quiz.leaderboards import service
from quiz.models import AnyRow
from quiz.results import service as results
from quiz.web.clock import now
from quiz.web.guards import me

bp = Blueprint("leaderboards", __name__, url_prefix="/leaderboards")

EXAMPLE_SCORE = 8_000  # hundredths of a point: what "one more colleague" is taken to earn


@bp.get("")
def current() -> ResponseReturnValue:
    """The board that matters now."""
    campaign = service.current(now())
    if campaign is None:
        return render_template("leaderboards/none.html")
    return redirect(url_for(".agencies", campaign_code=campaign.code))


@bp.get("/<campaign_code>")
def agencies(campaign_code: str) -> ResponseReturnValue:
    """The board of agencies, of all or of one peer band."""
    campaign = opened_or_404(campaign_code)
    board = service.board_of(campaign)
    kind = request.args.get("kind", "")
    if kind in board.kinds:
        board = service.narrowed(board, kind)
    own = board.row_of(me().agency_code)
    return render_template(
        "leaderboards/agencies.html",
        campaign=campaign,
        board=board,
        own=own,
        one_more=_one_more(board, me().agency_code, campaign),
        example=EXAMPLE_SCORE,
        moment=now(),
    )


@bp.get("/<campaign_code>/people")
def people(campaign_code: str) -> ResponseReturnValue:
    """My place within my own agency, among pseudonyms."""
    campaign = opened_or_404(campaign_code)
    everybody = service.colleagues(campaign, me().person_id)
    return render_template(
        "leaderboards/people.html",
        campaign=campaign,
        everybody=everybody,
        near=service.near(everybody),
        shows_score=results.reveal_of(campaign, now()).score,
        moment=now(),
    )


@bp.get("/<campaign_code>/agencies/<agency_code>")
def agency(campaign_code: str, agency_code: str) -> ResponseReturnValue:
    """Why an agency stands where it stands: the sum with its own numbers."""
    campaign = opened_or_404(campaign_code)
    board = service.board_of(campaign)
    row = board.row_of(agency_code)
    if row is None:
        raise NotFound
    return render_template(
        "leaderboards/agency.html",
        campaign=campaign,
        board=board,
        row=row,
        band=service.narrowed(board, row.result.kind).row_of(agency_code),
        one_more=_one_more(board, agency_code, campaign),
        example=EXAMPLE_SCORE,
        moment=now(),
    )


@bp.get("/<campaign_code>/rules")
def rules(campaign_code: str) -> ResponseReturnValue:
    """How the index and the ranks are computed, with this campaign's constants."""
    campaign = opened_or_404(campaign_code)
    return render_template(
        "leaderboards/rules.html", campaign=campaign, board=service.board_of(campaign)
    )


def opened_or_404(code: str) -> AnyRow:
    """A campaign that has a board."""
    campaign = campaigns.rules_or_404(code)
    if campaign.state == "draft":
        raise NotFound
    return campaign


def _one_more(board: service.Board, agency: str, campaign: AnyRow) -> Change | None:
    return board.with_one_more(agency, EXAMPLE_SCORE, campaign.pass_mark * 100 <= EXAMPLE_SCORE)
