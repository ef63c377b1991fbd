"""Something to measure on: a province, an open campaign, people who are signed in, attempts."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import create_engine, insert, text

from quiz import create_app
from quiz.campaigns import service as campaigns
from quiz.config import settings_from
from quiz.models import Agency, Campaign, Person, Posting, SignIn, db
from quiz.passwords import service as passwords
from quiz.web.bank import bank

AGENCIES, PEOPLE = 300, 30_000
PASSWORD = "sáng mai đi chợ sớm"  # noqa: S105
RULES = campaigns.DEFAULT_RULES | {
    "difficulties": {},
    "time_limit_minutes": 60,
    "pause_minutes": 0,
}


def environ(url: str) -> dict[str, str]:
    """The settings of the served app."""
    secret = "for-this-benchmark-only-0123456789"  # noqa: S105
    return {"SECRET_KEY": secret, "DATABASE_URL": url, "CLOCK_FILE": ""}


def province(url: str, agencies: int = AGENCIES, people: int = PEOPLE) -> Flask:
    """An app on a new database with agencies, people and the open campaign "bench"."""
    from flask_migrate import upgrade

    app, now = create_app(settings_from(environ(url))), datetime.now(UTC)
    with app.app_context():
        upgrade()
        top = Agency(code="p", name="Tỉnh", kind="province", opened_on=now.date())
        db.session.add(top)
        db.session.flush()
        places = [
            {"code": f"a{n}", "name": f"Xã {n}", "kind": "commune", "parent_id": top.id}
            for n in range(agencies)
        ]
        db.session.execute(insert(Agency), [{**place, "opened_on": now.date()} for place in places])
        password = passwords.hashed(PASSWORD)
        everybody = [
            {
                "staff_code": f"B{n}",
                "staff_code_key": f"b{n}",
                "full_name": f"Nguyễn Văn {n}",
                "sort_key": b"x",
                "folded_name": "x",
                "pseudonym": f"C{n}",
                "password_hash": password,
                "created_at": now,
            }
            for n in range(people)
        ]
        db.session.execute(insert(Person), everybody)
        postings = [
            {"person_id": 1 + n, "agency_id": top.id + 1 + n % agencies, "since": now.date()}
            for n in range(people)
        ]
        db.session.execute(insert(Posting), postings)
        campaign = Campaign(
            code="bench",
            name="Bench",
            state="draft",
            audience_id=top.id,
            topics=list(bank().lessons),
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=1),
            **RULES,
        )
        db.session.add(campaign)
        db.session.commit()
        campaigns.open_campaign(campaign.id, None, now)
    settle(app)
    return app


def sign_in(app: Flask, first: int, count: int) -> list[str]:
    """Sessions of this many people from this one on; gives their cookies."""
    now = datetime.now(UTC)
    tokens = [secrets.token_urlsafe(24) for _ in range(count)]
    rows = [
        {
            "token_hash": hashlib.sha256(token.encode()).hexdigest(),
            "person_id": first + place,
            "created_at": now,
            "last_seen_at": now,
            "expires_at": now + timedelta(hours=8),
        }
        for place, token in enumerate(tokens)
    ]
    with app.app_context():
        db.session.execute(insert(SignIn), rows)
        db.session.commit()
    sealed = app.session_interface.get_signing_serializer(app)
    return [
        sealed.dumps({"_user_id": token, "_fresh": True, "_permanent": True}) for token in tokens
    ]


def multiply_attempts(app: Flask, times: int, with_journal: bool = True) -> None:
    """Make so many of every graded attempt, with or without what was answered in it."""
    with app.app_context():
        if db.engine.dialect.name == "postgresql":  # longer than any request may take
            db.session.execute(text("SET LOCAL statement_timeout = 0"))
        most = db.session.scalar(text("SELECT max(number) FROM attempt"))
        number = f"(attempt.number + n * {most})"  # no attempt of the person has it yet
        changed = {
            "attempt.id": f"substr(attempt.id, 4) || '-' || {number}",
            "attempt.number": number,
            "attempt.submit_op_id": "NULL",
            "op_id": f"substr(op_id, 8) || '-' || {number}",
            "attempt_id": f"substr(attempt.id, 4) || '-' || {number}",
        }
        numbers = f"SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {times - 1}"  # noqa: S608
        copies = f"(WITH RECURSIVE c(n) AS ({numbers}) SELECT n FROM c) AS copy"  # noqa: S608
        for name in ("attempt", "save", "response") if with_journal else ("attempt",):
            source = (
                name if name == "attempt" else f"{name} JOIN attempt ON attempt.id = attempt_id"
            )
            columns = [
                c.name for c in db.metadata.tables[name].c if (name, c.name) != ("save", "id")
            ]
            values = [
                changed.get(f"{name}.{column}") or changed.get(column) or f"{name}.{column}"
                for column in columns
            ]
            db.session.execute(
                text(
                    f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(values)} "  # noqa: S608
                    f"FROM {source} CROSS JOIN {copies} WHERE attempt.state = 'graded'"
                )
            )
        db.session.commit()
    settle(app)


def settle(app: Flask) -> None:
    """Let the database do now what it would do later, in the middle of a measurement."""
    with app.app_context():
        url, is_postgresql = db.engine.url, db.engine.dialect.name == "postgresql"
        db.engine.dispose()  # on SQLite the last connection writes the log back into the file
    if is_postgresql:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()
