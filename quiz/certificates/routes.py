"""Certificates: asked for, printed by their owner, checked by whoever holds the paper."""

from flask import Blueprint, Response, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quiz.campaigns import service as campaigns
from quiz.certificates import service
from quiz.models import Certificate
from quiz.printing import service as printing
from quiz.web import limits
from quiz.web.clock import now
from quiz.web.formatting import grouped, long_date, points
from quiz.web.forms import BaseForm
from quiz.web.guards import me
from quiz.web.languages import speaking

bp = Blueprint("certificates", __name__)


@bp.post("/campaigns/<campaign_code>/certificate")
def issue(campaign_code: str) -> ResponseReturnValue:
    """Give me the certificate that I have earned; asked twice, it is the same one."""
    if not BaseForm().accepted():
        abort(400)
    campaign = campaigns.visible_or_404(me(), campaign_code)
    code = service.issue(me(), campaign, now())
    return redirect(url_for(".show", certificate_code=code))


@bp.get("/certificates/<certificate_code>")
@limits.guessing_addresses
def show(certificate_code: str) -> ResponseReturnValue:
    """What the paper must say, field by field, and whether it still holds; for everybody."""
    found = service.certificate(certificate_code)
    response = make_response(
        render_template(
            "certificates/show.html",
            certificate=found,
            holds=service.holds(found),
            is_mine=current_user.is_authenticated and me().person_id == found.person_id,
        )
    )
    response.headers["X-Robots-Tag"] = "noindex"  # it names a person
    return response


@bp.get("/certificates/<certificate_code>.pdf")
def pdf(certificate_code: str) -> ResponseReturnValue:
    """My certificate, A4 landscape; its words are Vietnamese in both languages of the pages."""
    found = service.own_certificate(me(), certificate_code)
    drawn = printing.certificate(_printed(found), found.issued_at)
    response = Response(drawn, mimetype="application/pdf")
    response.headers["Content-Disposition"] = "attachment; filename=giay-chung-nhan.pdf"
    return response


def _printed(found: Certificate) -> printing.Printed:
    with speaking("vi"):
        return printing.Printed(
            issuer=found.issuer_name,
            full_name=found.full_name,
            agency=found.agency_name,
            score=points(found.score),
            campaign=found.campaign_name,
            finished_on=long_date(found.finished_at),
            issued_on=long_date(found.issued_at),
            code=grouped(found.code),
            address=url_for(".show", certificate_code=found.code, _external=True),
        )
