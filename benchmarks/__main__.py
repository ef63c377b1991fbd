"""`make bench`: one table of ratios, each beside its target. Never a test: machines differ.

The unit is CPU time, of the app's processes and of the database's: times of day and requests a
second depend on what else the machine does. Only ratios inside one run mean something.
"""

import contextlib
import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import event, text

from benchmarks import crowd
from benchmarks.databases import Database, postgresql, sqlite
from benchmarks.learner import BOARD, InProcess, Learner
from benchmarks.province import environ, multiply_attempts, province, sign_in
from benchmarks.serving import PORT, Client, Cpu, costs, served
from quiz.config import ROOT
from quiz.models import db

SMALL, VERIFIED, LARGE = 1_000, 30_000, 1_000_000  # attempts in the database
ATTEMPTS_BEFORE = 150  # until the process has met nearly every item, as after minutes of a contest
SECONDS = 12  # of each crowd
QUIZ = "quiz:create_app()"
Row = tuple[str, float, str]
Learners = Callable[..., list[Learner]]


def main() -> None:
    """Measure on both databases, and print."""
    for kind in (sqlite, postgresql):
        with tempfile.TemporaryDirectory() as name, kind(Path(name)) as database:
            print(f"\n{database.kind}", flush=True)
            for label, value, target in rows(database):
                print(f"{label:<56} {value:9.2f}   {target}", flush=True)


def rows(database: Database) -> Iterator[Row]:
    """Everything that is measured on one kind of database."""
    app = province(database.new("quiz"))
    hello, lean, attempt, bare, paper, save = _taking(app, database)
    yield "   CPU ms: bare hello", hello, ""
    yield "           save of one answer", save, ""
    yield "           paper of 20 questions", paper, ""
    yield "           lean attempt of 10 questions", lean, ""
    yield "           attempt of 20 questions", attempt, ""
    # How lean the yardstick is: the figures are those of the quiz that the targets were set by.
    yield "   lean attempt / bare hello", lean / hello, "119; PostgreSQL 196"
    yield "1  attempt of 20 questions / lean attempt of 10", attempt / lean, "≤ 0.7"
    yield "2  save / bare hello", save / hello, "≤ 3.0"
    yield "2  paper / bare hello", paper / hello, "≤ 6"
    multiply_attempts(app, math.ceil(VERIFIED / _graded(app)))
    verified = _verify(app, database) * VERIFIED / _graded(app)
    multiply_attempts(app, math.ceil(LARGE / _graded(app)), with_journal=False)
    small, large = _boards(app, database)
    yield "           board of 300 agencies, CPU ms", small, ""
    yield "3  board at 1,000,000 attempts / at 1,000", large / small, "≤ 1.2"
    kept, without = _finishing(database)
    yield "4  finishing request, board kept / not", kept / without, "≤ 1.2"
    # A request of an attempt: start, paper, 20 saves, submit, result; then the board.
    yield "4  contest mix, with a look at the board / without", attempt / 25 / (bare / 24), "≤ 1.1"
    app = province(database.new("crowd"), people=6_000)
    yield from _crowd(app)
    yield from _statements(app)
    yield "   verify 30,000 attempts, CPU s", verified, "< 60"


def _taking(app: Flask, database: Database) -> list[float]:
    """CPU ms of a bare page, of the lean attempt, and of what a learner does.

    That is an attempt, one that never looks at the board, a paper, and a save.
    """
    lean_database = database.new("lean")
    with (
        served("benchmarks.bare:app", port=PORT + 1) as bare_cpu,
        served("benchmarks.lean:app", port=PORT + 2, LEAN_DATABASE=lean_database) as lean_cpu,
        _serving(app, database) as (cpu, learners),
    ):
        for one in learners(ATTEMPTS_BEFORE):
            one.take()
        several = iter(learners(150, first=ATTEMPTS_BEFORE + 1))
        one = next(several)
        one.start()
        one.open_paper()
        return costs(
            (bare_cpu, lambda: Client(port=PORT + 1).request("GET", "/"), 300),
            (lambda: lean_cpu() + database.cpu(), _lean_attempts(Client(port=PORT + 2)), 8),
            (cpu, lambda: next(several).take(), 8),
            (cpu, lambda: next(several).take(looks=0), 8),
            (cpu, one.open_paper, 40),
            (cpu, one.save, 200),
        )


def _lean_attempts(client: Client) -> Callable[[], None]:
    """Takes the lean quiz, its board included, as the person who signs in here."""
    client.request("POST", "/sign-in/1", {})

    def take() -> None:
        client.request("POST", "/start", {})
        for number in range(1, 11):
            client.request("GET", f"/question/{number}")
            client.request("POST", f"/question/{number}", {"choice": 1})
        client.request("POST", "/result", {})
        status, _, _ = client.request("GET", "/board")
        assert status == 200, status

    return take


def _finishing(database: Database) -> list[float]:
    """CPU ms of handing in a paper of which nothing is answered, with the board kept and not."""
    with contextlib.ExitStack() as both:
        acts = []
        for port, module in (PORT, QUIZ), (PORT + 1, "benchmarks.boardless:app"):
            app = province(database.new(f"board-{port}"), people=3_000)
            cpu, learners = both.enter_context(_serving(app, database, module, port))
            waiting = learners(210)
            for one in waiting:
                one.start()
            acts.append((cpu, _submit_next(waiting), 40))
        return costs(*acts)


def _submit_next(waiting: list[Learner]) -> Callable[[], None]:
    following = iter(waiting)
    return lambda: next(following).submit()


def _boards(app: Flask, database: Database) -> list[float]:
    """CPU ms of the board, with a result written before every look: of a small province, of this.

    Both have as many agencies and people; this one has LARGE attempts, the other SMALL.
    """
    other = province(database.new("small"))
    with _serving(other, database) as (_, learners):
        for one in learners(ATTEMPTS_BEFORE):
            one.start()
            one.submit()
    multiply_attempts(other, math.ceil(SMALL / _graded(other)))
    with contextlib.ExitStack() as both:
        acts = []
        for port, measured in (PORT, other), (PORT + 1, app):
            cpu, learners = both.enter_context(_serving(measured, database, port=port))
            acts.append((cpu, _look_at_news(measured, learners(1, first=200)[0]), 40))
        return costs(*acts)


def _look_at_news(app: Flask, one: Learner) -> Callable[[], None]:
    def look() -> None:
        with app.app_context():
            db.session.execute(
                text("UPDATE agency_standing SET score_sum = score_sum + 1 WHERE agency_id = 2")
            )
            db.session.commit()
        one.get(BOARD)

    return look


def _crowd(app: Flask) -> Iterator[Row]:
    """Saves while others sign in, and saves beyond what the machine can do."""
    with served(QUIZ, workers=2, **environ(_url(app))):
        learners = [Learner(Client(cookie)) for cookie in sign_in(app, 1, 64)]
        for one in learners:
            one.start()
            one.open_paper()
        peak = max(crowd.goodput(learners[:count], SECONDS / 2) for count in (4, 8, 16, 32))
        twice = crowd.goodput(learners, SECONDS)
        calm = crowd.paced_saves(learners[:20], SECONDS)
        newcomers = [f"B{number}" for number in range(1_000, 6_000)]
        with crowd.storm(newcomers, at_once=8):
            storm = crowd.paced_saves(learners[:20], SECONDS)
    yield "           save p99 in calm, wall ms", calm.p99, ""
    yield "5  save p99 in a storm of sign-ins / in calm", storm.p99 / calm.p99, "≤ 2"
    yield "5  failed saves", calm.failures + storm.failures, "0"
    yield "           most saves a second", peak, ""
    yield "5  saves a second of 64 at once / most", twice / peak, "≥ 0.9"


def _statements(app: Flask) -> Iterator[Row]:
    """SQL statements a request, once the process has met the items of the paper."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SET ", "SHOW", "COMMIT")):
            statements.append(statement)

    one = Learner(InProcess(app, sign_in(app, 500, 1)[0]))
    one.start()
    one.open_paper()
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    for name, act, limit in (
        ("paper", one.open_paper, 4),
        ("save", one.save, 3),
        ("board", lambda: one.get(BOARD), 3),
        ("lesson", lambda: one.get("/lessons/d01"), 3),
    ):
        act()
        statements.clear()
        act()
        yield f"6  statements: {name}", len(statements), f"≤ {limit}"


def _verify(app: Flask, database: Database) -> float:
    """CPU seconds of `flask scores verify --all`."""

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime + database.cpu() / 1000

    before = used()
    subprocess.run(
        [sys.executable, "-m", "flask", "scores", "verify", "--all"],
        cwd=ROOT,
        env={**os.environ, **environ(_url(app)), "FLASK_APP": "quiz"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return used() - before


@contextlib.contextmanager
def _serving(
    app: Flask, database: Database, module: str = QUIZ, port: int = PORT
) -> Iterator[tuple[Cpu, Learners]]:
    """The app served; gives its CPU with the database's, and a maker of learners."""

    def learners(count: int, first: int = 1) -> list[Learner]:
        return [Learner(Client(cookie, port)) for cookie in sign_in(app, first, count)]

    with served(module, port=port, **environ(_url(app))) as cpu:
        yield lambda: cpu() + database.cpu(), learners


def _graded(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(text("SELECT count(*) FROM attempt WHERE state = 'graded'")))


def _url(app: Flask) -> str:
    return str(app.config["SQLALCHEMY_DATABASE_URI"])


if __name__ == "__main__":
    main()
