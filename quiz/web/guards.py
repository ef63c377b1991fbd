"""Who may see what: every page is private unless it is listed here."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, ParamSpec, cast
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from sqlalchemy.exc import DBAPIError

from quiz.accounts import service as accounts
from quiz.accounts.service import SignedIn
from quiz.models import read_only, transactions
from quiz.web.clock import now
from quiz.web.errors import wants_json

PUBLIC = {
    "home.index",
    "home.offline",
    "home.service_worker",
    "accounts.sign_in",
    "accounts.first_sign_in",
    "accounts.invitation",
    "accounts.language",
    "accounts.theme",
    "certificates.show",
}

P = ParamSpec("P")
csrf = CSRFProtect()
logins = LoginManager()
# Its check trusts a header that the client writes, and throws out phones that change networks.
logins.session_protection = None
logins._session_identifier_generator = str  # made with every request otherwise, and not looked at


def init_app(app: Flask) -> None:
    """Put the guards at the door, in this order."""
    app.before_request(_read_only_unless_post)
    app.teardown_request(_end_read_only)
    app.before_request(_refuse_other_sites)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # _refuse_other_sites does, and exempts no page
    csrf.init_app(app)
    logins.init_app(app)
    logins.user_loader(_signed_in)
    app.before_request(_private_unless_listed)
    app.context_processor(_visitor)


def _signed_in(token: str) -> SignedIn | None:
    """Whose session this is; a POST also notes, now and then, that it is in use."""
    moment = now()
    who = accounts.signed_in(token, moment)
    if who is not None and request.method == "POST":
        try:
            accounts.note_seen(who, moment)
        except DBAPIError:  # nothing depends on it; the request itself will say what is wrong
            transactions.rollback()
    return who


def me() -> SignedIn:
    """The person who is signed in; only for pages that are not public."""
    return cast(SignedIn, current_user._get_current_object())


def for_roles(
    *roles: str,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Narrow a page to people who hold one of these roles; 403 for all others."""

    def narrow(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not me().roles & set(roles):
                abort(403)
            return view(*args, **kwargs)

        guarded.__dict__["roles"] = roles
        return guarded

    return narrow


def _read_only_unless_post() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        reading = read_only()
        reading.__enter__()
        g.reading = reading


def _end_read_only(_error: BaseException | None) -> None:
    reading: AbstractContextManager[None] | None = g.pop("reading", None)
    if reading is not None:
        reading.__exit__(None, None, None)


def _refuse_other_sites() -> None:
    """Refuse changes that another site's page asks for: the browser tells, and the token proves."""
    if request.method != "POST":
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)
    if request.endpoint is not None:
        csrf.protect()


def _private_unless_listed() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    if not current_user.is_authenticated:
        if request.method == "POST" or wants_json():
            abort(401)
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return None


def _visitor() -> dict[str, Any]:
    return {
        "signed_in": me() if current_user.is_authenticated else None,
        "here": request.full_path.rstrip("?"),
        "endpoint": request.endpoint or "",
    }
