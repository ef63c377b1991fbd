"""Headers on every response, tokens on every form, and GET that changes nothing."""

import pytest

from quiz.models import db
from quiz.web.headers import SECURITY_HEADERS
from tests import factories, site
from tests.browser import Browser
from tests.conftest import make_app


@pytest.fixture
def world(app):
    return site.build(app)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no-such-page", "/static/css/base.css"])
def test_P23_every_response_carries_the_headers(app, path):
    response = app.test_client().get(path)

    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value, name
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]


def test_P23_pages_of_every_role_carry_the_headers_and_are_not_stored(app, world):
    browser = Browser(app).sign_in(world.people["organiser"])

    for address in site.addresses(app, "GET", world.own).values():
        response = browser.client.get(address)
        assert response.headers["Cache-Control"] == "no-store", address
        assert set(SECURITY_HEADERS) <= set(response.headers.keys()), address


@pytest.mark.parametrize("role", ["learner", "trainer", "organiser"])
def test_T_O6_no_GET_changes_the_database(app, world, role):
    browser = Browser(app).sign_in(world.people[role])
    before = site.state_of_database()

    for endpoint, address in site.addresses(app, "GET", world.own).items():
        browser.client.get(address)
        assert site.state_of_database() == before, endpoint


@pytest.mark.parametrize("role", ["learner", "trainer", "organiser"])
def test_T_O3_what_an_address_carries_never_becomes_markup(app, world, role):
    browser = Browser(app).sign_in(world.people[role])
    hostile = "\"'><svg onload=alert(1)>"

    for address in site.addresses(app, "GET", world.own).values():
        query = dict.fromkeys(("q", "next", "kind", "question", "agency", "status"), hostile)
        assert hostile not in browser.client.get(address, query_string=query).text, address


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="without a token"),
        pytest.param({"Origin": "https://evil.example"}, id="from another origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="from another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="from a sister site"),
    ],
)
def test_T_O6_no_POST_from_elsewhere_changes_anything(app, world, headers):
    browser = Browser(app).sign_in(world.people["organiser"])
    fields = {"csrf_token": browser.token()} if headers else {}
    before = site.state_of_database()

    for endpoint, address in site.addresses(app, "POST", world.own).items():
        response = browser.client.post(address, data=fields, headers=headers)
        assert response.status_code in (400, 403), endpoint
        assert site.state_of_database() == before, endpoint


def test_T_L15_hidden_fields_change_nothing(app, world):
    from quiz.models import db

    columns = {column.name for table in db.metadata.tables.values() for column in table.columns}
    browser = Browser(app).sign_in(world.people["learner"])
    attempt = world.attempts["open"]
    address = f"/attempts/{attempt.id}/submit"
    token = browser.token()
    before = site.state_of_database()

    for column in sorted(columns - {"submit_op_id"}):
        sent = {"csrf_token": token, "op_id": factories.op_id(), column: "100"}
        if column == "op_id":
            continue
        response = browser.client.post(address, data=sent)
        assert response.status_code == 400, column
        assert site.state_of_database() == before, column


@pytest.mark.parametrize("role", ["learner", "organiser"])
def test_T_L15_no_POST_takes_a_column_that_its_form_does_not_ask_for(app, world, role):
    from quiz.models import db

    columns = {column.name for table in db.metadata.tables.values() for column in table.columns}
    browser = Browser(app).sign_in(world.people[role])
    token = browser.token()
    values = {**world.own, "code": world.draft.code, "attempt_id": world.attempts["open"].id}
    before = site.state_of_database()

    for endpoint, address in site.addresses(app, "POST", values).items():
        sent = {"csrf_token": token, **dict.fromkeys(columns, "1"), "op_id": factories.op_id()}
        response = browser.client.post(address, data=sent)
        assert response.status_code in (400, 403, 404), endpoint
        assert site.state_of_database() == before, endpoint


def test_a_body_that_is_too_large_is_413(app, world):
    browser = Browser(app).sign_in(world.people["learner"])
    attempt = world.attempts["open"]
    sent = {"csrf_token": browser.token(), "op_id": factories.op_id(), "p1": "x" * 400_000}

    page = browser._checked(browser.client.post(f"/attempts/{attempt.id}/save", data=sent), 413)

    assert "quá lớn" in page


def test_an_error_page_has_a_reference_number(browser):
    page = browser.get("/no-such-page", status=404)

    assert browser.response.headers["X-Request-ID"] in page


def test_a_bug_is_a_page_with_a_number_and_no_traceback(app, browser):
    someone = factories.person()
    browser.sign_in(someone)
    del app.extensions["bank"]
    try:
        page = browser.get("/lessons", status=500)
    finally:
        from quiz.web import bank

        bank.init_app(app)

    assert "Traceback" not in page
    assert browser.response.headers["X-Request-ID"] in page


@pytest.mark.parametrize(("proxies", "promised"), [(1, True), (0, False)])
def test_P23_who_came_by_https_stays_there_if_a_trusted_proxy_says_so(tmp_path, proxies, promised):
    app = make_app(f"sqlite:///{tmp_path}/quiz.db", TRUSTED_PROXIES=proxies)

    response = app.test_client().get("/sign-in", headers={"X-Forwarded-Proto": "https"})

    assert ("Strict-Transport-Security" in response.headers) is promised
    with app.app_context():
        db.engine.dispose()
