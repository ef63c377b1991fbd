"""Signing in and out, choosing a password, language and theme."""

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
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from quiz.accounts import service
from quiz.accounts.forms import FirstSignInForm, PasswordForm, SignInForm
from quiz.domain.errors import Refused
from quiz.item_reports import service as item_reports
from quiz.models import Person, db
from quiz.passwords.service import ManySignIns
from quiz.web import limits
from quiz.web.clock import now
from quiz.web.forms import BaseForm
from quiz.web.guards import me
from quiz.web.languages import LANGUAGES, THEMES, remember
from quiz.web.offline import forgotten
from quiz.web.redirects import safe_next

bp = Blueprint("accounts", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@limits.guessing
def sign_in() -> ResponseReturnValue:
    """Staff code and password."""
    form = SignInForm()
    if not form.is_submitted():
        form.next.data = request.args.get("next", "")
    if form.accepted():
        try:
            token = service.sign_in(form.staff_code.data, form.password.data, now())
        except (service.WrongCredentials, ManySignIns) as refusal:
            return _refused(form, refusal, "accounts/sign_in.html")
        _remember_token(token)
        return redirect(safe_next(form.next.data))
    return _page(form, "accounts/sign_in.html")


@bp.route("/first-sign-in", methods=["GET", "POST"])
@limits.guessing
def first_sign_in() -> ResponseReturnValue:
    """Staff code and the one-time code of the slip; then a password is chosen."""
    form = FirstSignInForm()
    if form.accepted():
        try:
            token = service.redeem(form.staff_code.data, form.code.data, now())
        except service.WrongCode as refusal:
            return _refused(form, refusal, "accounts/first_sign_in.html")
        _remember_token(token)
        return redirect(url_for(".set_password"))
    return _page(form, "accounts/first_sign_in.html")


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@limits.guessing
def invitation(token: str) -> ResponseReturnValue:
    """The one-time link that the console prints for an organiser."""
    form = BaseForm()
    if form.accepted():
        _remember_token(service.accept_invitation(token, now()))
        return redirect(url_for(".set_password"))
    return render_template("accounts/invitation.html", form=form, token=token)


@bp.route("/set-password", methods=["GET", "POST"])
def set_password() -> ResponseReturnValue:
    """Choose a password; sessions elsewhere end."""
    form = PasswordForm()
    if form.accepted():
        try:
            service.choose_password(me(), form.password.data, now())
        except (service.WeakPassword, ManySignIns) as refusal:
            return _refused(form, refusal, "accounts/set_password.html")
        flash(gettext("Đã lưu mật khẩu mới. Các phiên đăng nhập khác đã được kết thúc."))
        return redirect(url_for("home.index"))
    return _page(form, "accounts/set_password.html")


@bp.get("/account")
def show() -> ResponseReturnValue:
    """Who I am here, and where I am signed in."""
    return render_template(
        "accounts/show.html",
        person=db.session.get_one(Person, me().person_id),
        sign_ins=service.sign_ins(me().person_id, now()),
        here_id=me().sign_in_id,
        new_replies=item_reports.new_replies(me()),
    )


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    if not BaseForm().accepted():
        abort(400)
    service.sign_out(me(), now())
    cookie.clear()
    return forgotten(redirect(url_for("home.index")))


@bp.post("/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of mine, on every device."""
    if not BaseForm().accepted():
        abort(400)
    service.sign_out_everywhere(me().person_id, now())
    cookie.clear()
    return forgotten(redirect(url_for(".sign_in")))


@bp.get("/language/<code>")
def language(code: str) -> ResponseReturnValue:
    """Change the language of the pages, and stay on this one."""
    return _remembered("language", code, LANGUAGES)


@bp.get("/theme/<name>")
def theme(name: str) -> ResponseReturnValue:
    """Change between light and dark, and stay on this page."""
    return _remembered("theme", name, THEMES)


def _remembered(choice: str, value: str, known: tuple[str, ...]) -> ResponseReturnValue:
    if value not in known:
        abort(404)
    response = redirect(safe_next(request.args.get("next")))
    remember(response, choice, value)
    return response


def _remember_token(token: str) -> None:
    """A new cookie: nothing of an earlier visitor survives."""
    cookie.clear()
    cookie["_user_id"], cookie["_fresh"] = token, True
    cookie.permanent = True


def _page(form: BaseForm, template: str) -> ResponseReturnValue:
    return make_response(render_template(template, form=form), 422 if form.errors else 200)


def _refused(form: BaseForm, refusal: Refused, template: str) -> ResponseReturnValue:
    form.form_errors.append(refusal.sentence(gettext))
    response = make_response(render_template(template, form=form), refusal.status)
    if isinstance(refusal, ManySignIns):
        response.headers["Retry-After"] = "5"
    return response
