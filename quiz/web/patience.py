"""A client that goes silent in the middle of a request does not hold a thread for ever."""

from flask import Flask, current_app, request


def init_app(app: Flask) -> None:
    """Watch every request before anything reads it."""
    app.before_request(_watch)


def _watch() -> None:
    # gunicorn's threads would wait without end for a body that a phone began to send when it
    # lost its network; as many such phones as there are threads stop the whole server.
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(current_app.config["SILENCE_SECONDS"])
