"""Static files: compressed at build, cached for ever, their URLs versioned; and light pages."""

import hashlib
from functools import lru_cache

from flask import Flask, Response
from flask_compress import Compress
from whitenoise import WhiteNoise

from quiz.config import ROOT

FOLDER = ROOT / "static"
ONE_YEAR = 365 * 24 * 3600
WORTH_COMPRESSING = 500  # bytes

compress = Compress()


def init_app(app: Flask) -> None:
    """Put the static files before the app, `static(path)` into the templates; compress pages."""
    app.config.update(COMPRESS_REGISTER=False, COMPRESS_MIN_SIZE=WORTH_COMPRESSING)
    compress.init_app(app)
    app.after_request(_lighten)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=FOLDER,
        prefix="static",
        max_age=ONE_YEAR,
    )
    app.jinja_env.globals["static"] = static


@lru_cache(maxsize=256)
def static(path: str) -> str:
    """The URL of a static file; it changes when the file does."""
    digest = hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


def _lighten(response: Response) -> Response:
    """Compress, unless a glance tells that it would not pay: the answer to a save is short."""
    length = response.content_length
    return response if length and length < WORTH_COMPRESSING else compress.after_request(response)
