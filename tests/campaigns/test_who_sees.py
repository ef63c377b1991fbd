"""Which campaigns a person meets, and who may change them."""

import re
from datetime import timedelta

import pytest

from quiz.campaigns import service
from quiz.models import Campaign, RosterEntry, db
from tests import factories
from tests.browser import Browser


@pytest.fixture
def branches(app):
    """Two branches of a province, with somebody in each."""
    province = factories.agency("Tỉnh Quảng Ngãi", "province")
    here = factories.agency("Xã Trà Bồng", parent=province)
    there = factories.agency("Xã Ba Tơ", parent=province)
    return province, here, there, factories.person(at=here), factories.person(at=there)


@pytest.fixture
def organiser(app, branches):
    """The organiser of the first branch."""
    return Browser(app).sign_in(factories.staff("organiser", branches[1]))


def test_a_draft_is_read_by_organisers_in_reach_alone(app, branches, organiser):
    own, foreign = factories.draft(branches[1]), factories.draft(branches[2])
    learner = Browser(app).sign_in(branches[3])

    organiser.get(f"/campaigns/{own.code}")
    organiser.get(f"/campaigns/{foreign.code}", status=404)
    learner.get(f"/campaigns/{own.code}", status=404)


@pytest.mark.parametrize("wider", [0, 2])
def test_a_campaign_out_of_reach_cannot_be_changed(organiser, branches, wider):
    draft = factories.draft(branches[wider])

    organiser.get(f"/campaigns/{draft.code}/edit", status=404)
    organiser.send(f"/campaigns/{draft.code}/open", status=404)
    organiser.send(f"/campaigns/{draft.code}/close", status=404)

    assert db.session.get_one(Campaign, draft.id, populate_existing=True).state == "draft"


def test_the_list_holds_what_is_in_reach(organiser, branches):
    factories.draft(branches[1], name="Đợt trong phạm vi")
    factories.draft(branches[2], name="Đợt ngoài phạm vi")

    page = organiser.get("/campaigns/manage")

    assert "Đợt trong phạm vi" in page
    assert "Đợt ngoài phạm vi" not in page


@pytest.mark.parametrize("path", ["/campaigns/manage", "/campaigns/new"])
def test_organising_is_for_organisers(app, branches, path):
    Browser(app).sign_in(branches[3]).get(path, status=403)
    Browser(app).sign_in(factories.staff("trainer", branches[0])).get(path, status=403)


def test_a_learner_meets_the_campaigns_of_the_own_branch(app, branches):
    factories.campaign(branches[1], name="Đợt của xã mình")
    factories.campaign(branches[2], name="Đợt của xã khác")
    factories.draft(branches[1], name="Đợt còn nháp")

    page = Browser(app).sign_in(branches[3]).get("/campaigns")

    assert "Đợt của xã mình" in page
    assert "Đợt của xã khác" not in page
    assert "Đợt còn nháp" not in page


def test_open_coming_and_finished_are_told_apart(app, branches, now, clock):
    province = branches[0]
    factories.campaign(province, closes_at=now + timedelta(minutes=1))
    factories.campaign(province)
    factories.campaign(province, opens_at=now + timedelta(days=2))
    clock.tick(minutes=5)

    page = Browser(app).sign_in(branches[3]).get("/campaigns")

    assert [page.count(word) for word in ("Đang mở", "Sắp mở", "Đã đóng")] == [1, 1, 1]


def test_a_draft_whose_window_is_over_does_not_open(organiser, branches, now, clock):
    draft = factories.draft(branches[1], closes_at=now + timedelta(hours=1))
    clock.tick(hours=2)

    page = organiser.send(f"/campaigns/{draft.code}/open", status=409, version="1")

    assert "Thời điểm đóng đã qua" in page
    assert db.session.scalars(db.select(RosterEntry)).all() == []
    assert db.session.get_one(Campaign, draft.id, populate_existing=True).opened_at is None


def test_rules_do_not_change_once_somebody_else_has_opened(app, branches, now):
    draft = factories.draft(branches[1])
    who = factories.who(factories.staff("organiser", branches[1]))
    stale = service.managed_or_404(who, draft.code)
    db.session.expunge(stale)
    service.open_campaign(draft.id, None, now)
    db.session.add(stale)

    with pytest.raises(service.NotADraft):
        service.change(stale, {"size": 5}, 1, who, now)

    db.session.rollback()
    assert db.session.get_one(Campaign, draft.id, populate_existing=True).size == 20


@pytest.mark.parametrize(("preset", "limit"), [("", "2"), ("?preset=contest", "1")])
def test_the_contest_preset_allows_one_attempt(organiser, preset, limit):
    page = organiser.get(f"/campaigns/new{preset}")

    field = re.search(r'<input[^>]*name="attempt_limit"[^>]*>', page)[0]
    assert f'value="{limit}"' in field


def test_a_new_campaign_opens_and_closes_in_office_hours(organiser):
    page = organiser.get("/campaigns/new")

    assert 'value="2026-11-24T08:00"' in page
    assert 'value="2026-12-08T17:00"' in page


def test_my_attempts_lead_to_their_results(app, branches):
    campaign = factories.campaign(branches[1])
    attempt = factories.graded(branches[3], campaign, right=13)

    page = Browser(app).sign_in(branches[3]).get(f"/campaigns/{campaign.code}")

    assert f'href="/attempts/{attempt.id}/result"' in page
    assert "<b>65</b>" in page


def test_somebody_off_the_roster_is_told_so(app, branches):
    campaign = factories.campaign(branches[2])

    page = Browser(app).sign_in(branches[3]).get(f"/campaigns/{campaign.code}")

    assert "chưa có trong danh sách" in page
    assert "Bắt đầu làm bài" not in page


def test_audiences_are_the_widest_first_and_then_in_the_order_of_a_dictionary(app):
    province = factories.agency("Tỉnh Quảng Ngãi", "province")
    for name in ("Xã Đông Sơn", "Xã Ba Xa", "Xã Ba Động", "Đặc khu Lý Sơn"):
        factories.agency(name, parent=province)
    who = factories.who(factories.staff("organiser", province))

    assert [one.name for one in service.audiences(who)] == [
        "Tỉnh Quảng Ngãi",
        "Đặc khu Lý Sơn",
        "Xã Ba Động",
        "Xã Ba Xa",
        "Xã Đông Sơn",
    ]


def test_what_is_in_hand_is_gone_on_with_from_the_list(app, branches, clock):
    attempt = factories.attempt(branches[3], factories.campaign(branches[1]))
    factories.attempt(branches[3], factories.campaign(branches[1], name="Đợt sau"))
    learner, path = Browser(app).sign_in(branches[3]), f'href="/attempts/{attempt.id}"'

    page = learner.get("/campaigns")

    assert path in page
    assert page.count("còn 20 phút") == 2
    clock.tick(minutes=21)
    assert path not in Browser(app).sign_in(branches[3]).get("/campaigns")


def test_the_list_leads_into_what_can_begin_and_says_when_the_next_attempt_may(app, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home, attempt_limit=2, pause_minutes=15)
    learner, into = Browser(app).sign_in(someone), "Xem thể lệ, vào thi"
    assert into in learner.get("/campaigns")
    assert into in learner.get("/")

    factories.graded(someone, campaign)
    for page in ("/campaigns", "/"):
        shown = learner.get(page)
        assert into not in shown
        assert "Anh/Chị có thể bắt đầu lượt thi tiếp theo từ 12:15 ngày 23/11/2026." in shown
    clock.tick(minutes=15)
    assert into in learner.get("/campaigns")

    factories.graded(someone, campaign)
    clock.tick(minutes=15)
    assert into not in learner.get("/campaigns") + learner.get("/")
