"""Cards: what they learn, when, and never before their owner may know."""

import re
from datetime import timedelta

import pytest

from quiz.attempts import service as attempts
from quiz.campaigns import service as campaigns
from quiz.memory import service
from quiz.models import Attempt, Card, db
from quiz.web.bank import bank
from tests import factories
from tests.answers import answer_right
from tests.browser import Browser
from tests.conftest import counted


@pytest.fixture
def learner(app):
    return factories.person()


def cards_of(someone):
    rows = db.session.scalars(db.select(Card).where(Card.person_id == someone.id))
    return {row.item_code: row for row in rows}


def test_the_same_answers_give_the_same_days(learner, now):
    other = factories.person()
    for someone in (learner, other):
        factories.cards(someone, ["d01-q01", "d02-q01"], "good", now)
        factories.cards(someone, ["d01-q01"], "easy", now + timedelta(days=8))

    mine, theirs = cards_of(learner), cards_of(other)
    assert {code: card.due_at for code, card in mine.items()} == {
        code: card.due_at for code, card in theirs.items()
    }
    assert mine["d01-q01"].due_at > now + timedelta(days=40)


def test_the_surer_the_answer_the_later_the_day(learner, now):
    for grade in ("again", "hard", "good", "easy"):
        factories.cards(learner, [grade], grade, now)

    found = cards_of(learner)
    assert found["again"].due_at == now + timedelta(days=1)
    dues = [found[grade].due_at for grade in ("again", "hard", "good", "easy")]
    assert dues == sorted(set(dues))


def test_a_wrong_answer_brings_a_known_card_back_tomorrow(learner, now):
    factories.cards(learner, ["x"], "easy", now)
    later = now + timedelta(days=20)
    factories.cards(learner, ["x"], "again", later)

    assert cards_of(learner)["x"].due_at == later + timedelta(days=1)


def test_an_older_answer_changes_nothing(learner, now):
    factories.cards(learner, ["x"], "good", now)
    factories.cards(learner, ["x"], "again", now - timedelta(hours=1))

    assert cards_of(learner)["x"].grade == "good"


@pytest.mark.parametrize("size", [1, 40])
def test_learning_costs_three_statements_whatever_the_size(learner, now, size):
    items = list(bank().items)[:size]
    factories.cards(learner, items[: size // 2], "again", now - timedelta(days=1))

    person_id = learner.id

    with counted() as statements:
        service.learn(person_id, dict.fromkeys(items, "good"), now)

    assert len(statements) <= 3, statements


def test_a_practice_answer_feeds_its_card_at_once_and_only_once(learner, now):
    attempt = factories.practice(learner, "lesson:d03")
    answer_right(attempt, factories.who(learner), [1, 2], now, factories.op_id)

    codes = [place["item"] for place in attempt.paper[:2]]
    before = {code: (card.grade, card.stability) for code, card in cards_of(learner).items()}
    assert set(before) == set(codes)
    attempts.submit(attempt.id, factories.who(learner), op_id=factories.op_id(), now=now)
    service.absorb(now + timedelta(hours=1))
    db.session.expire_all()
    after = {code: (card.grade, card.stability) for code, card in cards_of(learner).items()}
    assert after == before


def test_an_old_practice_feeds_the_cards_when_it_is_met(learner, now):
    attempt = factories.practice(learner, "lesson:d03", right=3)
    db.session.execute(db.delete(Card))
    db.session.execute(db.update(Attempt).values(remembered_at=None))
    db.session.commit()

    assert service.absorb(now) == 1
    assert set(cards_of(learner)) == {place["item"] for place in attempt.paper[:3]}
    assert service.absorb(now) == 0


POLICIES = [
    pytest.param({"review_marks": "at_once"}, True, True, id="marks at once"),
    pytest.param({"review_marks": "after_close"}, False, True, id="marks after closing"),
    pytest.param({"review_marks": "never", "review_key": "at_once"}, False, True, id="the key"),
    pytest.param({"review_marks": "never", "review_key": "never"}, False, False, id="never"),
]


@pytest.mark.parametrize(("rules", "open_now", "after_close"), POLICIES)
def test_a_ranked_answer_feeds_its_card_once_its_owner_may_know(
    app, clock, rules, open_now, after_close
):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home, **rules)
    factories.graded(someone, campaign, right=12)

    service.absorb(clock())
    assert bool(cards_of(someone)) == open_now
    campaigns.close_campaign(campaign.id, None, clock())
    clock.tick(minutes=1)
    service.absorb(clock())
    assert bool(cards_of(someone)) == after_close


def test_what_was_left_open_tells_nothing_of_memory(app, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    attempt = factories.graded(someone, factories.campaign(home, review_marks="at_once"), right=12)

    service.absorb(clock())

    answered = {place["item"] for place in attempt.paper[:12]}
    assert {code for code, card in cards_of(someone).items() if card.grade == "good"} == answered
    assert set(cards_of(someone)) == answered


def everything_about_memory(someone, app):
    """All that a learner can read about what they know, without tokens and hashes."""
    browser = Browser(app).sign_in(someone)
    pages = [
        browser.get(path)
        for path in ("/", "/lessons", "/lessons/mastery", "/lessons/d03", "/practice")
    ]
    pages.append(browser.get("/practice/review"))
    for source in ("wrong", "review"):
        pages.append(browser.send("/practice", source=source, status=409))
    changing = (
        r'csrf_token" value="[^"]+"|data-owner="[^"]+"|attempts/[\w-]+|tham chiếu: <[^>]+>\w+'
    )
    return [re.sub(changing, "", page) for page in pages]


def test_no_page_tells_right_from_wrong_before_the_policy_does(app, clock):
    home = factories.agency()
    strong, weak = factories.person(at=home), factories.person(at=home)
    campaign = factories.campaign(
        home, topics=["d01", "d02", "d03"], size=8, kinds=["single"], review_score="after_close"
    )
    for someone, right in ((strong, 8), (weak, 0)):
        attempt = factories.attempt(someone, campaign)
        learner = factories.who(someone)
        if right:
            answer_right(attempt, learner, range(1, 9), clock(), factories.op_id)
        else:
            factories.answer_wrong(attempt, learner, range(1, 9))
        attempts.submit(attempt.id, learner, op_id=factories.op_id(), now=clock())

    assert everything_about_memory(strong, app) == everything_about_memory(weak, app)
    clock.moment = campaign.closes_at + timedelta(minutes=1)
    service.absorb(clock())
    db.session.expire_all()
    assert {card.grade for card in cards_of(strong).values()} == {"good"}
    assert {card.grade for card in cards_of(weak).values()} == {"again"}
    assert "Cần ôn" in Browser(app).sign_in(weak).get("/lessons/d03")
