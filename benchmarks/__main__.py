"""`make bench`: one table of ratios, each beside its target. Never a test: machines differ."""

import re
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from benchmarks.serving import Client, Server, served
from quiz import create_app
from quiz.config import settings_from
from quiz.models import Attempt, db
from quiz.web.bank import bank

SECRET = "for-this-benchmark-only-0123456789"  # noqa: S105
ROUNDS = 5
REQUESTS = 300
AGENCIES, PEOPLE = 300, 30_000
SMALL, LARGE = 1_000, 1_000_000
JSON = {"Accept": "application/json"}


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hello = _hello()
        lean = _lean(folder)
        taking = _taking(folder)
        boards = {count: _board(folder, count) for count in (SMALL, LARGE)}
    rows = [
        ("1  attempt of 20 items / lean attempt of 10", taking["attempt"] / lean, "≤ 0.7"),
        ("2a save / bare hello", taking["save"] / hello, "≤ 3.0"),
        ("2b paper / bare hello", taking["paper"] / hello, "≤ 6"),
        ("3  board at 1,000,000 attempts / at 1,000", boards[LARGE] / boards[SMALL], "≤ 1.2"),
    ]
    print(f"\nCPU ms a request: hello {hello:.2f}, save {taking['save']:.2f},", end=" ")
    print(f"paper {taking['paper']:.2f}, board {boards[LARGE]:.2f};", end=" ")
    print(f"attempt {taking['attempt']:.0f}, lean attempt {lean:.0f}\n")
    for label, ratio, target in rows:
        print(f"{label:<46} {ratio:6.2f}   target {target}")
    print(
        "6  statements a request: see the exact tests (paper ≤ 4, save ≤ 3, board ≤ 3, lesson ≤ 3)"
    )


def _cost(server: Server, act: Callable[[], object], times: int) -> float:
    """CPU ms of one act: the median of some rounds, after a warm-up."""
    for _ in range(max(3, times // 10)):
        act()
    rounds = []
    for _ in range(ROUNDS):
        before = server.cpu()
        for _ in range(times):
            act()
        rounds.append((server.cpu() - before) / times)
    return statistics.median(rounds)


def _hello() -> float:
    with served("benchmarks.bare:app", 5991) as server:
        return _cost(server, lambda: Client(5991).request("GET", "/"), REQUESTS)


def _lean(folder: Path) -> float:
    def attempt() -> None:
        client = Client(5992)
        client.request("POST", "/start", {})
        for number in range(1, 11):
            client.request("GET", f"/question/{number}")
            client.request("POST", f"/question/{number}", {"choice": 1})
        client.request("POST", "/result", {})
        client.request("GET", "/result")

    with served("benchmarks.lean:app", 5992, LEAN_DATABASE=f"sqlite:///{folder}/lean.db") as server:
        return _cost(server, attempt, 10)


def _taking(folder: Path) -> dict[str, float]:
    """An attempt of twenty items: start, paper, 20 saves, check, submit, result, own board."""
    app = _app(f"{folder}/taking.db")
    with app.app_context():
        tokens = _province(app, people=120, agencies=3)
    environ = _environ(f"{folder}/taking.db")
    with served("quiz:create_app()", 5993, **environ) as server:
        learners = iter([_signed_in(app, token, 5993) for token in tokens])

        def attempt() -> None:
            client, token = next(learners)
            path = _start(client, token)
            fields = _fields(client.request("GET", path)[1])
            for position in range(1, 21):
                _save(client, token, path, position, fields[position])
            client.request("GET", f"{path}/check")
            sent = {"csrf_token": token, "op_id": _op(path, 0), "confirmed": "y"}
            client.request("POST", f"{path}/submit", sent)
            client.request("GET", f"{path}/result")
            client.request("GET", "/leaderboards/bench")

        whole = _cost(server, attempt, 8)
        client, token = next(learners)
        path = _start(client, token)
        fields = _fields(client.request("GET", path)[1])
        paper = _cost(server, lambda: client.request("GET", path), 60)
        revisions = iter(range(2, 10_000))
        save = _cost(
            server,
            lambda: _save(client, token, path, 1, fields[1], revision=next(revisions)),
            REQUESTS,
        )
    return {"attempt": whole, "paper": paper, "save": save}


def _board(folder: Path, attempts: int) -> float:
    """The board page, with a result written before every look."""
    database = f"{folder}/board-{attempts}.db"
    app = _app(database)
    with app.app_context():
        tokens = _province(app, people=PEOPLE, agencies=AGENCIES, sign_ins=1)
        _insert_attempts(attempts)
    with served("quiz:create_app()", 5994, **_environ(database)) as server:
        client, _ = _signed_in(app, tokens[0], 5994)

        def look() -> None:
            with app.app_context():
                db.session.execute(
                    text("UPDATE agency_standing SET score_sum = score_sum - 1 WHERE agency_id = 2")
                )
                db.session.commit()
            client.request("GET", "/leaderboards/bench")

        return _cost(server, look, 40)


def _app(database: str):
    from flask_migrate import upgrade

    app = create_app(settings_from(_environ(database)))
    with app.app_context():
        upgrade()
    return app


def _environ(database: str) -> dict[str, str]:
    return {"SECRET_KEY": SECRET, "DATABASE_URL": f"sqlite:///{database}"}


def _province(app, people: int, agencies: int, sign_ins: int | None = None) -> list[str]:
    """Agencies, people and an open campaign; returns session tokens of some people."""
    import hashlib

    from quiz.campaigns import service as campaigns
    from quiz.models import Agency, Campaign, Person, Posting, SignIn

    now, tokens = datetime.now(UTC), []
    db.session.add(
        Agency(code="p", name="Tỉnh", kind="province", opened_on=now.date(), parent_id=None)
    )
    db.session.flush()
    for number in range(agencies):
        db.session.add(
            Agency(
                code=f"a{number}",
                name=f"Xã {number}",
                kind="commune",
                parent_id=1,
                opened_on=now.date(),
            )
        )
    db.session.flush()
    db.session.execute(
        Person.__table__.insert(),
        [
            {
                "staff_code": f"B{n}",
                "staff_code_key": f"b{n}",
                "full_name": f"Nguyễn Văn {n}",
                "sort_key": b"x",
                "folded_name": "x",
                "is_active": True,
                "is_ranked": True,
                "pseudonym": f"C{n}",
                "created_at": now,
            }
            for n in range(people)
        ],
    )
    db.session.execute(
        Posting.__table__.insert(),
        [
            {"person_id": n + 1, "agency_id": 2 + n % agencies, "since": now.date()}
            for n in range(people)
        ],
    )
    for person in range(1, (sign_ins or people) + 1):
        tokens.append(f"token-{person}")
        db.session.add(
            SignIn(
                token_hash=hashlib.sha256(tokens[-1].encode()).hexdigest(),
                person_id=person,
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=8),
            )
        )
    campaign = Campaign(
        code="bench",
        name="Bench",
        state="draft",
        audience_id=1,
        topics=list(bank().lessons),
        size=20,
        time_limit_minutes=60,
        attempt_limit=2,
        pause_minutes=0,
        pass_mark=70,
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=1),
        review_score="at_once",
        review_answers="after_close",
        review_key="after_close",
    )
    db.session.add(campaign)
    db.session.commit()
    campaigns.open_campaign(campaign.id, None, now)
    return tokens


def _insert_attempts(count: int) -> None:
    """Graded attempts by the hundred thousand, and the standings that they give."""
    now = datetime.now(UTC)
    for start in range(0, count, 50_000):
        db.session.execute(
            Attempt.__table__.insert(),
            [
                {
                    "id": f"b{n}",
                    "person_id": 1 + n % PEOPLE,
                    "campaign_id": 1,
                    "number": 1 + n // PEOPLE,
                    "state": "graded",
                    "paper": [],
                    "started_at": now,
                    "deadline_at": now,
                    "finished_at": now,
                    "graded_at": now,
                    "score": 7_000 + n % 3_000,
                }
                for n in range(start, min(start + 50_000, count))
            ],
        )
        db.session.commit()
    db.session.execute(
        text("UPDATE agency_standing SET participants = headcount, score_sum = headcount * 7000")
    )
    db.session.commit()


def _signed_in(app, token: str, port: int) -> tuple[Client, str]:
    """A client with this session, and the token of its forms."""
    serializer = app.session_interface.get_signing_serializer(app)
    client = Client(port)
    client.cookies["session"] = serializer.dumps(
        {"_user_id": token, "_fresh": True, "_permanent": True}
    )
    page = client.request("GET", "/account")[1]
    return client, re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def _start(client: Client, token: str) -> str:
    status, _, path = client.request("POST", "/campaigns/bench/attempts", {"csrf_token": token})
    assert status == 302
    return path


def _fields(page: str) -> dict[int, tuple[str, str]]:
    """A field of each question, with a value that it offers."""
    found: dict[int, tuple[str, str]] = {}
    for name, value in re.findall(r'name="(p\d+(?:\.\d+)?)" id="[^"]+" value="(\w+)"', page):
        found.setdefault(int(re.match(r"p(\d+)", name)[1]), (name, value))
    for name in re.findall(r'<select class="form-select" name="(p\d+\.\d+)"', page):
        found.setdefault(int(re.match(r"p(\d+)", name)[1]), (name, "0"))
    return found


def _save(
    client: Client,
    token: str,
    path: str,
    position: int,
    answer: tuple[str, str],
    revision: int = 1,
) -> None:
    fields = {
        answer[0]: answer[1],
        "csrf_token": token,
        "op_id": _op(path, position * 100_000 + revision),
        "position": position,
        "revision": revision,
    }
    assert client.request("POST", f"{path}/save", fields, **JSON)[0] == 200


def _op(path: str, number: int) -> str:
    import uuid

    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{path}/{number}"))


if __name__ == "__main__":
    main()
