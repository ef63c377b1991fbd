"""What trainers see of reports, and how they answer."""

import itertools
import re

import pytest

from quiz.item_reports import service
from quiz.models import AuditEvent, ItemReport, Person, db
from quiz.models.paging import PAGE_SIZE
from tests import factories
from tests.attempts.test_grade import at_once, slow
from tests.browser import Browser

ANSWER = {"new_status": "mended", "reply": "Đã sửa phương án B.\nCảm ơn anh/chị."}


def answer(browser, report, status=200, **fields):
    """Open a report and answer it."""
    page = browser.get(f"/item-reports/{report.id}")
    seen = re.search(r'name="seen" type="hidden" value="([^"]*)"', page)[1]
    return browser.send(f"/item-reports/{report.id}/reply", status, seen=seen, **fields)


@pytest.fixture
def trainer(app):
    """A trainer of another agency than the reporters': items are the province's."""
    return Browser(app).sign_in(factories.staff("trainer", factories.agency("Sở Y tế")))


def test_the_queue_names_the_item_and_the_agency_but_not_the_person(trainer):
    report = factories.item_report(reason="Đáp án C mới đúng.")
    someone = db.session.get_one(Person, report.person_id)

    pages = [trainer.get("/item-reports"), trainer.get(f"/item-reports/{report.id}")]

    for page in pages:
        assert f"/bank/items/{report.item_code}" in page
        assert "Xã Trà Bồng" in page
        assert "Đáp án C mới đúng." in page
        for name in (someone.full_name, someone.staff_code, someone.pseudonym, report.attempt_id):
            assert name not in page


def test_a_reply_reaches_the_reporter_and_the_audit_log(app, trainer, clock):
    report = factories.item_report()

    page = answer(trainer, report, **ANSWER)

    assert "Đã sửa phương án B." in page
    assert f"/item-reports/{report.id}" not in trainer.get("/item-reports")
    learner = Browser(app).sign_in(db.session.get_one(Person, report.person_id))
    assert "Đã sửa phương án B.\nCảm ơn anh/chị." in learner.get("/account/item-reports")
    event = db.session.scalars(
        db.select(AuditEvent).where(AuditEvent.object_kind == "item_report")
    ).one()
    assert event.object_id == str(report.id)
    assert event.details == {
        "item": report.item_code,
        "from": "new",
        "to": "mended",
        "reply": ANSWER["reply"],
    }


def test_a_report_is_looked_at_before_it_is_answered_but_done_only_in_words(trainer):
    report = factories.item_report()

    assert "Đang xem xét" in answer(trainer, report, new_status="looking", reply="")
    page = answer(trainer, report, 422, new_status="answered", reply=" ")
    assert "Hãy viết vài lời" in page
    assert page.index('id="error-summary"') < page.index("Nội dung báo")
    answer(trainer, report, 422, new_status="new", reply="Chưa.")

    db.session.expire_all()
    assert (report.status, report.reply) == ("looking", None)


def test_an_earlier_reply_is_kept_by_a_change_of_status_alone(trainer):
    report = factories.item_report()

    answer(trainer, report, **ANSWER)
    answer(trainer, report, new_status="looking", reply="")

    db.session.expire_all()
    assert (report.status, report.reply) == ("looking", ANSWER["reply"])


def test_T_A1_no_reply_takes_the_place_of_one_that_its_writer_has_not_seen(app, trainer):
    report, other = factories.item_report(), factories.staff("trainer", factories.agency())
    other = Browser(app).sign_in(other)
    address = f"/item-reports/{report.id}/reply"
    answer(other, report, **ANSWER)

    mine = {"new_status": "answered", "reply": "Câu này vẫn đúng."}
    page = trainer.send(address, 409, seen="new", **mine)
    assert "người khác đã trả lời" in page
    assert "Đã sửa phương án B." in page
    assert mine["reply"] in page
    db.session.expire_all()
    assert report.reply == ANSWER["reply"]

    seen = re.search(r'name="seen" type="hidden" value="([^"]*)"', page)[1]
    trainer.send(address, seen=seen, **mine)
    db.session.expire_all()
    assert report.reply == mine["reply"]


def test_T_A1_of_two_replies_at_once_one_is_kept_and_the_other_is_told(app, clock):
    report_id = factories.item_report().id
    who = [factories.who(factories.staff("trainer", factories.agency())) for _ in range(2)]
    turns = itertools.count()
    db.session.commit()

    def reply():
        number = next(turns)
        try:
            service.reply(report_id, who[number], "mended", f"Lời {number}.", clock(), "new")
        except service.AnsweredMeanwhile:
            db.session.rollback()
            return "told"
        return f"Lời {number}."

    with slow(service.audit):
        outcomes = at_once(app, 2, reply)

    assert outcomes.count("told") == 1
    assert db.session.get_one(ItemReport, report_id, populate_existing=True).reply in outcomes


def test_an_auditor_reads_and_does_not_answer(app):
    report = factories.item_report()
    auditor = Browser(app).sign_in(factories.staff("auditor", factories.agency()))

    assert "<textarea" not in auditor.get(f"/item-reports/{report.id}")
    auditor.send(f"/item-reports/{report.id}/reply", 403, **ANSWER)


def test_the_queue_filters_by_status_and_item_and_counts_people(trainer, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    first = factories.item_report(someone, reason="Ý thứ nhất.")
    other = factories.item_report(someone, number=2, reason="Câu khác hẳn.")
    for reason in ("Ý thứ hai.", "Ý thứ ba."):
        _same_item(first, factories.person(at=home), reason)
    who = factories.who(factories.staff("organiser", home))
    service.reply(first.id, who, "answered", "Câu này đúng.", clock())

    def listed(query):
        page = trainer.get(f"/item-reports{query}")
        reasons = ("Ý thứ nhất.", "Ý thứ hai.", "Ý thứ ba.", "Câu khác hẳn.")
        return [reason in page for reason in reasons]

    assert listed("") == [False, True, True, True]
    assert listed("?status=answered") == [True, False, False, False]
    assert listed(f"?status=all&item={first.item_code}") == [True, True, True, False]
    assert listed("?status=nonsense&page=x&item=%00'") == listed("")
    assert "3 người đã báo câu này" in trainer.get(f"/item-reports/{first.id}")
    assert "chưa có ai khác" in trainer.get(f"/item-reports/{other.id}")


def test_the_queue_turns_pages_and_the_longest_wait_comes_first(trainer, clock):
    home = factories.agency()
    first = factories.item_report(factories.person(at=home), reason="Chờ lâu nhất.")
    for number in range(PAGE_SIZE):
        clock.tick(seconds=1)
        _same_item(first, factories.person(at=home), f"Báo số {number}.")

    one, two = trainer.get("/item-reports"), trainer.get("/item-reports?page=2")

    assert "Chờ lâu nhất." in one
    assert "Trang 1 trong 2" in one
    assert two.count('data-l="Đơn vị"') == 1
    assert f"Báo số {PAGE_SIZE - 1}." in two


def test_an_impossible_number_is_not_found(trainer):
    for number in ("0", "2147483647", "2147483648", "9" * 40):
        trainer.get(f"/item-reports/{number}", status=404)


def _same_item(first, someone, reason):
    """Another person's report of the item that `first` is about."""
    db.session.add(
        ItemReport(
            person_id=someone.id,
            item_code=first.item_code,
            version=first.version,
            attempt_id=first.attempt_id,
            position=first.position,
            problem="other",
            reason=reason,
            created_at=factories.now(),
            status="new",
        )
    )
    db.session.commit()
