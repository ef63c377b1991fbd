"""What trainers see of reports, and how they answer."""

import pytest

from quiz.item_reports import service
from quiz.models import AuditEvent, ItemReport, Person, db
from quiz.models.paging import PAGE_SIZE
from tests import factories
from tests.browser import Browser

ANSWER = {"new_status": "mended", "reply": "Đã sửa phương án B.\nCảm ơn anh/chị."}


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

    page = trainer.send(f"/item-reports/{report.id}/reply", **ANSWER)

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
    where = f"/item-reports/{report.id}/reply"

    assert "Đang xem xét" in trainer.send(where, new_status="looking", reply="")
    page = trainer.send(where, 422, new_status="answered", reply=" ")
    assert "Hãy viết vài lời" in page
    trainer.send(where, 422, new_status="new", reply="Chưa.")

    db.session.expire_all()
    assert (report.status, report.reply) == ("looking", None)


def test_an_earlier_reply_is_kept_by_a_change_of_status_alone(trainer):
    report = factories.item_report()
    where = f"/item-reports/{report.id}/reply"

    trainer.send(where, **ANSWER)
    trainer.send(where, new_status="looking", reply="")

    db.session.expire_all()
    assert (report.status, report.reply) == ("looking", ANSWER["reply"])


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
