"""What may be seen of a finished attempt, by policy and by the state of its campaign."""

import itertools

import pytest

from quiz.attempts import service as attempts
from quiz.campaigns import service as campaigns
from quiz.domain.review import Reveal, ReviewPolicy, reveal
from quiz.journal.service import Entry
from quiz.results import service
from quiz.web.bank import bank
from tests import factories
from tests.answers import answer_right, position_of, right_fields
from tests.browser import Browser

TIMES = ("at_once", "after_close", "never")


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_T_L4_each_part_is_shown_by_its_own_rule(closed):
    for rules in itertools.product(TIMES, repeat=4):
        shown = reveal(ReviewPolicy(*rules), closed)

        wanted = [rule == "at_once" or (rule == "after_close" and closed) for rule in rules]
        assert shown == Reveal(*wanted)


POLICIES = {
    "score only": ("at_once", "never", "never", "never"),
    "marks": ("at_once", "at_once", "never", "never"),
    "own answers": ("at_once", "at_once", "at_once", "never"),
    "everything": ("at_once", "at_once", "at_once", "at_once"),
    "after closing": ("after_close", "after_close", "after_close", "after_close"),
    "nothing": ("never", "never", "never", "never"),
}


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_T_L4_the_pages_show_what_the_policy_allows_and_nothing_else(app, clock, policy, closed):
    home = factories.agency()
    someone = factories.person(at=home)
    names = ("review_score", "review_marks", "review_answers", "review_key")
    campaign = factories.campaign(home, **dict(zip(names, policy, strict=True)))
    attempt = factories.graded(someone, campaign, right=12)
    if closed:
        campaigns.close_campaign(campaign.id, None, clock())
        clock.tick(minutes=1)
    browser = Browser(app).sign_in(someone)

    page = browser.get(f"/attempts/{attempt.id}/result")
    others = browser.get(f"/campaigns/{campaign.code}") + browser.get("/")

    score, marks, answers, key = reveal_as_list(ReviewPolicy(*policy), closed)
    assert ("60<small>" in page) == score
    assert ("60</b>" in others) == score
    assert ("12 câu đúng, 8 câu chưa đúng." in page) == marks
    assert ("Anh/Chị chọn</" in page) == answers  # not in the words of an item
    assert ("Vì sao." in page) == key
    is_promised = "được mở sau khi đợt thi đóng" in page
    assert is_promised == ("after_close" in policy and not closed)


# What only somebody may see who may know which answers were right.
SIGNS = ("rev__mark", "is-ok", "is-no", "#check-lg", "#x-lg", "#circle-half", "đúng)", "úng ·")


@pytest.mark.parametrize("key", ["at_once", "never"], ids=["key", "no key"])
@pytest.mark.parametrize("answers", ["at_once", "never"], ids=["answers", "no answers"])
@pytest.mark.parametrize("marks", ["at_once", "never"], ids=["marks", "no marks"])
def test_T_L4_an_answer_looks_right_or_wrong_only_to_who_may_know(app, clock, marks, answers, key):
    attempt = factories.attempt_with_every_kind(
        review_marks=marks, review_answers=answers, review_key=key
    )
    learner, numbers = factories.who(attempt.person), range(1, len(attempt.paper) + 1)
    single = position_of(attempt, "single")
    others = [number for number in numbers if number != single]
    answer_right(attempt, learner, others, clock(), factories.op_id)
    factories.answer_wrong(attempt, learner, [single])
    attempts.submit(attempt.id, learner, op_id=factories.op_id(), now=clock())

    page = Browser(app).sign_in(attempt.person).get(f"/attempts/{attempt.id}/result")

    review = page.partition("Xem lại từng câu")[2]
    marks, answers, key = (rule == "at_once" for rule in (marks, answers, key))
    told = answers and (marks or key)
    assert ("rev__mark" in review) == marks
    assert ("is-no" in review) == told
    assert ("is-ok" in review) == (told or key)
    if not marks and not key:
        assert [sign for sign in SIGNS if sign in review] == []


@pytest.mark.parametrize("marks", ["at_once", "never"], ids=["marks", "no marks"])
def test_of_several_ticks_each_says_whether_it_is_right(app, marks):
    item = next(one for one in bank().items.values() if one.kind == "multiple")
    shown = {"review_marks": marks, "review_answers": "at_once", "review_key": "at_once"}
    attempt = factories.attempt_on([item], **shown)
    who, moment = factories.who(attempt.person), attempt.started_at
    right = right_fields(attempt, 1)[""][:1]  # and another is missing
    entry = Entry(factories.op_id(), attempt.id, 1, 1, None)
    attempts.save(entry, who, {"": right}, moment)
    attempts.submit(attempt.id, who, op_id=factories.op_id(), now=moment)

    page = Browser(app).sign_in(attempt.person).get(f"/attempts/{attempt.id}/result")
    own = page.partition("Anh/Chị chọn</dt>")[2].partition("</dd>")[0]

    assert '<div class="is-half"><dt>' in page
    assert '<div class="is-no">' not in page
    assert "(đúng)" in own
    assert "(chưa đúng)" not in own


def test_steps_are_shown_in_the_order_of_the_key_without_a_verdict_on_each(app):
    item = next(item for item in bank().lessons["d03"].items if item.kind == "order")
    shown = ("review_marks", "review_answers", "review_key")
    attempt = factories.attempt_on([item], **dict.fromkeys(shown, "at_once"))
    learner = Browser(app).sign_in(attempt.person)
    who = factories.who(attempt.person)
    answer_right(attempt, who, [1], attempt.started_at, factories.op_id)
    attempts.submit(attempt.id, who, op_id=factories.op_id(), now=attempt.started_at)

    page = learner.get(f"/attempts/{attempt.id}/result")

    steps = [page.index(f">{step.text}</th>") for step in item.steps]
    assert steps == sorted(steps)
    assert "(đúng)" not in page
    assert "cặp bước liền nhau" in page


def reveal_as_list(policy, closed):
    shown = reveal(policy, closed)
    return shown.score, shown.marks, shown.answers, shown.key


def test_review_waits_for_attempts_that_run_on_after_the_close(app, clock):
    home = factories.agency()
    first, second = factories.person(at=home), factories.person(at=home)
    campaign = factories.campaign(home, ends_attempts=False, time_limit_minutes=20)
    factories.graded(first, campaign)
    factories.attempt(second, campaign)
    campaigns.close_campaign(campaign.id, None, clock())

    clock.tick(minutes=19)
    assert not service.is_closed(campaign, clock())
    clock.tick(minutes=2)
    assert service.is_closed(campaign, clock())


def test_a_close_that_ends_attempts_ends_them_now(app, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home, ends_attempts=True)
    attempt = factories.attempt(someone, campaign)

    campaigns.close_campaign(campaign.id, None, clock())

    assert attempt.deadline_at == clock()
    assert not service.is_closed(campaign, clock())
    clock.tick(seconds=31)
    assert service.is_closed(campaign, clock())
