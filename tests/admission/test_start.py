"""Starting an attempt: who may, how often, and what is frozen."""

import contextlib
import random
import threading
from datetime import timedelta
from unittest.mock import patch

import pytest

from quiz.admission import service
from quiz.attempts import service as attempts
from quiz.campaigns import service as campaigns
from quiz.domain.paper import Position, lay_out, sheet
from quiz.models import Attempt, Campaign, ItemVersion, db
from quiz.papers import service as papers
from quiz.web.bank import bank
from tests import factories


def test_a_paper_has_the_size_of_the_blueprint_and_no_item_twice(app):
    attempt = factories.attempt()

    codes = [place["item"] for place in attempt.paper]
    assert len(codes) == len(set(codes)) == 20


def test_twenty_items_come_from_twenty_topics(app):
    attempt = factories.attempt()

    assert len({place["item"].split("-")[0] for place in attempt.paper}) == 20


def test_the_deadline_is_the_time_limit_after_the_start(app, now):
    attempt = factories.attempt()

    assert attempt.deadline_at == now + timedelta(minutes=20)


def test_the_deadline_is_never_after_the_campaign_closes(app, now):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home, closes_at=now + timedelta(minutes=7))

    attempt = factories.attempt(someone, campaign)

    assert attempt.deadline_at == now + timedelta(minutes=7)


def test_starting_again_goes_on_with_the_open_attempt(app, now):
    attempt = factories.attempt()
    who = factories.who(attempt.person)

    again = service.start(who, attempt.campaign, bank(), now)

    assert again == attempt.id


def test_the_versions_of_the_paper_are_kept(app):
    attempt = factories.attempt()

    kept = set(db.session.scalars(db.select(ItemVersion.digest)))
    assert {place["version"] for place in attempt.paper} == kept


def test_a_second_attempt_draws_items_that_were_not_seen(app, clock):
    first = factories.attempt()
    who = factories.who(first.person)
    attempts.submit(first.id, who, op_id="2f3b6a4e-0000-4000-8000-000000000001", now=clock.moment)
    clock.tick(minutes=15)

    second = db.session.get_one(Attempt, service.start(who, first.campaign, bank(), clock.moment))

    seen = {place["item"] for place in first.paper}
    assert seen.isdisjoint(place["item"] for place in second.paper)


@pytest.mark.parametrize(
    ("minutes", "refusal"),
    [
        pytest.param(14, service.TooSoon, id="during the pause"),
        pytest.param(15, None, id="after the pause"),
    ],
)
def test_two_attempts_have_a_pause_between_them(app, clock, minutes, refusal):
    first = factories.attempt()
    who = factories.who(first.person)
    attempts.submit(first.id, who, op_id="2f3b6a4e-0000-4000-8000-000000000001", now=clock.moment)
    clock.tick(minutes=minutes)

    if refusal:
        with pytest.raises(refusal):
            service.start(who, first.campaign, bank(), clock.moment)
    else:
        assert service.start(who, first.campaign, bank(), clock.moment) != first.id


def test_no_attempt_is_left_after_the_last(app, clock):
    first = factories.attempt()
    who = factories.who(first.person)
    for _ in range(2):
        attempt_id = service.start(who, first.campaign, bank(), clock.moment)
        attempts.submit(attempt_id, who, op_id=factories.op_id(), now=clock.moment)
        clock.tick(minutes=15)

    with pytest.raises(service.NoAttemptLeft):
        service.start(who, first.campaign, bank(), clock.moment)


@pytest.mark.parametrize("days", [-2, 8], ids=["before it opens", "after it closes"])
def test_a_campaign_takes_nobody_outside_its_window(app, clock, days):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home)
    who = factories.who(someone)
    clock.tick(days=days)

    with pytest.raises(service.CampaignNotOpen):
        service.start(who, campaign, bank(), clock.moment)


def test_somebody_who_came_after_the_roster_was_frozen_is_refused(app, now):
    home = factories.agency()
    factories.person(at=home)
    campaign = factories.campaign(home)
    late = factories.person("Hồ Văn Đến Sau", at=home)

    with pytest.raises(service.NotOnRoster):
        service.start(factories.who(late), campaign, bank(), now)


def test_an_organiser_may_try_the_quiz(app, now):
    home = factories.agency()
    factories.person(at=home)
    campaign = factories.campaign(home)
    organiser = factories.staff("organiser", home)

    assert service.start(factories.who(organiser), campaign, bank(), now)


def test_T_L2_the_key_is_as_likely_at_every_place(app):
    item = next(i for i in bank().items.values() if i.kind == "single" and len(i.options) == 4)
    rng = random.Random(17)
    key = item.right_answer()
    counts = [0, 0, 0, 0]
    for _ in range(500):
        position = lay_out(item, rng)
        counts[position.order.index(key)] += 1

    chi_square = sum((count - 125) ** 2 / 125 for count in counts)
    assert chi_square < 11.345  # p > 0.01 with three degrees of freedom


def test_T_L2_what_a_learner_gets_names_no_option_of_the_file(app):
    item = next(i for i in bank().items.values() if i.kind == "single" and len(i.options) == 4)
    forwards = Position(item.code, item.digest, ("a", "b", "c", "d"))
    backwards = Position(item.code, item.digest, ("d", "c", "b", "a"))

    shown = sheet(item, forwards)

    assert shown.choices == tuple(reversed(sheet(item, backwards).choices))
    assert not {"key", "feedback", "explanation", "code"} & set(vars(shown))


def test_a_person_with_extra_time_has_a_later_deadline(app, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    someone.extra_time_percent = 25
    db.session.commit()

    attempt = factories.attempt(someone, factories.campaign(home, time_limit_minutes=20))

    assert attempt.deadline_at == clock() + timedelta(minutes=25)


def test_a_campaign_that_lets_attempts_run_on_does_not_cut_them(app, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    closes_at = clock() + timedelta(minutes=5)
    of = factories.campaign(home, closes_at=closes_at, ends_attempts=False, time_limit_minutes=20)

    attempt = factories.attempt(someone, of)

    assert attempt.deadline_at == clock() + timedelta(minutes=20)


def test_who_begins_while_the_campaign_is_being_closed_has_no_time_beyond_it(app, now):
    """Its rules were read before, so that nothing else would stop the attempt."""
    home = factories.agency()
    who, campaign = factories.who(factories.person(at=home)), factories.campaign(home)
    rules = campaigns.rules_or_404(campaign.code)
    closing = threading.Thread(target=close, args=(app, campaign.id, now))

    frozen = papers.freeze

    def freeze(*given):
        closing.start()
        closing.join(timeout=1)  # on SQLite it waits until the attempt has begun
        return frozen(*given)

    with patch.object(service.papers, "freeze", freeze), contextlib.suppress(service.CampaignOver):
        service.start(who, rules, bank(), now)
    db.session.rollback()
    closing.join(timeout=10)

    db.session.expire_all()
    assert db.session.get_one(Campaign, campaign.id).state == "closed"
    begun = db.session.scalars(db.select(Attempt.deadline_at)).all()
    assert all(deadline <= now for deadline in begun)


def close(app, campaign_id, now):
    with app.app_context():
        campaigns.close_campaign(campaign_id, None, now)
