"""The page, the script and the plain form obey one rule: no order and no way in gains time.

Questions may be answered in any order, so there is no sequence to break out of; what can be
tried is to get round the clock.
"""

import random

import pytest

from quiz.domain.scoring import half_up_ratio
from quiz.grading import service as grading
from quiz.models import Attempt, Save, db
from tests import factories
from tests.answers import form_fields, right_fields
from tests.browser import Browser

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def attempt(app):
    return factories.attempt_with_every_kind()


@pytest.fixture
def devices(app, attempt):
    return [Browser(app).sign_in(attempt.person) for _ in range(2)]


def saves(attempt):
    return db.session.scalar(
        db.select(db.func.count()).select_from(Save).where(Save.attempt_id == attempt.id)
    )


def one_answer(attempt, number, revision=1):
    """The fields by which a script saves one question."""
    given = {
        f"p{number}.{part}" if part else f"p{number}": values
        for part, values in right_fields(attempt, number).items()
    }
    return {"position": number, "revision": revision, **given}


@pytest.mark.parametrize("seed", range(2))
def test_T_L16_any_order_of_answers_gives_the_same_score(attempt, devices, seed):
    order = list(range(1, len(attempt.paper) + 1))
    random.Random(seed).shuffle(order)
    browser, token = devices[0], devices[0].token()

    for number in order:
        answer = {"csrf_token": token, "op_id": factories.op_id(), **one_answer(attempt, number)}
        sent = browser.client.post(f"/attempts/{attempt.id}/save", data=answer, headers=SCRIPT)
        assert sent.status_code == 200
    browser.send(f"/attempts/{attempt.id}/submit", op_id=factories.op_id())

    assert db.session.get_one(Attempt, attempt.id, populate_existing=True).score == 10_000


@pytest.mark.parametrize("seed", range(3))
def test_T_L16_after_the_deadline_no_way_in_adds_an_answer(attempt, devices, clock, seed):
    chance = random.Random(seed)
    tokens = [device.token() for device in devices]
    first = {"csrf_token": tokens[0], "op_id": factories.op_id(), **one_answer(attempt, 1)}
    address = f"/attempts/{attempt.id}"
    assert devices[0].client.post(f"{address}/save", data=first, headers=SCRIPT).status_code == 200
    clock.moment = attempt.deadline_at
    clock.tick(seconds=31)
    everything = form_fields(attempt, range(1, len(attempt.paper) + 1))
    ways = [
        lambda: ("save", one_answer(attempt, chance.randint(1, 8), chance.randint(1, 9)), SCRIPT),
        lambda: ("save", one_answer(attempt, chance.randint(1, 8)), {}),
        lambda: ("save", everything, {}),
        lambda: ("save", {**everything, "then": "check"}, {}),
        lambda: ("save", {**everything, "then": "question-2"}, {}),
        lambda: ("save", {**everything, "then": "en"}, {}),
        lambda: ("lease", {}, {}),
        lambda: ("submit", {**everything, "confirmed": "y"}, SCRIPT),
        lambda: ("submit", {"time_is_up": "y"}, {}),
        lambda: ("submit", {}, {}),
    ]

    for _ in range(25):
        path, fields, headers = chance.choice(ways)()
        who = chance.randrange(2)
        if path != "lease":
            fields = {"op_id": factories.op_id(), **fields}
        status = (
            devices[who]
            .client.post(
                f"{address}/{path}", data={"csrf_token": tokens[who], **fields}, headers=headers
            )
            .status_code
        )
        assert status < 500
        assert not (path == "save" and status == 200)
        devices[who].client.get(f"{address}{chance.choice(['', '/check', '/result'])}")

    grading.sweep(clock())
    assert saves(attempt) == 1
    ended = db.session.get_one(Attempt, attempt.id, populate_existing=True)
    assert ended.finished_at == ended.deadline_at
    assert ended.score == half_up_ratio(10_000, len(attempt.paper))
