"""A campaign from its draft to its close."""

import itertools
import random
import threading
from datetime import timedelta

import pytest

from quiz.campaigns import service
from quiz.grading import service as grading
from quiz.models import Campaign, RosterEntry, db
from tests import factories
from tests.attempts.test_grade import at_once, slow
from tests.browser import Browser

FIELDS = {
    "name": "Đợt 3 năm 2026",
    "code": "dot-3-2026",
    "topics": ["d01", "d02", "m1"],
    "kinds": ["single", "true_false", "multiple", "classify", "match", "scenario"],
    "remember": "1",
    "understand": "2",
    "apply": "1",
    "size": "10",
    "time_limit_minutes": "15",
    "attempt_limit": "2",
    "pause_minutes": "15",
    "pass_mark": "70",
    "opens_at": "2026-11-24T08:00",
    "closes_at": "2026-12-01T17:00",
    "review_score": "at_once",
    "review_marks": "after_close",
    "review_answers": "after_close",
    "review_key": "after_close",
    "shrinkage": "10",
    "minimum_headcount": "5",
}


@pytest.fixture
def province(app):
    return factories.agency("Tỉnh Quảng Ngãi", "province")


@pytest.fixture
def organiser(app, province):
    factories.person(at=province)
    return Browser(app).sign_in(factories.staff("organiser", province))


@pytest.fixture
def fields(province):
    return {**FIELDS, "audience_id": str(province.id)}


def test_an_organiser_drafts_opens_and_closes_a_campaign(organiser, fields):
    organiser.send("/campaigns/new", **fields)
    organiser.send("/campaigns/dot-3-2026/open", version="1")
    page = organiser.send("/campaigns/dot-3-2026/close")

    campaign = db.session.scalars(db.select(Campaign)).one()
    assert "Đã đóng đợt thi" in page
    assert (campaign.state, campaign.size) == ("closed", 10)
    assert db.session.scalar(db.select(db.func.count()).select_from(RosterEntry)) == 1


def test_opening_saves_what_was_typed_and_leads_to_a_last_look(organiser, fields):
    organiser.send("/campaigns/new", **fields)

    page = organiser.send(
        "/campaigns/dot-3-2026/edit?then=open", **{**fields, "version": "1", "pass_mark": "85"}
    )

    campaign = db.session.scalars(db.select(Campaign)).one()
    assert "Xem lại trước khi mở đợt thi" in page
    assert "Danh sách dự thi sẽ có 1 người." in page
    assert "<dt>Điểm đạt</dt><dd>85</dd>" in page
    assert (campaign.state, campaign.pass_mark) == ("draft", 85)


def test_looking_at_what_would_open_opens_nothing(organiser, fields):
    organiser.send("/campaigns/new", **fields)

    organiser.get("/campaigns/dot-3-2026/open")

    assert db.session.scalars(db.select(Campaign)).one().state == "draft"


def test_rules_that_changed_after_the_last_look_do_not_open(organiser, fields):
    organiser.send("/campaigns/new", **fields)
    organiser.send("/campaigns/dot-3-2026/edit", **{**fields, "version": "1", "pass_mark": "85"})

    page = organiser.send("/campaigns/dot-3-2026/open", version="1")

    assert "Người khác vừa sửa bản nháp này" in page
    assert "<dt>Điểm đạt</dt><dd>85</dd>" in page
    assert db.session.scalars(db.select(Campaign)).one().state == "draft"


def test_a_draft_for_nobody_offers_no_button_to_open(organiser, province):
    draft = factories.draft(factories.agency("Xã chưa có ai", parent=province))

    page = organiser.get(f"/campaigns/{draft.code}/open")

    assert "chưa có ai trong danh sách" in page
    assert '<button class="btn btn-primary' not in page


def test_an_opened_campaign_is_not_offered_for_opening_again(organiser, province):
    organiser.get(f"/campaigns/{factories.campaign(province).code}/open", status=409)


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        pytest.param(True, "lượt đang làm kết thúc ngay", id="attempts end"),
        pytest.param(False, "được làm tiếp đến hết giờ", id="attempts run on"),
    ],
)
def test_before_closing_one_reads_who_is_still_working(organiser, province, ends, sentence):
    someone = factories.person(at=province)
    campaign = factories.campaign(province, ends_attempts=ends)
    factories.attempt(someone, campaign)

    page = organiser.get(f"/campaigns/{campaign.code}/close")

    assert "Đang có 1 lượt thi làm dở." in page
    assert sentence in page
    assert db.session.get_one(Campaign, campaign.id).state == "open"


def test_a_draft_cannot_be_closed(organiser, province):
    organiser.get(f"/campaigns/{factories.draft(province).code}/close", status=409)


def test_times_are_typed_in_vietnam_and_kept_in_utc(organiser, fields):
    organiser.send("/campaigns/new", **fields)

    campaign = db.session.scalars(db.select(Campaign)).one()
    assert campaign.opens_at.isoformat() == "2026-11-24T01:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"name": ""}, "Hãy điền ô này", id="no name"),
        pytest.param({"closes_at": "2026-11-20T08:00"}, "sau thời điểm mở", id="closes first"),
        pytest.param({"size": "90"}, "chỉ có", id="more items than there are"),
        pytest.param({"size": "x"}, "số nguyên", id="not a number"),
        pytest.param({"topics": []}, "ít nhất một chủ đề", id="no topic"),
        pytest.param({"topics": ["d99"]}, "danh sách", id="unknown topic"),
        pytest.param({"code": "Đợt 3"}, "chữ thường không dấu", id="code"),
        pytest.param({"code": "new"}, "dành cho hệ thống", id="reserved code"),
        pytest.param({"time_limit_minutes": "500"}, "từ 1 đến 90", id="too long"),
        pytest.param({"audience_id": "9999"}, "danh sách", id="agency out of reach"),
        pytest.param({"opens_at": "hôm qua"}, "ngày và giờ", id="no moment"),
        pytest.param({"name": "a\u202eb"}, "ký tự điều khiển", id="control character"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_lost(organiser, fields, change, sentence):
    page = organiser.send("/campaigns/new", status=422, **{**fields, **change})

    assert sentence in page
    assert 'value="15"' in page
    assert db.session.scalar(db.select(db.func.count()).select_from(Campaign)) == 0


def test_two_campaigns_cannot_share_a_code(organiser, fields):
    organiser.send("/campaigns/new", **fields)

    page = organiser.send("/campaigns/new", status=422, **fields)

    assert "đã được dùng" in page


def test_an_opened_campaign_keeps_its_rules(organiser, fields):
    organiser.send("/campaigns/new", **fields)
    organiser.send("/campaigns/dot-3-2026/open", version="1")

    changed = {**fields, "size": "5", "version": "1"}
    page = organiser.send("/campaigns/dot-3-2026/edit", status=409, **changed)

    assert "thể lệ không đổi được" in page


def test_opening_twice_at_once_freezes_one_roster(app, province, now):
    factories.person(at=province)
    draft = factories.draft(province)
    results, campaign_id = [], draft.id
    db.session.commit()

    def run():
        with app.app_context():
            try:
                service.open_campaign(campaign_id, None, now)
                results.append("opened")
            except service.NotADraft:
                results.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["opened"] + ["refused"] * 7


def test_a_campaign_for_nobody_does_not_open(app, now):
    draft = factories.draft(factories.agency())

    with pytest.raises(service.NobodyToInvite):
        service.open_campaign(draft.id, None, now)

    db.session.rollback()
    assert db.session.get_one(Campaign, draft.id, populate_existing=True).state == "draft"


def test_the_roster_holds_the_audience_and_no_staff(app, province, now):
    inside = factories.agency(parent=province)
    factories.person("Trong Phạm Vi", at=inside)
    factories.person("Ngoài Phạm Vi", at=factories.agency())
    factories.staff("trainer", inside)

    campaign = factories.campaign(province)

    names = [entry.person.full_name for entry in db.session.scalars(db.select(RosterEntry))]
    assert names == ["Trong Phạm Vi"]
    assert campaign.state == "open"


def test_the_rules_say_what_is_shown_when(app, province):
    someone = factories.person(at=province)
    campaign = factories.campaign(province)

    page = Browser(app).sign_in(someone).get(f"/campaigns/{campaign.code}")

    assert "20 phút" in page
    assert "sau khi đợt thi đóng" in page
    assert "Bắt đầu làm bài" in page


def test_why_one_cannot_begin_is_said(app, province, clock):
    someone = factories.person(at=province)
    campaign = factories.campaign(province)
    path = f"/campaigns/{campaign.code}"
    clock.moment += timedelta(days=30)

    page = Browser(app).sign_in(someone).get(path)

    assert "<h2>Đợt thi đã đóng</h2>" in page
    assert "đã đóng lúc 12:00 ngày 30/11/2026" in page


@pytest.mark.parametrize("ends", [True, False], ids=["ends attempts", "lets them run on"])
def test_a_campaign_closed_early_says_when_it_really_closed(app, province, clock, ends):
    someone = factories.person(at=province)
    campaign = factories.campaign(province, ends_attempts=ends)
    attempt = factories.attempt(someone, campaign)
    clock.tick(minutes=5)
    service.close_campaign(campaign.id, None, clock())
    organiser = Browser(app).sign_in(factories.staff("organiser", province))

    for path in (f"/campaigns/{campaign.code}", "/campaigns", "/campaigns/manage"):
        assert "12:05 ngày 23/11/2026" in organiser.get(path)
    for path in (f"/reports/{campaign.code}", "/reviews"):
        page = Browser(app).sign_in(factories.staff("auditor", province)).get(path)
        assert '<div class="stat__n">23/11/2026' in page
    clock.tick(minutes=30)
    grading.sweep(clock())
    page = Browser(app).sign_in(someone).get(f"/attempts/{attempt.id}/result")
    assert ("Ban Tổ chức đã đóng đợt thi lúc 12:05 ngày 23/11/2026" in page) == ends
    assert ("Lượt thi hết giờ lúc" in page) == (not ends)
    assert "Hệ thống đã chấm những câu đã lưu." in page


def test_T_A1_two_organisers_never_overwrite_each_other_silently(app, province, now):
    draft = factories.draft(province)
    both = [factories.who(factories.staff("organiser", province)) for _ in range(2)]
    rng = random.Random(7)
    shown, saved = [1, 1], (70, 1)  # the version each form shows; what the campaign says
    for _ in range(200):
        one = rng.randrange(2)
        if rng.random() < 0.4:  # opens the form anew
            shown[one] = saved[1]
            continue
        mark = rng.randint(0, 100)
        try:
            service.change(draft, {"pass_mark": mark}, shown[one], both[one], now)
        except service.ChangedMeanwhile:
            db.session.rollback()
            assert shown[one] != saved[1]
        else:
            assert shown[one] == saved[1]
            saved = (mark, saved[1] + 1)

        assert (draft.pass_mark, draft.version) == saved


def test_T_A1_of_two_changes_at_once_one_is_kept_and_the_other_is_told(app, province, now):
    draft_id = factories.draft(province).id
    both = [factories.who(factories.staff("organiser", province)) for _ in range(2)]
    turns = itertools.count()
    db.session.commit()

    def change():
        number = next(turns)
        draft = db.session.get_one(Campaign, draft_id)
        mark = 60 + number
        try:
            service.change(draft, {"pass_mark": mark}, 1, both[number], now)
        except service.ChangedMeanwhile:
            db.session.rollback()
            return None
        return mark

    with slow(service.audit):
        outcomes = at_once(app, 2, change)

    assert outcomes.count(None) == 1
    assert db.session.get_one(Campaign, draft_id, populate_existing=True).pass_mark in outcomes


def test_T_A1_a_form_that_grew_old_shows_both_versions_and_keeps_what_was_typed(organiser, fields):
    organiser.send("/campaigns/new", **fields)
    path, old = f"/campaigns/{fields['code']}/edit", {**fields, "version": "1"}
    organiser.send(path, **{**old, "pass_mark": "80"})

    page = organiser.send(path, 409, **{**old, "pass_mark": "60"})

    assert 'value="60"' in page
    assert "đang lưu là “80”" in page
    organiser.send(path, **{**old, "pass_mark": "60", "version": "2"})
    assert db.session.scalars(db.select(Campaign)).one().pass_mark == 60
