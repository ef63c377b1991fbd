"""What signs cookies and form tokens is kept, and forgets no check."""

import time
from unittest.mock import patch

import flask_wtf.csrf
import pytest
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from quiz.web.sessions import KeptSerializer

HOUR = 3600


@pytest.fixture(params=["cookie", "token"])
def pair(request, database_app):
    """Ours, and the library's own with the same secret."""
    app = database_app
    if request.param == "cookie":
        own = SecureCookieSessionInterface().get_signing_serializer(app)
        return app.session_interface.get_signing_serializer(app), own
    own = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")
    tokens = flask_wtf.csrf.URLSafeTimedSerializer
    return tokens(app.secret_key, salt="wtf-csrf-token"), own


def test_each_opens_what_the_other_has_signed(pair):
    ours, own = pair
    value = {"_user_id": "abc", "seen": 7}

    assert isinstance(ours, KeptSerializer)
    assert ours.loads(own.dumps(value), max_age=HOUR) == value
    assert own.loads(ours.dumps(value), max_age=HOUR) == value


def test_what_was_opened_once_still_grows_old(pair):
    ours, _ = pair
    signed = ours.dumps("mine")
    assert ours.loads(signed, max_age=HOUR) == "mine"

    for off in (HOUR + 2, -HOUR):
        with patch("time.time", return_value=time.time() + off), pytest.raises(SignatureExpired):
            ours.loads(signed, max_age=HOUR)
    assert ours.loads(signed, max_age=HOUR) == "mine"


def test_what_was_altered_is_refused_every_time(pair):
    ours, _ = pair
    signed = ours.dumps("mine")
    assert ours.loads(signed, max_age=HOUR) == "mine"

    for altered in (signed[:-2] + ("AA" if signed[-2:] != "AA" else "BB"), "x" + signed, ""):
        for _again in range(2):
            with pytest.raises(BadSignature):
                ours.loads(altered, max_age=HOUR)


def test_what_is_opened_twice_is_nobodys_to_change(pair):
    ours, _ = pair
    signed = ours.dumps({"_flashes": ["one"]})

    ours.loads(signed, max_age=HOUR)["_flashes"].append("two")

    assert ours.loads(signed, max_age=HOUR) == {"_flashes": ["one"]}
