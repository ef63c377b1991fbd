"""Where to go next, when the visitor's address says so: only to pages of this app."""

import re

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

# A path and a plain query, nothing that a browser could read as another site.
SAFE = re.compile(r"/(?![/\\])[A-Za-z0-9_./-]*(\?[A-Za-z0-9_.=&%+-]*)?")


def safe_next(wanted: str | None) -> str:
    """The address, if it is a page of this app that GET opens; else the first page."""
    home = url_for("home.index")
    if not wanted or not SAFE.fullmatch(wanted):
        return home
    urls = current_app.url_map.bind_to_environ(request.environ)
    try:
        urls.match(wanted.partition("?")[0], method="GET")
    except (HTTPException, RequestRedirect):
        return home
    return wanted
