"""A learner's clock decides nothing: neither what is accepted, nor the score, nor the finish."""

from datetime import timedelta
from itertools import islice

import pytest
from werkzeug.http import http_date

from quiz.domain.scheduling import GRACE
from quiz.models import Attempt, Save, db
from quiz.web.bank import bank
from tests import factories
from tests.answers import form_fields
from tests.browser import Browser

YEAR = timedelta(days=365)
CLOCKS = [YEAR * share / 25 for share in range(-25, 25)] + [YEAR]  # from a year back to one ahead
# Two hundred attempts are slow enough: each moment on one of the two databases.
MOMENTS = [
    pytest.param("sqlite", timedelta(seconds=-1), True, id="a second before the deadline"),
    pytest.param("postgresql", timedelta(), True, id="at the deadline"),
    pytest.param("sqlite", GRACE, True, id="at the end of the grace"),
    pytest.param("postgresql", GRACE + timedelta(milliseconds=1), False, id="a millisecond later"),
]


@pytest.mark.parametrize(("database_app", "late", "accepted"), MOMENTS, indirect=["database_app"])
def test_T_L7_score_and_acceptance_are_the_same_for_every_clock(app, clock, late, accepted):
    items = list(islice((one for one in bank().items.values() if one.kind == "single"), 2))
    learner = factories.person()
    attempts = [factories.attempt_on(items, learner) for _ in CLOCKS]
    deadline = attempts[0].deadline_at
    answers = [(one.id, form_fields(one, [1])) for one in attempts]
    browser = Browser(app).sign_in(learner)
    token = browser.token()
    clock.moment = deadline + late

    outcomes = set()
    for ahead, (attempt_id, fields) in zip(CLOCKS, answers, strict=True):
        claimed = {"Date": http_date(clock() + ahead), "X-Sent-At": str(clock() + ahead)}
        sent = {"csrf_token": token, "op_id": factories.op_id()}
        saved = browser.client.post(
            f"/attempts/{attempt_id}/save", data={**sent, **fields}, headers=claimed
        )
        sent |= {"op_id": factories.op_id(), "confirmed": "y"}
        browser.client.post(f"/attempts/{attempt_id}/submit", data=sent, headers=claimed)
        attempt = db.session.get_one(Attempt, attempt_id, populate_existing=True)
        outcomes.add((saved.status_code, attempt.score, attempt.finished_at))

    finish = min(clock(), deadline)
    assert outcomes == {(302, 5_000, finish) if accepted else (409, 0, finish)}


@pytest.mark.parametrize("name", ["saved_at", "given_at", "now", "deadline_at", "seconds_left"])
def test_T_L7_no_time_is_taken_from_a_form(app, clock, name):
    attempt = factories.attempt_with_every_kind()
    browser = Browser(app).sign_in(attempt.person)
    past = (clock() - YEAR).isoformat()
    fields = {**form_fields(attempt, [1]), name: past}

    browser.send(f"/attempts/{attempt.id}/save", 400, op_id=factories.op_id(), **fields)

    assert db.session.scalars(db.select(Save)).all() == []
