"""Signing in: secrets, sessions, limits."""

import re
from datetime import timedelta

import pytest

from quiz.accounts import service
from quiz.models import Person, SignIn, db
from quiz.passwords import service as passwords
from tests import factories
from tests.browser import Browser

PASSWORD = "một câu dễ nhớ 17"


@pytest.fixture
def person(app):
    return factories.person(password=PASSWORD)


def sign_in(browser, staff_code, password=PASSWORD, **kwargs):
    token = browser.token()
    return browser.client.post(
        "/sign-in",
        data={"csrf_token": token, "staff_code": staff_code, "password": password, "next": ""},
        **kwargs,
    )


def test_staff_code_and_password_open_the_app(browser, person):
    assert sign_in(browser, person.staff_code).status_code == 302

    assert "Nguyễn Thị Thu Hà" in browser.get("/account")


def test_the_staff_code_may_be_typed_in_small_letters(browser, person):
    assert sign_in(browser, f" {person.staff_code.lower()} ").status_code == 302


def test_after_signing_in_one_is_where_one_wanted_to_be(browser, person):
    token = browser.token()
    sent = {"csrf_token": token, "staff_code": person.staff_code, "password": PASSWORD}

    response = browser.client.post("/sign-in", data={**sent, "next": "/lessons/d03"})

    assert response.location == "/lessons/d03"


def without_token(page):
    return re.sub(r'name="csrf_token"[^>]*>', "", page)


def test_T_O2_an_unknown_account_looks_like_a_wrong_password(app, browser, person):
    db.session.execute(db.update(Person).where(Person.id == person.id).values(is_active=True))
    disabled = factories.person(password=PASSWORD)
    disabled.is_active = False
    db.session.commit()
    known, gone = person.staff_code, disabled.staff_code

    pages = []
    for code, password in ((known, "sai mật khẩu"), ("NOBODY", PASSWORD), (gone, PASSWORD)):
        response = sign_in(Browser(app), code, password)
        assert response.status_code == 401
        pages.append(without_token(response.text).replace(code, "…"))

    assert pages[0] == pages[1] == pages[2]


def test_T_O2_an_unknown_account_costs_as_much_work(app, person, now, monkeypatch):
    worked = []
    real = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda *args: worked.append(1) or real(*args))

    for code in (person.staff_code, "NOBODY"):
        with pytest.raises(service.WrongCredentials):
            service.sign_in(code, "sai mật khẩu", now)

    assert len(worked) == 2


def test_failures_are_limited_and_the_account_is_not_locked(app, person):
    stranger = Browser(app)
    replies = [sign_in(stranger, person.staff_code, "đoán mò 123") for _ in range(12)]

    owner = Browser(app)
    opened = sign_in(owner, person.staff_code, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})

    assert [reply.status_code for reply in replies] == [401] * 10 + [429] * 2
    assert 0 < int(replies[-1].headers["Retry-After"]) <= 5 * 60
    assert re.search(r"hãy thử lại sau [1-5] phút", replies[-1].text)
    assert opened.status_code == 302


def test_good_sign_ins_of_a_whole_office_are_not_limited(app, person):
    statuses = {sign_in(Browser(app), person.staff_code).status_code for _ in range(15)}

    assert statuses == {302}


def test_P24_passwords_are_argon2id(person):
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$", person.password_hash)

    assert int(found[1]) >= 19_456
    assert int(found[2]) >= 2


@pytest.fixture
def copied(app, person):
    """A signed-in browser, and a copy of its cookie elsewhere."""
    browser = Browser(app).sign_in(person)
    copy = Browser(app)
    copy.client._cookies = dict(browser.client._cookies)
    copy.get("/account")
    return browser, copy


def is_out(browser):
    return browser.client.get("/account").location.startswith("/sign-in")


def test_T_O13_signing_out_ends_a_copied_session(copied):
    browser, copy = copied

    browser.send("/sign-out")

    assert is_out(copy)


def test_T_O13_signing_out_everywhere_ends_every_session(app, person, copied):
    elsewhere = Browser(app).sign_in(person)

    copied[0].send("/sign-out-everywhere")

    assert is_out(copied[1])
    assert is_out(elsewhere)


def test_T_O13_a_new_password_ends_the_other_sessions(app, person, copied):
    elsewhere = Browser(app).sign_in(person)
    new = "câu mới chỉ mình biết"

    copied[0].send("/set-password", password=new, repeat=new)

    assert is_out(elsewhere)
    copied[0].get("/account")


def test_T_O13_a_disabled_account_is_out_at_once(person, copied):
    person.is_active = False
    db.session.commit()

    assert is_out(copied[1])


def test_T_O13_a_role_taken_away_is_gone_at_once(app):
    trainer = factories.staff("trainer", factories.agency())
    browser = Browser(app).sign_in(trainer)
    browser.get("/reviews")

    db.session.execute(db.text("DELETE FROM role_grant"))
    db.session.commit()

    browser.get("/reviews", status=403)


def test_T_O13_a_session_ends_after_a_working_day(copied, clock):
    clock.tick(hours=8)

    assert is_out(copied[1])


def test_only_the_hash_of_a_session_is_kept(app, person):
    browser = Browser(app).sign_in(person)
    with browser.client.session_transaction() as session:
        token = session["_user_id"]

    assert token not in {row.token_hash for row in db.session.scalars(db.select(SignIn))}


def test_a_one_time_code_opens_once(app, person, now):
    code = service.issue_code(person.id, now)
    db.session.commit()
    first, second = Browser(app), Browser(app)
    fields = {"staff_code": person.staff_code, "code": code.lower()}

    page = first.send("/first-sign-in", **fields)
    again = second.send("/first-sign-in", status=401, **fields)

    assert "Đặt mật khẩu" in page
    assert "đã được dùng" in again


def test_a_one_time_code_of_somebody_else_opens_nothing(browser, person, now):
    other = factories.person("Lê Văn Tám")
    code = service.issue_code(other.id, now)
    db.session.commit()

    browser.send("/first-sign-in", status=401, staff_code=person.staff_code, code=code)


def test_a_one_time_code_grows_old(browser, person, now, clock):
    code = service.issue_code(person.id, now)
    db.session.commit()
    clock.tick(days=30)

    browser.send("/first-sign-in", status=401, staff_code=person.staff_code, code=code)


@pytest.mark.parametrize("weak", ["1234567890", "matkhau12345", "quangngai2026", "aaaaaaaaaaaa"])
def test_a_password_that_is_easy_to_guess_is_refused(app, person, weak):
    browser = Browser(app).sign_in(person)

    page = browser.send("/set-password", status=422, password=weak, repeat=weak)

    assert "dễ đoán" in page


def test_an_invitation_works_once_and_makes_an_organiser(app, now):
    factories.agency("Tỉnh Quảng Ngãi", "province")
    token = service.add_organiser("BTC01", "Võ Thị Tâm", now)
    first, second = Browser(app), Browser(app)

    first.send(f"/invitations/{token}")
    second.send(f"/invitations/{token}", status=404)

    first.get("/campaigns/manage")


def test_an_invitation_ends_after_a_quarter_of_an_hour(app, now, clock):
    token = service.add_organiser("BTC01", "Võ Thị Tâm", now)
    clock.moment += timedelta(minutes=15)

    Browser(app).send(f"/invitations/{token}", status=404)


def test_nobody_becomes_organiser_on_a_fresh_installation(app, browser):
    assert db.session.scalar(db.select(db.func.count()).select_from(Person)) == 0

    browser.get("/campaigns/manage", status=302)


def test_the_language_stays_and_so_does_the_place(browser, person):
    browser.sign_in(person)

    response = browser.client.get("/language/en?next=/lessons/d03")

    assert response.location == "/lessons/d03"
    browser.lang = "en"
    assert "Separate or shared" in browser.get("/lessons/d03")


def test_what_changes_something_notes_that_the_session_is_in_use_and_reading_does_not(
    app, person, clock
):
    def last_seen_at():
        db.session.rollback()
        return db.session.scalars(db.select(SignIn.last_seen_at)).one()

    browser = Browser(app).sign_in(person)
    begun_at = last_seen_at()
    clock.moment += timedelta(minutes=11)
    browser.get("/account")
    assert last_seen_at() == begun_at

    browser.send("/practice", source="lesson:d03")

    assert last_seen_at() == clock.moment
