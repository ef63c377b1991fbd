"""The first page says what to do next."""

from datetime import timedelta

import pytest

from quiz.lessons import service as lessons
from quiz.web.bank import bank
from tests import factories
from tests.browser import Browser
from tests.conftest import counted


@pytest.fixture
def commune(app):
    return factories.agency("Xã Trà Bồng")


@pytest.fixture
def learner(commune):
    return factories.person("Nguyễn Thị Thu Hà", at=commune)


@pytest.fixture
def home(app, learner):
    """The learner's browser."""
    return Browser(app).sign_in(learner)


def test_a_stranger_sees_what_this_is(browser):
    page = browser.get("/")

    assert 'href="/sign-in"' in page
    assert "Bản đồ 17 + 9" not in page


def test_a_learner_is_greeted_by_the_given_name(home):
    assert "Chào Anh/Chị Hà" in home.get("/")


def test_who_begins_is_sent_to_the_first_lesson(home):
    assert 'btn-lg" href="/lessons/d01"' in home.get("/")


def test_a_lesson_to_review_comes_before_a_new_one(home, learner, now):
    lessons.mark_read(learner.id, "d05", now)
    factories.cards(learner, [bank().lessons["d05"].items[0].code], "again", now)

    assert 'btn-lg" href="/lessons/d05"' in home.get("/")


def test_the_map_shows_all_26_lessons(home):
    page = home.get("/")

    for number in range(1, 18):
        assert f'href="/lessons/d{number:02d}"' in page
    for number in range(1, 10):
        assert f'href="/lessons/m{number}"' in page


def test_the_open_campaign_leads_to_its_rules(home, commune, learner):
    campaign = factories.campaign(commune)

    page = home.get("/")

    assert f'href="/campaigns/{campaign.code}"' in page
    assert "Chưa làm" in page
    assert "Còn 7 ngày" in page


def test_other_open_campaigns_are_counted_and_one_step_away(home, commune):
    factories.campaign(commune)
    factories.campaign(commune)

    assert "Còn 1 đợt thi khác đang mở" in home.get("/")


def test_staff_read_that_a_campaign_is_open_and_may_be_tried(app, commune, learner):
    campaign = factories.campaign(commune)
    staff = Browser(app).sign_in(factories.staff("trainer", commune))

    page = staff.get("/")

    assert "Có 1 đợt thi đang mở" in page
    assert "làm thử; kết quả không xếp hạng" in page
    assert "Chưa có đợt thi nào đang mở" not in page
    assert "Làm thử, không xếp hạng" in staff.get(f"/campaigns/{campaign.code}")


def test_a_newcomer_after_the_roster_was_frozen_reads_so(app, commune, learner):
    campaign = factories.campaign(commune)
    newcomer = Browser(app).sign_in(factories.person("Hồ Văn Lâm", at=commune))

    assert "Anh/Chị chưa có trong danh sách dự thi" in newcomer.get("/")
    rules = newcomer.get(f"/campaigns/{campaign.code}")
    assert "chưa có trong danh sách của đợt thi này" in rules
    assert "Bắt đầu làm" not in rules
    newcomer.send(f"/campaigns/{campaign.code}/attempts", status=403)


@pytest.mark.parametrize("has_campaign", [True, False])
def test_my_results_and_the_review_of_the_day_are_one_step_away(home, commune, has_campaign):
    if has_campaign:
        factories.campaign(commune)

    page = home.get("/")

    assert 'href="/results">Kết quả của tôi' in page
    assert 'href="/practice/review">Phần ôn tập hôm nay' in page


def test_the_best_score_is_shown(home, commune, learner):
    campaign = factories.campaign(commune)
    factories.graded(learner, campaign, right=13)

    assert "65 điểm" in home.get("/")


def test_nobody_is_invited_once_all_attempts_are_used(home, commune, learner):
    factories.graded(learner, factories.campaign(commune, attempt_limit=1), right=13)

    page = home.get("/")

    assert "Thể lệ và kết quả của tôi" in page
    assert "vào thi" not in page


def test_a_score_that_may_not_be_seen_yet_is_not_shown(home, commune, learner):
    campaign = factories.campaign(commune, review_score="after_close")
    factories.graded(learner, campaign, right=13)

    page = home.get("/")

    assert "65 điểm" not in page
    assert "Đã nộp" in page


def test_an_attempt_in_progress_is_gone_on_with(home, commune, learner):
    attempt = factories.attempt(learner, factories.campaign(commune))

    page = home.get("/")

    first = page.index("btn-primary")
    assert page[first:].startswith(f'btn-primary btn-lg" href="/attempts/{attempt.id}"')
    assert "còn 20 phút" in page
    assert page.index("còn 20 phút") < page.index("Học tiếp")
    assert page.count("btn-primary") == 1


def test_an_attempt_whose_time_is_up_leads_to_its_result(app, commune, learner, clock):
    attempt = factories.attempt(learner, factories.campaign(commune))
    clock.tick(minutes=25)

    page = Browser(app).sign_in(learner).get("/")

    assert "Đã hết giờ" in page
    assert f'btn-quiet mt-auto align-self-start" href="/attempts/{attempt.id}"' in page
    assert "home-running" not in page


def test_a_campaign_whose_window_is_over_makes_room_for_the_one_that_runs(
    app, commune, learner, clock
):
    factories.campaign(commune, name="Đợt cũ")
    clock.tick(days=30)
    factories.campaign(commune, name="Đợt đang chạy")

    page = Browser(app).sign_in(learner).get("/")

    assert "Đợt đang chạy" in page
    assert "Đợt cũ" not in page


def test_a_campaign_that_runs_comes_before_one_to_come(home, commune, learner, now):
    factories.campaign(commune, name="Đợt sau", opens_at=now + timedelta(days=1))
    factories.campaign(commune, name="Đợt này", closes_at=now + timedelta(days=30))

    assert "Đợt này" in home.get("/")


def test_a_campaign_to_come_is_announced(home, commune, learner, now):
    factories.campaign(commune, opens_at=now + timedelta(days=3))

    page = home.get("/")

    assert "Sắp mở" in page
    assert "Mở lúc 12:00 ngày 26/11/2026" in page
    assert "vào thi" not in page


def test_without_a_campaign_the_page_says_so(home):
    assert "Chưa có đợt thi nào đang mở" in home.get("/")


def test_the_own_agency_shows_how_many_are_missing(home, commune, learner):
    for number in range(5):
        factories.person(f"Hồ Văn Lâm {number}", at=commune)
    factories.graded(learner, factories.campaign(commune), right=5)

    page = home.get("/")

    assert "Đơn vị của Anh/Chị: Xã Trà Bồng" in page
    assert "Còn 5 đồng nghiệp chưa dự thi" in page


@pytest.mark.parametrize("size", [1, 12])
def test_home_costs_eight_statements_whatever_the_size_of_the_data(app, now, size):
    province = factories.agency("Tỉnh Quảng Ngãi", "province")
    people = [
        factories.person(f"Người {n}", at=factories.agency(f"Xã {n}", parent=province))
        for n in range(size)
    ]
    campaign = factories.campaign(province, topics=["d01"], size=2)
    for someone in people:
        factories.graded(someone, campaign, right=1)
    factories.cards(people[0], list(bank().items)[:size], "good", now)
    browser = Browser(app).sign_in(people[0])

    with counted() as statements:
        browser.get("/")

    assert len(statements) <= 8, statements
