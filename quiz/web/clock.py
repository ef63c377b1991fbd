"""The one clock. Tests put their own in `app.extensions["clock"]`."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, current_app


def init_app(app: Flask) -> None:
    """Wind the clock."""
    app.extensions["clock"] = lambda: datetime.now(UTC)


def now() -> datetime:
    """This moment, in UTC."""
    clock: Callable[[], datetime] = current_app.extensions["clock"]
    return clock()
