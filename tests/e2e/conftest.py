"""A served app and a real Chromium."""

import threading
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from quiz.models import db
from tests import chromium
from tests.browser import Browser

PLACES = 32  # for requests at work at the same time


@pytest.fixture(scope="session")
def chrome():
    """One browser for all tests of this process."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.path(), args=chromium.ARGUMENTS
        )
        yield launched
        launched.close()


class Server:
    """The app behind an address that can be out of reach for a while."""

    def __init__(self, app) -> None:
        self.app = app
        self.port = 0
        self.places = threading.Semaphore(PLACES)
        self.start()

    def start(self) -> None:
        """Be reachable, at the same address as before."""
        self.server = make_server("127.0.0.1", self.port, self.answer, threaded=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, environ, start_response):
        """Let the app answer."""
        with self.places:
            return self.app(environ, start_response)

    def stop(self) -> None:
        """Refuse every connection; return when no request is at work on the database any more."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        for _ in range(PLACES):
            assert self.places.acquire(timeout=10)
        self.places.release(PLACES)


@pytest.fixture
def server(app):
    """The served app; the test's own session must hold no lock while it is used."""
    db.session().expire_on_commit = False
    running = Server(app)
    yield running
    running.stop()


@pytest.fixture
def served(server):
    """The address of the app."""
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def visit(app, chrome, served):
    """Open the app in a window of its own: as somebody, with or without JavaScript."""
    contexts = []

    def open_window(someone=None, width=1366, javascript=True, theme="light"):
        context = chrome.new_context(
            base_url=served,
            viewport={"width": width, "height": 800},
            java_script_enabled=javascript,
        )
        contexts.append(context)
        db.session.commit()
        cookies = [{"name": "theme", "value": theme, "url": served}]
        if someone is not None:
            client = Browser(app).sign_in(someone).client
            value = client.get_cookie("session").value
            db.session.commit()
            cookies.append({"name": "session", "value": value, "url": served})
        context.add_cookies(cookies)
        page = context.new_page()
        page.set_default_timeout(8_000)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("dialog", lambda dialog: (page.faults.append("dialog"), dialog.dismiss()))
        page.on(
            "console",
            lambda message: page.faults.append(message.text) if message.type == "error" else None,
        )
        return page

    yield open_window
    for context in contexts:
        context.close()


def pytest_collection_modifyitems(config, items):
    """A browser does not depend on the database: each test of one runs on one, half on either."""
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    kept = {database: f"[{database}" for database in ("sqlite", "postgresql")}
    names = {item.nodeid for item in here}
    dropped = []
    for item in here:
        for database, other in (("sqlite", "postgresql"), ("postgresql", "sqlite")):
            if kept[database] not in item.nodeid:
                continue
            sibling = item.nodeid.replace(kept[database], kept[other])
            turn = zlib.crc32(min(item.nodeid, sibling).encode()) % 2 == (database == "sqlite")
            if sibling in names and not turn:
                dropped.append(item)
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in dropped]
