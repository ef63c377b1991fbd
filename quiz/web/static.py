"""Static files: compressed at build, cached for ever, their URLs versioned; and light pages."""

import hashlib
from collections.abc import MutableMapping
from functools import lru_cache

from flask import Flask
from flask_compress import Compress
from whitenoise import WhiteNoise

from quiz.config import ROOT
from quiz.web.headers import SECURITY_HEADERS

FOLDER = ROOT / "static"
ONE_YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Put the static files before the app, `static(path)` into the templates; compress pages."""
    Compress(app)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=FOLDER,
        prefix="static",
        max_age=ONE_YEAR,
        add_headers_function=_add_headers,
    )
    app.jinja_env.globals["static"] = static


@lru_cache(maxsize=256)
def static(path: str) -> str:
    """The URL of a static file; it changes when the file does."""
    digest = hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


def _add_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
