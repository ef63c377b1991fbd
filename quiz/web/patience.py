"""A client that goes silent in the middle of a request does not hold a thread for ever."""

from collections.abc import Iterable
from typing import Any

from flask import Flask


def init_app(app: Flask) -> None:
    """Watch every request, of files too, so call this after all that wraps the app.

    gunicorn's threads would wait without end for the rest of a body, or for room to send a file,
    when a phone has lost its network: as many such phones as threads stop the whole server.
    """
    inner = app.wsgi_app

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        connection = environ.get("gunicorn.socket")
        if connection is not None:
            connection.settimeout(app.config["SILENCE_SECONDS"])
        return inner(environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign]
