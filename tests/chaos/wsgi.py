"""What the chaos programs serve: the app, or, with CHAOS_BUG set, a build with a bug put in.

A fault test is believed only if its bug turns it red. The bugs live here and not in `quiz/`.
"""

import itertools
import os
import random
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import event, select, text

from quiz import create_app
from quiz.admission import service as admission
from quiz.grading import service as grading
from quiz.models import Attempt, Save, db, engines
from quiz.standings import service as standings
from quiz.standings.service import Result

Environ = dict[str, Any]
OPERATION = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # in any kind of form
REVISION = re.compile(rb"revision=\d+")
Wsgi = Callable[[Environ, Any], Iterable[bytes]]


def acknowledge_early(app: Flask) -> None:
    """Say "saved" first, and save a moment later."""
    inner = app.wsgi_app

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not _is_save(environ):
            return inner(environ, start_response)
        body = BytesIO(_body(environ))

        def later() -> None:
            time.sleep(0.3)
            list(inner({**environ, "wsgi.input": body}, lambda *_: None))

        threading.Thread(target=later, daemon=True).start()
        return _yes(start_response)

    app.wsgi_app = serve


def double(app: Flask) -> None:
    """Take a repeated operation for a new one, and be slow to answer so that many repeat."""
    inner = app.wsgi_app

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not _is_save(environ):
            return inner(environ, start_response)
        body = _body(environ)
        op_id = OPERATION.search(body)[0]
        with app.app_context():
            known = db.session.scalar(select(Save.id).where(Save.op_id == op_id.decode()))
        if known:
            body = body.replace(op_id, str(uuid.uuid4()).encode())
        sent = {**environ, "wsgi.input": BytesIO(body)}
        answer = inner(sent, start_response)
        time.sleep(0.1)
        return answer

    app.wsgi_app = serve


def lie(app: Flask) -> None:
    """Say "saved" when the database could not."""
    inner = app.wsgi_app

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        status, headers, body = _whole(inner, environ)
        if _is_save(environ) and status.startswith("503"):
            return _yes(start_response)
        start_response(status, headers)
        return [body]

    app.wsgi_app = serve


def sulk(app: Flask) -> None:
    """After one failure of the database, ask it nothing for twenty seconds."""
    inner, until = app.wsgi_app, [0.0]

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if time.monotonic() < until[0]:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return ["chưa được lưu".encode()]
        status, headers, body = _whole(inner, environ)
        if status.startswith("503"):
            until[0] = time.monotonic() + 20
        start_response(status, headers)
        return [body]

    app.wsgi_app = serve


def crash(app: Flask) -> None:
    """Show people a bug where the database is at fault."""
    inner = app.wsgi_app

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        status, headers, body = _whole(inner, environ)
        start_response("500 Internal Server Error" if status[:3] == "503" else status, headers)
        return [body]

    app.wsgi_app = serve


def believe_the_last(app: Flask) -> None:
    """Let the save that arrives last count, whatever its page had seen."""
    inner, newest = app.wsgi_app, itertools.count(1000)

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not _is_save(environ):
            return inner(environ, start_response)
        body = REVISION.sub(b"revision=%d" % next(newest), _body(environ))
        length = str(len(body))
        sent = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": length}
        return inner(sent, start_response)

    app.wsgi_app = serve


def begin_again(app: Flask) -> None:
    """Let every start begin an attempt."""
    begin = admission._begin
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(text("DROP INDEX IF EXISTS uq_attempt_open_campaign"))
        db.engine.dispose()  # the workers make connections of their own

    def begin_another(who: Any, **columns: Any) -> str:
        return begin(who, **columns | {"number": random.randrange(1, 10**9)})

    admission._begin, admission.previous = begin_another, lambda *_: []


def count_again(_app: Flask) -> None:
    """Let a sweep count once more what was graded before it came."""
    sweep = grading.sweep

    def sweep_again(now: datetime) -> int:
        graded = select(Attempt.campaign_id, Attempt.person_id, Attempt.score)
        rows = db.session.execute(graded.where(Attempt.state == "graded")).all()
        standings.record([Result(*row, finished_at=now) for row in rows])
        db.session.commit()
        return sweep(now)

    grading.sweep = sweep_again


def no_sync(app: Flask) -> None:
    """Let the database acknowledge what is not yet on the disk."""
    _on_connect(app, "PRAGMA synchronous = OFF", "SET synchronous_commit = off")


def impatient(app: Flask) -> None:
    """Do not wait for another writer."""
    engines.BUSY_SECONDS = 0.001
    _on_connect(app, "PRAGMA busy_timeout = 0", "SET lock_timeout = '1ms'")


BUGS: dict[str, Callable[[Flask], None]] = {
    "acknowledge-early": acknowledge_early,
    "double": double,
    "lie": lie,
    "sulk": sulk,
    "crash": crash,
    "believe-the-last": believe_the_last,
    "begin-again": begin_again,
    "count-again": count_again,
    "no-sync": no_sync,
    "impatient": impatient,
}


def _is_save(environ: Environ) -> bool:
    return environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/save")


def _body(environ: Environ) -> bytes:
    return environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))


def _yes(start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"position": 1, "revision": 1, "saved_at": "", "is_stale": false}']


def _whole(inner: Wsgi, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
    """The whole response of the app."""
    begun: list[Any] = []
    answer = inner(environ, lambda status, headers, *_: begun.extend((status, headers)))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return begun[0], begun[1], body


def _on_connect(app: Flask, sqlite: str, postgresql: str) -> None:
    with app.app_context():
        engine = db.engine
    statement = sqlite if engine.dialect.name == "sqlite" else postgresql

    def listen(connection: Any, _entry: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if engine.dialect.name != "sqlite":
            connection.commit()

    event.listen(engine, "connect", listen)


app = create_app()
if os.environ.get("CHAOS_BUG"):
    BUGS[os.environ["CHAOS_BUG"]](app)
