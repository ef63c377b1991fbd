"""`make run` leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from quiz.config import ROOT
from quiz.models import db
from tests import factories
from tests.conftest import make_app

PATIENCE = 60  # seconds, on a machine that is busy with other tests


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def until(is_so):
    ends = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_the_demonstration_ends_with_its_children(tmp_path):
    database, port = f"sqlite:///{tmp_path}/quiz.db", free_port()
    with make_app(database).app_context():
        factories.person()  # a database that holds people is not loaded
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    environ = {**os.environ, "DATABASE_URL": database, "PORT": str(port), "SECRET_KEY": "s" * 40}
    demo = subprocess.Popen(
        [sys.executable, "-m", "quiz.demo"],
        env=environ,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a group of its own, to see who is left in it
    )

    def answers():
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in").status == 200
        except OSError:
            return False

    def is_empty():
        try:
            os.killpg(demo.pid, 0)
        except ProcessLookupError:
            return True
        return False

    try:
        until(answers)
        demo.terminate()
        demo.wait(PATIENCE)
        until(is_empty)
    finally:
        if not is_empty():
            os.killpg(demo.pid, signal.SIGKILL)
