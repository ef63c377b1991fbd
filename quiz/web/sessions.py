"""The session cookie: it ends after IDLE_MINUTES without a request, and is renewed meanwhile."""

import hashlib
from functools import cached_property, lru_cache

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Signer, URLSafeTimedSerializer

from quiz.web.clock import now

SEEN = "seen"  # the minute of the latest renewal


class Sessions(SecureCookieSessionInterface):
    """Flask's own cookie, but what signs it is made once and not with every request."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies of this app."""
        return _serializer(self, app)


class _Serializer(URLSafeTimedSerializer):
    """Flask's own, with its keys derived and its signer kept."""

    def __init__(self, like: URLSafeTimedSerializer) -> None:
        signer = like.make_signer()
        super().__init__(
            [signer.derive_key(key) for key in signer.secret_keys],
            salt=like.salt,
            serializer=like.serializer,
            # Given as it is, and not by a function around it, OpenSSL does all of it.
            signer_kwargs={"key_derivation": "none", "digest_method": hashlib.sha1},
        )

    @cached_property
    def _signer(self) -> Signer:
        return super().make_signer(self.salt)

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """The one signer, which has the one salt."""
        return self._signer


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
    flasks_own = SecureCookieSessionInterface.get_signing_serializer(sessions, app)
    return _Serializer(flasks_own) if flasks_own else None
