"""Working without a network: what a device may keep, and for whom."""

import hashlib
import hmac
from typing import Any

from flask import Flask, Response, current_app, make_response, send_from_directory
from flask_login import current_user
from werkzeug import Response as BaseResponse

from quiz.web.static import FOLDER


def init_app(app: Flask) -> None:
    """Mark every page of somebody signed in as theirs."""
    app.context_processor(_owner)


def kept_offline(page: str) -> Response:
    """A page that the service worker keeps, so that it opens without a network."""
    response = make_response(page)
    response.headers["X-Keep-Offline"] = "1"
    return response


def forgotten(response: BaseResponse) -> BaseResponse:
    """A response after which the browser drops all that this site kept on the device."""
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def service_worker() -> Response:
    """The worker itself: served from the root, since it may only reach what lies below it."""
    response = send_from_directory(FOLDER / "js", "service-worker.js", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-store"  # a release must reach every device
    return response


def _owner() -> dict[str, Any]:
    """A mark that tells people apart and says nothing of them."""
    if not current_user.is_authenticated:
        return {}
    key = current_app.config["SECRET_KEY"].encode()
    person = str(current_user.person_id).encode()
    return {"owner_mark": hmac.new(key, b"owner" + person, hashlib.sha256).hexdigest()[:16]}
