"""The session cookie: it ends after IDLE_MINUTES without a request, and is renewed meanwhile."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

import flask_wtf.csrf
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from quiz.web.clock import now

SEEN = "seen"  # the minute of the latest renewal
REMEMBERED = 8_192  # signed texts; a browser sends the same ones with every answer it saves


class Sessions(SecureCookieSessionInterface):
    """Flask's own cookie, but what signs it is made once and not with every request."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies of this app."""
        return _serializer(self, app)


class KeptSerializer(URLSafeTimedSerializer):
    """Signs as another does, with its keys derived and its signer kept."""

    def __init__(self, like: URLSafeTimedSerializer) -> None:
        """Sign as `like` does."""
        signer = like.make_signer()
        keys = [signer.derive_key(key) for key in signer.secret_keys]
        super().__init__(keys, salt=like.salt, serializer=like.serializer)
        self._signer = _Signer(keys, signer.salt)

    def make_signer(self, salt: str | bytes | None = None) -> TimestampSigner:
        """The one signer, which has the one salt."""
        return self._signer


class _Signer(TimestampSigner):
    """Remembers what it has found to be signed; how old that is, is asked every time."""

    def __init__(self, keys: list[bytes], salt: bytes) -> None:
        # Given as it is, and not by a function around it, OpenSSL does all of it.
        super().__init__(keys, salt, key_derivation="none", digest_method=hashlib.sha1)
        self._verify: Callable[..., Any] = super().unsign
        verified = partial(self._verify, return_timestamp=True)
        self._remembered: Callable[..., Any] = lru_cache(maxsize=REMEMBERED)(verified)

    def unsign(
        self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:
        """The value that was signed. Raises BadSignature, also for one that is too old."""
        value, signed_at = self._remembered(signed_value)
        if max_age is not None and not 0 <= self._age(signed_at) <= max_age:
            return self._verify(signed_value, max_age, return_timestamp)  # which says why
        return (value, signed_at) if return_timestamp else value

    def _age(self, signed_at: datetime) -> int:
        return self.get_timestamp() - int(signed_at.timestamp())


def init_app(app: Flask) -> None:
    """Let `renew` alone decide when a cookie is sent again."""
    app.session_interface = Sessions()
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.before_request(renew)
    # The form tokens too: Flask-WTF makes what signs them anew, twice for each form that is sent.
    flask_wtf.csrf.URLSafeTimedSerializer = _token_serializer


def renew() -> None:
    """Send the cookie again with the first answer of each minute: signing it has a price."""
    minute = int(now().timestamp()) // 60
    if session.get(SEEN) != minute:
        session[SEEN] = minute
        session.permanent = True


@lru_cache(maxsize=8)
def _serializer(sessions: Sessions, app: Flask) -> URLSafeTimedSerializer | None:
    flasks_own = SecureCookieSessionInterface.get_signing_serializer(sessions, app)
    return KeptSerializer(flasks_own) if flasks_own else None


@lru_cache(maxsize=8)
def _token_serializer(secret_key: str | bytes, salt: str) -> URLSafeTimedSerializer:
    return KeptSerializer(URLSafeTimedSerializer(secret_key, salt=salt))
