"""The key, and anything that hints at it, never leaves the server before it may be seen."""

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from quiz.domain.bank import Bank
from quiz.domain.items import Item
from quiz.web.bank import bank
from tests import factories, site
from tests.answers import form_fields
from tests.browser import Browser


def planted(real: Bank) -> Bank:
    """The bank with a canary in every text that only a key's viewer may read."""

    def canary() -> str:
        return f"KEY-{uuid.uuid4()}"

    lessons = {
        code: replace(lesson, items=tuple(_marked(item, canary) for item in lesson.items))
        for code, lesson in real.lessons.items()
    }
    return replace(real, lessons=lessons)


def _marked(item: Item, canary: Callable[[], str]) -> Item:
    parts = {
        name: tuple(replace(part, feedback=canary()) for part in getattr(item, name))
        for name in ("options", "statements", "pairs", "steps", "gaps")
    }
    questions = tuple(_marked(question, canary) for question in item.questions)
    return replace(item, explanation=canary(), questions=questions, **parts)


@pytest.fixture
def canaries(app):
    """The app on a bank whose keys would be seen if they leaked."""
    real = app.extensions["bank"]
    app.extensions["bank"] = planted(real)
    yield
    app.extensions["bank"] = real


@pytest.fixture
def learner(app, canaries):
    return factories.person(at=factories.agency())


def everything(app, someone, attempt):
    """Every byte that a learner can be sent: pages, headers and cookies of every route."""
    browser = Browser(app).sign_in(someone)
    values = {
        "code": attempt.campaign.code,
        "campaign_code": attempt.campaign.code,
        "agency_code": "a1",
        "person_id": str(someone.id),
        "attempt_id": attempt.id,
    }
    sent = []
    for address in site.addresses(app, "GET", values).values():
        for accept in ("text/html", "application/json"):
            response = browser.client.get(address, headers={"Accept": accept})
            sent.append(f"{response.headers}{response.text}")
    fields = {"csrf_token": browser.token(), "op_id": factories.op_id()}
    if attempt.state == "open":
        fields.update(form_fields(attempt, range(1, 6)))
        del fields["op_id"]
        fields["op_id"] = factories.op_id()
        for accept in ("text/html", "application/json"):
            response = browser.client.post(
                f"/attempts/{attempt.id}/save", data=fields, headers={"Accept": accept}
            )
            sent.append(f"{response.headers}{response.text}")
    return "\n".join(sent)


@pytest.mark.parametrize(
    "policy", ["at_once", "after_close", "never"], ids=lambda when: f"answers {when}"
)
@pytest.mark.parametrize("state", ["open", "graded"])
def test_T_L1_no_key_leaves_before_the_campaign_closes(app, learner, state, policy):
    home = learner.postings[0].agency
    campaign = factories.campaign(home, review_answers=policy)
    if state == "open":
        attempt = factories.attempt(learner, campaign)
    else:
        attempt = factories.graded(learner, campaign, right=7)

    assert "KEY-" not in everything(app, learner, attempt)


def test_T_L1_the_canaries_are_seen_once_the_policy_allows(app, learner, clock):
    campaign = factories.campaign(learner.postings[0].agency)
    attempt = factories.graded(learner, campaign, right=7)
    clock.moment = campaign.closes_at
    clock.tick(minutes=1)

    assert "KEY-" in everything(app, learner, attempt)


def test_T_L1_a_page_does_not_depend_on_the_key(app):
    """The same paper with every key moved gives the same bytes, but for ids and times."""
    from quiz.domain.paper import Position, sheet

    for item in bank().items.values():
        if item.kind != "single":
            continue
        turned = replace(item, options=tuple(replace(o, key=o.code == "a") for o in item.options))
        order = tuple(option.code for option in item.options)
        here, there = Position(item.code, "x", order), Position(item.code, "y", order)
        assert sheet(item, here) == sheet(turned, there)


def test_T_L3_a_save_answers_alike_for_right_and_wrong(app):
    attempt = factories.attempt_with_every_kind()
    browser = Browser(app).sign_in(attempt.person)
    from tests.answers import position_of, right_fields

    position = position_of(attempt, "single")
    right = right_fields(attempt, position)[""][0]
    replies = []
    for revision, place in enumerate("0123", start=1):
        fields = {"op_id": factories.op_id(), "position": position, "revision": revision}
        response = browser.client.post(
            f"/attempts/{attempt.id}/save",
            data={"csrf_token": browser.token(), **fields, f"p{position}": place},
            headers={"Accept": "application/json"},
        )
        replies.append({**response.json, "revision": 0})

    assert right in "0123"
    assert replies == [replies[0]] * 4
