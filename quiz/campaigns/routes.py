"""Ranked quizzes: what learners read before they start, and what organisers decide."""

from datetime import timedelta

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

from quiz.admission import service as admission
from quiz.campaigns import service
from quiz.campaigns.forms import (
    CONTEST_RULES,
    CampaignForm,
    DraftForm,
    OpenForm,
    differs,
    filled,
    shown,
    with_weights,
)
from quiz.domain.days import VIETNAM
from quiz.domain.errors import Refused
from quiz.domain.scheduling import GRACE
from quiz.models import Attempt, Campaign, db
from quiz.results import service as results
from quiz.web.bank import bank
from quiz.web.clock import now
from quiz.web.errors import said
from quiz.web.forms import BaseForm
from quiz.web.guards import for_roles, me

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")
organisers_only = for_roles("organiser")
DEFAULT_DAYS = 14


@bp.get("")
def index() -> ResponseReturnValue:
    """The campaigns that I meet."""
    found = service.for_person(me())
    return render_template(
        "campaigns/index.html",
        campaigns=found,
        running=admission.running(me().person_id, now()),
        chances=admission.chances(me().person_id, found, now()),
        moment=now(),
    )


@bp.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """The rules, my attempts, and the way in."""
    campaign = service.visible_or_404(me(), code)
    mine = results.attempts_of(me().person_id, campaign.id)
    return render_template(
        "campaigns/show.html",
        campaign=campaign,
        attempts=mine,
        shows_score=results.reveal_of(campaign, now()).score,
        refusal=_refusal(campaign, mine),
        is_tryout=service.is_tryout(me(), campaign),
        grace_seconds=int(GRACE.total_seconds()),
        moment=now(),
    )


@bp.get("/manage")
@organisers_only
def manage() -> ResponseReturnValue:
    """The campaigns that I may change."""
    return render_template("campaigns/manage.html", campaigns=service.managed(me()))


@bp.route("/new", methods=["GET", "POST"])
@organisers_only
def new() -> ResponseReturnValue:
    """A draft, from the house's defaults or the contest preset."""
    is_contest = request.args.get("preset") == "contest"
    preset = CONTEST_RULES if is_contest else service.DEFAULT_RULES
    today = now().astimezone(VIETNAM).replace(minute=0, second=0, microsecond=0)
    values = {
        **with_weights(preset),
        "topics": list(bank().lessons),
        "opens_at": today.replace(hour=8) + timedelta(days=1),
        "closes_at": today.replace(hour=17) + timedelta(days=1 + DEFAULT_DAYS),
    }
    form = CampaignForm(data=values).offer(bank(), service.audiences(me()))
    if form.accepted():
        try:
            campaign = service.create(form.rules(), me(), now())
        except service.CodeTaken as refusal:
            form.code.errors = [refusal.sentence(gettext)]
        else:
            flash(gettext("Đã tạo bản nháp. Hãy xem lại thể lệ rồi mở đợt thi."))
            return redirect(url_for(".edit", code=campaign.code))
    return _form_page(form, None)


@bp.route("/<code>/edit", methods=["GET", "POST"])
@organisers_only
def edit(code: str) -> ResponseReturnValue:
    """The rules of a draft; saved, and with `then=open` led on to opening it."""
    campaign = service.managed_or_404(me(), code)
    form = DraftForm(data=filled(campaign)).offer(bank(), service.audiences(me()))
    if form.accepted():
        try:
            service.change(campaign, form.rules(), form.version.data, me(), now())
        except service.CodeTaken as refusal:
            form.code.errors = [refusal.sentence(gettext)]
        except service.ChangedMeanwhile as refusal:
            db.session.rollback()
            return make_response(_conflict_page(form, campaign, refusal), 409)
        else:
            flash(gettext("Đã lưu thể lệ."))
            then = ".open" if request.args.get("then") == "open" else ".edit"
            return redirect(url_for(then, code=campaign.code))
    return _form_page(form, campaign)


@bp.route("/<code>/open", methods=["GET", "POST"])
@organisers_only
def open(code: str) -> ResponseReturnValue:
    """The rules as they are saved, to read once more; then the roster is frozen."""
    campaign = service.managed_or_404(me(), code)
    form = OpenForm(data={"version": campaign.version})
    if form.accepted():
        try:
            service.open_campaign(campaign.id, me().person_id, now(), form.version.data)
        except service.ReviewedOtherRules as refusal:
            flash(refusal.sentence(gettext), "warn")
            return redirect(url_for(".open", code=code))
        flash(gettext("Đã chốt danh sách và mở đợt thi."))
        return redirect(url_for(".manage"))
    if form.errors:
        abort(400)
    service.check_may_open(campaign, now())
    return render_template(
        "campaigns/open.html",
        campaign=campaign,
        form=form,
        rules=[field for field in _saved(campaign) if field.name != "version"],
        shown=shown,
        invited=service.count_invited(campaign),
    )


@bp.route("/<code>/close", methods=["GET", "POST"])
@organisers_only
def close(code: str) -> ResponseReturnValue:
    """Who would be cut short; then nobody begins any more."""
    campaign = service.managed_or_404(me(), code)
    if BaseForm().accepted():
        service.close_campaign(campaign.id, me().person_id, now())
        if campaign.ends_attempts:
            flash(
                gettext(
                    "Đã đóng đợt thi. Lượt đang làm kết thúc và được chấm với những câu đã lưu."
                )
            )
        else:
            flash(gettext("Đã đóng đợt thi. Ai đang làm bài được làm tiếp đến hết giờ của mình."))
        return redirect(url_for(".manage"))
    service.check_may_close(campaign)
    running = service.count_running(campaign.id, now())
    return render_template("campaigns/close.html", campaign=campaign, running=running)


def _form_page(form: CampaignForm, campaign: Campaign | None) -> ResponseReturnValue:
    page = render_template(
        "campaigns/form.html", form=form, campaign=campaign, bank=bank(), conflict="", differing=[]
    )
    return make_response(page, 422 if form.errors else 200)


def _conflict_page(form: DraftForm, campaign: Campaign, refusal: Refused) -> str:
    """What this organiser typed, beside what another saved; saving again is then deliberate."""
    differing = [
        (form[field.name], shown(field)) for field in _saved(campaign) if differs(form, field)
    ]
    form.version.raw_data = None
    form.version.data = campaign.version
    return render_template(
        "campaigns/form.html",
        form=form,
        campaign=campaign,
        bank=bank(),
        conflict=refusal.sentence(gettext),
        differing=differing,
    )


def _saved(campaign: Campaign) -> DraftForm:
    """The form of a draft as it is saved, whatever has been sent."""
    return DraftForm(formdata=None, data=filled(campaign)).offer(bank(), service.audiences(me()))


def _refusal(campaign: Campaign, mine: list[Attempt]) -> str | None:
    """Why I cannot begin now, in words; None when I can, or can go on."""
    if mine and mine[0].state == "open":
        return None
    try:
        admission.check_may_start(me(), campaign, mine, now())
    except Refused as refusal:
        return said(refusal)
    return None
