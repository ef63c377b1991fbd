"""The first page: what this is, or where I am; and what a device needs without a network."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quiz.admission import service as admission
from quiz.campaigns import service as campaigns
from quiz.item_reports import service as item_reports
from quiz.leaderboards import service as leaderboards
from quiz.lessons import service as lessons
from quiz.memory import service as memory
from quiz.practice import service as practice
from quiz.results import service as results
from quiz.web.bank import bank
from quiz.web.clock import now
from quiz.web.guards import me
from quiz.web.offline import service_worker as worker

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """The landing page for strangers; for a learner, what to do next."""
    if not current_user.is_authenticated:
        return render_template("home/landing.html", lesson=bank().lessons["d04"], bank=bank())
    known = memory.known(me().person_id, bank())
    states = lessons.states(lessons.masteries(me().person_id, bank(), now(), known))
    following = lessons.next_lesson(states)
    ahead = campaigns.ahead_of(me(), now())
    campaign = next((one for one, is_rostered in ahead if is_rostered), None)
    has_begun = campaign is not None and campaign.opens_at <= now()
    board = leaderboards.board_of(campaign) if campaign and has_begun else None
    attempts = results.attempts_of(me().person_id, campaign.id) if campaign else []
    return render_template(
        "home/home.html",
        bank=bank(),
        states=states,
        day=practice.review_day(me().person_id, known, bank(), now()),
        lesson=bank().lessons[following] if following else None,
        campaign=campaign,
        has_begun=has_begun,
        also_open=[one for one, _ in ahead if one is not campaign and one.opens_at <= now()],
        attempts=attempts,
        chance=admission.next_chance(campaign, attempts, now()) if campaign else None,
        shows_score=campaign is not None and results.reveal_of(campaign, now()).score,
        board=board,
        own=board.row_of(me().agency_code) if board else None,
        new_replies=item_reports.new_replies(me()),
        moment=now(),
    )


@bp.get("/service-worker.js")
def service_worker() -> Response:
    """The script that opens kept pages without a network."""
    return worker()


@bp.get("/offline")
def offline() -> ResponseReturnValue:
    """What a device shows when a page is neither kept nor reachable."""
    return render_template("home/offline.html")
