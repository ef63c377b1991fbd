"""Scores are recomputed from the journal; whoever changed one anywhere is found out."""

import pytest
from sqlalchemy import text

from quiz.grading import service as grading
from quiz.models import Attempt, db
from quiz.results import service
from tests import factories
from tests.answers import answer_right


@pytest.fixture
def attempt(app):
    home = factories.agency()
    someone = factories.person(at=home)
    return factories.graded(someone, factories.campaign(home), right=12)


def differences():
    return [found for found in service.verify() if found]


def without_guards(*statements):
    """What somebody could do who has the database in hand."""
    sqlite = db.engine.dialect.name == "sqlite"
    if sqlite:
        kept = db.session.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for trigger in kept:
            db.session.execute(text(f"DROP TRIGGER {trigger.name}"))
    else:
        db.session.execute(text("SET session_replication_role = replica"))
    for statement in statements:
        assert db.session.execute(text(statement)).rowcount
    if sqlite:
        for trigger in kept:
            db.session.execute(text(trigger.sql))
    else:
        db.session.execute(text("SET session_replication_role = DEFAULT"))
    db.session.commit()


def test_P11_an_untouched_attempt_is_borne_out_by_its_journal(attempt):
    assert list(service.verify()) == [None]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        pytest.param("UPDATE attempt SET score = score + 1", "the score is", id="a score"),
        pytest.param(
            "UPDATE response SET mark_numerator = 1, mark_denominator = 1 WHERE mark_numerator = 0",
            "is worth",
            id="a mark",
        ),
        pytest.param(
            "UPDATE response SET answer = 'null' WHERE position = 3", "otherwise", id="an answer"
        ),
        pytest.param("DELETE FROM response WHERE position = 7", "no response", id="a response"),
        pytest.param("DELETE FROM save WHERE position = 2", "otherwise", id="a save"),
        pytest.param(
            "UPDATE save SET is_stale = true WHERE position = 2", "otherwise", id="a stale save"
        ),
    ],
)
def test_P11_every_edit_is_found(attempt, statement, found):
    without_guards(statement)

    (difference,) = differences()

    assert attempt.id in difference
    assert found in difference


def test_P11_all_attempts_are_verified_not_only_the_first_page(app, monkeypatch):
    monkeypatch.setattr(service, "VERIFIED_AT_ONCE", 2)
    home = factories.agency()
    people = [factories.person(at=home) for _ in range(5)]
    campaign = factories.campaign(home)
    for someone in people:
        factories.graded(someone, campaign, right=3)

    assert list(service.verify()) == [None] * 5


def test_an_attempt_graded_before_its_answers_were_all_given_counts_what_was_saved(app, clock):
    attempt = factories.attempt()
    who = factories.who(attempt.person)
    answer_right(attempt, who, range(1, 4), clock(), factories.op_id)
    clock.tick(hours=1)
    grading.sweep(clock())

    assert list(service.verify(attempt.id)) == [None]
    assert db.session.get_one(Attempt, attempt.id).score == 1_500
