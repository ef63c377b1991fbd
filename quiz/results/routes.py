"""My results: every attempt, and what they say together."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quiz.certificates import service as certificates
from quiz.results import service
from quiz.web.bank import bank
from quiz.web.clock import now
from quiz.web.forms import wanted_page
from quiz.web.guards import me

bp = Blueprint("results", __name__, url_prefix="/results")
CLUSTERS = "theo-cum-de-nham"  # the path whose stages are ideas that people mix up
ATTEMPTS_PER_PAGE = 20


@bp.get("")
def index() -> ResponseReturnValue:
    """All my attempts, my trend, my strong and weak clusters, and which way I err."""
    path = bank().paths.get(CLUSTERS)
    found = service.overview(me().person_id, path, now())
    pages = max(1, -(-len(found.attempts) // ATTEMPTS_PER_PAGE))
    page = min(wanted_page(), pages)
    first = (page - 1) * ATTEMPTS_PER_PAGE
    return render_template(
        "results/index.html",
        overview=found,
        attempts=found.attempts[first : first + ATTEMPTS_PER_PAGE],
        page=page,
        pages=pages,
        path=path,
        earned=certificates.earned(me().person_id, now()),
        bank=bank(),
    )
