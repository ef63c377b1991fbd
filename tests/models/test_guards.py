"""The database refuses what must never happen, whoever asks."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from quiz.grading import service as grading
from quiz.models import db, read_only
from quiz.models.engines import UnsafeDatabase
from tests import factories
from tests.answers import answer_right


@pytest.fixture
def graded(app, now):
    home = factories.agency()
    someone = factories.person(at=home)
    factories.item_report(someone)
    return factories.graded(someone, factories.campaign(home), right=12)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE save SET answer = answer",
        "DELETE FROM save",
        "UPDATE item_version SET content = '{}'",
        "DELETE FROM item_version",
        "UPDATE response SET mark_numerator = mark_denominator",
        "DELETE FROM response",
        "UPDATE audit_event SET action = 'nothing'",
        "DELETE FROM audit_event",
        "DELETE FROM attempt",
        "UPDATE attempt SET score = 10000",
        "UPDATE attempt SET state = 'open', finished_at = NULL",
        "UPDATE attempt SET finished_at = deadline_at",
        "UPDATE attempt SET person_id = person_id + 1",
        "UPDATE attempt SET number = number + 1",
        "UPDATE attempt SET practice = 'mixed', campaign_id = NULL, deadline_at = NULL",
        "UPDATE attempt SET submit_op_id = 'another'",
        "UPDATE attempt SET graded_at = NULL",
        "UPDATE attempt SET id = 'another'",
        "UPDATE campaign SET pass_mark = 10",
        "UPDATE campaign SET state = 'draft'",
        "DELETE FROM item_report",
        "UPDATE item_report SET reason = 'Câu này tốt'",
        "UPDATE item_report SET status = 'mended'",
        "DELETE FROM roster_entry",
        "INSERT INTO roster_entry (campaign_id, person_id, agency_id) "
        "SELECT campaign_id, person_id + 1, agency_id FROM roster_entry",
    ],
)
def test_T_L5_history_is_refused_by_the_database_itself(graded, clock, statement):
    clock.tick(seconds=5)

    with pytest.raises(DBAPIError):
        db.session.execute(text(statement))

    db.session.rollback()


@pytest.mark.parametrize("score", [-1, 10_001])
def test_a_score_is_between_0_and_100_points(app, score):
    attempt = factories.attempt()
    grade = "UPDATE attempt SET state = 'graded', finished_at = deadline_at, score = :score"

    with pytest.raises(IntegrityError):
        db.session.execute(text(grade), {"score": score})

    db.session.rollback()
    assert attempt.score is None


@pytest.mark.parametrize("state", ["open", "submitted"])
def test_T_L5_only_grading_gives_a_score(app, now, state):
    attempt = factories.attempt()
    if state == "submitted":
        grading.finish(attempt.id, attempt.deadline_at, now, None)

    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE attempt SET score = 5000"))

    db.session.rollback()
    assert attempt.score is None


def test_an_unknown_agency_is_no_place_of_work(app):
    factories.person()

    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE posting SET agency_id = 999"))

    db.session.rollback()


def test_a_transaction_for_reading_cannot_write(app):
    attempt = factories.attempt()
    db.session.commit()

    with read_only():
        assert attempt.number == 1
        with pytest.raises(DBAPIError):
            db.session.execute(text("UPDATE attempt SET number = 2"))
        db.session.rollback()

    answer_right(attempt, factories.who(attempt.person), [1], attempt.started_at, factories.op_id)


def test_moments_without_a_time_zone_are_refused(app):
    attempt = factories.attempt()

    attempt.deadline_at = attempt.started_at.replace(tzinfo=None)
    with pytest.raises(StatementError, match="time zone"):
        db.session.flush()

    db.session.rollback()


def test_an_old_sqlite_is_refused_at_connect():
    from quiz.models import engines

    class Cursor:
        def execute(self, _statement):
            pass

        def fetchone(self):
            return ("3.46.1",)

    class Connection:
        isolation_level = ""

        def cursor(self):
            return Cursor()

    with pytest.raises(UnsafeDatabase, match=r"3\.51\.3"):
        engines._open_sqlite(Connection(), None)
