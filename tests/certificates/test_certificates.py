"""Certificates: who gets one, what the public page says, and when it holds no longer."""

import threading

import pypdfium2
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from quiz.certificates import service
from quiz.models import Campaign, Certificate, db
from quiz.web.formatting import grouped
from tests import factories
from tests.browser import Browser


@pytest.fixture
def home(app):
    return factories.agency("Xã Trà Bồng")


@pytest.fixture
def someone(home):
    return factories.person("Nguyễn Thị Thu Hà", at=home)


def passed(someone, home, right=15, **rules):
    """A campaign that this person has passed."""
    campaign = factories.campaign(home, **{"pass_mark": 70, "pause_minutes": 0, **rules})
    factories.graded(someone, campaign, right=right)
    return campaign


def issued(browser, campaign):
    """The certificate that the button gives."""
    browser.send(f"/campaigns/{campaign.code}/certificate")
    return db.session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()


def test_who_passes_gets_a_certificate_that_anybody_can_check(app, home, someone, clock):
    campaign = passed(someone, home)
    clock.tick(hours=20)  # it is printed on another day than the paper was handed in
    browser = Browser(app).sign_in(someone)
    assert "Nhận giấy chứng nhận" in browser.get("/results")

    one = issued(browser, campaign)
    page = Browser(app).get(f"/certificates/{one.code}")

    assert len(one.code) == 28
    assert "Giấy chứng nhận này còn hiệu lực." in page
    dates = ("23 tháng 11 năm 2026", "24 tháng 11 năm 2026")
    for printed in (someone.full_name, home.name, campaign.name, "75/100", *dates):
        assert printed in page
    assert grouped(one.code) in page
    assert someone.staff_code not in page
    assert "Tải giấy chứng nhận" not in page


@pytest.mark.parametrize(
    ("right", "rules"),
    [
        pytest.param(13, {}, id="below the pass mark"),
        pytest.param(15, {"review_score": "after_close"}, id="the score may not be seen yet"),
        pytest.param(15, {"gives_certificate": False}, id="the campaign gives none"),
    ],
)
def test_without_the_rule_met_there_is_none(app, home, someone, right, rules):
    campaign = passed(someone, home, right, **rules)
    browser = Browser(app).sign_in(someone)

    page = browser.send(f"/campaigns/{campaign.code}/certificate", status=409)

    assert "Chưa có giấy chứng nhận cho đợt thi này" in page
    assert "Nhận giấy chứng nhận" not in browser.get("/results")


def test_two_clicks_give_one_certificate(app, home, someone, now):
    passed(someone, home)
    who, codes = factories.who(someone), []
    start = threading.Barrier(4)

    def click():
        with app.app_context():
            start.wait()
            campaign = db.session.scalars(select(Campaign)).one()
            db.session.rollback()
            codes.append(service.issue(who, campaign, now))

    db.session.rollback()
    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()

    assert len(codes) == 4
    assert len(set(codes)) == 1


def test_a_better_result_replaces_a_certificate_and_tells_nothing_else(app, home, someone, clock):
    campaign = passed(someone, home, right=15)
    browser = Browser(app).sign_in(someone)
    first = issued(browser, campaign)
    clock.tick(minutes=30)
    factories.graded(someone, campaign, right=19)

    page = Browser(app).get(f"/certificates/{first.code}")
    second = issued(browser, campaign)

    assert "Giấy chứng nhận này đã được thay thế." in page
    assert "75/100" in page
    assert "95/100" not in page
    assert second.score == 9500
    assert "còn hiệu lực." in Browser(app).get(f"/certificates/{second.code}")
    assert "đã được thay thế" in Browser(app).get(f"/certificates/{first.code}")


@pytest.mark.parametrize("score", [7400, 6900], ids=["still passing", "no longer passing"])
def test_a_corrected_score_replaces_a_certificate(app, home, someone, score):
    one = issued(Browser(app).sign_in(someone), passed(someone, home))

    db.session.execute(text("UPDATE standing SET best_score = :score"), {"score": score})
    db.session.commit()

    assert "đã được thay thế" in Browser(app).get(f"/certificates/{one.code}")


def test_a_new_name_is_a_new_certificate(app, home, someone):
    campaign = passed(someone, home)
    browser = Browser(app).sign_in(someone)
    first = issued(browser, campaign)

    db.session.execute(text("UPDATE person SET full_name = 'Nguyễn Thị Thu Hằng'"))
    db.session.commit()
    second = issued(browser, campaign)

    assert second.full_name == "Nguyễn Thị Thu Hằng"
    assert (service.holds(first), service.holds(second)) == (False, True)
    assert first.full_name == "Nguyễn Thị Thu Hà"


@pytest.mark.parametrize(
    "statement", ["UPDATE certificate SET score = 1", "DELETE FROM certificate"]
)
def test_what_was_printed_stays(app, home, someone, statement):
    issued(Browser(app).sign_in(someone), passed(someone, home))

    with pytest.raises(DBAPIError):
        db.session.execute(text(statement))

    db.session.rollback()


def test_only_its_owner_prints_it(app, home, someone):
    browser = Browser(app).sign_in(someone)
    one = issued(browser, passed(someone, home))
    address = f"/certificates/{one.code}.pdf"

    file = browser.client.get(address)

    assert address in browser.get(f"/certificates/{one.code}")
    assert file.mimetype == "application/pdf"
    words = pypdfium2.PdfDocument(file.data)[0].get_textpage().get_text_range()
    assert someone.full_name in words
    assert f"/certificates/{one.code}" in "".join(words.split())
    Browser(app).sign_in(factories.person(at=home)).get(address, status=404)


def test_a_code_is_read_however_it_was_typed(app, home, someone):
    one = issued(Browser(app).sign_in(someone), passed(someone, home))
    typed = one.code.lower().replace("0", "o").replace("1", "l")

    page = Browser(app).get(f"/certificates/{typed[:9]}-{typed[9:]}")

    assert someone.full_name in page


def test_an_unknown_code_says_so_kindly_and_guessing_is_slowed_down(app, home, someone):
    one = issued(Browser(app).sign_in(someone), passed(someone, home))
    stranger = Browser(app)

    page = stranger.get(f"/certificates/{'7' * 28}", status=404)
    for _ in range(100):
        stranger.client.get(f"/certificates/{one.code}")
    hits = stranger.client.get(f"/certificates/{one.code}").status_code
    misses = {stranger.client.get(f"/certificates/{n}").status_code for n in range(100)}

    assert "Không có giấy chứng nhận nào mang mã này." in page
    assert hits == 200
    assert misses == {404, 429}
    assert db.session.scalar(select(func.count()).select_from(Certificate)) == 1
