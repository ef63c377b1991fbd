"""The session cookie: it ends after IDLE_MINUTES without a request, and is renewed meanwhile."""

from functools import lru_cache

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from quiz.web.clock import now

SEEN = "seen"  # the minute of the latest renewal


class Sessions(SecureCookieSessionInterface):
    """Flask's own cookie, but the key is derived once and not with every request."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies of this app."""
        return _serializer(self, app)


def init_app(app: Flask) -> None:
    """Let `renew` alone decide when a cookie is sent again."""
    app.session_interface = Sessions()
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.before_request(renew)


def renew() -> None:
    """Send the cookie again with the first answer of each minute: signing it has a price."""
    minute = int(now().timestamp()) // 60
    if session.get(SEEN) != minute:
        session[SEEN] = minute
        session.permanent = True


@lru_cache(maxsize=8)
def _serializer(sessions: Sessions, app: Flask) -> URLSafeTimedSerializer | None:
    return SecureCookieSessionInterface.get_signing_serializer(sessions, app)
