"""My results: every attempt, and nothing of them before its time."""

import pytest

from quiz.campaigns import service as campaigns
from quiz.journal.service import Entry
from tests import factories
from tests.answers import place
from tests.browser import Browser


def wrong_side(attempt, number):
    """Every statement of a sorting question under CĐS."""
    item, _ = place(attempt, number)
    return {str(part): ["dx"] for part in range(len(item.statements))}


@pytest.fixture
def learner(app):
    return factories.person(at=factories.agency())


def test_a_new_person_reads_what_to_do_first(app, learner):
    page = Browser(app).sign_in(learner).get("/results")

    assert "Chưa có lượt nào" in page


@pytest.mark.parametrize("review", ["at_once", "never"])
def test_a_score_is_in_the_list_and_the_chart_only_when_it_may_be_seen(app, learner, review, clock):
    campaign = factories.campaign(learner.postings[0].agency, review_score=review, pause_minutes=0)
    factories.graded(learner, campaign, right=9)
    clock.tick(minutes=30)
    factories.graded(learner, campaign, right=14)

    page = Browser(app).sign_in(learner).get("/results")

    seen = review == "at_once"
    assert ("<b>45</b>" in page) == seen
    assert ("<circle" in page) == seen
    assert ("lượt đầu 45 điểm, lượt cuối 70 điểm." in page) == seen
    assert ("chưa công bố" in page) != seen


def test_clusters_and_direction_wait_for_the_policy(app, learner, clock):
    from quiz.attempts import service

    campaign = factories.campaign(
        learner.postings[0].agency, kinds=["classify"], topics=["d03"], size=1
    )
    attempt = factories.attempt(learner, campaign)
    who, number = factories.who(learner), 1
    entry = Entry(factories.op_id(), attempt.id, number, revision=1, answer=None)
    service.save(entry, who, wrong_side(attempt, number), clock())
    service.submit(attempt.id, who, op_id=factories.op_id(), now=clock())
    browser = Browser(app).sign_in(learner)
    item, _ = place(attempt, number)
    wrong = sum(statement.side == "it" for statement in item.statements)

    before = browser.get("/results")
    campaigns.close_campaign(campaign.id, None, clock())
    clock.tick(minutes=1)
    after = Browser(app).sign_in(learner).get("/results")

    assert "Chưa có câu xếp vế nào" in before
    assert "Chưa có câu nào mà Anh/Chị được xem điểm." in before
    assert f"{wrong} ý CNTT xếp nhầm sang CĐS" in after
    assert "0 ý CĐS xếp nhầm sang CNTT" in after
    assert "chưa kết luận được hướng" in after
    assert "Riêng và chung" in after
    assert "ít câu, chỉ để tham khảo" in after


def test_other_peoples_attempts_are_not_in_the_list(app, learner):
    campaign = factories.campaign(learner.postings[0].agency)
    stranger = factories.person()
    factories.graded(learner, campaign, right=9)

    assert "Chưa có lượt nào" in Browser(app).sign_in(stranger).get("/results")
