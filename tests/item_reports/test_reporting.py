"""What learners may report, and what they see of it."""

import pytest

from quiz.config import OPEN_REPORTS_A_DAY
from quiz.item_reports import service
from quiz.models import ItemReport, db
from quiz.web.bank import bank
from tests import factories
from tests.browser import Browser

GOOD = {"problem": "wrong_key", "reason": "Phương án B cũng đúng."}


def address(attempt, number=1):
    return f"/attempts/{attempt.id}/questions/{number}/report"


def reports():
    db.session.rollback()
    return db.session.scalars(db.select(ItemReport)).all()


def test_an_answered_practice_question_leads_to_its_report(app):
    practice = factories.begun_practice()
    browser = Browser(app).sign_in(practice.person)

    assert address(practice) in browser.get(f"/attempts/{practice.id}?question=1")
    page = browser.send(address(practice), **GOOD)

    assert "Đã gửi." in page
    assert "Chờ xem" in page
    (report,) = reports()
    place = practice.paper[0]
    assert (report.item_code, report.version) == (place["item"], place["version"])
    assert GOOD["reason"] in browser.get("/account/item-reports")


def test_every_question_of_a_reviewed_paper_leads_to_its_report(app):
    home = factories.agency()
    someone = factories.person(at=home)
    campaign = factories.campaign(home, size=3, review_marks="at_once")
    attempt = factories.graded(someone, campaign, right=2)

    page = Browser(app).sign_in(someone).get(f"/attempts/{attempt.id}/result")

    assert [address(attempt, number) in page for number in (1, 2, 3)] == [True] * 3


def test_the_form_shows_no_more_than_the_policy(app):
    home = factories.agency()
    someone = factories.person(at=home)
    rules = {"review_marks": "at_once", "review_answers": "never", "review_key": "never"}
    attempt = factories.graded(someone, factories.campaign(home, size=3, **rules), right=2)
    browser = Browser(app).sign_in(someone)

    for number, place in enumerate(attempt.paper, start=1):
        item = bank().items[place["item"]]
        page = browser.get(address(attempt, number))
        assert item.explanation not in page
        assert not any(text in page for text in item.parts().values())


def test_what_may_not_be_seen_may_not_be_reported(app):
    home = factories.agency()
    someone = factories.person(at=home)
    hidden = factories.graded(someone, factories.campaign(home, size=3), right=2)
    practice = factories.begun_practice(someone, answered=[1])
    running = factories.attempt(someone, factories.campaign(home, review_key="at_once"))
    foreign = factories.begun_practice()
    browser = Browser(app).sign_in(someone)

    for where in (
        address(hidden),
        address(running),
        address(practice, 2),
        address(practice, 99),
        address(practice, 0),
        address(foreign),
    ):
        browser.get(where, status=404)
        browser.send(where, status=404, **GOOD)

    assert reports() == []


def test_a_second_report_shows_the_first(app):
    practice = factories.begun_practice()
    browser = Browser(app).sign_in(practice.person)
    browser.send(address(practice), **GOOD)

    page = browser.send(address(practice), problem="other", reason="Lần thứ hai.")

    assert "đã báo câu này rồi" in page
    assert GOOD["reason"] in page
    assert "Lần thứ hai." not in page
    assert "<textarea" not in browser.get(address(practice))
    assert len(reports()) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"problem": ""}, "Hãy chọn một mục.", id="no problem"),
        pytest.param({"problem": "hard"}, "giá trị của danh sách", id="an unknown problem"),
        pytest.param({"reason": "  ? "}, "từ 3 đến 500", id="too short once trimmed"),
        pytest.param({"reason": "ế" * 501}, "từ 3 đến 500", id="too long"),
        pytest.param({"reason": "abc\x00def"}, "ký tự điều khiển", id="a control character"),
    ],
)
def test_a_mistake_is_explained_and_what_was_typed_stays(app, fields, sentence):
    practice = factories.begun_practice()
    sent = {**GOOD, **fields}

    page = Browser(app).sign_in(practice.person).send(address(practice), 422, **sent)

    assert sentence in page
    assert reports() == []
    if "reason" not in fields:
        assert GOOD["reason"] in page


def test_a_reason_keeps_its_lines_is_composed_and_stays_text(app):
    practice = factories.begun_practice()
    browser = Browser(app).sign_in(practice.person)
    decomposed = "ê\u0301" * 250
    typed = f"<script>alert(1)</script>\r\n\r\n\r\n\t{decomposed}"

    page = browser.send(address(practice), problem="other", reason=typed)

    assert reports()[0].reason == f"<script>alert(1)</script>\n\n{'ế' * 250}"
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_a_day_has_room_for_twenty_open_reports(app, clock):
    practice = factories.begun_practice(answered=[1])
    someone = practice.person
    others = iter(bank().items.values())
    while len(reports()) < OPEN_REPORTS_A_DAY:
        _report_row(practice, next(others))
    browser = Browser(app).sign_in(someone)

    page = browser.send(address(practice), 429, **GOOD)
    assert f"{OPEN_REPORTS_A_DAY} câu đang chờ xem" in page
    assert GOOD["reason"] in page
    assert len(reports()) == OPEN_REPORTS_A_DAY

    trainer = factories.staff("trainer", factories.agency())
    service.reply(reports()[0].id, factories.who(trainer), "answered", "Đã sửa.", clock())
    assert "Đã gửi." in browser.send(address(practice), **GOOD)


def test_the_room_of_a_day_comes_back_with_the_next(app, clock):
    practice = factories.begun_practice(answered=[1])
    for item in list(bank().items.values())[:OPEN_REPORTS_A_DAY]:
        _report_row(practice, item)
    clock.tick(days=1)

    page = Browser(app).sign_in(practice.person).send(address(practice), **GOOD)

    assert "Đã gửi." in page


NEWS = "1 trả lời mới cho báo lỗi của Anh/Chị"


@pytest.fixture
def replied(app, clock):
    """A report, its author's browser, and a way to answer it."""
    report = factories.item_report()
    trainer = factories.who(factories.staff("trainer", factories.agency()))
    learner = Browser(app).sign_in(db.session.get_one(factories.Person, report.person_id))

    def reply(text, status="mended"):
        service.reply(report.id, trainer, status, text, clock.tick(minutes=1))

    return learner, reply


def test_a_new_reply_is_announced_until_its_reporter_opens_it(replied):
    learner, reply = replied
    assert NEWS not in learner.get("/") + learner.get("/account")
    reply("Đã sửa câu chữ.")
    for _ in range(2):
        assert NEWS in learner.get("/")
        assert NEWS in learner.get("/account")

    account = learner.get("/account")
    assert 'href="/account/item-reports"' not in account  # only buttons, which see them
    assert account.count('action="/account/item-reports"') == 2
    page = learner.send("/account/item-reports")

    assert "Đã sửa câu chữ." in page
    assert "Đã sửa câu hỏi" in page
    assert ">mới<" in page
    assert NEWS not in learner.get("/") + learner.get("/account")


def test_who_came_to_a_new_reply_by_a_link_says_that_it_was_read(replied):
    learner, reply = replied
    button = "Tôi đã đọc các trả lời mới"
    assert button not in learner.get("/account/item-reports")
    reply("Đã sửa câu chữ.")
    assert button in learner.get("/account/item-reports")

    assert button not in learner.send("/account/item-reports")
    assert NEWS not in learner.get("/")


def test_a_seen_reply_stays_marked_as_new_for_a_day(replied, clock):
    learner, reply = replied
    reply("Đã sửa câu chữ.")
    learner.send("/account/item-reports")
    author = db.session.scalars(db.select(factories.Person).where(factories.Person.is_ranked)).one()

    clock.tick(hours=23)
    assert ">mới<" in learner.sign_in(author).get("/account/item-reports")
    clock.tick(hours=2)
    assert ">mới<" not in learner.sign_in(author).get("/account/item-reports")


def test_a_reply_that_was_changed_is_new_again_and_a_change_of_status_is_not(replied):
    learner, reply = replied
    reply("Đã sửa câu chữ.")
    learner.send("/account/item-reports")

    reply("", status="looking")
    assert NEWS not in learner.get("/")
    reply("Đã sửa thêm đáp án.")
    assert NEWS in learner.get("/")


def test_replies_to_others_are_not_announced_nor_seen(app, replied):
    learner, reply = replied
    reply("Đã sửa câu chữ.")
    stranger = Browser(app).sign_in(factories.person())

    assert NEWS not in stranger.get("/")
    stranger.send("/account/item-reports")

    assert NEWS in learner.get("/")


def _report_row(practice, item):
    """A report that a test did not have to make in a practice of its own."""
    factories.keep_version(item)
    db.session.add(
        ItemReport(
            person_id=practice.person_id,
            item_code=item.code,
            version=item.digest,
            attempt_id=practice.id,
            position=1,
            problem="other",
            reason="Câu này chưa ổn.",
            created_at=factories.now(),
            status="new",
        )
    )
    db.session.commit()
